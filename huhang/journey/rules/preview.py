"""What a change of a rule would have done: two lists of hits of the same scans, set side by side."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 7


@dataclass(frozen=True, slots=True)
class Found:
    """One hit that a rule gives; the same waybill and anchor are the same trouble."""

    waybill: str
    anchor: datetime
    raised_at: datetime
    unit: str

    @property
    def trouble(self) -> tuple[str, datetime]:
        return self.waybill, self.anchor


@dataclass(frozen=True, slots=True)
class Row:
    """A day or a unit: how many before the change, and how many after it."""

    key: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Compared:
    """`before + added - removed = after`; `moved` are those that only come at another time."""

    before: tuple[Found, ...]
    after: tuple[Found, ...]
    added: tuple[Found, ...]
    removed: tuple[Found, ...]
    moved: int

    def by_day(self, first: date, last: date) -> list[Row]:
        """Every day from the first to the last, also those without a hit."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        before, after = (
            Counter(_day(hit, first, last) for hit in hits) for hits in (self.before, self.after)
        )
        return [Row(day.isoformat(), before[day], after[day]) for day in days]

    def by_unit(self) -> list[Row]:
        """The units with most hits after or before the change first."""
        before, after = (Counter(hit.unit for hit in hits) for hits in (self.before, self.after))
        rows = [Row(unit, before[unit], after[unit]) for unit in before.keys() | after.keys()]
        return sorted(rows, key=lambda row: (-max(row.before, row.after), row.key))


def compare(before: Iterable[Found], after: Iterable[Found], *, since: datetime) -> Compared:
    """Set the hits raised since then side by side.

    A limit that is moved carries hits over the edge of the span: those count as the same hit, not as one more.
    """
    old = {hit.trouble: hit for hit in before}
    new = {hit.trouble: hit for hit in after}
    shown = {key: hit for key, hit in old.items() if hit.raised_at >= since}
    added = [hit for key, hit in new.items() if key not in old and hit.raised_at >= since]
    kept = [new[key] for key in shown if key in new]
    moved = sum(new[key].raised_at != shown[key].raised_at for key in shown if key in new)
    removed = [hit for key, hit in shown.items() if key not in new]
    return Compared(
        before=_sorted(shown.values()), after=_sorted([*kept, *added]),
        added=_sorted(added), removed=_sorted(removed), moved=moved,
    )  # fmt: skip


def share_for(rows: int, at_most: int) -> int:
    """One in how many waybills is judged, so that no more than so many rows are: 1, 2, 4, 8, …"""
    share = 1
    while rows > share * at_most:
        share *= 2
    return share


def newest(hits: Sequence[Found], number: int) -> Sequence[Found]:
    """The latest of them, newest first."""
    return hits[::-1][:number]


def _sorted(hits: Iterable[Found]) -> tuple[Found, ...]:
    return tuple(sorted(hits, key=lambda hit: (hit.raised_at, hit.waybill, hit.anchor)))


def _day(hit: Found, first: date, last: date) -> date:
    return min(max(hit.raised_at.astimezone(SHANGHAI).date(), first), last)
