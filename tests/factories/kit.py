"""Rows of the tool shed for tests."""

from datetime import date, datetime
from itertools import count as numbers
from typing import Any

from huhang.kit.models import (
    AuditEntry,
    Calendar,
    CalendarDay,
    CalendarVersion,
    Fact,
    Ground,
    IdempotencyKey,
    ImportRun,
    Outbox,
)

_numbers = numbers(1)
# Monday to Friday, nine to six, an hour for lunch.
OFFICE_HOURS = {str(day): [["09:00", "12:00"], ["13:00", "18:00"]] for day in range(1, 6)}


def outbox(kind: str, *, path: str = "", ref: str = "", now: datetime) -> Outbox:
    """An announcement as live pages would replay it."""
    return Outbox.objects.create(kind=kind, path=path, ref=ref, at=now)


def audit_entry(verb: str, *, actor: str = "lin", subject: str = "ticket:1", now: datetime) -> AuditEntry:
    """An entry that is chained to nothing: only for reading; `kit.audit.record` makes real ones."""
    digest = f"{next(_numbers):064x}"
    return AuditEntry.objects.create(
        at=now, actor=actor, verb=verb, subject=subject, previous="0" * 64, digest=digest
    )


def idempotency_key(
    client: str, key: str, *, status: int = 201, body: Any = None, now: datetime
) -> IdempotencyKey:
    return IdempotencyKey.objects.create(
        client=client, key=key, fingerprint="0" * 64, status=status, body=body, at=now
    )


def calendar_version(calendar: Calendar, version: int = 1, *, now: datetime) -> CalendarVersion:
    """The calendar as it was before now."""
    facts = {"windows": calendar.windows, "zone": calendar.zone, "by_wall_clock": calendar.by_wall_clock}
    return CalendarVersion.objects.create(calendar=calendar, version=version, days=[], until=now, **facts)


def fact(key: str, value: Any = True) -> Fact:
    return Fact.objects.create(key=key, value=value)


def ground(key: str, version: int = 1) -> Ground:
    return Ground.objects.create(key=key, version=version)


def calendar(key: str | None = None, *, uses_holidays: bool = True, **windows: Any) -> Calendar:
    """A working calendar; office hours unless windows are given as `windows={"1": [["08:00", "20:00"]]}`."""
    return Calendar.objects.create(
        key=key or f"calendar-{next(_numbers)}",
        name="工作日历",
        windows=windows.get("windows", OFFICE_HOURS),
        uses_holidays=uses_holidays,
    )


def calendar_day(on: date, name: str = "国庆节", *, is_off: bool = True) -> CalendarDay:
    return CalendarDay.objects.create(on=on, name=name, is_off=is_off)


def import_run(kind: str = "scans", *, rows: int = 0, by: str = "lin", now: datetime) -> ImportRun:
    return ImportRun.objects.create(
        kind=kind,
        file_name=f"{kind}.csv",
        sha256="0" * 64,
        dry_run=False,
        rows=rows,
        created=rows,
        by=by,
        at=now,
    )
