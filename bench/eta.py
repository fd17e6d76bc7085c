"""How well forecasts hold: real orders, walked forward in time, beside the standard that their customers were given.

At each moment a forecast may know only what was delivered on days before. Printed are the share of deliveries inside
the interval (it should be the confidence), how wide it is, how far off the likely moment is, as ratios to how far off
the plain standard is (the date that the shop had estimated), and the state that fares worst.
"""

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from statistics import fmean, median
from typing import TypeVar

from bench.report import Report
from huhang.journey.rules import eta
from huhang.journey.rules.eta import CONFIDENCE, HALF_LIFE, RANKS, Forecast, Key, Milestone, Passed
from huhang.journey.rules.links import Node, Plan
from huhang.journey.rules.spread import BINS, Spread, bin_of

FOLDER = Path(os.environ.get("HUHANG_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
WARM_UP = 300  # deliveries before the first forecast is counted
WORTH_NAMING = 30  # forecasts of a state
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# How long after the milestone a forecast is asked for.
MOMENTS = {
    "ordered": (Milestone.ORDERED, timedelta()),
    "picked up": (Milestone.PICKED_UP, timedelta()),
    "3 days under way": (Milestone.PICKED_UP, timedelta(days=3)),
    "7 days under way": (Milestone.PICKED_UP, timedelta(days=7)),
}


@dataclass(frozen=True)
class Order:
    """One delivered order; `due` is the standard, as its customer was told."""

    no: str
    origin: str
    dest: str
    ordered: datetime
    picked_up: datetime
    delivered: datetime
    due: datetime

    def passed(self, milestone: Milestone) -> Passed:
        return Passed(milestone, self.ordered if milestone is Milestone.ORDERED else self.picked_up)

    @property
    def standard(self) -> float:
        return max(1.0, (self.due - self.ordered) / MINUTE)


@dataclass(frozen=True)
class Told:
    """A forecast and what came."""

    order: Order
    asked_at: datetime
    forecast: Forecast

    @property
    def is_inside(self) -> bool:
        assert self.forecast.earliest is not None and self.forecast.latest is not None
        return self.forecast.earliest <= self.order.delivered <= self.forecast.latest

    @property
    def off(self) -> float:
        assert self.forecast.likely is not None
        return abs(self.order.delivered - self.forecast.likely) / DAY

    @property
    def standard_off(self) -> float:
        return abs(self.order.delivered - self.order.due) / DAY

    @property
    def width(self) -> float:
        assert self.forecast.earliest is not None and self.forecast.latest is not None
        return (self.forecast.latest - self.forecast.earliest) / DAY


def main() -> None:
    """Measure every moment on every delivered order."""
    report = Report("eta")
    orders = read()
    told = walk(orders)
    report.add("orders delivered", len(orders), "orders")
    for name, forecasts in told.items():
        add(report, name, forecasts)
    report.finish()


def add(report: Report, moment: str, told: Sequence[Told]) -> None:
    """Add a moment's figures."""
    spans = [one for one in told if one.forecast.is_interval]
    beyond = sum(one.forecast.is_beyond for one in told)
    report.add(f"{moment}: confidence", CONFIDENCE, "share")
    report.add(f"{moment}: inside the interval", share_inside(spans), "share", beside=f"{moment}: confidence")
    state, worst = min(by_state(spans), key=lambda pair: pair[1])
    report.add(f"{moment}: inside, worst state ({state})", worst, "share", beside=f"{moment}: confidence")
    report.add(f"{moment}: no interval, later than all", beyond / len(told), "share")
    report.add(f"{moment}: standard off, mean", fmean(one.standard_off for one in spans), "days")
    report.add(
        f"{moment}: forecast off, mean",
        fmean(o.off for o in spans),
        "days",
        beside=f"{moment}: standard off, mean",
    )
    report.add(f"{moment}: standard off, median", median(one.standard_off for one in spans), "days")
    report.add(
        f"{moment}: forecast off, median",
        median(o.off for o in spans),
        "days",
        beside=f"{moment}: standard off, median",
    )
    report.add(f"{moment}: interval wide, mean", fmean(one.width for one in spans), "days")


def share_inside(told: Sequence[Told]) -> float:
    return fmean(one.is_inside for one in told)


def by_state(told: Iterable[Told]) -> list[tuple[str, float]]:
    """The share inside of every destination with enough forecasts."""
    states: dict[str, list[bool]] = defaultdict(list)
    for one in told:
        states[one.order.dest].append(one.is_inside)
    return [(state, fmean(inside)) for state, inside in states.items() if len(inside) >= WORTH_NAMING]


def read(folder: Path = FOLDER / "olist_orders") -> list[Order]:
    """Return the orders that were delivered and whose times do not run backwards."""
    states = {row["customer_id"]: row["customer_state"] for row in _rows(folder / "customers.csv.gz")}
    sellers = {row["seller_id"]: row["seller_state"] for row in _rows(folder / "sellers.csv.gz")}
    origins = {
        row["order_id"]: sellers.get(row["seller_id"], "") for row in _rows(folder / "order_items.csv.gz")
    }
    orders = []
    for row in _rows(folder / "orders.csv.gz"):
        times = [
            row[f"order_{name}"]
            for name in (
                "purchase_timestamp",
                "delivered_carrier_date",
                "delivered_customer_date",
                "estimated_delivery_date",
            )
        ]
        if not all(times):
            continue
        ordered, picked_up, delivered, due = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in times)
        if ordered <= picked_up <= delivered:
            no = row["order_id"]
            orders.append(
                Order(no, origins.get(no, ""), states[row["customer_id"]], ordered, picked_up, delivered, due)
            )
    return orders


def walk(
    orders: Sequence[Order], moments: dict[str, tuple[Milestone, timedelta]] = MOMENTS
) -> dict[str, list[Told]]:
    """Ask for every forecast at its moment, knowing only the days before."""
    learnt, told = _Learnt(), {moment: list[Told]() for moment in moments}
    nodes = {
        s: Node("outlet", f"/{s}/x/", f"/{s}/", f"/{s}/")
        for s in {o.origin for o in orders} | {o.dest for o in orders}
    }
    for at, moment, order in _happenings(orders, moments):
        if moment is None:
            learnt.wait(at.date(), order)
            continue
        learnt.open(at.date(), nodes)
        if learnt.seen >= WARM_UP:
            milestone, _ = moments[moment]
            told[moment].append(Told(order, at, learnt.forecast(order, milestone, at, nodes)))
    return told


def _happenings(
    orders: Sequence[Order], moments: dict[str, tuple[Milestone, timedelta]]
) -> Iterator[tuple[datetime, str | None, Order]]:
    queue: list[tuple[datetime, int, str | None, Order]] = []
    for order in orders:
        heappush(queue, (order.delivered, len(queue), None, order))
        for moment, (milestone, later) in moments.items():
            asked_at = order.passed(milestone).at + later
            if asked_at < order.delivered:
                heappush(queue, (asked_at, len(queue), moment, order))
    while queue:
        at, _, which, order = heappop(queue)
        yield at, which, order


@dataclass
class _Learnt:
    """What is known on a day; deliveries of the day itself wait for the next one."""

    seen: int = 0
    waiting: list[tuple[date, Order]] = field(default_factory=list)
    counts: dict[tuple[Milestone, Key], tuple[date, list[float]]] = field(default_factory=dict)
    ranks: dict[Milestone, tuple[date, list[float]]] = field(default_factory=dict)

    def wait(self, day: date, order: Order) -> None:
        self.waiting.append((day, order))

    def open(self, today: date, nodes: dict[str, Node]) -> None:
        """Take in what was delivered on days before: first as a test of the forecasts, then as knowledge."""
        ripe = [pair for pair in self.waiting if pair[0] < today]
        self.waiting = [pair for pair in self.waiting if pair[0] >= today]
        for milestone in (Milestone.ORDERED, Milestone.PICKED_UP):
            held = [(day, self._hold(day, order, milestone, nodes)) for day, order in ripe]
            for day, rank in held:
                if rank is not None:
                    _add(self.ranks, milestone, day, rank, RANKS)
            for day, order in ripe:
                place = bin_of(
                    eta.in_units(order.delivered - order.passed(milestone).at, _unit(order, milestone))
                )
                for key in _keys(order, milestone, nodes):
                    _add(self.counts, (milestone, key), day, place, BINS)
        self.seen += len(ripe)

    def forecast(self, order: Order, milestone: Milestone, now: datetime, nodes: dict[str, Node]) -> Forecast:
        spreads = self._spreads(order, milestone, now.date(), nodes)
        ranks = _aged(self.ranks.get(milestone), now.date(), RANKS)
        return eta.forecast(order.passed(milestone), spreads, ranks, unit=_unit(order, milestone), now=now)

    def _spreads(
        self, order: Order, milestone: Milestone, today: date, nodes: dict[str, Node]
    ) -> list[Spread]:
        keys = _keys(order, milestone, nodes)
        return [Spread(tuple(_aged(self.counts.get((milestone, key)), today, BINS))) for key in keys]

    def _hold(self, day: date, order: Order, milestone: Milestone, nodes: dict[str, Node]) -> int | None:
        spreads = self._spreads(order, milestone, day, nodes)
        took = order.delivered - order.passed(milestone).at
        held = eta.came_true(spreads, eta.Experience.of(()), took, _unit(order, milestone))
        return held.rank if held else None


def _unit(order: Order, milestone: Milestone) -> float:
    return eta.unit_of(milestone, order.standard)


def _keys(order: Order, milestone: Milestone, nodes: dict[str, Node]) -> list[Key]:
    return eta.keys(order.passed(milestone), Plan("", order.origin, order.dest), nodes)


def _aged(known: tuple[date, list[float]] | None, today: date, size: int) -> list[float]:
    if known is None:
        return [0.0] * size
    faded = 0.5 ** (max(0, (today - known[0]).days) / HALF_LIFE)
    return [faded * count for count in known[1]]


K = TypeVar("K")


def _add(table: dict[K, tuple[date, list[float]]], key: K, day: date, place: int, size: int) -> None:
    counts = _aged(table.get(key), day, size)
    counts[place] += 1
    table[key] = day, counts


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    main()
