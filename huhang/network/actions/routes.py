"""Routes and transit standards."""

from datetime import datetime

from django.db import transaction

from huhang.kit.errors import BadInput
from huhang.kit.imports import Outcome
from huhang.network.actions import authority
from huhang.network.actions.saving import put
from huhang.network.models import OrgUnit, Person, Route, RouteHub, TransitStandard
from huhang.network.rules.rows import RouteRow, StandardRow


class HubUnknown(BadInput):
    """路由里有不存在的分拨中心。"""


class RouteTaken(BadInput):
    """这两地之间的这个产品已有另一条路由。"""


@transaction.atomic
def save_route(route: RouteRow, *, by: Person | None, now: datetime) -> Outcome:
    """Add a route or bring one to this state. Who keeps its origin keeps the route."""
    existing = Route.objects.filter(code=route.code).select_related("origin").first()
    if existing is not None:
        authority.require(by, authority.EDIT, existing.origin.path)
    origin = authority.unit(route.origin, by=by, field="origin")
    destination = _anywhere(route.destination, field="destination")
    taken = Route.objects.filter(origin=origin, destination=destination, product=route.product)
    if taken.exclude(code=route.code).exists():
        raise RouteTaken(field="code")
    values = {"origin": origin, "destination": destination, "product": route.product}
    saved, outcome = put(Route.objects.all(), key={"code": route.code}, values=values)
    laid = route.says("hubs") and _lay(saved, _hubs(route.hubs))
    return Outcome.UPDATED if laid and outcome is Outcome.UNCHANGED else outcome


def _lay(route: Route, hubs: list[OrgUnit]) -> bool:
    """Give the route these hubs in this order; whether that changed anything."""
    if list(route.stops.values_list("hub_id", flat=True)) == [hub.pk for hub in hubs]:
        return False
    route.stops.all().delete()
    RouteHub.objects.bulk_create(
        RouteHub(route=route, hub=hub, position=position) for position, hub in enumerate(hubs, start=1)
    )
    return True


@transaction.atomic
def save_standard(standard: StandardRow, *, by: Person | None, now: datetime) -> Outcome:
    """Set the promised hours between two places for a product (or for all of them)."""
    key = {
        "origin": authority.unit(standard.origin, by=by, field="origin"),
        "destination": _anywhere(standard.destination, field="destination"),
        "product": standard.product,
    }
    values = standard.said("hours", "source")
    return put(TransitStandard.objects.all(), key=key, values=values)[1]


def _anywhere(code: str, *, field: str) -> OrgUnit:
    """The far end is usually somebody else's: it only has to exist."""
    unit = OrgUnit.objects.filter(code=code).first()
    if unit is None:
        raise authority.unknown(code, field=field)
    return unit


def _hubs(codes: list[str]) -> list[OrgUnit]:
    hubs = {hub.code: hub for hub in OrgUnit.objects.filter(code__in=codes, kind=OrgUnit.Kind.HUB)}
    unknown = [code for code in codes if code not in hubs]
    if unknown:
        raise HubUnknown("、".join(unknown), field="hubs")
    return [hubs[code] for code in codes]
