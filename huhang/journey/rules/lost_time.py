"""Each link of a parcel beside its standard and beside what is usual: where was time lost, and whose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product as product_of

from huhang.journey.rules.links import MINUTE, NOWHERE, SHANGHAI, Leg, Node, Part, Plan
from huhang.journey.rules.storm import Storm, relaxed
from huhang.journey.rules.watch import Link

MOST_REMEMBERED = 100_000  # answers of one set of standards
ENOUGH = 20  # parcels, before what they did is called usual
WORTH_NAMING = 30  # minutes beyond usual: nobody is asked about eight


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStandard:
    """How long a link may take when it begins between two hours of the day; empty ends are anywhere."""

    kind: Link
    minutes: int
    origin: str = ""
    destination: str = ""
    product: str = ""
    from_hour: int = 0
    to_hour: int = 24
    source: str = ""

    @property
    def closeness(self) -> tuple[bool, int, int, int]:
        """Which of two fitting ones holds: the product's own, the nearer one, the one for fewer hours, the shorter."""
        nearness = self.origin.count("/") + self.destination.count("/")
        return (self.product != "", nearness, self.from_hour - self.to_hour, -self.minutes)


class Standards:
    """Standards to be looked up by what they are for: a carrier may have one for each of ten thousand lines."""

    def __init__(self, standards: Iterable[LinkStandard]) -> None:
        self._by_place: dict[tuple[Link, str, str, str], list[LinkStandard]] = {}
        for standard in standards:
            place = (standard.kind, standard.origin, standard.destination, standard.product)
            self._by_place.setdefault(place, []).append(standard)
        self.nearest = lru_cache(MOST_REMEMBERED)(self._nearest)

    def _nearest(self, kind: Link, here: str, there: str, product: str, hour: int) -> LinkStandard | None:
        """Return the one that holds between two paths for a link that begins in this hour."""
        places = product_of(_ups(here), _ups(there), dict.fromkeys((product, "")))
        found = (standard for place in places for standard in self._by_place.get((kind, *place), ()))
        fitting = (standard for standard in found if standard.from_hour <= hour < standard.to_hour)
        return max(fitting, key=lambda standard: standard.closeness, default=None)


def _ups(path: str) -> list[str]:
    """The path, all above it, and everywhere."""
    codes = [code for code in path.split("/") if code]
    return ["", *("/" + "/".join(codes[:depth]) + "/" for depth in range(1, len(codes) + 1))]


@dataclass(frozen=True, slots=True)
class Usual:
    """What a link took lately, in minutes."""

    n: int
    p50: int
    p80: int
    p95: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A link beside its standard (None: there is none) and beside what is usual (None: too little is known)."""

    leg: Leg
    standard: int | None
    usual: Usual | None
    due: datetime | None
    length: timedelta
    lost: int

    @property
    def is_late(self) -> bool:
        return self.lost > 0

    @property
    def minutes(self) -> int:
        return int(self.length / MINUTE)

    @property
    def is_unusual(self) -> bool:
        """Did only one in twenty take so long?"""
        return self.usual is not None and self.minutes > self.usual.p95

    @property
    def beyond_usual(self) -> int:
        """Minutes beyond the middle of what is usual."""
        return max(0, self.minutes - self.usual.p50) if self.usual else 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The link that lost most time, how much, and by which yardstick it was measured."""

    judged: Judged
    minutes: int
    by_standard: bool


def judge(
    legs: Iterable[Leg],
    standards: Standards,
    usual: Mapping[tuple[str, str, str], Usual],
    plan: Plan,
    nodes: Mapping[str, Node],
    *,
    now: datetime,
    storms: Sequence[Storm] = (),
) -> tuple[Judged, ...]:
    """Hold each link against its standard and against what is usual there (by kind, node and next node)."""
    return tuple(_judged(leg, standards, usual, plan, nodes, now, storms) for leg in legs)


def verdict(judged: Iterable[Judged]) -> Verdict | None:
    """Name the link furthest beyond its standard, else the one that is far from usual; None if none is.

    A link that still goes on need not have become rare to be named: it is where the parcel lies.
    """
    links = list(judged)
    late = max((link for link in links if link.is_late), key=lambda link: link.lost, default=None)
    if late is not None:
        return Verdict(late, late.lost, True)
    odd = max((link for link in links if _is_odd(link)), key=lambda link: link.beyond_usual, default=None)
    return Verdict(odd, odd.beyond_usual, False) if odd is not None else None


def _is_odd(link: Judged) -> bool:
    return link.beyond_usual >= WORTH_NAMING and (link.is_unusual or link.leg.end is None)


def standard_of(
    part: Part, standards: Standards, plan: Plan, nodes: Mapping[str, Node], start: datetime
) -> LinkStandard | None:
    """Return the standard that holds for a part which begins then. A stay is for parcels to the destination."""
    here = nodes.get(part.node, NOWHERE).path
    there = nodes.get(part.to or plan.dest, NOWHERE).path
    return standards.nearest(part.kind, here, there, plan.product, start.astimezone(SHANGHAI).hour)


def _judged(
    leg: Leg,
    standards: Standards,
    usual: Mapping[tuple[str, str, str], Usual],
    plan: Plan,
    nodes: Mapping[str, Node],
    now: datetime,
    storms: Sequence[Storm],
) -> Judged:
    found = [standard_of(part, standards, plan, nodes, leg.start) for part in leg.parts]
    minutes = sum(s.minutes for s in found if s) if all(found) else None
    due = leg.start + minutes * MINUTE if minutes is not None else None
    if due is not None:
        due = relaxed(due, (storm for storm in storms if _covers(storm, leg, plan, nodes)))
    length = leg.length(now)
    over = leg.start + length - due if due is not None else timedelta()
    known = usual.get((leg.kind, leg.node, leg.to)) if len(leg.parts) == 1 else None
    return Judged(leg, minutes, known, due, length, max(0, int(over / MINUTE)))


def _covers(storm: Storm, leg: Leg, plan: Plan, nodes: Mapping[str, Node]) -> bool:
    """As the watch does: where the parcel is, or the province to which it goes."""
    here, dest = nodes.get(leg.node, NOWHERE).path, nodes.get(plan.dest, NOWHERE).province
    return here.startswith(storm.path) or (dest != "" and dest.startswith(storm.path))
