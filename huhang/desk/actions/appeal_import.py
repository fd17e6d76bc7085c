"""Appeals out of a regulator's file: each opens one case, on the regulator's clock from when it was passed on."""

from datetime import datetime

from huhang.channels.models import Entrance
from huhang.channels.rules.entrances import EntranceKind
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.actions.ticket_import import AHEAD_AT_MOST, OPEN, InTheFuture, UnitNotYours
from huhang.desk.rules.appeal_rows import AppealRow
from huhang.desk.rules.kinds import Kind, Priority
from huhang.journey.models import Waybill
from huhang.kit.errors import NotFound
from huhang.kit.imports import Outcome
from huhang.network.models import OrgUnit, Person

SOURCE = "regulator"


class NoSuchEntrance(NotFound):
    """没有这个监管转办入口。"""


def open_row(row: AppealRow, *, by: Person | None, now: datetime) -> Outcome:
    """Open the appeal's case; one that came before, by file or again, changes nothing."""
    if row.transferred_at > now + AHEAD_AT_MOST:
        raise InTheFuture(field="transferred_at")
    entrance = (
        Entrance.objects.select_related("unit").filter(key=row.entrance, kind=EntranceKind.REGULATOR).first()
    )
    if entrance is None:
        raise NoSuchEntrance(field="entrance")
    waybill = (
        Waybill.objects.select_related("dest", "origin").filter(no=row.waybill).first()
        if row.waybill
        else None
    )
    opening = Opening(
        kind=Kind.COMPLAINT, title=row.title, body=row.body, unit=_unit(row, waybill, entrance, by),
        source=SOURCE, source_ref=f"{entrance.key}:{row.ref}", waybill_no=row.waybill,
        contact_name=row.contact_name, contact_phone=row.contact_phone, priority=Priority.URGENT,
        entrance=EntranceKind.REGULATOR, origin=waybill.origin if waybill else None,
        received_at=row.received_at, transferred_at=row.transferred_at,
    )  # fmt: skip
    return Outcome.CREATED if open_ticket(opening, by=by, now=now)[1] else Outcome.UNCHANGED


def _unit(row: AppealRow, waybill: Waybill | None, entrance: Entrance, by: Person | None) -> OrgUnit:
    """The unit named, else where the parcel is delivered, else whoever owns the entrance: an appeal never waits."""
    if row.unit:
        unit = OrgUnit.objects.filter(code=row.unit, is_active=True).first()
    else:
        unit = ((waybill.dest or waybill.origin) if waybill else None) or entrance.unit
    if unit is None or (by is not None and not by.may(OPEN, unit.path)):
        raise UnitNotYours(field="unit")
    return unit
