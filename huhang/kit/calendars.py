"""Working time: several windows a day, nights, holidays and make-up workdays (调休), with the sum explained.

Pure, without Django, so that every room's rules may use it. Moments go in and come out in UTC; windows are
wall-clock times of the calendar's zone. A window that passes midnight belongs to the day on which it starts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
NOTHING = timedelta()
MINUTES_A_DAY = 24 * 60
# A calendar without an opening in this many days is a mistake, not a long holiday.
HORIZON_DAYS = 400


class NeverOpens(ValueError):
    """The calendar has no opening within the horizon."""


class YearUnknown(ValueError):
    """The holidays of this year are not known yet: import the official list as CSV."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Minutes after the day's midnight; `end` above 1440 reaches into the next day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < MINUTES_A_DAY or not self.start < self.end <= self.start + MINUTES_A_DAY:
            raise ValueError(f"not a window of a day: {self.start}-{self.end}")

    @classmethod
    def parse(cls, text: str) -> "Window":
        """`08:00-12:00`; an end not after the start is on the next day (`22:00-06:00`, `00:00-00:00`)."""
        start, end = (_minute(part) for part in text.replace("–", "-").split("-"))
        return cls(start, end if end > start else end + MINUTES_A_DAY)

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


class Kind(StrEnum):
    """What sort of day the calendar takes a date for."""

    WORKDAY = "workday"
    REST = "rest"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A date unlike its weekday: off, worked like another weekday (0 = Monday), or with its own windows."""

    on: date
    name: str = ""
    worked_as: int | None = None
    windows: tuple[Window, ...] = ()

    @property
    def is_off(self) -> bool:
        return self.worked_as is None and not self.windows


@dataclass(frozen=True, slots=True)
class Line:
    """A span and what was counted, or a day passed over: `kind` says why (WORKDAY: its hours were over)."""

    on: date
    kind: Kind
    name: str
    window: str
    counted: timedelta

    @property
    def minutes(self) -> float:
        return self.counted / timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Calculation:
    """When working time runs out, and the spans that were counted or passed over on the way."""

    due: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A window on a date, as UTC moments."""

    on: date
    window: Window
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Calendar:
    """Windows for each weekday (Monday first) and the days that differ."""

    week: tuple[tuple[Window, ...], ...]
    special: tuple[SpecialDay, ...] = ()
    zone: str = "Asia/Shanghai"
    # Count hours as the clock on the wall shows them: a day is 24 of them even when summer time begins or ends.
    by_wall_clock: bool = False
    _spans: dict[date, tuple[Span, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")

    @cached_property
    def _tz(self) -> tzinfo:
        return UTC if self.by_wall_clock else ZoneInfo(self.zone)

    def inward(self, at: datetime) -> datetime:
        """A moment as this calendar counts: UTC, or what the clock on the wall shows written as if it were UTC."""
        if not self.by_wall_clock:
            return at.astimezone(UTC)
        return at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=UTC)

    def outward(self, counted: datetime) -> datetime:
        """The inverse of `inward`; an hour that summer time skips is the one after it."""
        if not self.by_wall_clock:
            return counted
        return counted.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    @cached_property
    def never_closes(self) -> bool:
        """Is every moment counted? Then no day has to be looked at."""
        return self._is_unbroken and not self.by_wall_clock

    @cached_property
    def _is_unbroken(self) -> bool:
        return not self.special and self.week == ((Window(0, MINUTES_A_DAY),),) * 7

    @cached_property
    def _special(self) -> Mapping[date, SpecialDay]:
        return {day.on: day for day in self.special}

    def local_date(self, at: datetime) -> date:
        return at.astimezone(self._tz).date()

    def kind(self, on: date) -> Kind:
        """Why this date has the windows it has."""
        special = self._special.get(on)
        if special is None:
            return Kind.WORKDAY if self.week[on.weekday()] else Kind.REST
        if special.is_off:
            return Kind.HOLIDAY
        return Kind.SPECIAL if special.windows else Kind.MAKE_UP

    def name(self, on: date) -> str:
        special = self._special.get(on)
        return special.name if special else ""

    def windows(self, on: date) -> tuple[Window, ...]:
        special = self._special.get(on)
        if special is None:
            return self.week[on.weekday()]
        if special.worked_as is not None:
            return self.week[special.worked_as]
        return special.windows

    def spans(self, on: date) -> tuple[Span, ...]:
        """The date's windows as UTC moments, in order; remembered, as clocks ask for the same days."""
        known = self._spans.get(on)
        if known is None:
            known = tuple(self._span(on, window) for window in sorted(self.windows(on)))
            self._spans[on] = known
        return known

    def _span(self, on: date, window: Window) -> Span:
        return Span(on, window, self._moment(on, window.start), self._moment(on, window.end))

    def _moment(self, on: date, minute: int) -> datetime:
        days, rest = divmod(minute, MINUTES_A_DAY)
        clock = time(rest // 60, rest % 60)
        return datetime.combine(on + days * DAY, clock, tzinfo=self._tz).astimezone(UTC)


def always() -> Calendar:
    """Open around the clock."""
    return Calendar(week=((Window(0, MINUTES_A_DAY),),) * 7)


def weekly(
    hours: Mapping[str, Iterable[str]], special: Iterable[SpecialDay] = (), zone: str = "Asia/Shanghai"
) -> Calendar:
    """A calendar from `{"mon": ["08:00-12:00", "13:00-18:00"], …}`; days left out are rest days."""
    unknown = set(hours) - set(WEEKDAYS)
    if unknown:
        raise ValueError(f"not a weekday: {', '.join(sorted(unknown))}")
    week = tuple(tuple(sorted(Window.parse(text) for text in hours.get(day, ()))) for day in WEEKDAYS)
    return Calendar(week=week, special=tuple(special), zone=zone)


def add_working(calendar: Calendar, start: datetime, minutes: float | timedelta) -> Calculation:
    """The moment when this much working time has passed since `start`; for nothing, `start` itself."""
    wanted = minutes if isinstance(minutes, timedelta) else timedelta(minutes=minutes)
    if wanted < NOTHING:
        raise ValueError("working time cannot be negative")
    lines: list[Line] = []
    due = calendar.inward(start)
    left = wanted
    for on, spans in _days(calendar, due) if left else ():
        if not spans:
            lines.append(_skipped(calendar, on))
        for span, opened in spans:
            counted = min(left, span.end - opened)
            lines.append(_counted(calendar, span, counted))
            left -= counted
            if not left:
                return Calculation(calendar.outward(opened + counted), tuple(lines))
    return Calculation(calendar.outward(due), ())


def after(calendar: Calendar, start: datetime, working: timedelta) -> datetime:
    """The moment alone; where every minute of the clock counts, no day is looked at."""
    if calendar.never_closes:
        return start + working
    if calendar._is_unbroken:
        return calendar.outward(calendar.inward(start) + working)
    return add_working(calendar, start, working).due


def working_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time between two moments; nothing when `end` is not after `start`."""
    total, cursor, until = NOTHING, calendar.inward(start), calendar.inward(end)
    for on in _dates(calendar.local_date(cursor) - DAY, calendar.local_date(until)):
        for span, opened in _open_parts(calendar, on, cursor):
            # Windows may overlap when a night runs into a special day: each minute counts once.
            total += max(NOTHING, min(span.end, until) - opened)
            cursor = max(cursor, min(span.end, until))
    return total


def is_open(calendar: Calendar, at: datetime) -> bool:
    moment = calendar.inward(at)
    today = calendar.local_date(moment)
    return any(span.start <= moment < span.end for on in (today - DAY, today) for span in calendar.spans(on))


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """`at` when open, else the start of the next window (UTC)."""
    for _, spans in _days(calendar, calendar.inward(at)):
        for _, opened in spans:
            return calendar.outward(opened)
    raise NeverOpens


def china_days(year: int, worked_as: int = 0) -> tuple[SpecialDay, ...]:
    """China's public holidays and make-up workdays of a year, from the `chinesecalendar` package."""
    known = {**_days_named(chinese_calendar.holidays), **_days_named(chinese_calendar.workdays, worked_as)}
    days = tuple(known[on] for on in sorted(known) if on.year == year)
    if not days:
        raise YearUnknown(f"chinesecalendar does not know the holidays of {year}")
    return days


def days_from_rows(rows: Iterable[Mapping[str, Any]], worked_as: int = 0) -> tuple[SpecialDay, ...]:
    """Special days from rows `date, name, is_off_day`; the last row for a date wins."""
    days = {}
    for row in rows:
        on = date.fromisoformat(str(row["date"]).strip())
        off = str(row["is_off_day"]).strip().lower() in {"1", "true", "yes", "是"}
        days[on] = SpecialDay(on, str(row["name"]).strip(), None if off else worked_as)
    return tuple(days[on] for on in sorted(days))


def from_windows(
    windows: Mapping[str, Iterable[Iterable[str]]],
    special: Iterable[SpecialDay] = (),
    zone: str = "Asia/Shanghai",
    *,
    by_wall_clock: bool = False,
) -> Calendar:
    """A calendar as it is stored: `{"1": [["08:00", "12:00"], …], …}` by ISO weekday."""
    hours = {WEEKDAYS[int(day) - 1]: ["-".join(pair) for pair in pairs] for day, pairs in windows.items()}
    return replace(weekly(hours, special, zone), by_wall_clock=by_wall_clock)


def as_windows(calendar: Calendar) -> dict[str, list[list[str]]]:
    """The weekly windows as they are stored, the inverse of `from_windows`."""
    return {
        str(day): [str(window).split("-") for window in windows]
        for day, windows in enumerate(calendar.week, start=1)
        if windows
    }


def _days(calendar: Calendar, start: datetime) -> Iterator[tuple[date, list[tuple[Span, datetime]]]]:
    """Each date from that of `start`, with its spans still ahead and the moment each begins to count."""
    first = calendar.local_date(start)
    cursor = start.astimezone(UTC)
    # Yesterday's night shift may still be running; yesterday itself is not worth a line when it is not.
    if night := list(_open_parts(calendar, first - DAY, cursor)):
        yield first - DAY, night
        cursor = max(cursor, night[-1][0].end)
    quiet = 0
    for on in _dates(first, date.max - DAY):
        spans = list(_open_parts(calendar, on, cursor))
        yield on, spans
        cursor = max([cursor, *(span.end for span, _ in spans)])
        quiet = 0 if spans else quiet + 1
        if quiet > HORIZON_DAYS:
            raise NeverOpens
    raise NeverOpens


def _open_parts(calendar: Calendar, on: date, start: datetime) -> Iterator[tuple[Span, datetime]]:
    """The date's spans that end after `start`, each with the moment from which it counts."""
    for span in calendar.spans(on):
        if span.end > start:
            yield span, max(span.start, start)
            start = span.end


def _dates(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def _counted(calendar: Calendar, span: Span, counted: timedelta) -> Line:
    return Line(span.on, calendar.kind(span.on), calendar.name(span.on), str(span.window), counted)


def _skipped(calendar: Calendar, on: date) -> Line:
    return Line(on, calendar.kind(on), calendar.name(on), "", NOTHING)


def _days_named(days: Mapping[date, str], worked_as: int | None = None) -> dict[date, SpecialDay]:
    return {
        on: SpecialDay(on, chinese_calendar.Holiday(name).chinese, worked_as) for on, name in days.items()
    }


def _minute(text: str) -> int:
    hour, minute = (int(part) for part in text.strip().split(":"))
    if not (0 <= hour <= 24 and 0 <= minute < 60 and hour * 60 + minute <= MINUTES_A_DAY):
        raise ValueError(f"not a time of day: {text}")
    return hour * 60 + minute


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
