"""Seats in a real browser: the switch, the sign of life, the team's page, and why."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huhang.desk.actions import rounds, seats
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Seat, Ticket
from huhang.desk.rules.assignment import Status
from huhang.network.models import Grant, Person
from tests.cast import Cast
from tests.desk.scenes import opening
from tests.factories import desk as factory
from tests.look import look
from tests.stories.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDER = "document.documentElement.scrollWidth > innerWidth"
TEAM = [
    ("wang", "王敏", Status.AVAILABLE, 6),
    ("zhao", "赵宁", Status.BUSY, 8),
    ("sun", "孙立", Status.OFFLINE, 5),
]


@pytest.fixture
def team(cast: Cast) -> dict[str, Seat]:
    now, centre = timezone.now(), cast.unit("HQ-CS")
    made = {"lin": factory.seat(cast.lin, now=now, unit=centre, capacity=4, kinds=["complaint"])}
    for username, name, status, capacity in TEAM:
        person = Person.objects.create_user(username=username, display_name=name, home=centre)
        Grant.objects.create(person=person, role="agent", unit=cast.unit("HQ"))
        made[username] = factory.seat(person, now=now, status=status, capacity=capacity, skills=["法务"])
    seats.entrust(seat_id=made["zhao"].pk, thing=cast.zhang, by=cast.hua, now=now)
    return made


@pytest.fixture
def cases(cast: Cast, team: dict[str, Seat]) -> list[Ticket]:
    made = [open_ticket(opening(cast, courier=None), by=None, now=timezone.now())[0] for _ in range(7)]
    rounds.assign_waiting(now=timezone.now())
    return made


class TestOwnSwitch:
    def test_changes_what_the_server_knows_from_any_page(
        self, desktop: Any, live_server: Any, cast: Cast, team: dict[str, Seat]
    ) -> None:
        sign_in(desktop, cast.lin, live_server.url)
        desktop.goto(f"{live_server.url}/desk/tickets/")
        desktop.click(".seat-now")
        look(desktop, "switch")
        desktop.click(".own-seat button.seat-busy")
        expect(desktop.locator(".seat-now")).to_have_text("示忙")
        assert Seat.objects.get(pk=team["lin"].pk).status == Status.BUSY

    def test_a_browser_gives_a_sign_of_life_and_hears_that_it_was_taken_off(
        self, desktop: Any, live_server: Any, cast: Cast, team: dict[str, Seat]
    ) -> None:
        sign_in(desktop, cast.lin, live_server.url)
        with desktop.expect_response("**/desk/seat/beat/"):
            desktop.goto(f"{live_server.url}/desk/tickets/")
        assert Seat.objects.get(pk=team["lin"].pk).last_seen_at is not None
        seats.take_off(seat_id=team["lin"].pk, by=cast.hua, now=timezone.now())
        expect(desktop.locator(".seat-now")).to_have_text("离线", timeout=60_000)


class TestTeam:
    def test_a_lead_sees_who_is_there_and_takes_somebody_off(
        self, desktop: Any, live_server: Any, cast: Cast, cases: list[Ticket]
    ) -> None:
        sign_in(desktop, cast.hua, live_server.url)
        desktop.goto(f"{live_server.url}/desk/seats/")
        expect(desktop.locator(".seat-row")).to_have_count(4)
        look(desktop, "seats")
        row = desktop.locator(".seat-row", has_text="王敏")
        row.locator("summary").click()
        look(desktop, "seats-menu")
        desktop.once("dialog", lambda dialog: dialog.accept())
        row.get_by_text("设为离线").click()
        expect(desktop.locator(".seat-row", has_text="王敏").locator(".state")).to_have_text("离线")

    def test_skills_are_set_in_a_dialog(
        self, desktop: Any, live_server: Any, cast: Cast, team: dict[str, Seat]
    ) -> None:
        sign_in(desktop, cast.hua, live_server.url)
        desktop.goto(f"{live_server.url}/desk/seats/")
        row = desktop.locator(".seat-row", has_text="王敏")
        row.locator("summary").click()
        row.get_by_text("技能与上限").click()
        desktop.fill("dialog #capacity", "9")
        desktop.fill("dialog #chats", "8")
        desktop.uncheck("dialog [name=takes_by_itself]")
        look(desktop, "seat-dialog")
        desktop.click("dialog .btn-primary")
        expect(desktop.locator(".seat-row", has_text="王敏")).to_contain_text("/ 9 分")
        expect(desktop.locator(".seat-row", has_text="王敏")).to_contain_text("会话 8 个，手动领取")
        row = desktop.locator(".seat-row", has_text="赵宁")
        row.locator("summary").click()
        row.get_by_role("button", name="分工").click()
        expect(desktop.locator("dialog")).to_contain_text("张师傅")
        look(desktop, "portfolio")

    def test_fits_a_phone(self, phone: Any, live_server: Any, cast: Cast, cases: list[Ticket]) -> None:
        sign_in(phone, cast.hua, live_server.url)
        phone.goto(f"{live_server.url}/desk/seats/")
        expect(phone.locator(".seat-row")).to_have_count(4)
        look(phone, "seats-phone")
        assert not phone.evaluate(WIDER)
        taken = Ticket.objects.filter(owner__isnull=False).order_by("pk")[0]
        phone.goto(f"{live_server.url}/desk/t/{taken.no}/assignment/")
        look(phone, "why-phone")
        assert not phone.evaluate(WIDER)


def test_why_is_told_and_a_lead_passes_it_on(
    desktop: Any, live_server: Any, cast: Cast, cases: list[Ticket], team: dict[str, Seat]
) -> None:
    Seat.objects.filter(pk=team["zhao"].pk).update(capacity=20)
    taken = Ticket.objects.filter(owner__isnull=False).order_by("pk")[0]
    sign_in(desktop, cast.hua, live_server.url)
    desktop.goto(f"{live_server.url}/desk/t/{taken.no}/assignment/")
    expect(desktop.locator(".is-chosen")).to_have_count(1)
    look(desktop, "why")
    desktop.get_by_text("转给同事").click()
    desktop.get_by_label("赵宁").check()
    desktop.fill("dialog #why", "熟悉此客户")
    look(desktop, "assign-dialog")
    desktop.get_by_role("button", name="转给他").click()
    expect(desktop.locator(".decision").first).to_contain_text("派给 赵宁")
