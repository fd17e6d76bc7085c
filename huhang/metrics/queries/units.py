"""Whose figures somebody may see."""

from collections.abc import Sequence

from django.db.models import Q

from huhang.kit.doors import Actor
from huhang.kit.errors import NotFound
from huhang.network.models import NothingBuilt, OrgUnit

PERMISSION = "metrics.see"


class UnitNotFound(NotFound):
    """没有找到这个单位，或您无权查看它的指标。"""


def unit(person: Actor, code: str) -> OrgUnit:
    """The unit of this code, or without one the highest that the person may see; refuses what is not theirs."""
    seen = person.visible_paths(PERMISSION)
    wanted = Q(code=code) if code else _tops(seen)
    found = OrgUnit.objects.filter(wanted).order_by("level", "path").first()
    if found is None and not code and not OrgUnit.objects.exists():
        raise NothingBuilt
    if found is None or not is_below(found.path, seen):
        raise UnitNotFound(org=code)
    return found


def is_below(path: str, tops: Sequence[str]) -> bool:
    return any(path.startswith(top) for top in tops)


def crumbs(person: Actor, unit: OrgUnit) -> list[OrgUnit]:
    """The units above that the person may see too, the highest first."""
    seen = person.visible_paths(PERMISSION)
    parts = unit.path.strip("/").split("/")
    above = ["/" + "/".join(parts[:n]) + "/" for n in range(1, len(parts))]
    allowed = [path for path in above if is_below(path, seen)]
    return list(OrgUnit.objects.filter(path__in=allowed).order_by("level")) if allowed else []


def tops(person: Actor) -> list[OrgUnit]:
    """Where the person may begin to look, for those who may look at several places."""
    return list(OrgUnit.objects.filter(_tops(person.visible_paths(PERMISSION))).order_by("level", "path"))


def _tops(seen: Sequence[str]) -> Q:
    """The units at which these scopes begin; the scope above all units begins at headquarters."""
    return Q(path__in=seen) | Q(parent__isnull=True) if "/" in seen else Q(path__in=seen)


def children(unit: OrgUnit) -> list[OrgUnit]:
    return list(OrgUnit.objects.filter(parent=unit, is_active=True).order_by("code"))


def at_level(unit: OrgUnit, level: int) -> list[OrgUnit]:
    """Every active unit of a level in the subtree, the unit itself included."""
    return list(
        OrgUnit.objects.filter(path__startswith=unit.path, level=level, is_active=True).order_by("path")
    )
