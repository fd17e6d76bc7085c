"""The watch written plainly, one parcel at a time, with sets and dicts: what the kernel must equal."""

import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from huhang.journey.rules.codes import FINAL_CODES, SIGNED_CODES, Code
from huhang.journey.rules.watch import ARRIVED_AT_OUTLET, STAGE_CODES, Rule, RuleKind
from huhang.journey.watch.program import LIFE_ORDER, PHYSICAL_CODES, UNSIGNING_CODES
from huhang.journey.watch.world import NOT_KNOWN, Place

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Facts(NamedTuple):
    promised_at: datetime | None
    product: str
    origin: str
    dest: str
    consent: bool


class Scan(NamedTuple):
    waybill: str
    code: Code
    at: datetime
    node: str = ""
    operator: str = ""
    facts: Facts | None = None


class PlainHit(NamedTuple):
    waybill: str
    rule: int
    anchor: datetime
    raised_at: datetime
    node: str
    operator: str


@dataclass
class Parcel:
    waybill: str
    stage: Scan | None = None
    seen: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    open: dict[int, PlainHit] = field(default_factory=dict)
    promised_at: datetime | None = None
    profile: tuple[str, str, str] = ("", "", "")
    consent: bool = False
    picked: tuple[datetime, str] | None = None
    counted_out: bool = False

    @property
    def is_final(self) -> bool:
        return self.stage is not None and self.stage.code in FINAL_CODES


