"""The watch written plainly, one parcel at a time, with sets and dicts: what the kernel must equal.

Written from decision 0010, word by word. Slow, and meant to be read beside it.
"""

from collections import Counter
from datetime import datetime, timedelta

from huhang.journey.rules.codes import FINAL_CODES, SIGNED_CODES, Code
from huhang.journey.rules.storm import Storm
from huhang.journey.rules.watch import ARRIVED_AT_OUTLET, FLAGS, STAGE_CODES, THERE, Rule, RuleKind
from huhang.journey.watch.program import LIFE_ORDER, PHYSICAL_CODES
from huhang.journey.watch.world import PROVINCE, World
from tests.journey.watch.plain import (
    SHANGHAI,
    Facts,
    Parcel,
    PlainHit,
    Registered,
    Scan,
    ceiled,
    day_of,
    floored,
    life,
    minute_of,
    planned_way,
    put_right_by,
    second_of,
    undone_by,
    unmoved_limit,
)

CONSENTED = 1
FORGOTTEN_AFTER_DAYS = {True: 15, False: 180}  # finished, or not
CHARGED = {RuleKind.SKIPPED, RuleKind.MISROUTED, RuleKind.LOOP, RuleKind.RESCANNED}


__all__ = ["Facts", "PlainHit", "Reference", "Scan"]


