"""Counting what links took and how long parcels were on their way, day by day, from the scan log.

New segments make the days that they tell of dirty; a dirty day is counted afresh from the scans of its parcels and its
rows replaced in one transaction. So late scans are heard of, a killed pass leaves a day as it was, and what a pass
costs depends on the days it counts, not on how long the log is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.db.models import Max, Model, Q

from huhang.journey.actions import scan_log
from huhang.journey.models import (
    DelayDay,
    EtaCheck,
    EtaDay,
    LateLink,
    LinkDay,
    NodeHours,
    Segment,
    WatchCursor,
)
from huhang.journey.queries import eta as known
from huhang.journey.queries import links as judging
from huhang.journey.queries import recent, terrain
from huhang.journey.rules import eta, links, lost_time, working_hours
from huhang.journey.rules.eta import Milestone, Passed
from huhang.journey.rules.links import MINUTE, SHANGHAI, Plan
from huhang.journey.rules.lost_time import Judged, Standards
from huhang.journey.rules.spread import bin_of
from huhang.journey.rules.storm import Storm
from huhang.journey.watch.columns import MOMENT
from huhang.kit import facts

CURSOR = "delays"
LEARNT_DAYS = 45  # scans of older days change nothing any more
SEGMENTS_AT_ONCE = 200
# Days before yesterday are counted again for stragglers, but not at every pass.
STRAGGLERS_WAIT = timedelta(hours=6)
CHECKED_AT_MOST = 100  # forecasts a day and milestone that are held against what came
HOURS_FACT = "journey.node_hours_on"
KEPT_DAYS: dict[type[Model], int] = {LinkDay: 400, LateLink: 62, EtaDay: 60, EtaCheck: 400}
BULK = 2000
EPOCH_DAY = date(1970, 1, 1).toordinal()
SHANGHAI_AHEAD = 8 * 3600


@dataclass(frozen=True)
class World:
    """What parcels are judged by; read once for a pass."""

    ground: terrain.Terrain
    roads: terrain.Roads
    standards: Standards
    storms: list[Storm]


def learn(*, now: datetime) -> list[date]:
    """Count the days of which something new is known; returns them."""
    while _notice(now):
        pass
    days = _due(now)
    if days:
        world = _world(now)
        for day in days:
            build(day, world, now=now)
    _learn_hours(now)
    _forget(now)
    return days


@transaction.atomic
def _notice(now: datetime) -> bool:
    """Mark the days of which new segments tell; whether there may be more."""
    cursor, is_new = WatchCursor.objects.select_for_update().get_or_create(name=CURSOR)
    if is_new:
        cursor.seq = _before(now - timedelta(days=LEARNT_DAYS))
    _, segments = scan_log.after(cursor.seq, at_most=SEGMENTS_AT_ONCE)
    if not segments:
        return False
    oldest = _today(now) - timedelta(days=LEARNT_DAYS)
    days = {day for day in _days_of(segments) if oldest <= day <= _today(now)}
    DelayDay.objects.bulk_create(
        [DelayDay(day=day, is_dirty=True) for day in sorted(days)],
        update_conflicts=True, unique_fields=["day"], update_fields=["is_dirty"],
    )  # fmt: skip
    cursor.seq = segments[-1].seq
    cursor.save(update_fields=["seq"])
    return len(segments) == SEGMENTS_AT_ONCE


def _before(at: datetime) -> int:
    """The last segment that came in before this: on a log of years, one need not begin at the beginning."""
    last = Segment.objects.filter(received_at__lt=at).aggregate(seq=Max("seq"))["seq"]
    return max(0, last or 0)


def _days_of(segments: Sequence[Segment]) -> set[date]:
    days: set[date] = set()
    for _, scans in scan_log.read(segments, ["event_time"]):
        seconds = scans["event_time"].cast(MOMENT).cast(pa.int64()).to_numpy() // 1_000_000 + SHANGHAI_AHEAD
        days |= {date.fromordinal(EPOCH_DAY + int(day)) for day in np.unique(seconds // 86_400)}
    return days


def _due(now: datetime) -> list[date]:
    """Dirty days, oldest first, so that a day's forecasts are checked by what was known before it."""
    yesterday = _today(now) - timedelta(days=1)
    calm = Q(built_at__isnull=True) | Q(built_at__lt=now - STRAGGLERS_WAIT) | Q(day__gte=yesterday)
    return list(DelayDay.objects.to_build().filter(calm).order_by("day").values_list("day", flat=True))


