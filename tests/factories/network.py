"""The ground for tests: each function makes one row with what it needs around it."""

from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count

from huhang.kit import search
from huhang.network.models import (
    ApiToken,
    Courier,
    Customer,
    DeliveryArea,
    Grant,
    OrgUnit,
    Person,
    Route,
    RouteHub,
    TransitStandard,
)
from huhang.network.rules import tree

_numbers = count(1)


def org_unit(code: str = "", parent: OrgUnit | None = None, kind: str = "", **values) -> OrgUnit:
    """A unit under `parent`; without one, a headquarters of its own."""
    code = code or f"U{next(_numbers)}"
    kind = kind or ("outlet" if parent else "hq")
    level = tree.level_of(tree.Kind(kind), parent.level if parent else None)
    assert level is not None, f"a {kind} cannot stand there"
    path = tree.path_of(code, parent.path if parent else None)
    values = {"name": f"{code}单元", **values}
    return OrgUnit.objects.create(code=code, parent=parent, kind=kind, level=level, path=path, **values)


def person(username: str = "", **values) -> Person:
    username = username or f"person{next(_numbers)}"
    return Person.objects.create_user(username=username, password="pass-1234", **values)


def grant(person: Person, role: str, unit: OrgUnit) -> Grant:
    """A role; the person object forgets what it remembered."""
    person.__dict__.pop("held", None)
    return Grant.objects.create(person=person, role=role, unit=unit)


def api_token(person: Person, token: str, now: datetime) -> ApiToken:
    return ApiToken.objects.create(
        person=person,
        name="test",
        digest=sha256(token.encode()).hexdigest(),
        created_at=now,
        expires_at=now + timedelta(days=30),
    )


def customer(unit: OrgUnit | None = None, **values) -> Customer:
    values = {"code": f"C{next(_numbers)}", "name": "王小明", "phone": "13812345634", **values}
    tokens = search.tsvector_text(values["code"], values["name"], values["phone"])
    return Customer.objects.create(unit=unit, search=tokens, **values)


def courier(unit: OrgUnit, **values) -> Courier:
    values = {"code": f"K{next(_numbers)}", "name": "张师傅", "phone": "13912345678", **values}
    return Courier.objects.create(unit=unit, **values)


def delivery_area(unit: OrgUnit, courier: Courier | None = None, **values) -> DeliveryArea:
    values = {"code": f"A{next(_numbers)}", "name": "金山路片区", "keywords": ["金山路"], **values}
    return DeliveryArea.objects.create(unit=unit, courier=courier, **values)


def route(origin: OrgUnit, destination: OrgUnit, hubs: tuple[OrgUnit, ...] = (), **values) -> Route:
    made = Route.objects.create(
        origin=origin, destination=destination, **{"code": f"R{next(_numbers)}", **values}
    )
    for position, hub in enumerate(hubs, start=1):
        route_hub(made, hub, position)
    return made


def route_hub(route: Route, hub: OrgUnit, position: int = 1) -> RouteHub:
    return RouteHub.objects.create(route=route, hub=hub, position=position)


def transit_standard(origin: OrgUnit, destination: OrgUnit, hours: int, product: str = "") -> TransitStandard:
    return TransitStandard.objects.create(
        origin=origin, destination=destination, hours=hours, product=product, source="test"
    )
