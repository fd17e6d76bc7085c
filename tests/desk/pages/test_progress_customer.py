"""What a customer does on the progress page besides reading: pictures, a human, how it ended, another language."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from huhang.channels.models import Notice
from huhang.desk.actions import answering, claiming, linking, steps, tickets
from huhang.desk.models import Attachment, CustomerVerdict, Entry, StepRating, Ticket
from huhang.desk.queries.progress import progress_of
from huhang.desk.rules.kinds import EntryKind, Kind, State, StepState
from huhang.kit.calendars import Calendar, always
from tests import pictures as made
from tests.cast import Cast
from tests.desk.pages.test_progress import a_case, door
from tests.factories import desk as factory
from tests.hostile.ground import browser

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ground(tmp_path: Path, settings: Any) -> None:
    settings.FILES = tmp_path / "files"


@pytest.fixture
def customer() -> Client:
    return Client(enforce_csrf_checks=True, headers={"accept-language": "zh-hans"})


def a_resolved_case(cast: Cast, ago: timedelta = timedelta()) -> Ticket:
    now = timezone.now() - ago
    ticket = a_case(cast)
    while Ticket.objects.get(pk=ticket.pk).is_live:
        tickets.resolve(ticket_no=ticket.no, result="已按约定赔付", by=cast.hua, now=now)
    ticket.refresh_from_db()
    return ticket


def photo(name: str = "破损.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, made.photo())


class TestPictures:
    def test_come_with_words_and_are_shown_to_both_sides(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        address = door(ticket)
        answer = customer.post(f"{address}/say", {"text": "杯子碎了", "files": [photo(), photo("b.jpg")]})
        assert answer.status_code == 302
        row = Attachment.objects.get()  # the second is the same picture
        assert (row.is_public, row.by, row.entry.text if row.entry else "") == (True, "", "杯子碎了")
        assert f"{address}/files/{row.pk}/small" in customer.get(address).content.decode()
        shown = browser(cast.gao).get(f"/desk/t/{ticket.no}/files/").content.decode()
        assert f"/desk/files/{row.pk}/small/" in shown

    def test_need_no_words(self, cast: Cast, customer: Client) -> None:
        assert customer.post(f"{door(a_case(cast))}/say", {"text": "", "files": photo()}).status_code == 302
        assert Entry.objects.get(kind=EntryKind.FROM_CUSTOMER).text == "［图片或文件］"

    @pytest.mark.parametrize("verb", ["say", "not-solved"])
    def test_need_not_be_there(self, cast: Cast, customer: Client, verb: str) -> None:
        """A browser sends an empty word for files when none was chosen."""
        address = door(a_case(cast) if verb == "say" else a_resolved_case(cast))
        assert customer.post(f"{address}/{verb}", {"text": "没有图", "files": ""}).status_code == 302

    def test_sent_twice_are_one_message(self, cast: Cast, customer: Client) -> None:
        address = door(a_case(cast))
        for _ in range(2):
            assert customer.post(f"{address}/say", {"text": "碎了", "files": photo()}).status_code == 302
        assert Entry.objects.filter(kind=EntryKind.FROM_CUSTOMER).count() == Attachment.objects.count() == 1

    def test_that_are_none_are_refused_with_the_way_back(self, cast: Cast, customer: Client) -> None:
        address = door(a_case(cast))
        answer = customer.post(
            f"{address}/say?lang=en", {"text": "x", "files": SimpleUploadedFile("a.jpg", b"MZ")}
        )
        assert answer.status_code == 422
        assert f'href="{address}?lang=en"' in answer.content.decode()
        assert not Entry.objects.filter(kind=EntryKind.FROM_CUSTOMER).exists()


class TestHuman:
    def test_is_asked_for_once_and_told_to_the_owner(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=timezone.now())
        address = door(ticket)
        for _ in range(3):
            assert customer.post(f"{address}/human").status_code == 302
        notice = Notice.objects.get(kind="desk.human")
        assert (notice.person, notice.link) == (cast.gao, f"/desk/t/{ticket.no}/")
        assert Entry.objects.filter(kind=EntryKind.FROM_CUSTOMER).count() == 1
        assert "已通知负责的同事尽快联系您" in customer.get(address).content.decode()

    def test_may_be_asked_for_again_after_an_answer(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        address = door(ticket)
        customer.post(f"{address}/human")
        answering.answer(ticket_no=ticket.no, text="您好，我来处理", by=cast.gao, now=timezone.now())
        assert "请人工联系我" in customer.get(address).content.decode()
        customer.post(f"{address}/human")
        assert Notice.objects.filter(kind="desk.human").count() == 2

    @pytest.mark.parametrize("is_open", [True, False])
    def test_hours_are_told_honestly(
        self, cast: Cast, customer: Client, settings: Any, monkeypatch: Any, is_open: bool
    ) -> None:
        settings.SERVICE_PHONE = "95000"
        monkeypatch.setattr("huhang.desk.queries.help.calendars.is_open", lambda *_: is_open)
        shown = customer.get(door(a_case(cast))).content.decode()
        assert ("现在有客服值班" in shown) is is_open
        assert ("下次上班" in shown) is not is_open
        assert "08:00-21:00" in shown
        assert 'href="tel:95000"' in shown

    def test_nothing_is_promised_without_a_calendar(
        self, cast: Cast, customer: Client, settings: Any
    ) -> None:
        settings.SERVICE_CALENDAR = "nowhere"
        shown = customer.get(door(a_case(cast))).content.decode()
        assert "服务时间" not in shown
        assert isinstance(always(), Calendar)


class TestEnding:
    def test_not_solved_takes_the_case_up_again_once(self, cast: Cast, customer: Client) -> None:
        ticket = a_resolved_case(cast)
        address = door(ticket)
        shown = customer.get(address).content.decode()
        assert "没有解决" in shown
        for _ in range(2):
            answer = customer.post(f"{address}/not-solved", {"text": "还没收到赔款", "files": photo()})
            assert answer.status_code == 302
        ticket.refresh_from_db()
        assert (ticket.is_live, ticket.reopened_count) == (True, 1)
        assert CustomerVerdict.objects.get().is_solved is False
        shown = customer.get(f"{address}?thanks=reopened").content.decode()
        assert "已重新打开" in shown
        assert "还没收到赔款" in shown
        assert Attachment.objects.get().is_public

    def test_not_solved_is_too_late_after_seven_days(self, cast: Cast, customer: Client) -> None:
        ticket = a_resolved_case(cast)
        Ticket.objects.filter(pk=ticket.pk).update(resolved_at=timezone.now() - 7 * DAY - MINUTE)
        address = door(ticket)
        assert "没有解决" not in customer.get(address).content.decode()
        assert customer.post(f"{address}/not-solved", {"text": "x"}).status_code == 409

    def test_solved_is_said_once_and_can_still_be_taken_back(self, cast: Cast, customer: Client) -> None:
        ticket = a_resolved_case(cast)
        address = door(ticket)
        for _ in range(2):
            assert customer.post(f"{address}/solved").status_code == 302
        assert CustomerVerdict.objects.get().is_solved
        shown = customer.get(address).content.decode()
        assert "您已确认解决，谢谢" in shown
        assert "问题又出现了" in shown
        assert customer.post(f"{address}/not-solved", {"text": "又漏了"}).status_code == 302
        assert Ticket.objects.get(pk=ticket.pk).state != State.RESOLVED

    def test_a_case_under_way_cannot_be_called_solved(self, cast: Cast, customer: Client) -> None:
        assert customer.post(f"{door(a_case(cast))}/solved").status_code == 409

    @pytest.mark.parametrize("verb", ["say", "human"])
    def test_words_to_a_closed_case_are_not_swallowed(self, cast: Cast, customer: Client, verb: str) -> None:
        answer = customer.post(
            f"{door(a_resolved_case(cast))}/{verb}", {"text": "喂"} if verb == "say" else {}
        )
        assert answer.status_code == 409
        assert "没有解决" in answer.content.decode()


class TestSteps:
    def test_side_by_side_and_their_parts_are_shown_simply(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        step, now = ticket.steps.filter(state=StepState.OPEN).get(), timezone.now()
        beside = factory.step(ticket, now=now, order=step.order, lane=2, title="分拨调取监控")
        factory.step(ticket, now=now, order=step.order, lane=3, title="车队查车厢", parent=beside)
        shown = progress_of(ticket, now=now)
        assert len(shown.stages[0]) == 2
        assert [part.title for part in shown.stages[0][1].parts] == ["车队查车厢"]
        page = customer.get(door(ticket)).content.decode()
        assert "以下 2 步同时进行" in page
        assert page.count("现在由") == 2

    def test_refused_ones_are_told_as_handed_on(self, cast: Cast, customer: Client) -> None:
        ticket, now = a_case(cast), timezone.now()
        steps.hand_over(ticket_no=ticket.no, unit_code="SZ-HUB", reason="推给分拨", by=cast.gao, now=now)
        step = ticket.steps.get(state=StepState.OPEN)
        steps.refuse(ticket_no=ticket.no, step_id=step.pk, reason="不是我们弄的", by=cast.hua, now=now)
        shown = customer.get(door(ticket)).content.decode()
        assert "已转交" in shown
        assert "不是我们弄的" not in shown

    def test_evidence_that_is_shared_stands_at_its_step(self, cast: Cast, customer: Client) -> None:
        ticket = a_case(cast)
        step = ticket.steps.first()
        assert step is not None
        browser(cast.gao).post(
            f"/desk/t/{ticket.no}/files/add/", {"files": photo(), "step": step.pk, "is_public": "true"}
        )
        line = progress_of(ticket, now=timezone.now()).stages[0][0]
        assert [file.name for file in line.files] == ["破损.jpg"]


class TestStaff:
    @pytest.mark.parametrize("verb", ["rate", "say", "human", "solved", "not-solved"])
    def test_cannot_speak_or_rate_for_the_customer(self, cast: Cast, verb: str) -> None:
        ticket = a_resolved_case(cast)
        before, step = Entry.objects.count(), ticket.steps.first()
        assert step is not None
        answer = browser(cast.gao).post(
            f"{door(ticket)}/{verb}", {"step": step.pk, "score": 5} if verb == "rate" else {}
        )
        assert answer.status_code == 403
        assert (StepRating.objects.count(), CustomerVerdict.objects.count(), Entry.objects.count()) == (
            0,
            0,
            before,
        )

    def test_may_look(self, cast: Cast) -> None:
        assert browser(cast.gao).get(door(a_case(cast))).status_code == 200


class TestMerged:
    def test_of_the_same_customer_goes_on_behind_the_old_link(self, cast: Cast, customer: Client) -> None:
        gone, stays = a_case(cast), a_case(cast)
        address = door(gone)
        linking.merge(ticket_no=gone.no, into_no=stays.no, reason="同一件", by=cast.lin, now=timezone.now())
        assert customer.post(f"{address}/say", {"text": "还是我"}).status_code == 302
        assert Entry.objects.get(kind=EntryKind.FROM_CUSTOMER, text="还是我").ticket == stays
        assert "还是我" in customer.get(address).content.decode()

    def test_of_two_customers_tells_no_word_of_the_other(self, cast: Cast, customer: Client) -> None:
        gone, stays = a_case(cast), a_case(cast)
        Ticket.objects.filter(pk=stays.pk).update(contact_phone="13911112222", title="寄件人的私事")
        address = door(gone)
        linking.merge(ticket_no=gone.no, into_no=stays.no, reason="同一件", by=cast.lin, now=timezone.now())
        shown = customer.get(address).content.decode()
        assert "已和同一包裹的另一件事合并处理" in shown
        assert "吴中网点" in shown
        assert "寄件人的私事" not in shown
        assert customer.post(f"{address}/say", {"text": "x"}).status_code == 409


class TestLanguages:
    @pytest.mark.parametrize(
        ("asked", "words"), [("", "每一步"), ("?lang=zh-hant", "zh-hant"), ("?lang=xx", "每一步")]
    )
    def test_are_kept_in_the_address_without_a_cookie(
        self, cast: Cast, customer: Client, asked: str, words: str
    ) -> None:
        answer = customer.get(door(a_case(cast)) + asked)
        assert words in answer.content.decode()
        assert not answer.cookies

    def test_go_along_with_every_form_and_answer(self, cast: Cast, customer: Client) -> None:
        address = door(a_case(cast))
        shown = customer.get(f"{address}?lang=en").content.decode()
        assert '<html lang="en">' in shown
        assert "The outlet finds out what happened" in shown
        assert f'action="{address}/say?lang=en"' in shown
        answer = customer.post(f"{address}/say?lang=en", {"text": "hello"})
        assert answer["Location"] == f"{address}?thanks=words&lang=en#words"

    def test_set_no_cookie_at_all(self, cast: Cast, customer: Client) -> None:
        address = door(a_case(cast, Kind.CLAIM))
        customer.post(f"{address}/say", {"text": "你好"})
        assert not customer.get(f"{address}?lang=en").cookies
        assert not customer.cookies
