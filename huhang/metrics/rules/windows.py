"""Spans of time as people here count them: minute, hour, day, 旬 (1–10, 11–20, 21–end) and month in Asia/Shanghai."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
ONE_MINUTE, ONE_HOUR = timedelta(minutes=1), timedelta(hours=1)
XUN_STARTS = (1, 11, 21)
# Nothing was counted earlier; near the year 1 there is no week before.
BEFORE_ANYTHING = datetime(2000, 1, 1, tzinfo=ZONE)


class Grain(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    XUN = "xun"
    MONTH = "month"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `since` up to, not including, `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a window that is read from the sums of one grain: `minute`, `hour` or `day`."""

    grain: str
    since: datetime
    until: datetime


def start_of(grain: Grain, at: datetime) -> datetime:
    """When the minute, hour, day, 旬 or month of this moment began."""
    local = at.astimezone(ZONE)
    if grain is Grain.MINUTE:
        return local.replace(second=0, microsecond=0)
    if grain is Grain.HOUR:
        return local.replace(minute=0, second=0, microsecond=0)
    day = local.date()
    if grain is Grain.XUN:
        day = day.replace(day=max(start for start in XUN_STARTS if start <= day.day))
    if grain is Grain.MONTH:
        day = day.replace(day=1)
    return datetime.combine(day, time(), ZONE)


def end_of(grain: Grain, at: datetime) -> datetime:
    """When the next minute, hour, day, 旬 or month begins."""
    start = start_of(grain, at)
    if grain is Grain.MINUTE:
        return start + ONE_MINUTE
    if grain is Grain.HOUR:
        return start + ONE_HOUR
    if grain is Grain.DAY:
        return start + timedelta(days=1)
    # No 旬 or month is longer than this, and what follows is shorter than twice of it.
    return start_of(grain, start + timedelta(days=11 if grain is Grain.XUN else 31))


def whole(grain: Grain, at: datetime) -> Window:
    return Window(start_of(grain, at), end_of(grain, at))


def cut(grain: Grain, window: Window) -> list[Window]:
    """The window as minutes, hours, days …: the first begins on its boundary, the last ends where the window ends."""
    pieces: list[Window] = []
    since = start_of(grain, window.since)
    while since < window.until:
        end = end_of(grain, since)
        pieces.append(Window(since, min(end, window.until.astimezone(ZONE))))
        since = end
    return pieces


def days_before(window: Window, days: int) -> Window:
    """The same wall-clock times some days earlier."""
    back = timedelta(days=days)
    return Window(window.since.astimezone(ZONE) - back, window.until.astimezone(ZONE) - back)


def periods_before(grain: Grain, window: Window, count: int) -> Window:
    """As far into the 旬 or month as the window goes, some periods earlier; a shorter one ends at its end."""
    start = start_of(grain, window.since)
    for _ in range(count):
        start = start_of(grain, start - ONE_HOUR)
    return Window(start, min(start + (window.until - window.since), end_of(grain, start)))


# What sums are kept of, the coarsest first, and how long one of each is; days are those of our clocks.
SUMMED = ((Grain.DAY, timedelta(days=1)), (Grain.HOUR, ONE_HOUR), (Grain.MINUTE, ONE_MINUTE))


def spans(window: Window) -> list[Span]:
    """Whole days from the days' sums, the edges from the hours' and minutes': few rows, and exact to the minute."""
    since, until = start_of(Grain.MINUTE, window.since).astimezone(UTC), window.until.astimezone(UTC)
    return list(_spans(since, until, *SUMMED))


def _spans(
    since: datetime, until: datetime, of: tuple[Grain, timedelta], *finer: tuple[Grain, timedelta]
) -> Iterator[Span]:
    grain, length = of
    if not finer:
        if since < until:
            yield Span(grain, since, until)
        return
    first = start_of(grain, since + length - timedelta(microseconds=1)).astimezone(UTC)
    last = start_of(grain, until).astimezone(UTC)
    if first >= last:
        yield from _spans(since, until, *finer)
        return
    yield from _spans(since, first, *finer)
    yield Span(grain, first, last)
    yield from _spans(last, until, *finer)
