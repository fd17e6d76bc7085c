"""The case's page in a real browser: what is typed is never lost, and keys do what they say."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.desk.actions import claiming, progress
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Entry, Ticket
from huhang.desk.rules.kinds import EntryKind, Kind
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHANGED = "document.body.dispatchEvent(new CustomEvent('live:desk.ticket', {detail: {refs: []}}))"
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return open_ticket(opening(cast), by=cast.lin, now=timezone.now())[0]


@pytest.fixture
def case(desktop: Any, live_server: Any, cast: Cast, ticket: Ticket) -> Any:
    """Gao, before the case."""
    sign_in(desktop, cast.gao, live_server.url)
    desktop.goto(f"{live_server.url}/desk/t/{ticket.no}/")
    return desktop


def typed(page: Any) -> Any:
    return page.locator("[data-form=reply] textarea")


class TestWords:
    def test_survive_a_reload(self, case: Any) -> None:
        case.keyboard.press("r")
        case.keyboard.type("写到一半")
        case.reload()
        expect(typed(case)).to_have_value("写到一半")

    def test_survive_a_change_by_a_colleague_and_can_be_sent_again(
        self, case: Any, cast: Cast, ticket: Ticket
    ) -> None:
        case.keyboard.press("r")
        case.keyboard.type("马上核实")
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=timezone.now())
        case.keyboard.press("Control+Enter")
        expect(case.locator(".stale")).to_contain_text("已认领")
        expect(typed(case)).to_have_value("马上核实")
        assert not Entry.objects.filter(kind=EntryKind.TO_CUSTOMER).exists()
        case.keyboard.press("Control+Enter")
        expect(case.locator(".story-out .bubble")).to_have_text("马上核实")
        expect(typed(case)).to_have_value("")
        expect(case.locator(".stale")).to_have_count(0)

    def test_stay_while_the_page_fetches_itself_again(self, case: Any, cast: Cast, ticket: Ticket) -> None:
        case.keyboard.press("r")
        case.keyboard.type("马上")
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=timezone.now())
        case.evaluate(CHANGED)
        expect(case.locator(".case-state")).to_contain_text("林晓")
        case.keyboard.type("核实")
        case.keyboard.press("Control+Enter")
        expect(case.locator(".story-out .bubble")).to_have_text("马上核实")

    def test_of_a_note_go_to_colleagues(self, case: Any) -> None:
        case.keyboard.press("n")
        case.keyboard.type("张师傅在查")
        case.keyboard.press("Control+Enter")
        expect(case.locator(".story-note .bubble")).to_have_text("张师傅在查")


def test_a_refused_result_stays_in_the_dialog(case: Any, cast: Cast, ticket: Ticket) -> None:
    case.click("[data-do=resolve]")
    case.fill("dialog[open] textarea", "已核实")
    claiming.claim(ticket_no=ticket.no, by=cast.lin, now=timezone.now())
    case.click("dialog[open] .btn-primary")
    expect(case.locator("dialog[open] .stale")).to_be_visible()
    case.click("dialog[open] .btn-primary")
    expect(case.locator("dialog[open]")).to_have_count(0)
    expect(case.locator(".steps-line .is-done")).to_contain_text("已核实")


def test_what_is_refused_in_a_dialog_is_said_in_it(case: Any) -> None:
    case.click("[data-do=resolve]")
    case.fill("dialog[open] textarea", " ")
    case.click("dialog[open] .btn-primary")
    expect(case.locator("dialog[open] .refused .toast-note")).to_be_visible()
    case.click("dialog[open] .btn-primary")
    expect(case.locator("dialog[open] .refused .toast-note")).to_have_count(1)


def test_a_group_of_reminders_is_taken_by_one_key(desktop: Any, live_server: Any, cast: Cast) -> None:
    for _ in range(3):
        open_ticket(opening(cast, Kind.PREVENTION, title="漏签收"), by=None, now=timezone.now())
    sign_in(desktop, cast.gao, live_server.url)
    desktop.goto(f"{live_server.url}/desk/")
    desktop.keyboard.press("j")
    desktop.keyboard.press("c")
    expect(desktop.locator(".todo-owner.is-me")).to_have_count(3)
    assert Ticket.objects.filter(owner=cast.gao).count() == 3


class TestPhone:
    @pytest.mark.parametrize(
        "path",
        ["/desk/", "/desk/?tab=report", "/desk/tickets/", "/desk/wall/", "/desk/open/", "/desk/t/{no}/"],
    )
    def test_nothing_is_wider_than_the_screen(
        self, phone: Any, live_server: Any, cast: Cast, ticket: Ticket, path: str
    ) -> None:
        sign_in(phone, cast.gao, live_server.url)
        phone.goto(live_server.url + path.format(no=ticket.no))
        assert not phone.evaluate(WIDER)

    def test_the_customer_changes_the_language(self, phone: Any, live_server: Any, ticket: Ticket) -> None:
        phone.goto(f"{live_server.url}/p/{progress.issue_link(ticket=ticket, now=timezone.now())}")
        phone.click(".languages a[lang=en]")
        expect(phone.locator(".steps")).to_contain_text("The outlet finds out what happened")

    def test_the_customers_page_is_light(self, phone: Any, live_server: Any, ticket: Ticket) -> None:
        weights: list[int] = []
        phone.on("response", lambda answer: weights.append(len(answer.body())))
        phone.goto(f"{live_server.url}/p/{progress.issue_link(ticket=ticket, now=timezone.now())}")
        assert sum(weights) < 60_000
