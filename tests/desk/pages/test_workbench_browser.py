"""The workbench on small screens, filled as on a bad day: one pane at a time, and nothing wider than the screen."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from huhang.channels.actions import talking
from huhang.channels.models import Conversation
from huhang.desk.actions import seats
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import calls as made
from tests.factories import channels, journey
from tests.look import glance
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"
NUMBER, WAYBILL = "13812345678", "773100000001"
SAID = (
    "我的快递三天没动了",
    "单号 773100000001，昨天就该到",
    "孩子等着用药，今天能送到吗？",
    "你们电话也打不通",
)


@pytest.fixture
def day(cast: Cast) -> Conversation:
    """Seven wait, 林晓 has three and a call; returns the one that she has had longest."""
    now, unit = timezone.now(), cast.unit("SZ-WZ")
    for person in (cast.lin, cast.hua):
        seat = seats.open_seat(person=person, unit=cast.unit("HQ-CS"), by=None, now=now)
        seats.set_status(seat_id=seat.pk, status="available", by=person, now=now)
    door = channels.entrance(cast.unit("HQ-CS"), name="官网在线客服", kind="web_chat")
    journey.waybill(
        WAYBILL, origin=unit, dest=unit, receiver_phone=NUMBER, promised_at=now - timedelta(hours=5)
    )
    a_ticket(cast, title="外箱压坏，内件破损，要求赔付并道歉", contact_phone=NUMBER, waybill_no=WAYBILL)
    rows = []
    for number in range(10):
        at = now - timedelta(minutes=12 - number)
        with transaction.atomic():
            row = channels.conversation(door, at=at, waybill_no=WAYBILL if number == 0 else "")
        talking.ask_for_somebody(row.no, now=at)
        for place, text in enumerate(SAID[: 1 + number % 4] if number else SAID):
            talking.customer_says(row.no, text=text, key=f"c-{number}-{place}", now=at)
        rows.append(row)
    for row in rows[:3]:
        talking.take(row.no, by=cast.lin, now=now)
    talking.say(rows[0].no, text="非常抱歉，正在联系网点", by=cast.lin, key="a-1", now=now)
    talking.note(rows[0].no, text="网点说今天 18 点前送到", by=cast.hua, key="n-1", now=now)
    queue = channels.queue(cast.unit("HQ-CS"), name="客户热线")
    switch = made.switch(cast.unit("HQ-CS"))
    talks = {"phase": "talking", "answered_at": now, "outcome": "answered", "person": cast.lin}
    made.waiting(switch, at=now, number=NUMBER, queue=queue, path=queue.path, digits=f"1{WAYBILL}#", **talks)
    for minutes in (4, 26):
        channels.callback_due(switch, at=now - timedelta(minutes=minutes), queue=queue, path=queue.path)
    return rows[0]


def test_on_a_phone_one_pane_after_another(
    phone: Any, live_server: Any, cast: Cast, day: Conversation
) -> None:
    sign_in(phone, cast.lin, live_server.url)
    phone.goto(f"{live_server.url}/desk/talk/#{day.no}")
    words, line, picture = (phone.locator(name) for name in ("[data-words]", ".bench-line", "#bench-picture"))
    expect(words.filter(has_text="正在联系网点")).to_be_visible()
    expect(line).to_be_hidden()
    glance(phone, "bench-phone-talk")
    phone.locator(".bench-talk:not([hidden]) [data-about]").click()
    expect(picture.get_by_text("外箱压坏")).to_be_visible()
    glance(phone, "bench-phone-picture")
    picture.get_by_role("button", name="回到会话").click()
    phone.get_by_role("button", name="转出").click()
    expect(phone.get_by_label("给同事")).to_be_visible()
    glance(phone, "bench-phone-transfer")
    assert not phone.evaluate(WIDER)
    phone.get_by_role("button", name="取消").click()
    phone.locator(".bench-talk:not([hidden]) [data-back]").click()
    expect(line).to_be_visible()
    glance(phone, "bench-phone-list")
    phone.get_by_role("link", name="看客户").click()
    expect(phone.get_by_label("小结")).to_be_visible()
    glance(phone, "bench-phone-call")
    assert not phone.evaluate(WIDER)


def test_on_a_desk_all_at_once(desktop: Any, live_server: Any, cast: Cast, day: Conversation) -> None:
    sign_in(desktop, cast.hua, live_server.url)
    desktop.goto(f"{live_server.url}/desk/talk/live/")
    expect(desktop.get_by_text("林晓").first).to_be_visible()
    glance(desktop, "bench-desktop-live")
    sign_in(desktop, cast.lin, live_server.url)
    desktop.goto(f"{live_server.url}/desk/talk/#{day.no}")
    expect(desktop.locator("#bench-picture").get_by_text("外箱压坏")).to_be_visible()
    glance(desktop, "bench-desktop-talk")
    desktop.keyboard.press("Alt+b")
    desktop.get_by_label("打哪个号码").fill("13900005678")
    glance(desktop, "bench-desktop-call-back")
    desktop.get_by_role("button", name="约定", exact=True).click()
    expect(
        desktop.locator(".bench-talk:not([hidden]) [data-words]").get_by_text("139******78")
    ).to_be_visible()
    glance(desktop, "bench-desktop-called-back")
    desktop.get_by_role("button", name="转出").click()
    expect(desktop.get_by_label("给同事")).to_be_visible()
    glance(desktop, "bench-desktop-transfer")
    desktop.get_by_label("给同事").select_option(index=1)
    desktop.get_by_label("交接说明").fill("请接着查")
    desktop.locator("#dialog").get_by_role("button", name="转出").click()
    expect(desktop.locator("#dialog")).not_to_be_visible()
