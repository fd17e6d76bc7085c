"""The parcel's way as a line: stops and the stretches between them, each beside the time that its rules allow.

The allowed times are those of the watch's own rules, so that the trace page and the watch never disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from huhang.journey.rules.codes import FINAL_CODES, Code
from huhang.journey.rules.status import Scan, in_order
from huhang.journey.rules.watch import Rule, RuleKind

_SAYS_NOTHING = frozenset({Code.REGISTERED, Code.OTHER, Code.ORDER_CREATED, Code.PICKUP_ASSIGNED})


@dataclass(frozen=True, slots=True)
class Parcel:
    """What of a parcel the rules look at; '' is unknown."""

    product: str = ""
    origin: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stay at a stop or a ride between two: from, until (None while it lasts), and how long is allowed."""

    since: datetime
    until: datetime | None
    allowed: timedelta | None

    def due(self) -> datetime | None:
        return self.since + self.allowed if self.allowed is not None else None

    def took(self, now: datetime) -> timedelta:
        return (self.until or now) - self.since

    def late_by(self, now: datetime) -> timedelta | None:
        """By how much the allowed time is exceeded, or None."""
        over = self.took(now) - self.allowed if self.allowed is not None else timedelta()
        return over if over > timedelta() else None


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way: what happened there, the ride that brought the parcel (None at the first), the stay,
    and the ride that has begun and not ended (only at the last stop)."""

    node: str
    scans: tuple[Scan, ...]
    ride: Stretch | None
    stay: Stretch
    onward: Stretch | None = None

    @property
    def is_over(self) -> bool:
        return self.stay.until is not None


def line(
    scans: Iterable[Scan], kinds: Mapping[str, str], rules: Sequence[Rule], parcel: Parcel
) -> list[Stop]:
    """The stops in order. `kinds` gives the kind of each known node; scans without a node belong to the stop before."""
    groups = _grouped(scan for scan in in_order(scans) if scan.code not in _SAYS_NOTHING)
    fitting = [rule for rule in rules if _fits(rule, parcel)]
    stops: list[Stop] = []
    for place, group in enumerate(groups):
        is_last = place == len(groups) - 1
        kind = kinds.get(group[0].node, "")
        ride = _ride(groups[place - 1][-1], group[0], kinds, fitting) if place else None
        stay = _stay(group, kind, fitting, is_last=is_last)
        onward = _onward(group[-1], kind, fitting) if is_last else None
        stops.append(Stop(group[0].node, tuple(group), ride, stay, onward))
    return stops


def _grouped(scans: Iterable[Scan]) -> list[list[Scan]]:
    groups: list[list[Scan]] = []
    for scan in scans:
        if groups and scan.node in ("", groups[-1][0].node):
            groups[-1].append(scan)
        else:
            groups.append([scan])
    return groups


def _fits(rule: Rule, parcel: Parcel) -> bool:
    takes = rule.takes(product=parcel.product, origin=parcel.origin, destination=parcel.destination)
    return rule.enabled and rule.kind is RuleKind.EXPECT and takes and rule.within_minutes is not None


def _stay(group: list[Scan], kind: str, rules: Sequence[Rule], *, is_last: bool) -> Stretch:
    lasts = is_last and group[-1].code not in FINAL_CODES | {Code.DEPARTED}
    # The clock of a stay that lasts runs from its latest stage; what came before was answered by that stage.
    since = _latest_stage(group, rules, kind) if lasts else group[0]
    return Stretch(since.at, None if lasts else group[-1].at, _allowed(since.code, kind, rules))


def _onward(left: Scan, kind: str, rules: Sequence[Rule]) -> Stretch | None:
    is_riding = left.code is Code.DEPARTED
    return Stretch(left.at, None, _allowed(Code.DEPARTED, kind, rules)) if is_riding else None


def _latest_stage(group: list[Scan], rules: Sequence[Rule], kind: str) -> Scan:
    watched = [scan for scan in group if _allowed(scan.code, kind, rules) is not None]
    return watched[-1] if watched else group[-1]


def _ride(left: Scan, reached: Scan, kinds: Mapping[str, str], rules: Sequence[Rule]) -> Stretch:
    return Stretch(left.at, reached.at, _allowed(Code.DEPARTED, kinds.get(left.node, ""), rules))


def _allowed(code: Code, kind: str, rules: Sequence[Rule]) -> timedelta | None:
    """The strictest time that a rule gives after this scan at such a place."""
    minutes = [r.within_minutes for r in rules if code in r.after and r.takes_kind(kind) and r.within_minutes]
    return timedelta(minutes=min(minutes)) if minutes else None
