"""One parcel: what happened, where it stands, what was found wrong, and what is still to come."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from huhang.journey.models import Hit, Storm, WatchRule, Waybill
from huhang.journey.queries import scope
from huhang.journey.queries.ground import provinces_of
from huhang.journey.queries.rules import as_rule
from huhang.journey.queries.scans import removed_until, told_of
from huhang.journey.queries.storms import of_parcel
from huhang.journey.queries.way import Way, hubs_of
from huhang.journey.rules import route, status
from huhang.journey.rules.codes import Code
from huhang.journey.rules.eta import Forecast
from huhang.journey.rules.route import Parcel, Stop
from huhang.journey.rules.status import Scan, Status, Verdict
from huhang.network.models import Courier, OrgUnit
from huhang.network.queries.promises import promise_for
from huhang.network.rules.promise import Standard
from huhang.network.rules.roles import is_under

# Codes at which a courier holds the parcel.
_IN_HAND = frozenset({Code.OUT_FOR_DELIVERY, Code.DELIVERY_FAILED, Code.PICKUP_ASSIGNED})
_OVER = frozenset({Status.SIGNED, Status.SIGNED_AFTER_EXCEPTION, Status.RETURN_SIGNED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Place:
    """A stop with its unit and its lateness, as the page shows it."""

    stop: Stop
    name: str
    unit: OrgUnit | None
    ride_late: timedelta | None
    stay_late: timedelta | None
    onward_late: timedelta | None
    hits: tuple[Hit, ...]
    is_last: bool


@dataclass(frozen=True)
class Trace:
    """Everything that the trace page and the API tell of a waybill. `now` is when it was asked."""

    no: str
    now: datetime
    waybill: Waybill | None
    scans: list[Scan]
    hits: list[Hit]
    units: dict[str, OrgUnit] = field(repr=False)
    couriers: dict[str, Courier] = field(repr=False)
    stops: list[Stop] = field(repr=False)
    # Scans in files that cannot be read now, some perhaps of this parcel; and what arrived before this was removed.
    unread: int = 0
    removed_until: datetime | None = None

    @cached_property
    def verdict(self) -> Verdict:
        return status.fold(self.scans)

    @property
    def is_final(self) -> bool:
        """Signed, brought back or cancelled: nothing more is owed."""
        return self.verdict.status in _OVER

    @property
    def places(self) -> list[Place]:
        return [self._place(stop, index) for index, stop in enumerate(self.stops)]

    def _place(self, stop: Stop, index: int) -> Place:
        unit = self.units.get(stop.node)
        return Place(
            stop=stop,
            name=str(unit) if unit else stop.node,
            unit=unit,
            ride_late=stop.ride.late_by(self.now) if stop.ride else None,
            stay_late=stop.late_by(self.now),
            onward_late=stop.onward.late_by(self.now) if stop.onward else None,
            hits=tuple(hit for hit in self.hits if hit.node == stop.node and self._during(hit, stop, index)),
            is_last=index == len(self.stops) - 1,
        )

    def _during(self, hit: Hit, stop: Stop, index: int) -> bool:
        """A node passed twice: a hit belongs to the visit in which its scan was."""
        is_latest_visit = all(later.node != stop.node for later in self.stops[index + 1 :])
        return is_latest_visit or hit.anchor_at <= stop.scans[-1].at

    @property
    def hits_elsewhere(self) -> list[Hit]:
        """Hits that belong to no stop of the line, such as a passed promise."""
        shown = {hit.pk for place in self.places for hit in place.hits}
        return [hit for hit in self.hits if hit.pk not in shown]

    @property
    def open_hits(self) -> list[Hit]:
        return [hit for hit in self.hits if hit.cleared_at is None]

    @property
    def courier(self) -> Courier | None:
        """Who has it, or had it last, for delivery."""
        for scan in reversed(self.scans):
            if scan.code in _IN_HAND and scan.operator in self.couriers:
                return self.couriers[scan.operator]
        return None

    @property
    def courier_name(self) -> str:
        """The courier as the scan names him, when we do not know him by code."""
        named = (scan.operator for scan in reversed(self.scans) if scan.code in _IN_HAND and scan.operator)
        return next(named, "")

    @cached_property
    def ahead(self) -> list[OrgUnit]:
        """The hubs and the destination still to come, by the planned route."""
        if self.waybill is None or self.waybill.dest is None or self.is_final:
            return []
        passed = {stop.node for stop in self.stops}
        return [unit for unit in [*self.planned, self.waybill.dest] if unit.code not in passed]

    @cached_property
    def standard(self) -> Standard | None:
        """The transit standard between its ends, where there is one."""
        ends = (self.waybill.origin, self.waybill.dest) if self.waybill else (None, None)
        return (
            promise_for(ends[0], ends[1], self.waybill.product)
            if self.waybill and ends[0] and ends[1]
            else None
        )

    @property
    def eta(self) -> datetime | None:
        """When it will most likely arrive, whatever was promised; None when over or unknown."""
        return self.forecast.likely if self.forecast else None

    @property
    def forecast(self) -> Forecast | None:
        """The interval in which it will arrive; None when over or unknown."""
        return None if self.is_final else self.way.forecast

    @cached_property
    def way(self) -> Way:
        """Its links, the late one, and when it will come."""
        hours = self.standard.hours if self.standard else None
        return Way(self.scans, self.waybill, self.planned, hours, self.now)

    @cached_property
    def planned(self) -> list[OrgUnit]:
        """The hubs of its planned route."""
        return hubs_of(self.waybill)

    @cached_property
    def storms(self) -> list[Storm]:
        """The storms that it is in now: where it stands and where it goes."""
        if self.is_final:
            return []
        stands = next(
            (self.units[scan.node] for scan in reversed(self.scans) if scan.node in self.units), None
        )
        ends = [stands.path] if stands else []
        return of_parcel([*ends, *([self.waybill.dest_path] if self.waybill else [])], at=self.now)

    @property
    def will_be_late(self) -> bool:
        """Will it miss its promise, as far as can be told?"""
        promised = self.waybill.promised_at if self.waybill else None
        earliest = self.forecast.earliest if self.forecast else None
        return promised is not None and earliest is not None and earliest > promised

    @property
    def promise_late(self) -> timedelta | None:
        """By how much the promise was or is being missed, or None."""
        if self.waybill is None or self.waybill.promised_at is None:
            return None
        end = self.verdict.since if self.verdict.is_signed and self.verdict.since else self.now
        over = end - self.waybill.promised_at
        return over if over > timedelta() else None


def trace(no: str, *, now: datetime) -> Trace | None:
    """What is known of this number, or None when nothing is. Asks nobody's rights: see `seen_by`."""
    waybill = Waybill.objects.select_related("origin", "dest", "customer").filter(no=no).first()
    told = told_of(no)
    scans = told.scans
    hits = list(
        Hit.objects.filter(waybill_no=no)
        .select_related("rule", "unit", "courier", "late_unit", "reminder")
        .order_by("raised_at")
    )
    if waybill is None and not scans and not hits and not told.unread:
        return None
    units = {u.code: u for u in OrgUnit.objects.filter(code__in={scan.node for scan in scans if scan.node})}
    couriers = {
        c.code: c
        for c in Courier.objects.filter(code__in={s.operator for s in scans if s.operator}).select_related(
            "unit"
        )
    }
    return Trace(
        no, now, waybill, scans, hits, units, couriers, _line(scans, units, waybill),
        unread=told.unread, removed_until=removed_until(_known_since(waybill, hits, now), now=now),
    )  # fmt: skip


