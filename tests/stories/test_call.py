"""A switch posts what happens to a call; the agent's workbench follows: pop, talk, hold, report, case, call-back."""

import json
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from huhang.channels.actions import calls
from huhang.channels.adapters.call_http import sign
from huhang.channels.models import Account, Call, CallbackDue, CallReport
from huhang.desk.actions import seats
from huhang.desk.models import Seat, Ticket
from tests.cast import Cast, assemble
from tests.desk.scenes import a_ticket
from tests.factories import calls as made
from tests.factories import channels, journey
from tests.look import glance
from tests.stories.conftest import PATIENCE, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.django_db(transaction=True),
]

WAIT = PATIENCE * 1000
SECRET, NUMBER, WAYBILL = "geheim", "13812345678", "773100000001"


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def switch(cast: Cast) -> Account:
    secrets: Any = {"secret": SECRET}
    channels.queue(cast.unit("HQ-CS"), key="customers", name="客户热线")
    switch = made.switch(cast.unit("HQ-CS"), key="pbx", adapter="call_http", secrets=secrets)
    calls.sit(account=switch, extension="1001", person=cast.lin, now=timezone.now())
    return switch


class Pbx:
    """The switch: it posts what happens, signed."""

    def __init__(self, town: str, account: Account) -> None:
        self.url = town + reverse("channels:calls_posted", args=[account.key])

    def tells(self, call: str, kind: str, *, seconds_ago: int = 0, **more: Any) -> None:
        at = (timezone.now() - timedelta(seconds=seconds_ago)).isoformat()
        event = {"id": f"{call}-{kind}-{at}", "call": call, "kind": kind, "at": at, **more}
        body, stamp = json.dumps({"events": [event]}).encode(), str(int(timezone.now().timestamp()))
        signed = {"X-Huhang-Timestamp": stamp, "X-Huhang-Signature": sign(SECRET, stamp, body)}
        headers = {"Content-Type": "application/json", **signed}
        with urlopen(Request(self.url, body, headers), timeout=PATIENCE) as answer:
            assert answer.status == 200


def busy_day(cast: Cast, switch: Account) -> Seat:
    """An agent at work, and a customer with two parcels, an open case and a call of yesterday."""
    unit, now = cast.unit("SZ-WZ"), timezone.now()
    seat = seats.open_seat(person=cast.lin, unit=cast.unit("HQ-CS"), by=None, now=now)
    seats.set_status(seat_id=seat.pk, status="available", by=cast.lin, now=now)
    journey.waybill(WAYBILL, origin=unit, dest=unit, receiver_phone="13900000000", promised_at=now)
    journey.waybill("773100000002", origin=unit, dest=unit, receiver_phone=NUMBER)
    a_ticket(cast, title="外箱压坏要求赔付", contact_phone=NUMBER)
    earlier = channels.call(switch, at=now - timedelta(days=1), number=NUMBER, person=cast.hua, phase="over")
    channels.call_report(earlier, cast.hua, at=now, note="昨天来催过，答应今天送到")
    return seat


def test_a_call_pops_up_is_written_down_and_a_missed_one_is_called_back(
    town: str, cast: Cast, switch: Account, chromium: Browser
) -> None:
    seat = busy_day(cast, switch)
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    sign_in(page, cast.lin, town)
    page.goto(f"{town}/desk/talk/")
    pbx = Pbx(town, switch)
    it_rings(page, pbx)
    it_is_answered_and_written_down(page, pbx)
    report, case = CallReport.objects.get(call__call_id="c1"), Ticket.objects.get(source="call")
    assert (report.reason, report.case_no, case.waybill_no) == ("urge", case.no, WAYBILL)
    assert Seat.objects.get(pk=seat.pk).status == "available"
    assert Call.objects.get(call_id="c1").after_call > timedelta()
    another_gives_up_and_is_called_back(page, pbx)
    assert CallbackDue.objects.get().closed_by == cast.lin


def it_rings(page: Page, pbx: Pbx) -> None:
    pbx.tells("c1", "arrived", ani=NUMBER, dnis="95500")
    pbx.tells("c1", "digits", digits=f"1{WAYBILL}#")
    pbx.tells("c1", "queued", queue="customers")
    pbx.tells("c1", "ringing", agent="1001")
    bar, card, picture = map(page.locator, (".bench-call", ".bench-phone", "#bench-picture"))
    expect(bar).to_contain_text("振铃中", timeout=WAIT)
    expect(card).to_be_visible(timeout=WAIT)
    expect(picture).to_contain_text("外箱压坏要求赔付", timeout=WAIT)
    expect(picture.locator(".bench-parcel")).to_have_count(2)
    expect(picture).to_contain_text("昨天来催过")
    glance(page, "call-rings")


def it_is_answered_and_written_down(page: Page, pbx: Pbx) -> None:
    bar, card = page.locator(".bench-call"), page.locator(".bench-phone")
    pbx.tells("c1", "answered", agent="1001", queue="customers")
    expect(bar).to_contain_text("通话中", timeout=WAIT)
    card.get_by_label("小结").fill("客户急用，答应下午送到")
    card.get_by_text("催件", exact=True).click()
    glance(page, "call-talks")
    pbx.tells("c1", "held")
    expect(card).to_contain_text("保持中", timeout=WAIT)
    expect(card.get_by_label("小结")).to_have_value("客户急用，答应下午送到")
    pbx.tells("c1", "ended", ended_by="caller")
    expect(bar).to_contain_text("话后整理", timeout=WAIT)
    glance(page, "call-after")
    page.reload()  # a page that is loaded again has lost nothing of what was written
    expect(card.get_by_label("小结")).to_have_value("客户急用，答应下午送到", timeout=WAIT)
    card.get_by_label("小结").press("Alt+c")
    expect(card.get_by_role("link", name="T0")).to_be_visible(timeout=WAIT)
    expect(bar).to_have_count(0, timeout=WAIT)
    glance(page, "call-written")


def another_gives_up_and_is_called_back(page: Page, pbx: Pbx) -> None:
    pbx.tells("c2", "arrived", ani="13700001234", dnis="95500", seconds_ago=50)
    pbx.tells("c2", "queued", queue="customers", seconds_ago=45)
    pbx.tells("c2", "abandoned", seconds_ago=5)
    pbx.tells("c2", "ended", seconds_ago=5)
    page.locator("#bench-calls").get_by_text("137******34").wait_for(timeout=WAIT)
    page.keyboard.press("b")
    owed = page.locator(".bench-phone:not([hidden])")
    expect(owed.get_by_role("button", name="已打通")).to_be_visible(timeout=WAIT)
    glance(page, "call-owed")
    owed.get_by_role("button", name="已打通").click()
    expect(owed).to_contain_text("已回电", timeout=WAIT)