def _world(now: datetime) -> World:
    since = now - timedelta(days=LEARNT_DAYS)
    return World(terrain.everything(), terrain.roads(), judging.standards(), judging.storms_since(since))


@transaction.atomic
def build(day: date, world: World, *, now: datetime) -> None:
    """Replace a day's rows by what the log says of it now."""
    row = DelayDay.objects.select_for_update().get(day=day)
    # Before reading: what comes in meanwhile makes the day dirty again.
    row.is_dirty, row.built_at = False, now
    row.save(update_fields=["is_dirty", "built_at"])
    counted = _Counted(day, world)
    for told in recent.parcels_of(day):
        counted.take(told)
    for model in (LinkDay, LateLink, EtaDay, EtaCheck):
        model.objects.filter(day=day).delete()
    EtaCheck.objects.bulk_create(counted.checks())
    LinkDay.objects.bulk_create(counted.link_days(), batch_size=BULK)
    LateLink.objects.bulk_create(counted.late, batch_size=BULK)
    EtaDay.objects.bulk_create(counted.eta_days(), batch_size=BULK)


@dataclass
class _LinkCount:
    """One link of a day while it is counted."""

    owner: Any
    n: int = 0
    late: int = 0
    lost: int = 0
    unscanned: int = 0
    counts: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Delivered:
    """A milestone of a delivered parcel, the time from there, and the circles in which it counts."""

    no: str
    passed: Passed
    took: timedelta
    unit: float
    keys: tuple[eta.Key, ...]
    standard: timedelta | None


