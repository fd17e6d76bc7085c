"""A parcel's time: its links beside their standards, the late one and whose it is, and when it will come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from huhang.journey.models import Waybill
from huhang.journey.queries import eta, links, terrain
from huhang.journey.queries.terrain import Terrain
from huhang.journey.rules import lost_time
from huhang.journey.rules.eta import Forecast
from huhang.journey.rules.links import Plan
from huhang.journey.rules.lost_time import Judged, Verdict
from huhang.journey.rules.status import Scan
from huhang.journey.rules.storm import Storm
from huhang.network.models import OrgUnit


@dataclass(frozen=True, slots=True)
class Line:
    """A link as screens and the API tell it."""

    judged: Judged
    name: str
    to_name: str
    owner: OrgUnit | None
    is_verdict: bool
    missing: tuple[tuple[str, str], ...]

    @property
    def owner_name(self) -> str:
        return str(self.owner) if self.owner else self.judged.leg.owner


@dataclass(frozen=True)
class Way:
    """What is known of a parcel's time by `now`; each part asks the database once, when it is looked at."""

    scans: Sequence[Scan]
    waybill: Waybill | None
    hubs: Sequence[OrgUnit]
    standard_hours: int | None
    now: datetime

    @cached_property
    def terrain(self) -> Terrain:
        return terrain.around(
            {scan.node for scan in self.scans if scan.node}
            | {self.plan.origin, self.plan.dest}
            | {*self.plan.hubs}
        )

    @cached_property
    def plan(self) -> Plan:
        return plan_of(self.waybill, self.hubs)

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        return links.judged(self.scans, self.plan, self.terrain, now=self.now, storms=self.storms)

    @cached_property
    def storms(self) -> list[Storm]:
        """Those that it may have met since it began, or is to meet."""
        return links.storms_since(min((scan.at for scan in self.scans), default=self.now))

    @cached_property
    def verdict(self) -> Verdict | None:
        """The link that lost the time, None while every link keeps to its standard."""
        return lost_time.verdict(self.judged)

    @cached_property
    def lines(self) -> list[Line]:
        late = self.verdict.judged if self.verdict else None
        return [self._line(judged, is_verdict=judged is late) for judged in self.judged]

    @property
    def late(self) -> Line | None:
        return next((line for line in self.lines if line.is_verdict), None)

    @cached_property
    def forecast(self) -> Forecast | None:
        """When it will come; None once it has, or when it never will."""
        if not self.scans:
            return None
        return eta.forecast(
            self.scans, self.plan, self.terrain, standard_hours=self.standard_hours, now=self.now,
            storms=self.storms,
        )  # fmt: skip

    def _line(self, judged: Judged, *, is_verdict: bool) -> Line:
        leg = judged.leg
        return Line(
            judged,
            name=self.terrain.name_of(leg.node),
            to_name=self.terrain.name_of(leg.to) if leg.to else "",
            owner=self.terrain.owner_of(leg),
            is_verdict=is_verdict,
            missing=tuple((one.code.name, self.terrain.name_of(one.node)) for one in leg.missing),
        )


def plan_of(waybill: Waybill | None, hubs: Sequence[OrgUnit] = ()) -> Plan:
    if waybill is None:
        return Plan()
    return Plan(
        waybill.product,
        waybill.origin.code if waybill.origin else "",
        waybill.dest.code if waybill.dest else "",
        tuple(hub.code for hub in hubs),
    )


def hubs_of(waybill: Waybill | None) -> list[OrgUnit]:
    """The planned hubs between its ends."""
    if waybill is None or waybill.origin is None or waybill.dest is None:
        return []
    return terrain.planned_hubs(waybill.origin, waybill.dest, waybill.product)
