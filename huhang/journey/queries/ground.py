"""The ground as the watch sees it: units and couriers by the codes that scans carry."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from huhang.journey.models import WatchRule
from huhang.journey.rules.watch import Rule, parse
from huhang.journey.watch.ground import Place
from huhang.network.models import Courier, OrgUnit
from huhang.network.rules.tree import Kind, above

# A rule's routes name provinces as people do: 新疆, not 新疆维吾尔自治区 or 新疆省区.
PROVINCE_ENDINGS = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "大区", "省区", "省", "市")


class Unit(NamedTuple):
    """A unit as far as hits name it."""

    pk: int
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Read once and kept until `version` changes."""

    rules: tuple[Rule, ...]
    rule_ids: dict[int, int]
    units: dict[str, Unit]
    places: dict[str, Place]
    couriers: dict[str, int]
    version: str


def read() -> Ground:
    """Read everything that the watch needs to know besides scans."""
    rows = list(WatchRule.objects.all())
    units = {
        code: Unit(pk, path, kind)
        for pk, code, path, kind in OrgUnit.objects.values_list("pk", "code", "path", "kind")
    }
    return Ground(
        rules=parse(row.as_row() for row in rows),
        rule_ids={row.number: row.pk for row in rows},
        units=units,
        places=_places(units),
        couriers=dict(Courier.objects.values_list("code", "pk")),
        version=version(),
    )


def version() -> str:
    """Return what changes whenever a rule, a unit or a courier does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT md5(string_agg(number || ':' || version, ',' ORDER BY number)) FROM journey_watchrule),"
            " (SELECT md5(string_agg(code || kind || path || name, ',' ORDER BY code)) FROM network_orgunit),"
            " (SELECT count(*) || ':' || max(id) FROM network_courier)"
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
    places = {}
    for code, unit in units.items():
        city = next((up for up in above(unit.path) if kinds.get(up) == Kind.CITY), "")
        places[code] = Place(unit.kind, city, _plain(names.get(province_of(unit.path, kinds), "")))
    return places


def _plain(name: str) -> str:
    for ending in PROVINCE_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name
