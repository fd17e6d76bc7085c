"""Who is behind the words "the courier", "the outlet" and "the unit above": people with a phone, or a unit's own."""

from collections.abc import Iterable, Iterator

from django.db.models import Q

from huhang.channels.actions.outgoing import Addressee
from huhang.journey.models import Hit
from huhang.journey.rules.reminders import asks_courier
from huhang.journey.rules.watch import Addressed
from huhang.network.models import Courier, Grant, OrgUnit
from huhang.network.rules.roles import Role
from huhang.network.rules.tree import Kind, above

# Who answers for a unit, in this order: the first role that anybody holds there is told.
LEADERS = (
    Role.OUTLET_OWNER,
    Role.HUB_HANDLER,
    Role.PROVINCE_LEAD,
    Role.TEAM_LEAD,
    Role.DEPARTMENT_HANDLER,
    Role.OUTLET_CLERK,
    Role.HQ_MANAGER,
)
# Telephones that ring for one message.
AT_MOST = 2


def key_of(courier: Courier | None, unit: OrgUnit) -> str:
    """The addressee in a word, by which messages are put together."""
    return f"courier:{courier.pk}" if courier else f"unit:{unit.pk}"


def found(key: str) -> list[Addressee]:
    """Everybody behind a key of a reminder's next rung; at least one, even without a phone."""
    kind, number = key.split(":")
    if kind == "courier":
        courier = Courier.objects.select_related("unit", "person").get(pk=number)
        return [_courier(courier)]
    unit = OrgUnit.objects.get(pk=number)
    return responsible(unit_above(unit) if kind == "above" else unit)


def _courier(courier: Courier) -> Addressee:
    person = courier.person if courier.person and courier.person.is_active else None
    number = courier.phone or (person.phone if person else "")
    return Addressee(unit=courier.unit, person=person, courier=courier, number=number)


def responsible(unit: OrgUnit) -> list[Addressee]:
    """Who answers for the unit; when nobody does, the unit's own telephone."""
    people = [grant.person for grant in _leaders(unit)][:AT_MOST]
    if not people:
        return [Addressee(unit=unit, number=unit.phone)]
    return [Addressee(unit=unit, person=person, number=person.phone or unit.phone) for person in people]


def unit_above(unit: OrgUnit) -> OrgUnit:
    """The nearest unit above in which somebody answers; at the top, the unit itself."""
    by_path = {up.path: up for up in OrgUnit.objects.filter(path__in=list(above(unit.path)))}
    by_path.pop(unit.path, None)
    for path in sorted(by_path, key=len, reverse=True):
        if _leaders(by_path[path]):
            return by_path[path]
    return unit


def _leaders(unit: OrgUnit) -> list[Grant]:
    grants = Grant.objects.filter(unit=unit, role__in=LEADERS, person__is_active=True)
    held = list(grants.select_related("person").order_by("person_id"))
    first = min((LEADERS.index(Role(grant.role)) for grant in held), default=None)
    return [grant for grant in held if first is not None and grant.role == LEADERS[first]]


def asked(hits: Iterable[Hit]) -> Iterator[tuple[Hit, Courier | None, OrgUnit]]:
    """Who is asked about each hit; hits at no unit of ours are left out. Ask for rule, unit and courier beforehand."""
    listed = [hit for hit in hits if hit.unit is not None]
    fleets = _fleets(listed)
    for hit in listed:
        assert hit.unit is not None
        courier = hit.courier if hit.courier and hit.courier.is_active else None
        if courier and asks_courier(hit.rule.addressed):
            yield hit, courier, courier.unit
        elif hit.rule.addressed == Addressed.LINEHAUL:
            yield hit, None, fleets.get(_province(hit.path), hit.unit)
        else:
            yield hit, None, hit.unit


def _fleets(hits: list[Hit]) -> dict[str, OrgUnit]:
    """The line-haul of each province, where there is just one: between hubs, nobody's outlet can act."""
    provinces = {_province(hit.path) for hit in hits if hit.rule.addressed == Addressed.LINEHAUL}
    if not provinces:
        return {}
    wanted = Q(pk__in=[])
    for path in provinces:
        wanted |= Q(path__startswith=path)
    found: dict[str, list[OrgUnit]] = {}
    for unit in OrgUnit.objects.filter(wanted, kind=Kind.LINEHAUL, is_active=True):
        found.setdefault(_province(unit.path), []).append(unit)
    return {path: units[0] for path, units in found.items() if len(units) == 1}


def _province(path: str) -> str:
    return "/".join(path.split("/")[:3]) + "/"
