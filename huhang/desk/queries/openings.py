"""What a waybill already tells about a new case: whose desk it belongs on, and whom it is about."""

from dataclasses import dataclass

from huhang.journey.models import Waybill
from huhang.kit import ground, hot
from huhang.network.models import OrgUnit, Person
from huhang.network.models.scope import under
from huhang.network.queries.units import UnknownUnit

UNITS_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What the waybill's row says; all empty when there is no such waybill."""

    waybill: Waybill | None
    unit: OrgUnit | None
    origin: OrgUnit | None
    name: str
    phone: str


NOTHING = Known(None, None, None, "", "")


def known_of(person: Person, waybill_no: str) -> Known:
    """The delivering outlet answers for a parcel; before one is known, the outlet that took it in.

    Somebody who may open cases at neither end learns nothing of the parcel.
    """
    row = (
        Waybill.objects.select_related("dest", "origin").filter(no=waybill_no).first() if waybill_no else None
    )
    if row is None or not any(
        path and person.may("desk.open", path) for path in (row.dest_path, row.origin_path)
    ):
        return NOTHING
    return Known(row, row.dest or row.origin, row.origin, row.receiver_name, row.receiver_phone)


def unit_for(person: Person, code: str, known: Known, at: str) -> OrgUnit:
    """The unit that is named, else the waybill's; it must lie where this person may open cases."""
    if code:
        unit: OrgUnit | None = ground.known(f"network.unit.{code}", at, lambda: _named(code))
    else:
        unit = known.unit or person.home
    if unit is None or not person.may("desk.open", unit.path):
        raise UnknownUnit(code)
    return unit


def _named(code: str) -> OrgUnit:
    unit = hot.first(OrgUnit, "code = %(code)s AND is_active", {"code": code})
    if unit is None:
        raise UnknownUnit(code)
    return unit


def units_to_open_at(person: Person) -> list[OrgUnit]:
    """Every unit where a person may open cases, in the order of the tree."""
    units = OrgUnit.objects.filter(under(person.visible_paths("desk.open")), is_active=True)
    return list(units.order_by("path")[:UNITS_SHOWN])
