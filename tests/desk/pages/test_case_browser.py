"""Two agents at one case in real browsers: nothing that either has typed is lost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.channels.models import Notice
from huhang.desk.actions import claiming, drafts, presence
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import CasePlan, Draft, Entry, Ticket
from huhang.desk.rules.drafts import DraftKind
from huhang.desk.rules.kinds import EntryKind
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.factories import desk as factory
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return open_ticket(opening(cast), by=cast.lin, now=timezone.now())[0]


@pytest.fixture
def visit(chromium: Any, live_server: Any, ticket: Ticket, leave: Any) -> Iterator[Any]:
    """A new machine of somebody's, before the case."""
    machines = []

    def at(person: Any, **size: int) -> Any:
        screen = {"width": 1440, "height": 900} | size
        machines.append(chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport=screen))
        page = machines[-1].new_page()
        sign_in(page, person, live_server.url)
        page.goto(f"{live_server.url}/desk/t/{ticket.no}/")
        return page

    yield at
    for machine in machines:
        if machine.pages:  # not killed in the scene
            leave(machine)


def reply(page: Any) -> Any:
    return page.locator("[data-kept=reply]")


def heard(page: Any, kind: str) -> None:
    """What push would say; the push server is not part of this scene."""
    page.evaluate(f"document.body.dispatchEvent(new CustomEvent('live:{kind}', {{detail: {{refs: []}}}}))")


class TestCollision:
    def test_of_two_who_answer_the_second_reads_first_and_loses_nothing(
        self, visit: Any, cast: Cast, ticket: Ticket
    ) -> None:
        gao, lin = visit(cast.gao), visit(cast.lin)
        for page, words in ((gao, "网点马上核实"), (lin, "客服已在跟进")):
            page.keyboard.press("r")
            page.keyboard.type(words)
        # Her page, which would look by itself now and then, sees nothing of his answer.
        lin.route("**/*", lambda route: route.abort() if route.request.method == "GET" else route.continue_())
        gao.keyboard.press("Control+Enter")
        expect(gao.locator(".story-out .bubble")).to_have_text("网点马上核实")
        lin.keyboard.press("Control+Enter")
        expect(lin.locator(".stale")).to_contain_text("网点马上核实")  # theirs …
        expect(reply(lin)).to_have_value("客服已在跟进")  # … and mine
        lin.keyboard.press("Control+Enter")
        expect(lin.locator(".story-out .bubble")).to_have_count(2)

    def test_each_sees_that_the_other_is_there_and_writes(
        self, visit: Any, cast: Cast, ticket: Ticket
    ) -> None:
        gao = visit(cast.gao)
        presence.here(ticket=ticket, is_typing=False, by=cast.lin, now=timezone.now())
        heard(gao, "desk.presence")
        expect(gao.locator(".who-here")).to_contain_text("林晓")
        presence.here(ticket=ticket, is_typing=True, by=cast.lin, now=timezone.now())
        heard(gao, "desk.presence")
        expect(gao.locator(".who-here.is-typing")).to_contain_text("正在输入")
        presence.away(ticket=ticket, by=cast.lin)
        heard(gao, "desk.presence")
        expect(gao.locator(".who-here")).to_have_count(0)


class TestDrafts:
    def typed(self, page: Any, words: str) -> None:
        page.keyboard.press("r")
        page.keyboard.type(words)
        expect(page.locator("[data-form=reply] [data-saved]")).to_be_visible()

    def test_outlive_the_browser_and_are_there_on_another_machine(self, visit: Any, cast: Cast) -> None:
        page = visit(cast.gao)
        self.typed(page, "写到一半")
        page.context.close()
        expect(reply(visit(cast.gao))).to_have_value("写到一半")

    def test_pass_to_the_next_owner(self, visit: Any, cast: Cast, ticket: Ticket) -> None:
        page = visit(cast.lin)
        self.typed(page, "林晓写到一半")
        page.context.close()
        presence.away(ticket=ticket, by=cast.lin)
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=timezone.now())
        gao = visit(cast.gao)
        expect(gao.locator(".draft-left")).to_contain_text("林晓 留下的草稿")
        gao.click(".draft-left button")
        expect(reply(gao)).to_have_value("林晓写到一半")
        expect(gao.locator(".draft-left")).to_have_count(0)
        reply(gao).press("Control+Enter")
        expect(gao.locator(".story-out .bubble")).to_have_text("林晓写到一半")
        expect(reply(gao)).to_have_value("")
        assert not Draft.objects.exists()

    def test_of_two_windows_the_later_key_holds_and_the_other_is_told(
        self, visit: Any, cast: Cast, ticket: Ticket
    ) -> None:
        page = visit(cast.gao)
        self.typed(page, "第一个窗口")
        drafts.keep(
            ticket=ticket, kind=DraftKind.REPLY, text="第二个窗口", tab="other",
            ago=timedelta(), by=cast.gao, now=timezone.now(),
        )  # fmt: skip
        heard(page, "desk.draft")
        expect(reply(page)).to_have_value("第二个窗口")
        expect(page.locator("[data-form=reply] [data-word]")).to_contain_text("另一个窗口")
        page.click("[data-form=reply] [data-word] button")
        expect(reply(page)).to_have_value("第一个窗口")

    def test_what_was_sent_does_not_come_back(self, visit: Any, cast: Cast) -> None:
        page = visit(cast.gao)
        self.typed(page, "马上核实")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".story-out .bubble")).to_have_text("马上核实")
        page.reload()
        expect(reply(page)).to_have_value("")


