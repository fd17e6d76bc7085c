"""The board of a unit: its figures, their course, and the units below; five statements, whatever the size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from huhang.metrics.queries import units
from huhang.metrics.queries.readings import read
from huhang.metrics.rules import kpi as rules
from huhang.metrics.rules import registry
from huhang.metrics.rules.kpi import Band, Kpi, Reading, State
from huhang.metrics.rules.views import View
from huhang.metrics.rules.windows import Window
from huhang.network.models import OrgUnit

# A fact booked this long after its period is worth a word.
LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a unit, so far, beside the same stretches before."""

    kpi: Kpi
    reading: Reading
    before: tuple[Reading, ...] = ()

    @property
    def value(self) -> Decimal | None:
        return rules.value(self.kpi, self.reading)

    @property
    def previous(self) -> Decimal | None:
        return rules.value(self.kpi, self.before[0]) if self.before else None

    @property
    def last_week(self) -> Decimal | None:
        """Seven days before, on boards that look back by days."""
        return rules.value(self.kpi, self.before[6]) if len(self.before) > 6 else None

    @property
    def difference(self) -> Decimal | None:
        """As shown: the difference of the two rounded values."""
        if self.value is None or self.previous is None:
            return None
        return rules.rounded(self.value, self.kpi.digits) - rules.rounded(self.previous, self.kpi.digits)

    @property
    def usual(self) -> Band | None:
        return rules.band(rules.value(self.kpi, r) for r in self.before)

    @property
    def state(self) -> State:
        return rules.state(self.kpi, self.value, self.usual)


@dataclass(frozen=True, slots=True)
class Point:
    """One piece of the course of a figure."""

    kpi: Kpi
    reading: Reading
    before: tuple[Reading, ...]
    is_future: bool

    @property
    def value(self) -> Decimal | None:
        return None if self.is_future else rules.value(self.kpi, self.reading)

    @property
    def previous(self) -> Decimal | None:
        return rules.value(self.kpi, self.before[0]) if self.before else None

    @property
    def usual(self) -> Band | None:
        return rules.band(rules.value(self.kpi, r) for r in self.before)

    @property
    def restated_at(self) -> datetime | None:
        """When a fact was booked long after its time."""
        at = self.reading.changed_at
        return at if at and at > self.reading.window.until + LATE else None


@dataclass(frozen=True, slots=True)
class Row:
    """A unit below, or (without a unit) what was counted here and at none of them."""

    unit: OrgUnit | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Board:
    unit: OrgUnit
    view: View
    kpi: Kpi
    figures: list[Figure]
    points: list[Point]
    rows: list[Row]


def board(unit: OrgUnit, kpi: Kpi, view: View, *, now: datetime, is_running: bool = False) -> Board:
    """With `is_running` the course adds up from the start, so that its end is the figure itself."""
    below = units.children(unit)
    kpis = registry.kpis()
    return Board(
        unit, view, kpi, figures(kpis, unit.path, view), points(kpi, unit.path, view, now=now, is_running=is_running),
        rows(kpis, kpi, unit, below, view),
    )  # fmt: skip


def figures(kpis: Sequence[Kpi], path: str, view: View) -> list[Figure]:
    found = read(kpis, [path], [view.window, *view.before])
    return [Figure(kpi, found[kpi.id][path][0], tuple(found[kpi.id][path][1:])) for kpi in kpis]


def points(kpi: Kpi, path: str, view: View, *, now: datetime, is_running: bool = False) -> list[Point]:
    """The course of a figure over the whole period, with the same pieces of earlier periods."""
    pieces, earlier = view.pieces(), view.pieces_before()
    asked: list[Window] = [*_passed(pieces, now), *(w for windows in earlier for w in windows)]
    found = iter(read([kpi], [path], asked)[kpi.id][path])
    course = [next(found) for _ in _passed(pieces, now)]
    course += [Reading(window, 0, 0) for window in pieces[len(course) :]]
    past = [[next(found) for _ in windows] for windows in earlier]
    if is_running:
        course, past = _running(course), [_running(readings) for readings in past]
    return [
        Point(kpi, reading, tuple(p[n] for p in past if n < len(p)), reading.window.since >= now)
        for n, reading in enumerate(course)
    ]


def _passed(pieces: Sequence[Window], now: datetime) -> list[Window]:
    """Those that have begun, the running one as far as it has come."""
    return [Window(p.since, min(p.until, now)) for p in pieces if p.since < now]


def _running(readings: list[Reading]) -> list[Reading]:
    """Each with all before it."""
    return list(accumulate(readings, lambda so_far, new: replace(
        new,
        numerator=so_far.numerator + new.numerator,
        denominator=so_far.denominator + new.denominator,
    )))  # fmt: skip


def rows(kpis: Sequence[Kpi], chosen: Kpi, unit: OrgUnit, below: list[OrgUnit], view: View) -> list[Row]:
    """The units below, the worst in the chosen figure first; last, what belongs to none of them."""
    if not below:
        return []
    paths = [child.path for child in below]
    found = read(kpis, [unit.path, *paths], [view.window, view.before[0]])
    made = [Row(child, tuple(_figure(kpi, found[kpi.id][child.path]) for kpi in kpis)) for child in below]
    made.sort(key=lambda row: _badness(chosen, row))
    rest = Row(None, tuple(_rest(kpi, found[kpi.id], unit.path, paths) for kpi in kpis))
    return [*made, rest] if any(f.reading.numerator or f.reading.denominator for f in rest.figures) else made


def _figure(kpi: Kpi, readings: list[Reading]) -> Figure:
    return Figure(kpi, readings[0], tuple(readings[1:]))


def _rest(kpi: Kpi, found: dict[str, list[Reading]], whole: str, parts: list[str]) -> Figure:
    return _figure(
        kpi,
        [
            Reading(
                reading.window,
                reading.numerator - sum(found[path][n].numerator for path in parts),
                reading.denominator - sum(found[path][n].denominator for path in parts),
            )
            for n, reading in enumerate(found[whole])
        ],
    )


def _badness(chosen: Kpi, row: Row) -> tuple[bool, Decimal, int]:
    figure = next(f for f in row.figures if f.kpi.id == chosen.id)
    return (*rules.badness(chosen, figure.value), -figure.reading.numerator)
