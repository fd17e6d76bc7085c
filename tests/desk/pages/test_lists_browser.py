"""The work list in a real browser: choose, act on many, read the report, take it back, keep a view."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.desk.actions import claiming
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import BulkRun, ColumnChoice, SavedView, Ticket
from huhang.desk.rules.kinds import Kind
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"


def opened(cast: Cast, count: int, kind: Kind = Kind.COMPLAINT, **more: object) -> list[Ticket]:
    return [
        open_ticket(opening(cast, kind, **more), by=cast.lin, now=timezone.now())[0] for _ in range(count)
    ]


@pytest.fixture
def cases(cast: Cast) -> list[Ticket]:
    return opened(cast, 4) + opened(cast, 1, Kind.URGE, title="催派")


@pytest.fixture
def page(desktop: Any, live_server: Any, cast: Cast, cases: list[Ticket]) -> Any:
    """Gao, before the list."""
    sign_in(desktop, cast.gao, live_server.url)
    desktop.goto(f"{live_server.url}/desk/tickets/")
    return desktop


def test_many_are_claimed_the_failure_is_named_and_all_is_taken_back(
    page: Any, cast: Cast, cases: list[Ticket]
) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("#bulk-count")).to_have_text("已选 3 单")
    second = page.locator("[data-row]").nth(1).get_attribute("data-row")
    claiming.claim(ticket_no=second, by=cast.lin, now=timezone.now())
    page.click("#bulk [value=claim]")
    expect(page.locator("dialog[open] h2")).to_contain_text("认领：3 单")
    page.click("dialog[open] .btn-primary")
    report = page.locator("dialog[open] #bulk-run")
    expect(report).to_contain_text("2 单已完成")
    expect(report).to_contain_text("已由同事认领")
    assert Ticket.objects.filter(owner=cast.gao).count() == 2
    report.get_by_text("撤销").click()
    expect(report).to_contain_text("2 单已恢复原状")
    assert Ticket.objects.filter(owner=cast.gao).count() == 0
    page.click("dialog[open] [data-close]")
    expect(page.locator("#bulk")).to_be_hidden()
    assert BulkRun.objects.get().state == "undone"


def test_all_that_match_are_noted_together(page: Any, cases: list[Ticket]) -> None:
    page.goto(page.url + "?kind=complaint")
    page.locator("[data-select]").first.check()
    page.click("#bulk-all")
    expect(page.locator("#bulk-count")).to_have_text("已选全部 4 单")
    page.click("#bulk [value=note]")
    page.fill("dialog[open] textarea", "统一核对监控")
    page.click("dialog[open] .btn-primary")
    expect(page.locator("dialog[open] #bulk-run")).to_contain_text("4 单已完成")


def test_what_is_chosen_stays_chosen_while_the_list_fetches_itself(page: Any) -> None:
    page.locator("[data-select]").first.check()
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:desk.ticket', {detail: {refs: []}}))")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-select]").first).to_be_checked()
    expect(page.locator("#bulk-count")).to_have_text("已选 1 单")


def test_opening_more_filters_leaves_the_list_and_its_address_alone(page: Any) -> None:
    before = page.url
    with page.expect_response("**/policies/closings/options/**"):
        page.click(".more-filters summary")
    expect(page.locator("[name=ended_as] option").first).to_have_text("不限")
    expect(page.locator("#tickets [data-row]")).to_have_count(5)
    assert page.url == before


def test_c_claims_the_row_that_one_stands_on(page: Any, cast: Cast) -> None:
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".toast-note")).to_contain_text("已认领")
    assert Ticket.objects.filter(owner=cast.gao).count() == 1


def test_a_view_is_kept_with_its_filters(page: Any, cast: Cast) -> None:
    page.select_option("[name=kind]", "urge")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator(".chip").first).to_contain_text("催派")
    assert page.url.endswith("?state=live&kind=urge")
    page.click("text=存为视图")
    page.fill("dialog[open] [name=name]", "今天的催派")
    page.click("dialog[open] .btn-primary")
    expect(page.locator(".views [aria-current]")).to_contain_text("今天的催派")
    expect(page.locator("[data-row]")).to_have_count(1)
    assert SavedView.objects.get(owner=cast.gao).query == "kind=urge"


def test_columns_are_remembered(page: Any, cast: Cast) -> None:
    page.click(".list-do >> text=列")
    page.check("dialog[open] [value=priority]")
    page.uncheck("dialog[open] [value=waybill]")
    page.click("dialog[open] .btn-primary")
    expect(page.locator("thead")).to_contain_text("优先级")
    expect(page.locator("thead")).not_to_contain_text("运单")
    assert "priority" in ColumnChoice.objects.get(person=cast.gao).columns


def test_on_a_phone_nothing_is_wider_than_the_screen_and_rows_can_be_chosen(
    phone: Any, live_server: Any, cast: Cast, cases: list[Ticket]
) -> None:
    sign_in(phone, cast.gao, live_server.url)
    phone.goto(f"{live_server.url}/desk/tickets/?kind=complaint&opened_from=2026-01-01")
    phone.locator("[data-select]").first.check()
    expect(phone.locator("#bulk")).to_be_visible()
    assert not phone.evaluate(WIDER)
    phone.click(".more-filters > summary")
    assert not phone.evaluate(WIDER)
