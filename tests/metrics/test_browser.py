"""The board in a real browser: it moves by itself, keeps what somebody unfolded, and leads down to a unit."""

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from tests.metrics import ground as grounds
from tests.metrics.ground import COMPLAINT, NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(live_server, monkeypatch, settings):
    """Playwright keeps an event loop in this thread, which Django takes for asynchronous code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    ground = grounds.lay()
    grounds.busy_week(ground)
    session = grounds.client_of(ground.head).cookies[settings.SESSION_COOKIE_NAME].value
    return ground, live_server.url, session


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def page(chromium, scene, request, _at_1420):
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": scene[2], "url": scene[1]}])
    yield context.new_page()
    context.close()


def is_wider_than_its_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_the_board_moves_by_itself(scene, page):
    ground, url, _ = scene
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(f"{url}/metrics/?org=JS")
    page.click("#board-course summary")
    expect(page.locator("#board-chart svg")).to_be_visible()
    expect(page.locator(".figure").first).to_have_text("2.5")
    for n in range(75):
        grounds.count_one(COMPLAINT, NOW, ground.suzhou.path, f"new{n}")
    connection.close()  # opened for Playwright's loop; nobody else would close it
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:metrics.tally', {detail: {refs: []}}))")
    expect(page.locator(".figure").first).to_have_text("5.0")
    expect(page.locator("#board-course")).to_have_attribute("open", "")
    assert not is_wider_than_its_screen(page)
    assert not broken


def test_leads_down_to_the_unit_and_up_again(scene, page):
    page.goto(f"{scene[1]}/metrics/?org=JS")
    page.click("#unit-JS-SZ")
    expect(page.locator("h1")).to_have_text("苏州 · 看板")
    page.click(".crumbs a:has-text('江苏省区')")
    expect(page.locator("h1")).to_have_text("江苏省区 · 看板")