def _known_since(waybill: Waybill | None, hits: list[Hit], now: datetime) -> datetime:
    return min([*([waybill.registered_at] if waybill else []), *(hit.anchor_at for hit in hits)], default=now)


def seen_by(paths: Iterable[str], found: Trace) -> bool:
    """May somebody with these subtrees see it: did it start, end, stop or get stuck in one of them?"""
    scopes = list(paths)
    if scope.sees_all(scopes):
        return True
    touched = {unit.path for unit in found.units.values()} | {hit.path for hit in found.hits}
    if found.waybill is not None:
        touched |= {found.waybill.origin_path, found.waybill.dest_path}
    return any(is_under(path, wanted) for path in touched - {""} for wanted in scopes)


def _line(scans: list[Scan], units: dict[str, OrgUnit], waybill: Waybill | None) -> list[Stop]:
    rules = [as_rule(row) for row in WatchRule.objects.filter(is_enabled=True, kind="expect")]
    kinds = {code: unit.kind for code, unit in units.items()}
    return route.line(scans, kinds, rules, _parcel(waybill))


def _parcel(waybill: Waybill | None) -> Parcel:
    if waybill is None:
        return Parcel()
    origin, destination = provinces_of(waybill.origin_path, waybill.dest_path)
    return Parcel(waybill.product, origin, destination)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a customer is told of the parcel itself."""

    forecast: Forecast | None
    promised_at: datetime | None
    delivered_at: datetime | None
    late_by: timedelta | None
    will_be_late: bool

    @property
    def is_delivered(self) -> bool:
        return self.delivered_at is not None


def arrival_of(no: str, *, now: datetime) -> Arrival | None:
    """When a customer's parcel will come, or came; None when there is nothing to say."""
    found = trace(no, now=now) if no else None
    if found is None or (found.is_final and not found.verdict.is_signed):
        return None
    return Arrival(
        forecast=found.forecast,
        promised_at=found.waybill.promised_at if found.waybill else None,
        delivered_at=found.verdict.since if found.verdict.is_signed else None,
        late_by=found.promise_late,
        will_be_late=found.will_be_late,
    )