class TestKeys:
    def test_open_what_they_say(self, visit: Any, cast: Cast, ticket: Ticket) -> None:
        page = visit(cast.gao)
        page.keyboard.press("c")
        expect(page.locator(".case-state")).to_contain_text("高老板")
        for key, words in (("e", "办结本步"), ("h", "移交"), ("m", "宏"), ("?", "快捷键")):
            page.keyboard.press(key)
            expect(page.locator("dialog[open] h2").first).to_contain_text(words)
            page.keyboard.press("Escape")
            expect(page.locator("dialog[open]")).to_have_count(0)

    def test_a_macro_is_found_looked_at_and_sent(self, visit: Any, cast: Cast, ticket: Ticket) -> None:
        page = visit(cast.gao)
        page.keyboard.press("m")
        page.fill("[data-macro-find]", "已受理")
        page.keyboard.press("Enter")
        expect(page.locator("dialog[open] textarea")).to_contain_text("SX7730000000011")
        page.click("dialog[open] .btn-primary")
        expect(page.locator(".story-out .bubble")).to_contain_text("/p/")
        assert Entry.objects.filter(kind=EntryKind.TO_CUSTOMER).count() == 1

    def test_a_colleague_is_named_by_a_few_letters(self, visit: Any, cast: Cast) -> None:
        page = visit(cast.gao)
        page.keyboard.press("n")
        page.keyboard.type("请 @林")
        expect(page.locator("[data-names] button")).to_contain_text("林晓")
        page.keyboard.press("Enter")
        page.keyboard.type("看一下")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".story-note .bubble")).to_have_text("请 @林晓 看一下")
        assert Notice.objects.filter(kind="desk.mention", person=cast.lin).count() == 1

    def test_only_what_is_asked_for_is_shown_of_the_story(self, visit: Any, cast: Cast) -> None:
        page = visit(cast.gao)
        page.click("[data-story-show=customer]")
        expect(page.locator(".story-event").first).to_be_hidden()
        page.keyboard.press("r")
        page.keyboard.type("马上核实")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".story-out .bubble")).to_be_visible()
        expect(page.locator(".story-event").first).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen(visit: Any, cast: Cast, ticket: Ticket, width: int) -> None:
    page = visit(cast.gao, width=width)
    expect(page.locator("#followers")).to_be_visible()
    assert not page.evaluate(WIDER)
    for key in "mh":
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_be_visible()
        assert not page.evaluate(WIDER)
        page.keyboard.press("Escape")


def test_a_complaint_becomes_a_claim_once_its_questions_are_answered(
    visit: Any, cast: Cast, ticket: Ticket
) -> None:
    claiming.claim(ticket_no=ticket.no, by=cast.gao, now=timezone.now())
    ask = {"key": "lost", "label": "少了几件", "label_en": "", "required": True, "choices": []}
    CasePlan.objects.filter(kind="claim", rule="").update(asks=[ask])
    page = visit(cast.gao)
    page.get_by_label("更多操作").click()
    page.get_by_role("button", name="改类型").click()
    sheet = page.locator("#dialog")
    sheet.get_by_label("理赔").check()
    sheet.get_by_label("少了几件").fill("2")
    sheet.get_by_label("原因").fill("客户要求赔付")
    sheet.get_by_role("button", name="改类型").click()
    expect(page.locator(".case-state .kind")).to_have_text("理赔")
    expect(page.locator("#case")).to_contain_text("类型由投诉改为理赔：客户要求赔付")
    assert Ticket.objects.get().answers == {"lost": "2"}


class TestTakingBack:
    @pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
    def test_an_answer_is_taken_back_and_its_words_stand_in_the_box_again(
        self, visit: Any, cast: Cast, ticket: Ticket, size: tuple[int, int]
    ) -> None:
        factory.answer_delay(cast.unit("HQ"), now=timezone.now(), seconds=60)
        page = visit(cast.gao, width=size[0], height=size[1])
        reply(page).fill("明天一早送到")
        page.click("[data-form=reply] button.btn-primary")
        expect(page.locator(".story-leaving .bubble")).to_have_text("明天一早送到")
        expect(page.locator("[data-leaves-at]")).to_contain_text("秒后发给客户")
        assert not page.evaluate(WIDER)
        page.click(".story-leaving button")
        expect(page.locator(".story-taken-back")).to_contain_text("已撤回，客户没有看到")
        expect(reply(page)).to_have_value("明天一早送到")
        assert Entry.objects.get(ticket=ticket, text="明天一早送到").kind == EntryKind.TAKEN_BACK
