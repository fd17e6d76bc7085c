"""Changing working calendars: on the record, and every earlier version stays for what runs by it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from huhang.kit import audit
from huhang.kit.calendars import NeverOpens, from_windows, next_opening
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.models import Calendar, CalendarDay, CalendarVersion


class CalendarUnreadable(BadInput):
    """日历的时段无法识别，请按“08:00-12:00 13:30-18:00”填写。"""


class CalendarNeverOpens(BadInput):
    """这个日历没有任何开放时段，时限永远不会到。"""


class SameCalendar(DomainError):
    """已经有这个编号的日历。"""


class DayUnreadable(BadInput):
    """日期无法识别。"""


def windows_of(weekdays: Mapping[str, str]) -> dict[str, list[list[str]]]:
    """`{"1": "08:00-12:00 13:30-18:00"}` as it is stored; a blank day is a day of rest."""
    try:
        return {
            day: [[part.strip() for part in span.replace("–", "-").split("-", 1)] for span in text.split()]
            for day, text in weekdays.items()
            if text.strip()
        }
    except (ValueError, AttributeError) as error:
        raise CalendarUnreadable from error


@dataclass(frozen=True, slots=True)
class Terms:
    """What a calendar says; `windows` as `windows_of` gives them."""

    name: str
    windows: dict[str, list[list[str]]]
    uses_holidays: bool = False
    zone: str = "Asia/Shanghai"
    by_wall_clock: bool = False


def _check(terms: Terms) -> None:
    """Refuse hours that cannot be read, or that never open."""
    try:
        ZoneInfo(terms.zone)
        hours = from_windows(terms.windows, (), terms.zone, by_wall_clock=terms.by_wall_clock)
        next_opening(hours, datetime(2026, 1, 5, tzinfo=UTC))
    except NeverOpens as error:
        raise CalendarNeverOpens from error
    except (ValueError, LookupError, OSError) as error:
        raise CalendarUnreadable from error


@transaction.atomic
def add(*, key: str, terms: Terms, actor: str, now: datetime, address: str = "") -> Calendar:
    """A further calendar."""
    _check(terms)
    row, is_new = Calendar.objects.get_or_create(key=key, defaults=asdict(terms))
    if not is_new:
        raise SameCalendar(key=key)
    _record(row, "kit.calendar.added", None, actor=actor, now=now, address=address)
    return row


@transaction.atomic
def change(*, key: str, terms: Terms, actor: str, now: datetime, address: str = "") -> Calendar:
    """Change a calendar for what starts from now on; nothing happens when nothing differs."""
    _check(terms)
    row = Calendar.objects.select_for_update().filter(key=key).first()
    if row is None:
        raise NotFound(calendar=key)
    before, wanted = _facts(row), asdict(terms)
    if any(getattr(row, field) != value for field, value in wanted.items() if field != "name"):
        _keep(row, now)
    for field, value in wanted.items():
        setattr(row, field, value)
    if _facts(row) != before:
        row.save()
        _record(row, "kit.calendar.changed", before, actor=actor, now=now, address=address)
    return row


@transaction.atomic
def put_days(*, days: Iterable[tuple[str, str, bool]], actor: str, now: datetime, address: str = "") -> int:
    """Days off and days worked instead (日期, 名称, 是否休息): added or changed; how many differ from before.

    Every calendar that observes them gets a new version, so that no running clock moves.
    """
    wanted = {_day(on): (name.strip()[:40], is_off) for on, name, is_off in days}
    known = {row.on: (row.name, row.is_off) for row in CalendarDay.objects.filter(on__in=wanted)}
    fresh = {on: facts for on, facts in wanted.items() if known.get(on) != facts}
    if not fresh:
        return 0
    for row in Calendar.objects.select_for_update().filter(uses_holidays=True).order_by("key"):
        _keep(row, now)
        row.save()
    for on, (name, is_off) in fresh.items():
        CalendarDay.objects.update_or_create(on=on, defaults={"name": name, "is_off": is_off})
    audit.record(
        actor=actor, verb="kit.calendar_days.changed", subject="calendar_days", now=now, address=address,
        after={str(on): list(facts) for on, facts in sorted(fresh.items())},
    )  # fmt: skip
    return len(fresh)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise DayUnreadable(_("日期无法识别：%(text)s") % {"text": text[:40]}, field="date") from error


def _keep(row: Calendar, now: datetime) -> None:
    """Keep the calendar as it is before its next version begins."""
    days = CalendarDay.objects.order_by("on") if row.uses_holidays else ()
    CalendarVersion.objects.create(
        calendar=row, version=row.version, windows=row.windows, zone=row.zone,
        by_wall_clock=row.by_wall_clock, days=[[str(day.on), day.name, day.is_off] for day in days], until=now,
    )  # fmt: skip
    row.version += 1


def _facts(row: Calendar) -> dict[str, object]:
    names = ("name", "windows", "uses_holidays", "zone", "by_wall_clock", "version")
    return {name: getattr(row, name) for name in names}


def _record(
    row: Calendar, verb: str, before: dict[str, object] | None, *, actor: str, now: datetime, address: str
) -> None:
    audit.record(
        actor=actor, verb=verb, subject=f"calendar:{row.key}", now=now, before=before, after=_facts(row),
        address=address,
    )  # fmt: skip