class Reference:
    def __init__(self, rules: Iterable[Rule], places: dict[str, Place]) -> None:
        self.rules = [rule for rule in rules if rule.enabled]
        self.places = places
        self.parcels: dict[str, Parcel] = {}
        self.hits: dict[PlainHit, datetime | None] = {}
        self.counts: Counter[tuple[Code, str, datetime]] = Counter()

    def advance(self, scans: list[Scan]) -> None:
        for scan in sorted(scans, key=_life):
            parcel = self.parcels.setdefault(scan.waybill, Parcel(scan.waybill))
            if scan.code is Code.REGISTERED:
                self._register(parcel, scan)
            else:
                self._scan(parcel, scan)

    def due(self, now: datetime) -> None:
        for parcel in self.parcels.values():
            self._raise_passed(parcel, now)

    def _scan(self, parcel: Parcel, scan: Scan) -> None:
        stage = parcel.stage
        after = stage is None or (scan.at, LIFE_ORDER.index(scan.code)) > (
            stage.at,
            LIFE_ORDER.index(stage.code),
        )
        if after:
            self._raise_passed(parcel, scan.at)
        self._check(parcel, scan)
        marks: set[int] = {scan.code}
        if scan.code is Code.ARRIVED and self._kind(scan.node) in ("", "outlet"):
            marks.add(ARRIVED_AT_OUTLET)
        stands = stage and stage.code in FINAL_CODES and not parcel.seen & _undone_by(stage.code)
        supplied = marks if stands else marks - parcel.seen
        for rule in self.rules:
            if rule.kind is RuleKind.FORBIDDEN and rule.needs & supplied and stage and scan.at <= stage.at:
                self._clear(parcel, rule, scan.at)
            if rule.kind is RuleKind.EXPECT and after and scan.code in _right(rule):
                parcel.waiting.discard(rule.number)
                self._clear(parcel, rule, scan.at)
            if rule.kind is RuleKind.PROMISE and scan.code in rule.expects - FINAL_CODES:
                self._clear(parcel, rule, scan.at)
        if self._moves(parcel, scan, after):
            self._move(parcel, scan)
        parcel.seen |= marks

    def _moves(self, parcel: Parcel, scan: Scan, after: bool) -> bool:
        if scan.code not in STAGE_CODES or parcel.stage is None:
            return scan.code in STAGE_CODES
        if parcel.is_final:
            return after and scan.code in _undone_by(parcel.stage.code)
        if after or scan.code not in FINAL_CODES:
            return after
        return parcel.stage.code not in _undone_by(scan.code) and scan.code not in parcel.seen

    def _move(self, parcel: Parcel, scan: Scan) -> None:
        for rule in self.rules:
            left = parcel.stage and rule.kind is RuleKind.EXPECT and parcel.stage.code in rule.after
            if left and parcel.stage and _deadline(rule, parcel.stage.at) >= scan.at:
                self._clear(parcel, rule, scan.at)
            if scan.code in FINAL_CODES and rule.kind in (RuleKind.EXPECT, RuleKind.PROMISE):
                self._clear(parcel, rule, scan.at)
        parcel.stage = scan
        parcel.waiting = {rule.number for rule in self.rules if self._would_wait(parcel, rule)}

    def _would_wait(self, parcel: Parcel, rule: Rule) -> bool:
        return (
            rule.kind is RuleKind.EXPECT
            and parcel.stage is not None
            and parcel.stage.code in rule.after
            and self._takes(rule, parcel, parcel.stage.node)
            and rule.number not in parcel.open
        )

    def _register(self, parcel: Parcel, scan: Scan) -> None:
        assert scan.facts
        profile = (scan.facts.product, self._province(scan.facts.origin), self._province(scan.facts.dest))
        promise = scan.facts.promised_at
        changed = profile != parcel.profile or (promise and promise != parcel.promised_at)
        if changed and (parcel.stage is None or scan.at > parcel.stage.at):
            self._raise_passed(parcel, scan.at)
        parcel.consent = scan.facts.consent
        for rule in self.rules:
            if rule.kind is RuleKind.CONSENT and parcel.consent:
                self._clear(parcel, rule, scan.at)
        if profile != parcel.profile:
            before = {rule.number for rule in self.rules if self._watched(parcel, rule)}
            parcel.profile = profile
            done = before - parcel.waiting
            parcel.waiting = {
                rule.number
                for rule in self.rules
                if self._would_wait(parcel, rule) and rule.number not in done
            }
        if promise and promise != parcel.promised_at:
            self._clear_promises(parcel, scan.at)
            parcel.promised_at = promise
            if parcel.is_final and parcel.stage:
                self._raise_promises(parcel, parcel.stage.at)
                self._clear_promises(parcel, parcel.stage.at)

    def _watched(self, parcel: Parcel, rule: Rule) -> bool:
        stage = parcel.stage
        return bool(
            stage
            and rule.kind is RuleKind.EXPECT
            and stage.code in rule.after
            and self._takes(rule, parcel, stage.node)
        )

    def _check(self, parcel: Parcel, scan: Scan) -> None:
        stage = parcel.stage
        for rule in self.rules:
            if rule.number in parcel.open or not self._takes(rule, parcel, scan.node):
                continue
            if (
                (rule.kind is RuleKind.TWICE and self._picked_twice(parcel, rule, scan))
                or (rule.kind is RuleKind.TWO_PLACES and stage and self._two_places(rule, stage, scan))
                or (
                    rule.kind is RuleKind.FORBIDDEN
                    and scan.code in rule.scans
                    and not rule.needs & parcel.seen
                )
                or (rule.kind is RuleKind.CONSENT and scan.code in rule.scans and not parcel.consent)
            ):
                self._raise(parcel, rule, scan.at, scan.at, scan)
        if scan.code is Code.PICKED_UP:
            if parcel.picked is None:
                self.counts[Code.PICKED_UP, scan.node, _minute(scan.at)] += 1
            if parcel.picked is None or _second(scan.at) < parcel.picked[0]:
                parcel.picked = (_second(scan.at), scan.node)
        if scan.code in SIGNED_CODES | {Code.OUT_FOR_DELIVERY} and not parcel.counted_out:
            parcel.counted_out = True
            self.counts[Code.OUT_FOR_DELIVERY, scan.node, _minute(scan.at)] += 1

    def _picked_twice(self, parcel: Parcel, rule: Rule, scan: Scan) -> bool:
        if scan.code is not Code.PICKED_UP or parcel.picked is None:
            return False
        first, node = parcel.picked
        elsewhere = bool(node and scan.node) and node != scan.node
        return elsewhere or abs(_second(scan.at) - first) > timedelta(minutes=rule.minutes)

    def _two_places(self, rule: Rule, stage: Scan, scan: Scan) -> bool:
        here, there = self._place(scan.node).city, self._place(stage.node).city
        return bool(
            {scan.code, stage.code} <= PHYSICAL_CODES
            and here
            and there
            and here != there
            and abs(scan.at - stage.at) < timedelta(minutes=rule.minutes)
        )

    def _raise_passed(self, parcel: Parcel, until: datetime) -> None:
        for rule in self.rules:
            if rule.number in parcel.waiting and parcel.stage:
                deadline = _deadline(rule, parcel.stage.at)
                if deadline < until:
                    parcel.waiting.discard(rule.number)
                    self._raise(parcel, rule, parcel.stage.at, deadline, parcel.stage)
        if not parcel.is_final:
            self._raise_promises(parcel, until)

    def _raise_promises(self, parcel: Parcel, until: datetime) -> None:
        for rule in self.rules:
            if rule.kind is not RuleKind.PROMISE or parcel.promised_at is None:
                continue
            limit = parcel.promised_at - timedelta(minutes=rule.margin_minutes)
            owed = not rule.expects & parcel.seen and rule.takes(
                product=parcel.profile[0], origin=parcel.profile[1], destination=parcel.profile[2]
            )
            if limit < until and owed and rule.number not in parcel.open:
                self._raise(parcel, rule, parcel.promised_at, limit, parcel.stage)

    def _clear_promises(self, parcel: Parcel, at: datetime) -> None:
        for rule in self.rules:
            if rule.kind is RuleKind.PROMISE:
                self._clear(parcel, rule, at)

    def _raise(self, parcel: Parcel, rule: Rule, anchor: datetime, at: datetime, by: Scan | None) -> None:
        hit = PlainHit(
            parcel.waybill, rule.number, anchor, at, by.node if by else "", by.operator if by else ""
        )
        parcel.open[rule.number] = hit
        self.hits.setdefault(hit, None)

    def _clear(self, parcel: Parcel, rule: Rule, at: datetime) -> None:
        hit = parcel.open.pop(rule.number, None)
        if hit is not None and self.hits[hit] is None:
            self.hits[hit] = at

    def _takes(self, rule: Rule, parcel: Parcel, node: str) -> bool:
        product, origin, destination = parcel.profile
        fits = rule.takes(product=product, origin=origin, destination=destination)
        return fits and rule.takes_kind(self._kind(node))

    def _place(self, node: str) -> Place:
        return self.places.get(node, NOT_KNOWN)

    def _kind(self, node: str) -> str:
        return self._place(node).kind

    def _province(self, end: str) -> str:
        return self.places[end].province if end in self.places else end


def _life(scan: Scan) -> tuple[datetime, int, int, int]:
    return scan.at, LIFE_ORDER.index(scan.code), _order(scan.node), _order(scan.operator)


def _order(name: str) -> int:
    return zlib.crc32(name.encode()) if name else -1


def _right(rule: Rule) -> frozenset[Code]:
    return (rule.expects or STAGE_CODES) | FINAL_CODES


def _undone_by(final: Code) -> frozenset[Code]:
    if final in SIGNED_CODES:
        return UNSIGNING_CODES
    return STAGE_CODES - {Code.CANCELLED} if final is Code.CANCELLED else frozenset()


def _deadline(rule: Rule, at: datetime) -> datetime:
    if rule.within_minutes is not None:
        return at + timedelta(minutes=rule.within_minutes)
    assert rule.by_time
    local = at.astimezone(SHANGHAI)
    deadline = datetime.combine(local.date(), rule.by_time, SHANGHAI) + timedelta(days=rule.days)
    return deadline if deadline > at else deadline + timedelta(days=1)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
