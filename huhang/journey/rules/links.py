"""A parcel's time cut into links.

Links lie end to end: a stay ends when the ride begins. Where the scan between two is missing they are told as one,
under the name of whoever did not scan, because nobody can say how the time was shared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from huhang.journey.rules.codes import SIGNED_CODES, Code
from huhang.journey.rules.status import Scan, in_order
from huhang.journey.rules.watch import Link

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
BAND_HOURS = 6  # of hours of the day in which links begin alike

_SAYS_NOTHING = frozenset({Code.REGISTERED, Code.OTHER, Code.CANCELLED})
_ORDERS = frozenset({Code.ORDER_CREATED, Code.PICKUP_ASSIGNED, Code.PICKUP_FAILED})
_COLLECTS = _ORDERS | {Code.PICKED_UP}
_ARRIVES = frozenset(
    {
        Code.ARRIVED,
        Code.UNLOADED,
        Code.UNBAGGED,
        Code.SORTED,
        Code.CUSTOMS,
        Code.CUSTOMS_HELD,
        Code.CUSTOMS_CLEARED,
    }
)
_LEAVES = frozenset({Code.DEPARTED, Code.LOADED})
_AT_THE_DOOR = frozenset({Code.OUT_FOR_DELIVERY, Code.DELIVERY_FAILED, Code.HELD})
# Handed over, or on its way back: what comes after is not the carrier's time to the receiver.
_ENDS = SIGNED_CODES | {Code.AT_AGENT, Code.RETURNING, Code.RETURN_SIGNED}


@dataclass(frozen=True, slots=True)
class Node:
    """Where a node stands: kind and path of the unit, paths of its city and province ('' is unknown)."""

    kind: str = ""
    path: str = ""
    city: str = ""
    province: str = ""


NOWHERE = Node()


@dataclass(frozen=True, slots=True)
class Plan:
    """What was known of a parcel before it moved: nodes at both ends, and the hubs between in their order."""

    product: str = ""
    origin: str = ""
    dest: str = ""
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A stay (`to` is empty) or a ride, as standards know it."""

    kind: Link
    node: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """The scan that would have told two links apart, and the node that owed it."""

    code: Code
    node: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One link of a parcel; `end` is None while it lasts. Several parts: scans between them are missing."""

    parts: tuple[Part, ...]
    start: datetime
    end: datetime | None
    missing: tuple[Missing, ...] = ()

    @property
    def kind(self) -> Link:
        """A joined link is called after the stay of whoever did not scan."""
        if not self.missing:
            return self.parts[0].kind
        stays = (part.kind for part in self.parts if part.node == self.owner and not part.to)
        return next(stays, self.parts[0].kind)

    @property
    def node(self) -> str:
        return self.parts[0].node

    @property
    def to(self) -> str:
        """Where it leads, '' for a stay."""
        last = self.parts[-1]
        return last.to or (last.node if len(self.parts) > 1 else "")

    @property
    def owner(self) -> str:
        """The node that answers for it."""
        return self.missing[0].node if self.missing else self.parts[0].node

    @property
    def is_ride(self) -> bool:
        return len(self.parts) == 1 and bool(self.parts[0].to)

    def length(self, now: datetime) -> timedelta:
        return (self.end or now) - self.start


def band_of(at: datetime) -> int:
    """Return the part of the day, in Shanghai, in which a link begins."""
    return at.astimezone(SHANGHAI).hour // BAND_HOURS


def cut(scans: Iterable[Scan], plan: Plan, nodes: Mapping[str, Node]) -> tuple[Leg, ...]:
    """Cut a parcel's time into links, in order; of what its scans do not tell there is no link."""
    told, handed_over = _until_the_end(in_order(scans))
    visits = _visits(told)
    if not visits:
        return ()
    return tuple(_joined(_pieces(visits, handed_over, plan, nodes)))


@dataclass(frozen=True, slots=True)
class _Visit:
    """The scans at one node, in a row."""

    node: str
    scans: tuple[Scan, ...]

    @property
    def came(self) -> datetime | None:
        """When it arrived, if that was scanned; at the first node, when it was given to us."""
        return self.scans[0].at if self.scans[0].code in _ARRIVES | _COLLECTS else None

    @property
    def went(self) -> datetime | None:
        """When it left, unless it came back."""
        telling = (scan for scan in reversed(self.scans) if scan.code in _LEAVES | _ARRIVES | _ENDS)
        last = next(telling, None)
        return last.at if last is not None and last.code in _LEAVES else None

    @property
    def codes(self) -> frozenset[Code]:
        return frozenset(scan.code for scan in self.scans)


def _until_the_end(scans: Sequence[Scan]) -> tuple[list[Scan], datetime | None]:
    """The scans up to the handing over, and its time; a failed delivery says that it was none."""
    told, ended = [], None
    for scan in scans:
        if scan.code in _SAYS_NOTHING or (scan.code in _ORDERS and not scan.node):
            continue  # a shop's own order is not yet the carrier's time
        if scan.code is Code.DELIVERY_FAILED:
            ended = None
        if ended is None:
            told.append(scan)
            ended = scan.at if scan.code in _ENDS else None
    return told, ended


