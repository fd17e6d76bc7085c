"""The loop, by hand: scans come in, the watch finds a parcel in trouble, a case opens, the outlet acts,
the customer watches and rates, the wall and the board move."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.desk.models import StepRating, Ticket
from huhang.desk.rules.kinds import State
from huhang.journey.models import Waybill
from tests.cast import Cast
from tests.factories.network import api_token
from tests.stories.conftest import PATIENCE, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.django_db(transaction=True),
]
WAYBILL = "SX7730000012345"


@pytest.fixture
def wall(chromium: Any, cast: Cast, town: str) -> Iterator[Any]:
    """Hua's big screen at headquarters."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    sign_in(page, cast.hua, town)
    page.goto(f"{town}/desk/wall/?screen=1")
    yield page
    context.close()


@pytest.fixture
def board(town: str, wall: Any) -> Any:
    """Hua's board, in another tab of the big screen's browser."""
    page = wall.context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{town}/metrics/")
    return page


def send_scans(cast: Cast, url: str) -> None:
    """A parcel came to the outlet and went out with Zhang yesterday; nothing more was heard of it."""
    outlet, out_at = cast.unit("SZ-WZ"), timezone.now() - timedelta(days=1)
    Waybill.objects.create(
        no=WAYBILL, receiver_name="王小明", receiver_phone="13800001234", dest=outlet, dest_path=outlet.path,
        registered_at=out_at,
    )  # fmt: skip
    arrived, out = (
        {
            "waybill": WAYBILL,
            "code": code,
            "event_time": at.isoformat(),
            "node": "SZ-WZ",
            "operator": operator,
        }
        for code, at, operator in (
            ("ARRIVED", out_at - timedelta(hours=2), ""),
            ("OUT_FOR_DELIVERY", out_at, "ZHANG"),
        )
    )
    api_token(cast.hua, "scanner", timezone.now())
    headers = {"Authorization": "Bearer scanner"}
    # The first batch of a process waits for its libraries to load.
    answer = httpx.post(f"{url}/api/v1/scans", json=[arrived, out], headers=headers, timeout=2 * PATIENCE)
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 2, answer.text


def test_the_loop(cast: Cast, town: str, wall: Any, board: Any, desktop: Any, phone: Any) -> None:
    expect.set_options(timeout=PATIENCE * 1000)
    outlet, customer = desktop, phone
    all_is_quiet(cast, town, outlet, wall, board)
    send_scans(cast, town)
    a_case_opens(outlet, wall)
    the_outlet_answers(outlet)
    the_customer_looks(outlet, customer)
    the_outlet_finishes(outlet, wall)
    the_customer_rates(customer, outlet)
    the_figures_move(outlet, board, town)
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.owner, ticket.waybill_no) == (State.RESOLVED, cast.gao, WAYBILL)
    rating = StepRating.objects.get(step__ticket=ticket)
    assert (rating.score, rating.words) == (5, "很快")


def all_is_quiet(cast: Cast, town: str, outlet: Any, wall: Any, board: Any) -> None:
    sign_in(outlet, cast.gao, town)
    outlet.goto(f"{town}/desk/")
    expect(outlet.locator(".empty-note")).to_be_visible()
    expect(wall.locator(".screen-figures dd").first).to_have_text("0")
    expect(board.locator("article:has(#figure-step_rating) .figure")).to_have_text("—")


def a_case_opens(outlet: Any, wall: Any) -> None:
    row = outlet.locator("[data-row]")
    expect(row).to_contain_text("张师傅")
    expect(row).to_contain_text("剩 14:")
    expect(wall.locator(".screen-figures dd").first).to_have_text("1")
    expect(wall.locator(".screen-tile")).to_contain_text("江苏省区")


def the_outlet_answers(outlet: Any) -> None:
    """By keys alone."""
    outlet.keyboard.press("c")
    expect(outlet.locator("[data-row]")).to_contain_text("我的")
    outlet.keyboard.press("j")
    outlet.keyboard.press("Enter")
    outlet.wait_for_url("**/desk/t/*/")
    outlet.keyboard.press("r")
    outlet.keyboard.type("包裹在张师傅车上，18 点前送到")
    outlet.keyboard.press("Control+Enter")
    expect(outlet.locator(".story-out .bubble")).to_contain_text("18 点前送到")
    expect(outlet.locator("[data-form=reply] textarea")).to_have_value("")


def the_customer_looks(outlet: Any, customer: Any) -> None:
    outlet.click(".case-link")
    address = outlet.locator("dialog[open] input[readonly]").input_value()
    outlet.click("dialog[open] [data-close]")
    customer.goto(address)
    expect(customer.locator("h1")).to_have_text("我们正在关注您的包裹")
    expect(customer.locator(".talk")).to_contain_text("18 点前送到")
    assert not customer.evaluate("document.documentElement.scrollWidth > innerWidth")


def the_outlet_finishes(outlet: Any, wall: Any) -> None:
    outlet.click("[data-do=resolve]")
    outlet.fill("dialog[open] textarea", "已送到您手中，感谢等待")
    outlet.keyboard.press("Control+Enter")
    expect(outlet.locator("#case")).to_have_attribute("data-over", "")
    expect(wall.locator(".screen-figures dd").first).to_have_text("0")


def the_customer_rates(customer: Any, outlet: Any) -> None:
    expect(customer.locator("h1")).to_have_text("您的包裹已处理好")
    customer.locator(".stars label").first.click()
    customer.fill(".rate-words input", "很快")
    customer.click(".rate button")
    expect(customer.locator(".steps .rated")).to_contain_text("您评了 5 星")
    expect(outlet.locator(".steps-line .rated")).to_contain_text("客户评 5 星")


def the_figures_move(outlet: Any, board: Any, town: str) -> None:
    expect(board.locator("article:has(#figure-step_rating) .figure")).to_have_text("5.0")
    outlet.goto(f"{town}/desk/?tab=report")
    expect(outlet.locator(".figures .panel").nth(2).locator(".figure")).to_have_text("1")
