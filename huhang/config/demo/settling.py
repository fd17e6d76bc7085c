"""The planned ground becomes the house's own: through the same verbs as a form or a file."""

from datetime import datetime
from itertools import product

from huhang.config.demo.ground import Ground, Staff, cities, hubs_between, promised_hours
from huhang.network.actions import customers, people, routes, territory, tree
from huhang.network.models import Person
from huhang.network.rules.roles import Role
from huhang.network.rules.rows import (
    AreaRow,
    CourierRow,
    CustomerRow,
    PersonRow,
    RouteRow,
    StandardRow,
    UnitRow,
)  # fmt: skip

DUTY_ROLES = {
    "outlet_owner": Role.OUTLET_OWNER,
    "clerk": Role.OUTLET_CLERK,
    "hub_master": Role.HUB_HANDLER,
    "dispatcher": Role.DEPARTMENT_HANDLER,
    "agent": Role.AGENT,
    "back_office": Role.DEPARTMENT_HANDLER,
    "province_lead": Role.PROVINCE_LEAD,
    "hq_manager": Role.HQ_MANAGER,
    "admin": Role.ADMINISTRATOR,
}
SOURCE = "模拟时效表"


def settle(ground: Ground, *, now: datetime) -> None:
    """Write the tree, the people, the customers, the streets and the roads."""
    for unit in ground.units:
        row = UnitRow(
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            parent=unit.parent,
            name_en=unit.name_en,
            phone=unit.phone,
        )
        tree.save_unit(row, by=None, now=now)
    for staff in ground.staff:
        people.save_person(_person(ground, staff), by=None, now=now)
    for client in ground.clients:
        shop = CustomerRow(
            code=client.code, name=client.name, kind=client.kind, phone=client.phone, unit=client.unit
        )
        customers.save_customer(shop, by=None, now=now)
    _streets(ground, now)
    _roads(now)


def _person(ground: Ground, staff: Staff) -> PersonRow:
    """Agents serve everybody whom their centre serves; the others work for their own unit."""
    scope = ground.unit[staff.unit].parent if staff.duty == "agent" else staff.unit
    return PersonRow(
        username=staff.username, display_name=staff.name, phone=staff.phone, home=staff.unit,
        role=DUTY_ROLES[staff.duty], unit=scope,
    )  # fmt: skip


def _streets(ground: Ground, now: datetime) -> None:
    for rider in ground.riders:
        row = CourierRow(code=rider.code, name=rider.name, unit=rider.unit, phone=rider.phone)
        territory.save_courier(row, by=None, now=now)
        area = AreaRow(
            code=f"A-{rider.code}", name=f"{ground.unit[rider.unit].name}·{rider.street}片区",
            unit=rider.unit, courier=rider.code, keywords=[rider.street],
        )  # fmt: skip
        territory.save_area(area, by=None, now=now)


def _roads(now: datetime) -> None:
    for origin, dest in product(cities(), repeat=2):
        hours = promised_hours(origin, dest)
        routes.save_standard(
            StandardRow(origin=origin, destination=dest, hours=hours, source=SOURCE), by=None, now=now
        )
        hubs = list(hubs_between(origin, dest))
        row = RouteRow(code=f"{origin}_{dest}", origin=origin, destination=dest, hubs=hubs)
        routes.save_route(row, by=None, now=now)


def give_passwords(usernames: list[str], password: str) -> None:
    """Only the offered accounts can sign in; a simulated password need not be strong."""
    for person in Person.objects.filter(username__in=usernames):
        person.set_password(password)
        person.save(update_fields=["password"])
