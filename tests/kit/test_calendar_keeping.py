"""Calendars change for what starts from now on; what runs goes on by the hours it started with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from huhang.desk.actions import winding
from huhang.desk.models import Clock
from huhang.desk.rules.kinds import Obligation
from huhang.kit import calendar_keeping, calendar_store
from huhang.kit.calendar_keeping import (
    CalendarNeverOpens,
    CalendarUnreadable,
    DayUnreadable,
    SameCalendar,
    Terms,
)
from huhang.kit.calendars import add_working
from huhang.kit.errors import NotFound
from huhang.kit.models import AuditEntry, Calendar, CalendarVersion
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as rows

HOUR = timedelta(hours=1)
FRIDAY_EVENING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What is rolled back after a test must not be remembered as a version."""
    yield
    calendar_store.forget()


def change(windows: dict[str, list[list[str]]], *, key: str = "office", **more: Any) -> Calendar:
    facts: dict[str, Any] = {"name": "后台", "windows": windows, "uses_holidays": True}
    terms = Terms(**facts | more)
    return calendar_keeping.change(key=key, terms=terms, actor="hua", now=NOON)


class TestVersions:
    def test_the_one_before_stays_as_it_was(self, cast: Cast) -> None:
        change({"6": [["09:00", "12:00"]]})
        old, new = (calendar_store.get("office", version).hours for version in (1, 2))
        saturday = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
        assert add_working(old, FRIDAY_EVENING, 2 * HOUR).due == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
        assert add_working(new, FRIDAY_EVENING, 2 * HOUR).due == saturday
        assert calendar_store.get("office").version == 2

    def test_a_running_clock_keeps_the_hours_it_started_with(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        clock = rows.clock(ticket, now=FRIDAY_EVENING, obligation=Obligation.NEXT_REPLY, minutes=120)
        clock.calendar = "office"
        clock.save()
        winding.rewind(clock)
        due = clock.due_at
        change({"6": [["09:00", "12:00"]]})
        fresh = Clock.objects.get(pk=clock.pk)
        winding.rewind(fresh)
        assert fresh.due_at == due

    def test_new_holidays_move_no_running_clock(self, cast: Cast) -> None:
        assert calendar_keeping.put_days(days=[("2026-11-23", "加放", True)], actor="hua", now=NOON) == 1
        old, new = (calendar_store.get("office", version).hours for version in (1, 2))
        assert add_working(old, FRIDAY_EVENING, 2 * HOUR).due.day == 23
        assert add_working(new, FRIDAY_EVENING, 2 * HOUR).due.day == 24
        assert not CalendarVersion.objects.filter(calendar__uses_holidays=False).exists()

    def test_the_same_again_makes_no_version(self, cast: Cast) -> None:
        row = Calendar.objects.get(key="office")
        change(row.windows, name=row.name)
        assert Calendar.objects.get(key="office").version == 1
        assert not AuditEntry.objects.filter(verb="kit.calendar.changed").exists()

    def test_a_version_that_never_was_is_not_found(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            calendar_store.get("office", 7)


class TestRefusals:
    @pytest.mark.parametrize(
        ("windows", "refusal"),
        [
            ({}, CalendarNeverOpens),
            ({"1": [["25:00", "26:00"]]}, CalendarUnreadable),
            ({"1": [["09:00"]]}, CalendarUnreadable),
            ({"9": [["09:00", "10:00"]]}, CalendarUnreadable),
        ],
    )
    def test_hours_that_mean_nothing(self, cast: Cast, windows, refusal) -> None:
        with pytest.raises(refusal):
            change(windows)
        assert Calendar.objects.get(key="office").version == 1

    def test_zones_keys_and_days(self, cast: Cast) -> None:
        with pytest.raises(CalendarUnreadable):
            change({"1": [["09:00", "10:00"]]}, zone="Mars/Olympus")
        with pytest.raises(SameCalendar):
            calendar_keeping.add(
                key="office", terms=Terms("x", {"1": [["09:00", "10:00"]]}), actor="hua", now=NOON
            )
        with pytest.raises(DayUnreadable):
            calendar_keeping.put_days(days=[("2026-02-30", "x", True)], actor="hua", now=NOON)


class TestPage:
    def test_shows_changes_and_takes_days(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.hua)
        assert "office" in client.get("/desk/calendars/").content.decode()
        form = {
            "name": "后台",
            "zone": "Asia/Shanghai",
            "d6": "09:00-12:00 13:00-15:00",
            "uses_holidays": "true",
        }
        assert client.post("/desk/calendars/office/", form).status_code == 204
        assert Calendar.objects.get(key="office").windows == {"6": [["09:00", "12:00"], ["13:00", "15:00"]]}
        assert client.post("/desk/calendars/days/", {"days": "2027-02-11,春节,1\n"}).status_code == 204
        assert client.post("/desk/calendars/days/", {"days": "2027-02-12,春节\n"}).status_code == 422

    def test_is_for_headquarters(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.gao)
        for path in ("", "new/", "office/"):
            assert client.get(f"/desk/calendars/{path}").status_code == 403
