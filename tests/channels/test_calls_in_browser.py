"""The telephone page in a real browser: its verbs by key, and nothing wider than a phone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.channels.models import CallbackDue
from tests.cast import Cast
from tests.factories import calls as made
from tests.factories import channels, network
from tests.look import look
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def day(cast: Cast) -> CallbackDue:
    """A busy moment on the hotline; returns the call-back that is due first."""
    now = timezone.now()
    switch = made.switch(cast.unit("HQ"))
    queue = channels.queue(cast.unit("HQ-CS"), name="客户热线")
    wang = network.customer(cast.unit("SZ-WZ"), name="王小明", phone="13812345678")
    facts = {"queue": queue, "path": queue.path}
    made.waiting(
        switch,
        at=now - timedelta(seconds=6),
        number=wang.phone,
        customer=wang,
        digits="773100000001",
        **facts,
    )
    made.waiting(switch, at=now - timedelta(seconds=48), number="19912340000", **facts)
    talking = {"phase": "talking", "answered_at": now, "left_at": now, "person": cast.lin, "agent": "1001"}
    made.waiting(switch, at=now - timedelta(minutes=3), number="19912340001", outcome="answered",
                 wait=timedelta(seconds=9), **(facts | talking))  # fmt: skip
    for number in range(30):
        at = now - timedelta(minutes=number)
        waited = timedelta(seconds=7 * number % 60)
        over = {"phase": "over", "left_at": at, "ended_at": at, "wait": waited, "talk": timedelta(seconds=90)}
        outcome = "abandoned" if number % 5 == 4 else "answered"
        answered_at = at if outcome == "answered" else None
        made.waiting(switch, at=at - waited, outcome=outcome, answered_at=answered_at, **(facts | over))
    channels.callback_due(switch, at=now - timedelta(minutes=2), owner=cast.hua, **facts)
    first = channels.callback_due(
        switch, at=now - timedelta(minutes=24), number=wang.phone, customer=wang, **facts
    )
    channels.callback_due(
        switch, at=now - timedelta(minutes=10), because="call_back_asked", attempts=1, **facts
    )
    return first


def test_a_call_back_is_claimed_and_done_by_keys(
    desktop: Any, live_server: Any, cast: Cast, day: CallbackDue
) -> None:
    sign_in(desktop, cast.lin, live_server.url)
    desktop.goto(f"{live_server.url}/channels/calls/")
    look(desktop, "calls-desktop")
    desktop.keyboard.press("j")
    expect(desktop.locator(f"[data-row='callback-{day.pk}'].is-current")).to_be_visible()
    desktop.keyboard.press("c")
    expect(desktop.get_by_text("林晓 认领")).to_be_visible()
    look(desktop, "calls-claimed")
    desktop.locator(f"[data-row='callback-{day.pk}'] [data-do=reply]").click()
    expect(desktop.locator(f"[data-row='callback-{day.pk}']")).to_have_count(0)
    desktop.get_by_role("link", name="已处理").click()
    expect(desktop.get_by_text("已回电")).to_be_visible()
    desktop.get_by_text("近 7 天").click()
    desktop.get_by_text("按队列、按天").click()
    expect(desktop.locator(".call-tables tbody tr")).to_have_count(2)
    expect(desktop.locator("#call-figures")).to_have_count(1)
    look(desktop, "calls-done")


def test_a_reason_half_typed_stands_when_the_list_is_fetched_again(
    desktop: Any, live_server: Any, cast: Cast, day: CallbackDue
) -> None:
    sign_in(desktop, cast.lin, live_server.url)
    desktop.goto(f"{live_server.url}/channels/calls/")
    row = desktop.locator(f"[data-row='callback-{day.pk}']")
    row.locator("[data-do=claim]").click()
    row.get_by_label("更多").click()
    row.get_by_label("无需回电，因为").fill("客户又打来")
    row.evaluate("row => { row.dataset.before = '1' }")
    desktop.evaluate(
        "document.body.dispatchEvent(new CustomEvent('live:channels.callback', {detail: {refs: []}}))"
    )
    expect(desktop.locator("[data-before]")).to_have_count(0)
    expect(row.get_by_label("无需回电，因为")).to_have_value("客户又打来")
    row.get_by_role("button", name="无需回电").click()
    expect(row).to_have_count(0)
    assert CallbackDue.objects.get(pk=day.pk).note == "客户又打来"


def test_nothing_is_wider_than_a_phone(phone: Any, live_server: Any, cast: Cast, day: CallbackDue) -> None:
    sign_in(phone, cast.lin, live_server.url)
    phone.goto(f"{live_server.url}/channels/calls/")
    phone.locator(f"[data-row='callback-{day.pk}'] [data-do=claim]").click()
    expect(phone.get_by_text("林晓 认领")).to_be_visible()
    assert not phone.evaluate(WIDER)
    look(phone, "calls-phone")
