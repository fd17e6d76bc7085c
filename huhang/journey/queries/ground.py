"""The ground as the watch sees it: units and couriers by the codes that scans carry."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from huhang.journey.models import NodeHours, Storm, WatchRule
from huhang.journey.rules.watch import parse
from huhang.journey.watch.world import Place, Route, World
from huhang.network.models import Courier, OrgUnit, RouteHub
from huhang.network.rules.tree import Kind, above

# A rule's routes name provinces as people do: 新疆, not 新疆维吾尔自治区 or 新疆省区.
PROVINCE_ENDINGS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "大区", "省区", "省", "市")

# Past their end, because what happened in a storm may still be told late.
STORMS_KEPT = timedelta(days=30)


class Unit(NamedTuple):
    """A unit as far as hits name it."""

    pk: int
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Read once and kept until `version` changes."""

    world: World
    rule_ids: dict[int, int]
    units: dict[str, Unit]
    couriers: dict[str, int]
    version: str


def read(*, all_storms: bool = False) -> Ground:
    """Read everything that the watch needs to know besides scans; a replay of the past asks for all its storms."""
    rows = list(WatchRule.objects.all())
    units = {
        code: Unit(pk, path, kind)
        for pk, code, path, kind in OrgUnit.objects.values_list("pk", "code", "path", "kind")
    }
    return Ground(
        world=World(
            rules=parse(row.as_row() for row in rows),
            places=_places(units),
            routes=_routes(),
            storms=tuple(storm.as_storm() for storm in _storms(all_storms)),
        ),
        rule_ids={row.number: row.pk for row in rows},
        units=units,
        couriers=dict(Courier.objects.values_list("code", "pk")),
        version=version(),
    )


def version() -> str:
    """Return what changes whenever a rule, a unit, a courier, a route, a storm or a node's hours do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT md5(string_agg(number || ':' || version, ',' ORDER BY number)) FROM journey_watchrule),"
            " (SELECT md5(string_agg(code || kind || path || name, ',' ORDER BY code)) FROM network_orgunit),"
            " (SELECT count(*) || ':' || max(id) FROM network_courier),"
            " (SELECT md5(string_agg(id || ':' || origin_id || ':' || destination_id || product, ',' ORDER BY id))"
            "  FROM network_route),"
            " (SELECT md5(string_agg(route_id || ':' || hub_id, ',' ORDER BY id)) FROM network_routehub),"
            " (SELECT md5(string_agg(id || path || starts_at || ends_at || extra_minutes, ',' ORDER BY id))"
            "  FROM journey_storm),"
            " (SELECT md5(string_agg(node || ':' || hours, ',' ORDER BY node)) FROM journey_nodehours)"
        )
        return "/".join(str(part) for part in cursor.fetchone())


def province_of(path: str, kinds: dict[str, str]) -> str:
    """Return the path of the province above a unit, '' when there is none."""
    return next((up for up in above(path) if kinds.get(up) == Kind.PROVINCE), "")


def provinces_of(*paths: str) -> list[str]:
    """Return the province of each path as rules name it, '' where there is none; one query."""
    ups = {up for path in paths for up in above(path)}
    names = dict(OrgUnit.objects.filter(kind=Kind.PROVINCE, path__in=ups).values_list("path", "name"))
    return [_plain(next((names[up] for up in above(path) if up in names), "")) for path in paths]


def _places(units: dict[str, Unit]) -> dict[str, Place]:
    kinds = {unit.path: unit.kind for unit in units.values()}
    names = dict(OrgUnit.objects.filter(kind=Kind.PROVINCE).values_list("path", "name"))
    hours = dict(NodeHours.objects.values_list("node", "hours"))
    places = {}
    for code, unit in units.items():
        city = next((up for up in above(unit.path) if kinds.get(up) == Kind.CITY), "")
        province = _plain(names.get(province_of(unit.path, kinds), ""))
        places[code] = Place(unit.kind, city, province, unit.path, hours.get(code, 0))
    return places


def _routes() -> dict[Route, frozenset[str]]:
    stops = RouteHub.objects.values_list(
        "route__origin__code", "route__destination__code", "route__product", "hub__code"
    )
    hubs: dict[Route, set[str]] = {}
    for origin, destination, product, hub in stops:
        hubs.setdefault((origin, destination, product), set()).add(hub)
    return {ends: frozenset(codes) for ends, codes in hubs.items()}


def _storms(every: bool) -> QuerySet[Storm]:
    storms = Storm.objects.order_by("pk")
    return storms if every else storms.filter(ends_at__gt=Now() - STORMS_KEPT)


def _plain(name: str) -> str:
    for ending in PROVINCE_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name
