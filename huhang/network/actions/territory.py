"""Couriers and delivery areas."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huhang.kit.errors import BadInput
from huhang.kit.imports import Outcome
from huhang.network.actions import authority
from huhang.network.actions.saving import put
from huhang.network.models import Courier, DeliveryArea, OrgUnit, Person
from huhang.network.rules.rows import AreaRow, CourierRow


class CourierUnknown(BadInput):
    """没有这个快递员。"""


class LoginUnknown(BadInput):
    """没有这个登录名。"""


class ElsewhereAlready(BadInput):
    """这个编号已属于您无权修改的网点。"""


@transaction.atomic
def save_courier(courier: CourierRow, *, by: Person | None, now: datetime) -> Outcome:
    """Add a courier or bring one to this state."""
    unit = authority.unit(courier.unit, by=by)
    _require_old_unit(Courier.objects.filter(code=courier.code).select_related("unit").first(), by)
    values = {**courier.said("name", "phone", "is_active"), "unit": unit}
    if courier.says("username"):
        values["person"] = _person(courier.username, unit.path) if courier.username else None
    return put(Courier.objects.all(), key={"code": courier.code}, values=values)[1]


@transaction.atomic
def save_area(area: AreaRow, *, by: Person | None, now: datetime) -> Outcome:
    """Add a delivery area or bring one to this state; its courier is of the same unit."""
    unit = authority.unit(area.unit, by=by)
    _require_old_unit(DeliveryArea.objects.filter(code=area.code).select_related("unit").first(), by)
    courier = Courier.objects.filter(code=area.courier, unit=unit).first() if area.courier else None
    if area.courier and courier is None:
        raise CourierUnknown(
            _("%(unit)s没有工号为 %(code)s 的快递员") % {"unit": unit.name, "code": area.courier},
            field="courier",
        )
    values = {"name": area.name, "keywords": area.keywords, "unit": unit, "courier": courier}
    return put(DeliveryArea.objects.all(), key={"code": area.code}, values=values)[1]


def _require_old_unit(existing: Courier | DeliveryArea | None, by: Person | None) -> None:
    if existing is not None and by is not None and not by.may(authority.EDIT, existing.unit.path):
        raise ElsewhereAlready(field="code")


def _courier(code: str, unit: OrgUnit) -> Courier:
    courier = Courier.objects.filter(code=code, unit=unit).first()
    if courier is None:
        about = {"unit": unit.name, "code": code}
        raise CourierUnknown(_("%(unit)s没有工号为 %(code)s 的快递员") % about, field="courier")
    return courier


def _person(username: str, path: str) -> Person:
    person = Person.objects.select_related("home").filter(username=username).first()
    if person is None or person.home is None or not person.home.path.startswith(path):
        raise LoginUnknown(field="username")
    return person
