"""Which files of the scan log to merge next, so that few remain and no row is written again and again.

Files are as in a log-structured merge tree: eight neighbours of about one size become one of the next size. No file
crosses a calendar month of arrival, so that what has been kept long enough can be removed by whole files; a month
that is over becomes as few files as their greatest size allows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import log

FANOUT = 8
MOST_ROWS = 50_000_000
# A watch that has not read a file yet will read it batch by batch, which costs a pass over the file for a few million.
MOST_UNREAD = 5_000_000
MOST_FRESH = 2_000_000  # rows that were never sorted: these are sorted in memory
SETTLED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LogFile:
    """What the manifest says of a file. Fresh ones are as they arrived, the others sorted by waybill."""

    seq: int
    rows: int
    received_at: datetime
    is_found: bool = True  # a look-up knows whether it holds a waybill without opening it
    is_read: bool = True  # by every watch

    @property
    def is_fresh(self) -> bool:
        return self.seq > 0

    @property
    def tier(self) -> int:
        return int(log(max(1, self.rows), FANOUT))


def next_merge(files: Sequence[LogFile], *, now: datetime) -> Sequence[LogFile]:
    """Return the neighbours to merge next, none when all is as it should be."""
    settled = [file for file in files if file.received_at <= now - SETTLED]
    in_order = sorted(settled, key=lambda file: (file.received_at, file.seq))
    months = [list(month) for _, month in groupby(in_order, key=_month)]
    for month in reversed(months):
        if chosen := _unsorted(month) or _crowd(month):
            return chosen
    for month in months:
        if month and _month(month[-1]) < (now.year, now.month) and (rest := _leftover(month)):
            return rest
    return []


def _unsorted(month: Sequence[LogFile]) -> Sequence[LogFile]:
    """A big file that look-ups must search, with what arrived around it."""
    for place, file in enumerate(month):
        if file.is_fresh and not file.is_found:
            return next(_groups([f for f in month[place:] if f.is_fresh]))
    return []


def _crowd(month: Sequence[LogFile]) -> Sequence[LogFile]:
    for tier in sorted({file.tier for file in month}):
        for run in _runs(month, tier):
            for group in _groups(run):
                if len(group) >= FANOUT and _is_worth_it(group):
                    return group
    return []


def _is_worth_it(group: Sequence[LogFile]) -> bool:
    """A great file is not written again for the sake of small ones."""
    rows = [file.rows for file in group]
    return 2 * max(rows) <= sum(rows)


def _leftover(month: Sequence[LogFile]) -> Sequence[LogFile]:
    return next((group for group in _groups(month) if len(group) > 1 or group[0].is_fresh), [])


def _runs(month: Sequence[LogFile], tier: int) -> Iterator[Sequence[LogFile]]:
    """Neighbours of at most this tier."""
    for is_small, run in groupby(month, key=lambda file: file.tier <= tier):
        if is_small:
            yield list(run)


def _groups(run: Sequence[LogFile]) -> Iterator[Sequence[LogFile]]:
    """Cut neighbours into groups that may become one file each."""
    group: list[LogFile] = []
    for file in run:
        if group and _is_too_much([*group, file]):
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _is_too_much(group: Sequence[LogFile]) -> bool:
    rows = sum(file.rows for file in group)
    fresh = sum(file.rows for file in group if file.is_fresh)
    most = MOST_ROWS if all(file.is_read for file in group) else MOST_UNREAD
    return rows > most or fresh > MOST_FRESH


def _month(file: LogFile) -> tuple[int, int]:
    return file.received_at.year, file.received_at.month