@dataclass
class _Counted:
    """What one day's parcels amount to."""

    day: date
    world: World
    links: dict[tuple[str, str, str, str, int], _LinkCount] = field(default_factory=dict)
    late: list[LateLink] = field(default_factory=list)
    delivered: dict[Milestone, list[_Delivered]] = field(default_factory=lambda: defaultdict(list))

    def take(self, told: recent.Told) -> None:
        """Count what this parcel ended on the day."""
        plan = self.world.roads.plan(self.world.ground, told.product, told.origin, told.dest)
        start, end = recent.bounds(self.day)
        legs = [
            leg
            for leg in links.cut(told.scans, plan, self.world.ground.nodes)
            if leg.end is not None and start <= leg.end < end
        ]
        nodes, storms = self.world.ground.nodes, self.world.storms
        for judged in lost_time.judge(legs, self.world.standards, {}, plan, nodes, now=end, storms=storms):
            self._count_link(told, judged)
        passed, handed_over = eta.passed(told.scans, plan, nodes)
        if handed_over is not None and start <= handed_over < end:
            self._count_way(told, plan, passed, handed_over)

    def _count_link(self, told: recent.Told, judged: Judged) -> None:
        leg = judged.leg
        band = links.band_of(leg.start)
        # A joined link counts among the stays of whoever did not scan.
        place = (leg.owner, "") if leg.missing else (leg.node, leg.to)
        key = (str(leg.kind), *place, told.product[:32], band)
        count = self.links.get(key)
        if count is None:
            count = self.links[key] = _LinkCount(self.world.ground.owner_of(leg))
        count.n += 1
        if leg.missing:
            count.unscanned += 1
        else:
            count.counts[bin_of(judged.minutes)] += 1
        if judged.is_late:
            count.late += 1
            count.lost += judged.lost
            self.late.append(self._late(told, judged, key, count.owner))

    def _late(
        self, told: recent.Told, judged: Judged, key: tuple[str, str, str, str, int], owner: Any
    ) -> LateLink:
        leg = judged.leg
        kind, node, to, product, _ = key
        assert leg.end is not None
        return LateLink(
            day=self.day, waybill_no=told.no, kind=kind, node=node, to_node=to, product=product, unit=owner,
            path=owner.path if owner else "", started_at=leg.start, ended_at=leg.end,
            lost_minutes=judged.lost, is_unscanned=bool(leg.missing),
        )  # fmt: skip

    def _count_way(
        self, told: recent.Told, plan: Plan, passed: Iterable[Passed], handed_over: datetime
    ) -> None:
        minutes = self.world.roads.standard_minutes(self.world.ground, plan)
        standard = minutes * MINUTE if minutes else None
        # Each milestone once: a parcel tried three times is not three parcels.
        for at in {one.milestone: one for one in passed}.values():
            one = _Delivered(
                told.no,
                at,
                handed_over - at.at,
                eta.unit_of(at.milestone, minutes),
                tuple(eta.keys(at, plan, self.world.ground.nodes)),
                standard,
            )
            self.delivered[at.milestone].append(one)

    def link_days(self) -> Iterator[LinkDay]:
        for (kind, node, to, product, band), count in self.links.items():
            yield LinkDay(
                day=self.day, kind=kind, node=node, to_node=to, product=product, band=band,
                unit=count.owner, path=count.owner.path if count.owner else "", n=count.n, late=count.late,
                lost_minutes=count.lost, unscanned=count.unscanned, counts=dict(count.counts),
            )  # fmt: skip

    def eta_days(self) -> Iterator[EtaDay]:
        for milestone, ways in self.delivered.items():
            counted: dict[eta.Key, Counter[int]] = defaultdict(Counter)
            for way in ways:
                for key in way.keys:
                    counted[key][bin_of(eta.in_units(way.took, way.unit))] += 1
            for key, counts in counted.items():
                yield EtaDay(
                    day=self.day, milestone=milestone, origin=key.origin, dest=key.dest, product=key.product[:32],
                    hours=key.hours, n=counts.total(), counts=dict(counts),
                )  # fmt: skip

    def checks(self) -> list[EtaCheck]:
        """Hold forecasts, as they would have been made on the eve, against what came."""
        made = (self._check(milestone, ways) for milestone, ways in self.delivered.items())
        return [check for check in made if check is not None]

    def _check(self, milestone: Milestone, ways: list[_Delivered]) -> EtaCheck | None:
        # Any of them, but always the same.
        some = sorted(ways, key=lambda way: (way.no[::-1], way.no))[:CHECKED_AT_MOST]
        spreads = known.spreads_of(milestone, [way.keys for way in some], self.day)
        experience = eta.Experience.of(known.ranks(milestone, self.day))
        check = EtaCheck(
            day=self.day, milestone=milestone, n=0, inside=0, ranks=[0] * eta.RANKS, off_minutes=0
        )
        for way, circles in zip(some, spreads, strict=True):
            held = eta.came_true(circles, experience, way.took, way.unit)
            if held is not None:
                _hold(check, held, way)
        return check if check.n else None


def _hold(check: EtaCheck, held: eta.Held, way: _Delivered) -> None:
    check.n += 1
    check.inside += held.inside
    check.ranks[held.rank] += 1
    check.off_minutes += held.off_minutes
    if way.standard is not None and way.passed.milestone is Milestone.PICKED_UP:
        check.with_standard += 1
        check.off_with_standard += held.off_minutes
        check.standard_off_minutes += int(abs(way.took - way.standard) / MINUTE)


def _learn_hours(now: datetime) -> None:
    """Once a day, the hours in which each node usually signs off; written only where they changed."""
    today = _today(now).isoformat()
    if facts.get(HOURS_FACT) == today:
        return
    rows = dict(NodeHours.objects.values_list("node", "hours"))
    fresh = []
    for node, counts in recent.sign_offs(now).items():
        hours = working_hours.usual(counts)
        if hours:
            fresh.append(NodeHours(node=node[:64], hours=hours, scans=sum(counts.values()), as_of=now))
    changed = [row for row in fresh if rows.get(row.node) != row.hours]
    with transaction.atomic():
        NodeHours.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["node"], update_fields=["hours", "scans", "as_of"],
            batch_size=BULK,
        )  # fmt: skip
        facts.put(HOURS_FACT, today)


def _forget(now: datetime) -> None:
    for model, days in KEPT_DAYS.items():
        model._default_manager.filter(day__lt=_today(now) - timedelta(days=days)).delete()


def _today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
