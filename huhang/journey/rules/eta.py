"""When a parcel will come: an interval and how sure it is, from what parcels like it did in recent days.

What is counted is the time from a milestone to the handing over, in units of the route's standard. A route of which
little is known leans on its provinces, and these on the whole network (`Spread.over`); how often such intervals held
lately widens or narrows them (`Experience`). A promise is not looked at: it is what is owed, not what is expected.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import sqrt

from huhang.journey.rules.codes import SIGNED_CODES, Code
from huhang.journey.rules.links import MINUTE, SHANGHAI, Node, Plan
from huhang.journey.rules.spread import Spread
from huhang.journey.rules.status import Scan, in_order
from huhang.journey.rules.storm import Storm, relaxed

CONFIDENCE = 0.8
RECENT_DAYS = 42  # older days are not looked at …
HALF_LIFE = 14  # … and a day counts half of one this many days later
STRENGTH = 40  # parcels of its own that weigh as much as what is known of the wider area
FEWEST = 20  # parcels in the whole network, below which we only know the standard
MOST = 0.98  # of the parcels like it were here shorter: it is later than anything we can judge by
DAY = 1440.0
RANKS = 20  # bins of the shares at which deliveries came true
_CHECKS = 20  # deliveries that the untouched share weighs as much as

_HANDED_OVER = SIGNED_CODES | {Code.AT_AGENT}
_NEVER = frozenset({Code.RETURNING, Code.RETURN_SIGNED, Code.CANCELLED})


class Milestone(StrEnum):
    """How far a parcel is; stored in statistics."""

    ORDERED = "ordered"
    PICKED_UP = "picked_up"
    LEFT_ORIGIN = "left_origin"
    LEFT_HUB = "left_hub"
    AT_HUB = "at_hub"
    AT_OUTLET = "at_outlet"
    OUT = "out"
    TRIED = "tried"


# From here on only the destination matters, and standards of the whole way say nothing.
LAST_MILE = frozenset({Milestone.AT_HUB, Milestone.AT_OUTLET, Milestone.OUT, Milestone.TRIED})
_PLAIN = {
    Code.ORDER_CREATED: Milestone.ORDERED,
    Code.PICKUP_ASSIGNED: Milestone.ORDERED,
    Code.PICKED_UP: Milestone.PICKED_UP,
    Code.OUT_FOR_DELIVERY: Milestone.OUT,
    Code.DELIVERY_FAILED: Milestone.TRIED,
    Code.HELD: Milestone.TRIED,
}


@dataclass(frozen=True, slots=True)
class Passed:
    """A milestone and when it was passed."""

    milestone: Milestone
    at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """Parcels that are counted together; '' and -1 are all of them."""

    origin: str = ""
    dest: str = ""
    product: str = ""
    hours: int = -1


@dataclass(frozen=True, slots=True)
class Forecast:
    """When it should come. Without `earliest` and `latest` only the standard is known; without `likely` nothing is."""

    earliest: datetime | None = None
    likely: datetime | None = None
    latest: datetime | None = None
    confidence: float | None = None
    basis: str = ""
    n: int = 0
    storm: Storm | None = None

    @property
    def is_interval(self) -> bool:
        return self.latest is not None

    @property
    def is_beyond(self) -> bool:
        """Has it already taken longer than nearly every parcel that we know of?"""
        return self.basis == BEYOND


ROUTE, AREA, NETWORK, STANDARD, BEYOND = "route", "area", "network", "standard", "beyond"


def passed(
    scans: Iterable[Scan], plan: Plan, nodes: Mapping[str, Node]
) -> tuple[list[Passed], datetime | None]:
    """Return the milestones in the order of their times, and when it was handed over (None: not yet, or never)."""
    found: list[Passed] = []
    for scan in in_order(scans):
        if scan.code in _HANDED_OVER:
            return found, scan.at
        if scan.code in _NEVER:
            return [], None
        milestone = _milestone(scan, plan, nodes)
        if milestone is not None and (not found or milestone != found[-1].milestone):
            found.append(Passed(milestone, scan.at))
    return found, None


def keys(at: Passed, plan: Plan, nodes: Mapping[str, Node]) -> list[Key]:
    """Return the circles to which a parcel belongs, from the whole network to its very route."""
    origin, dest = nodes.get(plan.origin, _NOWHERE), nodes.get(plan.dest, _NOWHERE)
    hours = at.at.astimezone(SHANGHAI).hour // 4
    wide = [Key(), Key(hours=hours)]
    if at.milestone in LAST_MILE:
        near = [Key(dest=path, hours=hours) for path in (dest.province, dest.city, dest.path)]
    else:
        pairs = [
            Key(origin.province, dest.province),
            Key(origin.province, dest.province, plan.product, hours),
            Key(origin.city, dest.city, plan.product, hours),
        ]
        near = [Key(dest=dest.province), *(key for key in pairs if key.origin)]
    return list(dict.fromkeys([*wide, *(key for key in near if key.dest)]))


def unit_of(milestone: Milestone, standard_minutes: float | None) -> float:
    """Return the minutes that count as one day in the statistics of a milestone.

    The square root of the standard: a way twice as long does not vary twice as much.
    """
    if milestone in LAST_MILE or not standard_minutes:
        return DAY
    return sqrt(max(DAY, standard_minutes) * DAY)


def in_units(length: timedelta, unit: float) -> float:
    return max(0.0, length / MINUTE) * DAY / unit


def weight_of(day: date, today: date) -> float:
    """Return what a past day counts."""
    return float(0.5 ** (max(0, (today - day).days) / HALF_LIFE))


def blended(spreads: Sequence[Spread]) -> Spread | None:
    """Return the shares for a parcel: each circle's own, held to the wider ones; None when too little is known."""
    if not spreads or spreads[0].n < FEWEST:
        return None
    shares: Spread | None = None
    for spread in spreads:
        shares = spread.over(shares, STRENGTH) if spread.n or shares is None else shares
    return shares


