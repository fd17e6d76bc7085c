"""A page that fetches its parts again never takes away what somebody has just asked for."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.desk.actions.linking import merge
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Kind
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return open_ticket(opening(cast), by=cast.lin, now=timezone.now())[0]


class Line:
    """The line to the server: requests of one sort wait on it until they are let through."""

    def __init__(self, page: Any, address: str, method: str) -> None:
        self.method, self.is_open = method, False
        self.held: list[tuple[Any, Any]] = []
        self.through = 0
        page.evaluate("htmx.config.timeout = 0")  # what is held must not end by itself
        page.route(address, self._hold)

    def _hold(self, route: Any) -> None:
        request = route.request
        if self.is_open or request.method != self.method or "hx-request" not in request.headers:
            self.through += request.method == "GET"
            route.continue_()
            return
        # A refresh has been answered, only the answer is slow; a verb has not even arrived.
        self.held.append((route, route.fetch() if self.method == "GET" else None))

    def release(self) -> None:
        self.is_open = True
        for route, answer in self.held:
            route.fulfill(response=answer) if answer else route.continue_()


def hear(page: Any) -> None:
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:desk.ticket', {detail: {refs: []}}))")


def until(page: Any, condition: Any) -> None:
    for _ in range(1200):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen")


def begun(desktop: Any, cast: Cast, url: str) -> Any:
    sign_in(desktop, cast.gao, url)
    return desktop


def test_an_older_picture_of_a_case_is_not_shown_after_the_verb(
    desktop: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    page = begun(desktop, cast, live_server.url)
    page.goto(f"{live_server.url}/desk/t/{ticket.no}/")
    refreshes = Line(page, f"**/desk/t/{ticket.no}/", "GET")
    hear(page)
    until(page, lambda: refreshes.held)
    page.keyboard.press("c")
    expect(page.locator("#toasts")).to_contain_text("已认领")
    refreshes.release()
    until(page, lambda: refreshes.through)  # it is asked for again
    expect(page.locator("#case [data-do=claim]")).to_have_count(0)
    assert Ticket.objects.get().owner == cast.gao


def test_a_filter_holds_against_a_refresh_of_the_list_before_it(
    desktop: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    urge = open_ticket(opening(cast, Kind.URGE), by=cast.lin, now=timezone.now())[0]
    page = begun(desktop, cast, live_server.url)
    page.goto(f"{live_server.url}/desk/tickets/")
    filtering = Line(page, "**/desk/tickets/?*kind=urge*", "GET")
    page.select_option("#filters [name=kind]", "urge")
    until(page, lambda: filtering.held)
    hear(page)  # the list as it was is not fetched now: its place would be gone when the answer comes
    page.wait_for_timeout(300)
    filtering.release()
    expect(page.locator("#tickets [data-row]")).to_have_count(1)
    expect(page.locator("#tickets [data-row]")).to_have_attribute("data-row", urge.no)


def test_a_verb_of_the_window_is_answered_although_it_hears_of_a_change(
    desktop: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    page = begun(desktop, cast, live_server.url)
    page.goto(f"{live_server.url}/desk/")
    verbs = Line(page, "**/desk/**", "POST")
    page.locator("#window [data-do=claim]").first.click()
    until(page, lambda: verbs.held)
    hear(page)
    page.wait_for_timeout(300)
    verbs.release()
    expect(page.locator("#toasts")).to_contain_text("已认领")
    until(page, lambda: verbs.through)  # what was heard meanwhile is fetched then
    assert Ticket.objects.get().owner == cast.gao


def refreshed(page: Any, part: str) -> None:
    """Another one stands there now."""
    page.evaluate(f"document.querySelector('{part}').dataset.before = '1'")
    hear(page)
    expect(page.locator(f"{part}[data-before]")).to_have_count(0)


def test_what_somebody_unfolded_in_a_case_stays_so(
    desktop: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    now = timezone.now()
    other = open_ticket(replace(opening(cast), body="箱子也破了"), by=cast.lin, now=now)[0]
    merge(ticket_no=other.no, into_no=ticket.no, reason="同一件事", by=cast.hua, now=now)
    page = begun(desktop, cast, live_server.url)
    page.goto(f"{live_server.url}/desk/t/{ticket.no}/")
    page.get_by_text("并入本单的工单的经过").click()
    expect(page.locator(".merged-body")).to_contain_text("箱子也破了")
    page.get_by_label("更多操作").click()
    refreshed(page, "#case")
    expect(page.get_by_role("button", name="关联工单")).to_be_visible()
    expect(page.locator(".merged-body")).to_contain_text("箱子也破了")
    page.get_by_text("并入本单的工单的经过").click()  # folds it, and a press elsewhere ends the menu
    refreshed(page, "#case")
    expect(page.locator("#case details[open]")).to_have_count(0)


def test_a_menu_stays_open_when_the_window_is_fetched_again(
    phone: Any, live_server: Any, cast: Cast, ticket: Ticket
) -> None:
    page = begun(phone, cast, live_server.url)
    page.goto(f"{live_server.url}/desk/")
    page.locator("[data-row] .todo-more summary").first.click()
    refreshed(page, "#window")
    expect(page.locator("[data-row] .todo-more[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    refreshed(page, "#window")
    expect(page.locator("[data-row] .todo-more[open]")).to_have_count(0)
