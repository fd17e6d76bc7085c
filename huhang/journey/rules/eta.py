"""When a parcel will come: an interval and how sure it is, from what parcels like it did in recent days.

What is counted is the time from a milestone to the handing over, in units of the route's standard. A route of which
little is known leans on its provinces, and these on the whole network (`Spread.over`); how often such intervals held
lately widens or narrows them (`stretch`). A promise is not looked at: it is what is owed, not what is expected.
"""

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
STRENGTH = 25  # parcels of its own that weigh as much as what is known of the wider area
FEWEST = 20  # parcels in the whole network, below which we only know the standard
MOST = 0.98  # of the parcels like it were here shorter: it is later than anything we can judge by
DAY = 1440.0
RANKS = 20  # bins of the shares at which deliveries came true
_CHECKS = 60  # deliveries that the untouched share weighs as much as

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
        near = [
            Key(origin.province, dest.province, ""),
            Key(origin.province, dest.province, plan.product, hours),
            Key(origin.city, dest.city, plan.product, hours),
        ]
        near = [key for key in near if key.origin]
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


def rank(shares: Spread, length: timedelta, unit: float) -> int:
    """Return at which share of what was expected a delivery came true, as a bin of RANKS."""
    return min(RANKS - 1, int(shares.share_within(in_units(length, unit)) * RANKS))


def stretch(ranks: Sequence[float], confidence: float = CONFIDENCE) -> float:
    """Return how far around the middle share an interval reaches that held as often as it says.

    Split conformal: of deliveries past, the distance from the middle that this share of them stayed within; with
    few of them, held to what the shares say by themselves, and wider by what is not known.
    """
    half = RANKS // 2
    folded = (
        [ranks[half - 1 - place] + ranks[half + place] for place in range(half)] if ranks else [0.0] * half
    )
    n = sum(folded) + _CHECKS
    target = min(MOST, confidence * (n + 1) / n)
    evened = [count + _CHECKS / half for count in folded]
    before = 0.0
    for place, count in enumerate(evened):
        if before + count >= target * n:
            return min(MOST / 2, (place + (target * n - before) / count) / RANKS)
        before += count
    return MOST / 2


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
    gone = shares.share_within(in_units(now - at.at, unit))
    if gone > MOST:
        return Forecast(basis=BEYOND)
    n = _known(spreads)
    reach = min(MOST / 2, stretch(ranks) * (1 + 0.5 / (n + 1)))

    def moment(share: float) -> datetime:
        units = shares.quantile(gone + share * (1 - gone)) or 0.0
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
    return ROUTE if telling >= 4 else AREA if telling >= 2 else NETWORK
