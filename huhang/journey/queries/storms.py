"""Storms: those that concern somebody's units, and those that a parcel is in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from huhang.journey.models import Hit, Storm, Waybill
from huhang.journey.models.storm import Storms
from huhang.journey.rules.storm import State
from huhang.network.models import OrgUnit, Person
from huhang.network.rules.tree import above

DECLARE = "journey.storms"
SEE = "journey.rules.see"
ENDED_SHOWN = 50
UNITS_AT_MOST = 500
CUSTOMERS_HITS = 5
# What usually stops parcels, as customers read it; anything else is typed.
READY_REASONS = (
    (_("台风影响，部分线路停运"), "Typhoon: some lines are suspended"),
    (_("暴雨洪水影响，道路中断"), "Heavy rain and flooding: roads are closed"),
    (_("暴雪冰冻影响，道路封闭"), "Snow and ice: roads are closed"),
    (_("疫情防控，当地暂停收派"), "Epidemic control: local delivery is suspended"),
    (_("大促期间包裹量激增"), "Sales season: far more parcels than usual"),
    (_("道路中断，车辆绕行"), "A road is closed, lorries make a detour"),
    (_("分拨中心故障，正在抢修"), "A hub is out of order and being repaired"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A storm as the list shows it to one person."""

    storm: Storm
    state: State
    may_change: bool


def subject_of(storm_id: int) -> str:
    """The name of a storm in the audit record."""
    return f"storm:{storm_id}"


def listed(person: Person, *, now: datetime) -> list[Line]:
    """Those that hold first, then those to come, then the latest that are over."""
    rows = _concerning(person).select_related("unit", "declared_by")
    live = list(rows.not_over_by(now).order_by("ends_at", "pk"))
    over = list(rows.filter(ends_at__lte=now).order_by("-ends_at", "-pk")[:ENDED_SHOWN])
    live.sort(key=lambda storm: (storm.state_at(now) is not State.HOLDING, storm.starts_at))
    return [Line(storm, storm.state_at(now), person.may(DECLARE, storm.path)) for storm in [*live, *over]]


def holding(paths: Iterable[str], *, now: datetime) -> list[Storm]:
    """Those that hold over, or inside, these subtrees."""
    rows = Storm.objects.touching(paths).holding(now).select_related("unit")
    return list(rows.order_by("ends_at", "pk"))


def banner(paths: Iterable[str], *, now: datetime) -> dict[str, Any]:
    """What the banner above lists of work needs."""
    scopes = list(paths)
    return {"storms": holding(scopes, now=now), "storm_paths": heard_at(scopes)}


def heard_at(paths: Iterable[str]) -> list[str]:
    """The paths at which storms over these subtrees are announced: their own, and every one above."""
    scopes = list(paths)
    return sorted({"/", *scopes, *(up for path in scopes if path != "/" for up in above(path))})


def units(person: Person) -> list[OrgUnit]:
    """Where somebody may declare one, in the order of the tree."""
    rows = OrgUnit.objects.within(person.visible_paths(DECLARE)).filter(is_active=True)
    return list(rows.order_by("path")[:UNITS_AT_MOST])


def of_parcel(paths: Iterable[str], *, at: datetime) -> list[Storm]:
    """The storms over the places of a parcel: where it is, where it goes."""
    places = [path for path in paths if path]
    storms = Storm.objects.holding(at).order_by("-ends_at", "pk")
    return [storm for storm in storms if any(path.startswith(storm.path) for path in places)]


def of_waybill(no: str, *paths: str, at: datetime) -> list[Storm]:
    """The same for a number, as far as tables know: its destination, where the watch saw it last, `paths`."""
    if not no or not Storm.objects.holding(at).exists():
        return []
    dest = Waybill.objects.filter(no=no).values_list("dest_path", flat=True)
    seen = Hit.objects.filter(waybill_no=no, cleared_at__isnull=True).values_list("path", flat=True)
    return of_parcel([*paths, *dest, *seen[:CUSTOMERS_HITS]], at=at)


def _concerning(person: Person) -> Storms:
    return Storm.objects.touching(person.visible_paths(SEE))
