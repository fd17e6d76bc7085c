"""The parcel's way as a line: stops and the rides between them, each beside the time that its rules allow.

The allowed times are those of the watch's own rules, so that the trace page and the watch do not disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from huhang.journey.rules.codes import FINAL_CODES, Code
from huhang.journey.rules.status import Scan, in_order
from huhang.journey.rules.watch import STAGE_CODES, Rule, RuleKind

SHANGHAI = ZoneInfo("Asia/Shanghai")
_SAYS_NOTHING = frozenset({Code.REGISTERED, Code.OTHER, Code.ORDER_CREATED, Code.PICKUP_ASSIGNED})


@dataclass(frozen=True, slots=True)
class Parcel:
    """What of a parcel the rules look at; '' is unknown."""

    product: str = ""
    origin: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A wait or a ride: from, until (None while it lasts), and by when it should have ended (None: no rule)."""

    since: datetime
    until: datetime | None
    due: datetime | None

    @property
    def length(self) -> timedelta | None:
        """How long it took, or None while it lasts."""
        return self.until - self.since if self.until is not None else None

    @property
    def allowed(self) -> timedelta | None:
        return self.due - self.since if self.due is not None else None

    def late_by(self, now: datetime) -> timedelta | None:
        """By how much the allowed time is exceeded, or None."""
        over = (self.until or now) - self.due if self.due is not None else timedelta()
        return over if over > timedelta() else None


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way: the ride that brought the parcel (None at the first), what happened, what was waited for,
    and the ride that has begun and not ended (only at the last stop)."""

    node: str
    scans: tuple[Scan, ...]
    ride: Stretch | None
    waits: tuple[Stretch, ...]
    onward: Stretch | None = None

    @property
    def first_at(self) -> datetime:
        return self.scans[0].at

    @property
    def last_at(self) -> datetime:
        return self.scans[-1].at

    @property
    def waiting(self) -> Stretch | None:
        """What it waits for now, if it is here."""
        return next((wait for wait in reversed(self.waits) if wait.until is None), None)

    def late_by(self, now: datetime) -> timedelta | None:
        """The longest that the parcel was kept here beyond what is allowed."""
        return max((late for wait in self.waits if (late := wait.late_by(now))), default=None)


def line(
    scans: Iterable[Scan], kinds: Mapping[str, str], rules: Sequence[Rule], parcel: Parcel
) -> list[Stop]:
    """The stops in order. `kinds` gives each node's kind; a scan without a node belongs to the stop before."""
    told = [scan for scan in in_order(scans) if scan.code not in _SAYS_NOTHING]
    fitting = [rule for rule in rules if _fits(rule, parcel)]
    groups = _grouped(told)
    stops: list[Stop] = []
    for place, group in enumerate(groups):
        kind = kinds.get(group[0].node, "")
        waits = [_wait(scan, told, kind, fitting) for scan in group if scan.code in STAGE_CODES - FINAL_CODES]
        stays = [
            wait for wait, scan in zip(waits, _stages(group), strict=True) if scan.code is not Code.DEPARTED
        ]
        ride = _ride(groups[place - 1], group, kinds, fitting) if place else None
        onward = waits[-1] if group[-1].code is Code.DEPARTED and place == len(groups) - 1 else None
        stops.append(Stop(group[0].node, tuple(group), ride, tuple(stays), onward))
    return stops


def _grouped(scans: Iterable[Scan]) -> list[list[Scan]]:
    groups: list[list[Scan]] = []
    for scan in scans:
        if groups and scan.node in ("", groups[-1][0].node):
            groups[-1].append(scan)
        else:
            groups.append([scan])
    return groups


def _stages(group: list[Scan]) -> list[Scan]:
    return [scan for scan in group if scan.code in STAGE_CODES - FINAL_CODES]


def _fits(rule: Rule, parcel: Parcel) -> bool:
    takes = rule.takes(product=parcel.product, origin=parcel.origin, destination=parcel.destination)
    return rule.enabled and rule.kind is RuleKind.EXPECT and takes


def _wait(scan: Scan, told: list[Scan], kind: str, rules: Sequence[Rule]) -> Stretch:
    """From a stage to what answers it, as the strictest rule asks."""
    dues = [(_due(scan, rule), rule) for rule in rules if scan.code in rule.after and rule.takes_kind(kind)]
    due, rule = min(dues, key=lambda pair: pair[0], default=(None, None))
    return Stretch(scan.at, _answered(scan, told, rule), due)


def _due(scan: Scan, rule: Rule) -> datetime:
    if rule.by_time is None:
        return scan.at + timedelta(minutes=rule.within_minutes or 0)
    local = scan.at.astimezone(SHANGHAI)
    on_the_day = datetime.combine(local.date(), rule.by_time, SHANGHAI)
    # A scan after that hour counts for the next day.
    days = rule.days + (1 if local > on_the_day else 0)
    return (on_the_day + timedelta(days=days)).astimezone(scan.at.tzinfo)


def _answered(scan: Scan, told: list[Scan], rule: Rule | None) -> datetime | None:
    wanted = (rule.expects if rule else frozenset()) or STAGE_CODES
    later = told[told.index(scan) + 1 :]
    return next((s.at for s in later if s.code in FINAL_CODES or s.code in wanted), None)


def _ride(before: list[Scan], here: list[Scan], kinds: Mapping[str, str], rules: Sequence[Rule]) -> Stretch:
    left, reached = before[-1], here[0]
    departed = Scan(left.at, Code.DEPARTED, node=before[0].node)
    due = _wait(departed, [departed], kinds.get(before[0].node, ""), rules).due
    return Stretch(left.at, reached.at, due)
