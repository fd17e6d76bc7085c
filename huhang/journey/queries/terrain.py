"""The ground as links and forecasts see it: where nodes stand, who drives between them, how parcels should go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Q

from huhang.journey.rules.links import Leg, Node, Plan
from huhang.network.models import OrgUnit, Route, RouteHub, TransitStandard
from huhang.network.rules.tree import Kind, above

Ends = tuple[str, str, str]  # paths of both ends, product ('' is any)


@dataclass(frozen=True)
class Terrain:
    """Units by code, and what follows from where they stand."""

    units: Mapping[str, OrgUnit] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    # The line-haul unit of a subtree, by the subtree's path.
    lines: Mapping[str, OrgUnit] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Iterable[OrgUnit]) -> "Terrain":
        """Make one of units among which are those above the ones that matter."""
        found = list(units)
        kinds = {unit.path: unit.kind for unit in found}
        parents = {unit.pk: unit.path for unit in found}
        return cls(
            units={unit.code: unit for unit in found},
            nodes={unit.code: _node(unit, kinds) for unit in found},
            lines={
                parents[unit.parent_id]: unit
                for unit in found
                if unit.kind == Kind.LINEHAUL and unit.parent_id in parents
            },
        )

    def owner_of(self, leg: Leg) -> OrgUnit | None:
        """Who answers for a link: for a ride the line-haul nearest to where it began, else the node itself."""
        unit = self.units.get(leg.owner)
        if unit is None or not leg.is_ride:
            return unit
        return next((self.lines[up] for up in reversed(above(unit.path)) if up in self.lines), unit)

    def name_of(self, code: str) -> str:
        """What people call a node; foreign ones are called by their code."""
        return str(self.units.get(code, code))


def everything() -> Terrain:
    return Terrain.of(OrgUnit.objects.order_by("path"))


def around(codes: Iterable[str]) -> Terrain:
    """These units, all above them, and the line-haul units near them; two queries."""
    near = list(OrgUnit.objects.filter(code__in=set(codes)))
    ups = {up for unit in near for up in above(unit.path)}
    wanted = Q(path__in=ups) | Q(kind=Kind.LINEHAUL, parent__path__in=ups)
    known = {unit.pk: unit for unit in near}
    return Terrain.of([*near, *OrgUnit.objects.filter(wanted).exclude(pk__in=known)])


@dataclass(frozen=True)
class Roads:
    """Planned hubs and transit standards between any two places, looked up by the nearest ends that have one."""

    hubs: Mapping[Ends, tuple[str, ...]]
    hours: Mapping[Ends, int]

    def plan(self, terrain: Terrain, product: str, origin: str, dest: str) -> Plan:
        """What was planned for a parcel between two nodes."""
        start, end = _path(terrain, origin), _path(terrain, dest)
        return Plan(product, origin, dest, _nearest(self.hubs, start, end, product) or ())

    def standard_minutes(self, terrain: Terrain, plan: Plan) -> int | None:
        """The transit standard between its ends, None where there is none."""
        hours = _nearest(self.hours, _path(terrain, plan.origin), _path(terrain, plan.dest), plan.product)
        return hours * 60 if hours else None


def roads() -> Roads:
    """All roads, for a pass over many parcels."""
    hubs: dict[Ends, tuple[str, ...]] = {}
    stops = RouteHub.objects.order_by("route_id", "position").values_list(
        "route__origin__path", "route__destination__path", "route__product", "hub__code"
    )
    for origin, destination, product, hub in stops:
        ends = (origin, destination, product)
        hubs[ends] = (*hubs.get(ends, ()), hub)
    standards = TransitStandard.objects.values_list("origin__path", "destination__path", "product", "hours")
    return Roads(hubs, {(origin, dest, product): hours for origin, dest, product, hours in standards})


def planned_hubs(origin: OrgUnit, dest: OrgUnit, product: str) -> list[OrgUnit]:
    """The hubs of the route that holds between two units: the product's own first, then the nearest ends."""
    routes = Route.objects.filter(
        origin__path__in=above(origin.path),
        destination__path__in=above(dest.path),
        product__in={"", product},
    ).order_by("-product", "-destination__level", "-origin__level")
    best = routes.prefetch_related("stops__hub").first()
    return [stop.hub for stop in best.stops.all()] if best else []


def _node(unit: OrgUnit, kinds: Mapping[str, str]) -> Node:
    ups = above(unit.path)[::-1]
    city, province = (
        next((up for up in ups if kinds.get(up) == kind), "") for kind in (Kind.CITY, Kind.PROVINCE)
    )
    return Node(unit.kind, unit.path, city, province)


def _path(terrain: Terrain, code: str) -> str:
    return terrain.nodes[code].path if code in terrain.nodes else ""


V = TypeVar("V")


def _nearest(table: Mapping[Ends, V], origin: str, dest: str, product: str) -> V | None:
    """The product's own before one for all, then the nearest destination, then the nearest origin."""
    if not origin or not dest:
        return None
    for wanted in dict.fromkeys((product, "")):
        for end in reversed(above(dest)):
            for start in reversed(above(origin)):
                if (start, end, wanted) in table:
                    return table[start, end, wanted]
    return None
