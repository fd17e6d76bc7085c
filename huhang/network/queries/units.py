"""The tree as a person may see it, opened at one unit."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from huhang.kit.errors import NotFound
from huhang.network.models import Courier, Customer, DeliveryArea, Grant, OrgUnit, Person, under
from huhang.network.rules.tree import above

SEE = "network.see"
# More children than this are found by the search box, not by scrolling.
CHILDREN_SHOWN = 300
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One unit of the opened tree; `depth` counts from the topmost unit one may see."""

    unit: OrgUnit
    depth: int
    children: int
    is_open: bool
    is_here: bool


class UnknownUnit(NotFound):
    """没有这个单位，或您无权选它。"""

    def __init__(self, code: str, *, field: str = "unit") -> None:
        said = gettext("没有单位“%(code)s”，或您无权选它。") % {"code": code}
        super().__init__(said, unit=code, errors=[{"field": field, "reason": said}])


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands in the subtree of a unit."""

    units: str
    people: str
    couriers: str
    customers: str
    areas: str


def visible(person: Person) -> QuerySet[OrgUnit]:
    return OrgUnit.objects.within(person.visible_paths(SEE))


def get(person: Person, code: str) -> OrgUnit:
    """The unit, or not found: what one may not see does not exist."""
    unit = visible(person).select_related("parent").filter(code=code).first()
    if unit is None:
        raise NotFound(unit=code)
    return unit


def first(person: Person) -> OrgUnit | None:
    """The topmost unit that one may see."""
    return visible(person).select_related("parent").order_by("level", "path").first()


def search(person: Person, term: str) -> QuerySet[OrgUnit]:
    match = Q(name__icontains=term) | Q(name_en__icontains=term) | Q(code__istartswith=term)
    return visible(person).filter(match).order_by("path")


def opened_at(person: Person, here: OrgUnit) -> list[TreeLine]:
    """The tree with every level open down to this unit: its ancestors, their children, its own children."""
    lineage = set(above(here.path))
    shown = Q(parent__path__in=lineage) | Q(pk__in=tops(person))
    rows = visible(person).filter(shown).annotate(below=Count("children")).order_by("path")
    units = list(rows[: CHILDREN_SHOWN * len(lineage)])
    top = min((unit.path.count("/") for unit in units), default=0)
    return [
        TreeLine(
            unit=unit,
            depth=unit.path.count("/") - top,
            children=unit.below,
            is_open=unit.path in lineage,
            is_here=unit.pk == here.pk,
        )
        for unit in units
    ]


def tops(person: Person) -> QuerySet[OrgUnit, int]:
    """The units at which one's sight begins."""
    paths = person.visible_paths(SEE)
    return OrgUnit.objects.filter(Q(path__in=paths) | _roots(paths)).values_list("pk", flat=True)


def _roots(paths: list[str]) -> Q:
    return Q(parent__isnull=True) if "/" in paths else Q(pk__in=[])


def lineage(person: Person, unit: OrgUnit) -> list[OrgUnit]:
    """The units above, from the top, as far as one may see them."""
    return list(visible(person).filter(path__in=above(unit.path)[:-1]).order_by("path"))


def counts(unit: OrgUnit) -> Counts:
    """Of the whole subtree, each counted up to `COUNTED`: headquarters may have millions of customers."""
    return Counts(
        units=_up_to(OrgUnit.objects.within([unit.path]).exclude(pk=unit.pk)),
        people=_up_to(Grant.objects.filter(under([unit.path], "unit__path")).values("person").distinct()),
        couriers=_up_to(Courier.objects.within([unit.path]).filter(is_active=True)),
        customers=_up_to(Customer.objects.filter(under([unit.path], "unit__path"))),
        areas=_up_to(DeliveryArea.objects.within([unit.path])),
    )


def _up_to(rows: QuerySet[Any, Any]) -> str:
    count = rows[: COUNTED + 1].count()
    return f"{COUNTED}+" if count > COUNTED else str(count)


def choices(person: Person, permission: str, at_most: int = 500) -> list[OrgUnit]:
    """Units to choose from in a form: where the permission is held."""
    return list(OrgUnit.objects.within(person.visible_paths(permission)).order_by("path")[:at_most])