class Reference:
    def __init__(self, world: World) -> None:
        self.take(world)
        self.parcels: dict[str, Parcel] = {}
        self.forgot_on = 0
        self.hits: dict[PlainHit, datetime | None] = {}
        self.counts: Counter[tuple[Code, str, datetime]] = Counter()

    def take(self, world: World) -> None:
        self.world = world
        self.rules = [rule for rule in world.rules if rule.enabled]

    def learn(self, world: World) -> None:
        """Rules that now watch a stage and did not before start to wait."""
        watched = {parcel.waybill: self._watching(parcel) for parcel in self.parcels.values()}
        self.take(world)
        for parcel in self.parcels.values():
            self._wait_anew(parcel, watched[parcel.waybill])
            parcel.mendable &= {rule.number for rule in self.rules if self._may_still_mend(rule, parcel)}

    def _may_still_mend(self, rule: Rule, parcel: Parcel) -> bool:
        return rule.kind is RuleKind.SKIPPED and parcel.stage is not None and parcel.stage.code in rule.scans

    def advance(self, scans: list[Scan], received_at: datetime | None = None) -> None:
        """Fold a batch; without `received_at`, the latest event stands for it."""
        if not scans:
            return
        day = day_of(received_at or max(scan.at for scan in scans))
        self._forget(day)
        for scan in sorted(map(floored, scans), key=life):
            parcel = self.parcels.setdefault(scan.waybill, Parcel(scan.waybill))
            parcel.day = day
            if scan.code is Code.REGISTERED:
                self._register(parcel, scan)
            else:
                self._scan(parcel, scan)

    def due(self, now: datetime) -> None:
        for parcel in self.parcels.values():
            self._raise_passed(parcel, now.replace(microsecond=0))

    def _forget(self, day: int) -> None:
        if day <= self.forgot_on:
            return
        self.forgot_on = day
        self.parcels = {
            waybill: parcel
            for waybill, parcel in self.parcels.items()
            if day - parcel.day <= FORGOTTEN_AFTER_DAYS[parcel.is_final]
        }

    # --- a scan ---------------------------------------------------------------------------------

    def _scan(self, parcel: Parcel, scan: Scan) -> None:
        later = _is_later(parcel, scan)
        if later:
            self._raise_passed(parcel, scan.at)
        raised = self._check(parcel, scan, later)
        self._count(parcel, scan)
        self._mend(parcel, scan, later)
        if self._takes_over(parcel, scan, later):
            self._take_over(parcel, scan)
            parcel.mendable = {rule.number for rule in raised if rule.kind is RuleKind.SKIPPED}
        parcel.seen |= self._marks(scan)

    def _check(self, parcel: Parcel, scan: Scan, later: bool) -> list[Rule]:
        broken = [
            rule
            for rule in self.rules
            if rule.number not in parcel.open
            and self._watches(rule, parcel, scan.node)
            and self._is_broken(rule, parcel, scan, later)
        ]
        for rule in broken:
            stage = parcel.stage
            there = rule.kind in CHARGED and rule.charged == THERE
            previous = stage.node if stage else ""
            if rule.kind is RuleKind.TWICE and parcel.picked:
                previous = parcel.picked[1]
            if rule.kind in (RuleKind.CONSENT, RuleKind.ODD_HOUR):
                previous = ""
            self._raise(parcel, rule, scan.at, scan.at, stage if there else scan, previous)
        return broken

    def _is_broken(self, rule: Rule, parcel: Parcel, scan: Scan, later: bool) -> bool:
        stage = parcel.stage
        match rule.kind:
            case RuleKind.FORBIDDEN:
                return scan.code in rule.scans and not rule.needs & parcel.seen
            case RuleKind.CONSENT:
                return scan.code in rule.scans and not parcel.consent
            case RuleKind.TWICE:
                return scan.code is Code.PICKED_UP and self._is_second_pickup(rule, parcel, scan)
            case RuleKind.TWO_PLACES:
                return stage is not None and self._are_two_places(rule, stage, scan)
            case RuleKind.SKIPPED:
                return later and stage is not None and self._is_skipped(rule, stage, scan)
            case RuleKind.MISROUTED:
                at_hub = scan.code is Code.ARRIVED and self._kind(scan.node) == "hub"
                return later and at_hub and self._is_off_the_way(parcel, scan.node)
            case RuleKind.LOOP:
                return later and stage is not None and self._is_loop(parcel, stage, scan)
            case RuleKind.RESCANNED:
                apart = timedelta(minutes=rule.minutes)
                signed = stage is not None and stage.code in SIGNED_CODES
                return signed and scan.code in rule.scans and stage is not None and scan.at - stage.at > apart
            case RuleKind.ODD_HOUR:
                hours = self.world.place(scan.node).hours
                usual = hours >> scan.at.astimezone(SHANGHAI).hour & 1
                return scan.code in rule.scans and hours != 0 and not usual
        return False

    def _is_second_pickup(self, rule: Rule, parcel: Parcel, scan: Scan) -> bool:
        if parcel.picked is None:
            return False
        first, node = parcel.picked
        elsewhere = bool(node and scan.node) and node != scan.node
        return elsewhere or abs(minute_of(scan.at) - first) > timedelta(minutes=rule.minutes)

    def _are_two_places(self, rule: Rule, stage: Scan, scan: Scan) -> bool:
        here, there = self.world.place(scan.node).city, self.world.place(stage.node).city
        return bool(
            {scan.code, stage.code} <= PHYSICAL_CODES
            and here
            and there
            and here != there
            and abs(scan.at - stage.at) < timedelta(minutes=rule.minutes)
        )

    def _is_skipped(self, rule: Rule, stage: Scan, scan: Scan) -> bool:
        return bool(
            scan.code in rule.scans
            and stage.code in rule.after
            and self._kind(scan.node)
            and self._kind(stage.node)
            and scan.node != stage.node
        )

    def _is_off_the_way(self, parcel: Parcel, node: str) -> bool:
        registered = parcel.registered
        if registered.way is None or registered.way not in self.world.routes:
            return False
        city = self.world.place(node).city
        return node not in self.world.routes[registered.way] and not (city and city in registered.cities)

    def _is_loop(self, parcel: Parcel, stage: Scan, scan: Scan) -> bool:
        return (
            scan.code is Code.ARRIVED
            and self._kind(scan.node) == self._kind(stage.node) == "hub"
            and scan.node != stage.node
            and scan.node == parcel.came_from
        )

    def _count(self, parcel: Parcel, scan: Scan) -> None:
        if scan.code is Code.PICKED_UP:
            if parcel.picked is None:
                self.counts[Code.PICKED_UP, scan.node, minute_of(scan.at)] += 1
            if parcel.picked is None or minute_of(scan.at) < parcel.picked[0]:
                parcel.picked = (minute_of(scan.at), scan.node)
        if scan.code in SIGNED_CODES | {Code.OUT_FOR_DELIVERY} and not parcel.counted_out:
            parcel.counted_out = True
            self.counts[Code.OUT_FOR_DELIVERY, scan.node, minute_of(scan.at)] += 1

    def _mend(self, parcel: Parcel, scan: Scan, later: bool) -> None:
        for rule in self.rules:
            if self._is_mended(rule, parcel, scan, later):
                self._clear(parcel, rule, scan.at)
            if rule.kind is RuleKind.EXPECT and later and scan.code in put_right_by(rule):
                parcel.waiting.discard(rule.number)

    def _is_mended(self, rule: Rule, parcel: Parcel, scan: Scan, later: bool) -> bool:
        stage = parcel.stage
        match rule.kind:
            case RuleKind.EXPECT:
                return later and scan.code in put_right_by(rule)
            case RuleKind.PROMISE:
                return scan.code in rule.expects - FINAL_CODES
            case RuleKind.FORBIDDEN:
                return bool(
                    stage and scan.at <= stage.at and rule.needs & self._supplied(parcel, stage, scan)
                )
            case RuleKind.SKIPPED:
                missing_at = parcel.came_from if rule.charged == THERE else stage.node if stage else ""
                early = stage is not None and scan.at <= stage.at
                there = early and scan.node == missing_at and scan.code in rule.expects
                return there and rule.number in parcel.mendable
            case RuleKind.MISROUTED:
                known = scan.code is Code.ARRIVED and self._kind(scan.node) != ""
                return later and known and not self._is_off_the_way(parcel, scan.node)
        return False

    def _supplied(self, parcel: Parcel, stage: Scan, scan: Scan) -> set[int]:
        stands = stage.code in FINAL_CODES and not parcel.seen & undone_by(stage.code)
        return self._marks(scan) if stands else self._marks(scan) - parcel.seen

    def _marks(self, scan: Scan) -> set[int]:
        maybe_outlet = scan.code is Code.ARRIVED and self._kind(scan.node) in ("", "outlet")
        return {scan.code, ARRIVED_AT_OUTLET} if maybe_outlet else {scan.code}

    def _takes_over(self, parcel: Parcel, scan: Scan, later: bool) -> bool:
        if scan.code not in STAGE_CODES or parcel.stage is None:
            return scan.code in STAGE_CODES
        if parcel.is_final:
            return later and scan.code in undone_by(parcel.stage.code)
        if later or scan.code not in FINAL_CODES:
            return later
        # A sign-off that comes late, unless the stage speaks against it or it was undone since.
        return parcel.stage.code not in undone_by(scan.code) and scan.code not in parcel.seen

    def _take_over(self, parcel: Parcel, scan: Scan) -> None:
        left = parcel.stage
        for rule in self.rules:
            if left and self._is_early_enough(rule, parcel, left, scan):
                self._clear(parcel, rule, scan.at)
            if scan.code in FINAL_CODES and rule.kind in _ENDED_BY_A_SIGN_OFF:
                self._clear(parcel, rule, scan.at)
        if left and left.node != scan.node and self._kind(left.node):
            parcel.came_from = left.node
        parcel.stage = scan
        parcel.waiting = self._watching(parcel) - set(parcel.open)

    def _is_early_enough(self, rule: Rule, parcel: Parcel, left: Scan, scan: Scan) -> bool:
        follows = rule.kind is RuleKind.EXPECT and left.code in rule.after
        return follows and self._limit(rule, parcel, left) >= scan.at

    # --- a registration -------------------------------------------------------------------------

    def _register(self, parcel: Parcel, scan: Scan) -> None:
        facts = scan.facts or Facts()
        if self._changes(parcel, facts) and (parcel.stage is None or scan.at > parcel.stage.at):
            self._raise_passed(parcel, scan.at)
        if facts.flags is not None:
            parcel.consent = bool(facts.flags & CONSENTED)
            if parcel.consent:
                self._clear_all(parcel, RuleKind.CONSENT, scan.at)
        if (facts.product, facts.origin, facts.dest) != (None, None, None):
            watched = self._watching(parcel)
            parcel.registered = self._chosen(facts)
            self._wait_anew(parcel, watched)
        if facts.promised_at and second_of(facts.promised_at) != parcel.promised_at:
            self._clear_all(parcel, RuleKind.PROMISE, scan.at)
            parcel.promised_at = second_of(facts.promised_at)
            if parcel.is_final and parcel.stage:
                self._raise_promises(parcel, parcel.stage.at)
                self._clear_all(parcel, RuleKind.PROMISE, parcel.stage.at)

    def _changes(self, parcel: Parcel, facts: Facts) -> bool:
        promised = facts.promised_at and second_of(facts.promised_at)
        told = (facts.product, facts.origin, facts.dest) != (None, None, None)
        return bool(promised and promised != parcel.promised_at) or (
            told and self._chosen(facts) != parcel.registered
        )

    def _chosen(self, facts: Facts) -> Registered:
        product, origin, dest = facts.product or "", facts.origin or "", facts.dest or ""
        carried = frozenset(name for name, bit in FLAGS.items() if (facts.flags or 0) & bit)
        way = planned_way(self.world, product, origin, dest)
        ends = {self.world.place(end).city for end in (origin, dest)} if way else set()
        return Registered(
            product,
            self._province(origin),
            self._province(dest),
            carried,
            way,
            frozenset(ends - {""}),
        )

    # --- what waits, and what has passed ---------------------------------------------------------

    def _watching(self, parcel: Parcel) -> set[int]:
        stage = parcel.stage
        return {
            rule.number
            for rule in self.rules
            if rule.kind is RuleKind.EXPECT
            and stage
            and stage.code in rule.after
            and self._watches(rule, parcel, stage.node)
        }

    def _wait_anew(self, parcel: Parcel, watched: set[int]) -> None:
        done = watched - parcel.waiting
        parcel.waiting = self._watching(parcel) - done - set(parcel.open)

    def _raise_passed(self, parcel: Parcel, until: datetime) -> None:
        for rule in self.rules:
            if rule.number in parcel.waiting and parcel.stage:
                limit = self._limit(rule, parcel, parcel.stage)
                if limit < until:
                    parcel.waiting.discard(rule.number)
                    self._raise(parcel, rule, parcel.stage.at, limit, parcel.stage)
        if not parcel.is_final:
            self._raise_promises(parcel, until)

    def _raise_promises(self, parcel: Parcel, until: datetime) -> None:
        for rule in self.rules:
            if rule.kind is not RuleKind.PROMISE or parcel.promised_at is None:
                continue
            limit = self._moved(parcel, parcel.promised_at - timedelta(minutes=rule.margin_minutes))
            owed = not rule.expects & parcel.seen and self._watches_such(rule, parcel)
            if limit < until and owed and rule.number not in parcel.open:
                self._raise(parcel, rule, parcel.promised_at, limit, parcel.stage)

    def _limit(self, rule: Rule, parcel: Parcel, stage: Scan) -> datetime:
        return self._moved(parcel, unmoved_limit(rule, stage.at))

    def _moved(self, parcel: Parcel, limit: datetime) -> datetime:
        extra = [
            storm.extra_minutes
            for storm in self.world.storms
            if ceiled(storm.starts_at) <= limit < ceiled(storm.ends_at) and self._covers(storm, parcel)
        ]
        return limit + timedelta(minutes=max(extra, default=0))

    def _covers(self, storm: Storm, parcel: Parcel) -> bool:
        paths = [self.world.place(parcel.stage.node).path] if parcel.stage else []
        paths += [
            place.path
            for place in self.world.places.values()
            if place.kind == PROVINCE and place.province == parcel.registered.dest
        ]
        return any(path.startswith(storm.path) for path in paths if path)

    # --- hits ------------------------------------------------------------------------------------

    def _raise(
        self, parcel: Parcel, rule: Rule, anchor: datetime, at: datetime, by: Scan | None, previous: str = ""
    ) -> None:
        node, operator = (by.node, by.operator) if by else ("", "")
        hit = PlainHit(parcel.waybill, rule.number, anchor, at, node, operator, previous)
        parcel.open[rule.number] = hit
        self.hits.setdefault(hit, None)

    def _clear(self, parcel: Parcel, rule: Rule, at: datetime) -> None:
        hit = parcel.open.pop(rule.number, None)
        if hit is not None and self.hits[hit] is None:
            self.hits[hit] = at

    def _clear_all(self, parcel: Parcel, kind: RuleKind, at: datetime) -> None:
        for rule in self.rules:
            if rule.kind is kind:
                self._clear(parcel, rule, at)

    # --- the ground ------------------------------------------------------------------------------

    def _watches(self, rule: Rule, parcel: Parcel, node: str) -> bool:
        return self._watches_such(rule, parcel) and rule.takes_kind(self._kind(node))

    def _watches_such(self, rule: Rule, parcel: Parcel) -> bool:
        told = parcel.registered
        return rule.takes(product=told.product, origin=told.origin, destination=told.dest, flags=told.flags)

    def _kind(self, node: str) -> str:
        return self.world.place(node).kind

    def _province(self, end: str) -> str:
        return self.world.places[end].province if end in self.world.places else end


_ENDED_BY_A_SIGN_OFF = (RuleKind.EXPECT, RuleKind.PROMISE, RuleKind.SKIPPED, RuleKind.MISROUTED)


def _is_later(parcel: Parcel, scan: Scan) -> bool:
    stage = parcel.stage
    return stage is None or (scan.at, LIFE_ORDER.index(scan.code)) > (stage.at, LIFE_ORDER.index(stage.code))