@dataclass(frozen=True, slots=True)
class Experience:
    """How shares that were expected came true: turns an expected share into the one that deliveries kept to.

    Where deliveries came true at every share alike it changes nothing; of few deliveries little is believed.
    """

    edges: tuple[float, ...]

    @classmethod
    def of(cls, ranks: Sequence[float]) -> "Experience":
        counts = [count + _CHECKS / RANKS for count in ranks] if ranks else [1.0] * RANKS
        total, edges = sum(counts), [0.0]
        for count in counts:
            edges.append(edges[-1] + count / total)
        return cls(tuple(edges))

    def true_share(self, expected: float) -> float:
        """Return the share of deliveries that came within this expected share."""
        place = min(RANKS - 1, int(expected * RANKS))
        inside = expected * RANKS - place
        return self.edges[place] + inside * (self.edges[place + 1] - self.edges[place])

    def expected_share(self, true: float) -> float:
        """Return the expected share within which this share of deliveries came."""
        place = max(0, min(RANKS - 1, bisect_right(self.edges, true) - 1))
        width = self.edges[place + 1] - self.edges[place]
        return (place + min(1.0, (true - self.edges[place]) / width)) / RANKS


@dataclass(frozen=True, slots=True)
class Held:
    """A forecast beside what came: at which share (a bin of RANKS), whether inside, how far off the likely moment."""

    rank: int
    inside: bool
    off_minutes: int


def reach_of(n: float) -> float:
    """Return how far around the middle an interval reaches: with few parcels behind it, further (split conformal)."""
    return min(MOST, CONFIDENCE * (n + 1) / n) / 2 if n else MOST / 2


def came_true(spreads: Sequence[Spread], experience: Experience, took: timedelta, unit: float) -> Held | None:
    """Hold what was expected at the milestone itself against what came; None when nothing was."""
    shares = blended(spreads)
    if shares is None:
        return None
    units = in_units(took, unit)
    share = shares.share_within(units)
    likely = shares.quantile(experience.expected_share(0.5)) or 0.0
    off = int(abs(units - likely) * unit / DAY)
    is_inside = abs(experience.true_share(share) - 0.5) <= reach_of(_known(spreads))
    return Held(min(RANKS - 1, int(share * RANKS)), is_inside, off)


def forecast(
    at: Passed,
    spreads: Sequence[Spread],
    ranks: Sequence[float],
    *,
    unit: float,
    now: datetime,
    standard: datetime | None = None,
    storms: Sequence[Storm] = (),
) -> Forecast:
    """Say when a parcel will come that passed a milestone and is not there now."""
    shares = blended(spreads)
    if shares is None:
        return _by_standard(standard, now, storms)
    experience, n = Experience.of(ranks), _known(spreads)
    gone = experience.true_share(shares.share_within(in_units(now - at.at, unit)))
    if gone > MOST:
        return Forecast(basis=BEYOND)
    reach = reach_of(n)

    def moment(share: float) -> datetime:
        units = shares.quantile(experience.expected_share(gone + share * (1 - gone))) or 0.0
        return max(now, at.at + units * unit / DAY * MINUTE)

    latest, storm = _relaxed(moment(0.5 + reach), storms)
    likely, _ = _relaxed(moment(0.5), storms)
    return Forecast(
        earliest=moment(0.5 - reach),
        likely=min(likely, latest),
        latest=latest,
        confidence=CONFIDENCE,
        basis=_basis(spreads),
        n=n,
        storm=storm,
    )


_NOWHERE = Node()


def _milestone(scan: Scan, plan: Plan, nodes: Mapping[str, Node]) -> Milestone | None:
    node, dest = nodes.get(scan.node, _NOWHERE), nodes.get(plan.dest, _NOWHERE)
    if scan.code is Code.DEPARTED:
        return Milestone.LEFT_HUB if node.kind == "hub" else Milestone.LEFT_ORIGIN
    if scan.code is not Code.ARRIVED:
        return _PLAIN.get(scan.code)
    if node.path and node.path == dest.path:
        return Milestone.AT_OUTLET
    is_last_hub = plan.hubs[-1:] == (scan.node,) or (node.city != "" and node.city == dest.city)
    return Milestone.AT_HUB if node.kind == "hub" and is_last_hub else None


def _by_standard(standard: datetime | None, now: datetime, storms: Sequence[Storm]) -> Forecast:
    if standard is None:
        return Forecast()
    due, storm = _relaxed(standard, storms)
    return Forecast(likely=due, basis=STANDARD, storm=storm) if due > now else Forecast(basis=BEYOND)


def _relaxed(limit: datetime, storms: Sequence[Storm]) -> tuple[datetime, Storm | None]:
    """The moment with the storm's delay, and the storm that brings it."""
    later = relaxed(limit, storms)
    inside = [storm for storm in storms if storm.starts_at <= limit < storm.ends_at]
    return later, max(inside, key=lambda storm: storm.extra_minutes, default=None)


def _known(spreads: Sequence[Spread]) -> int:
    """Parcels of the nearest circle that tells something by itself."""
    return round(next((s.n for s in reversed(spreads) if s.n >= FEWEST), spreads[0].n))


def _basis(spreads: Sequence[Spread]) -> str:
    telling = max((place for place, s in enumerate(spreads) if s.n >= FEWEST), default=0)
    if telling < 2:
        return NETWORK
    return ROUTE if telling == len(spreads) - 1 else AREA
