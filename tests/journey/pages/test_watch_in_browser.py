"""The watch's settings in a real browser: a switch inside a live list, a dialog out of one, a preview that arrives."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from huhang.journey.actions import previewing
from huhang.journey.models import Preview, Storm, WatchRule
from tests.cast import assemble
from tests.factories import journey as factory
from tests.journey.pages.scenes import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULE = "hub_not_departed"


@pytest.fixture
def url(live_server, monkeypatch, settings, tmp_path: Path) -> str:
    """Playwright keeps an event loop in this thread, which Django takes for asynchronous code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.VAR = tmp_path
    return str(live_server.url)


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def page(chromium, url, request, settings):
    cast = assemble()
    now = timezone.now()
    factory.storm(cast.unit("JS"), starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=1))
    session = signed_in(cast.hua).cookies[settings.SESSION_COOKIE_NAME].value
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    yield context.new_page()
    context.close()


def fits(page: Page) -> bool:
    return not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_rule_is_switched_in_the_list(url: str, page: Page) -> None:
    page.goto(f"{url}/journey/rules/?q=到达分拨中心后未发出")
    expect(page.locator(".rules [data-row]")).to_have_count(1)
    page.click(".rules .form-switch input")
    expect(page.locator(".rules .form-check-label")).to_have_text("停用")
    connection.close()  # opened for Playwright's loop; nobody else would close it
    assert not WatchRule.objects.get(slug=RULE).is_enabled
    assert fits(page)


def test_a_storm_is_ended_from_the_list(url: str, page: Page) -> None:
    page.goto(f"{url}/journey/storms/")
    page.click("text=提前结束")
    page.click("text=现在结束")
    expect(page.locator(".note")).to_contain_text("已结束")
    assert Storm.objects.get().ends_at <= timezone.now()
    assert fits(page)


def test_a_preview_arrives_while_one_goes_on_typing(url: str, page: Page) -> None:
    page.goto(f"{url}/journey/rules/{RULE}/")
    page.fill("[name=hours]", "x")
    page.click("button:has-text('先看效果')")
    expect(page.locator("#preview")).to_contain_text("请填写大于零的数字")
    assert page.input_value("[name=hours]") == "x"
    page.fill("[name=hours]", "10")
    page.click("button:has-text('先看效果')")
    expect(page.locator("#preview progress")).to_be_visible()
    page.fill("[name=reason]", "旺季")
    previewing.answer(preview_id=Preview.objects.get().pk, now=timezone.now())
    expect(page.locator("#preview")).to_contain_text("过去 7 天没有件符合")
    assert page.input_value("[name=reason]") == "旺季"
    assert fits(page)