def _visits(scans: Iterable[Scan]) -> list[_Visit]:
    groups: list[list[Scan]] = []
    for scan in scans:
        if groups and scan.code in _COLLECTS and groups[-1][0].node != scan.node:
            if any(s.code is Code.PICKED_UP for group in groups for s in group):
                continue  # the same number picked up elsewhere is another parcel's
            if scan.code is Code.PICKED_UP and _is_only(groups, _ORDERS):
                groups = []  # ordered at one outlet, collected by another
        if groups and _belongs(scan, groups[-1]):
            groups[-1].append(scan)
        else:
            groups.append([scan])
    return [_Visit(group[0].node, tuple(group)) for group in groups]


def _is_only(groups: Iterable[list[Scan]], codes: frozenset[Code]) -> bool:
    return all(scan.code in codes for group in groups for scan in group)


def _belongs(scan: Scan, group: Sequence[Scan]) -> bool:
    has_left = group[-1].code in _LEAVES
    if scan.node == "":
        return not has_left or scan.code not in _ENDS | _AT_THE_DOOR
    # The locker or station where a courier leaves it is not another stop.
    is_his = scan.code in _ENDS and any(s.code in _AT_THE_DOOR for s in group) and not has_left
    return scan.node == group[0].node or is_his


@dataclass(frozen=True, slots=True)
class _Piece:
    """A link before joining: what is not known of its ends is None; `owed` is the scan that would have told the end."""

    part: Part
    start: datetime | None
    end: datetime | None
    owed: Missing | None


def _pieces(
    visits: Sequence[_Visit], handed_over: datetime | None, plan: Plan, nodes: Mapping[str, Node]
) -> Iterator[_Piece]:
    kinds = [_kind(visits, place, plan, nodes) for place in range(len(visits))]
    for place, (here, there) in enumerate(pairwise(visits)):
        yield _Piece(Part(kinds[place], here.node), here.came, here.went, Missing(Code.DEPARTED, here.node))
        ride = Part(Link.LINEHAUL, here.node, there.node)
        yield _Piece(ride, here.went, there.came, Missing(Code.ARRIVED, there.node))
    last = visits[-1]
    if handed_over is not None or last.went is None:
        yield _Piece(Part(kinds[-1], last.node), last.came, handed_over, None)
        return
    yield _Piece(Part(kinds[-1], last.node), last.came, last.went, None)
    yield _Piece(Part(Link.LINEHAUL, last.node, _next(last.node, plan)), last.went, None, None)


def _joined(pieces: Iterable[_Piece]) -> Iterator[Leg]:
    """Pieces with a known start, the following ones taken along as long as their start is not known."""
    leg: Leg | None = None
    owed: Missing | None = None
    for piece in pieces:
        if piece.start is not None:
            if leg is not None:
                yield leg
            leg = Leg((piece.part,), piece.start, piece.end)
        elif leg is not None and owed is not None:
            leg = replace(leg, parts=(*leg.parts, piece.part), end=piece.end, missing=(*leg.missing, owed))
        owed = piece.owed
    if leg is not None:
        yield leg


def _kind(visits: Sequence[_Visit], place: int, plan: Plan, nodes: Mapping[str, Node]) -> Link:
    visit = visits[place]
    node = nodes.get(visit.node, NOWHERE)
    if visit.codes & (_AT_THE_DOOR | _ENDS):
        return Link.DELIVERY
    if place == 0 and visit.codes & _COLLECTS:
        return Link.COLLECTION
    if node.kind == "hub" or (not node.kind and place < len(visits) - 1):
        return _hub_kind(visits, place, plan, nodes)
    near_origin = node.city and node.city == nodes.get(plan.origin, NOWHERE).city
    return (
        Link.COLLECTION if near_origin and node.city != nodes.get(plan.dest, NOWHERE).city else Link.DELIVERY
    )


def _hub_kind(visits: Sequence[_Visit], place: int, plan: Plan, nodes: Mapping[str, Node]) -> Link:
    """By where it stands; where that does not tell, the first hub is the origin's."""
    here = nodes.get(visits[place].node, NOWHERE)
    origin, dest = nodes.get(plan.origin, NOWHERE), nodes.get(plan.dest, NOWHERE)
    for at, start, end in (
        (here.city, origin.city, dest.city),
        (here.province, origin.province, dest.province),
    ):
        if at and at == end:
            return Link.DESTINATION_HUB
        if at and at == start:
            return Link.ORIGIN_HUB
    is_first = all(nodes.get(before.node, NOWHERE).kind != "hub" for before in visits[:place])
    return Link.ORIGIN_HUB if is_first else Link.DESTINATION_HUB


def _next(node: str, plan: Plan) -> str:
    """Where a parcel that left this node goes, as planned; '' when it is off its way."""
    way = [plan.origin, *plan.hubs, plan.dest]
    return way[way.index(node) + 1] if node in way[:-1] else ""
