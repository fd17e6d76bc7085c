"""Cases out of a sheet: each row opens one, once, however often the file is sent."""

import hashlib
from datetime import datetime, timedelta

from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.rules.ticket_rows import TicketRow
from huhang.journey.models import Waybill
from huhang.kit.errors import BadInput, NotFound
from huhang.kit.imports import Outcome
from huhang.network.models import Customer, OrgUnit, Person

SOURCE = "import"
OPEN = "desk.open"
# Clocks of two computers differ a little.
AHEAD_AT_MOST = timedelta(minutes=5)


class UnitNotYours(NotFound):
    """没有这个单位，或您不能在该单位新建工单。"""


class UnitMissing(BadInput):
    """没有写明单位，运单上也查不到派件网点。"""


class InTheFuture(BadInput):
    """受理时间晚于现在。"""


class CustomerUnknown(NotFound):
    """没有这个客户编号。"""


def open_row(row: TicketRow, *, by: Person | None, now: datetime) -> Outcome:
    """Open the row's case as of the moment that it names; a row that came before changes nothing."""
    at = row.opened_at or now
    if at > now + AHEAD_AT_MOST:
        raise InTheFuture(field="opened_at")
    _ticket, is_new = open_ticket(_opening(row, by), by=by, now=min(at, now))
    return Outcome.CREATED if is_new else Outcome.UNCHANGED


def _opening(row: TicketRow, by: Person | None) -> Opening:
    waybill = Waybill.objects.select_related("dest", "origin").filter(no=row.waybill).first()
    unit = _unit(row, waybill if row.waybill else None, by)
    return Opening(
        kind=row.kind, title=row.title, body=row.body, unit=unit, source=SOURCE,
        source_ref=f"{unit.code}:{row.source_ref or _mark(row)}", waybill_no=row.waybill,
        contact_name=row.contact_name, contact_phone=row.contact_phone, priority=row.priority,
        product=row.product, customer=_customer(row, by), value=row.value,
        origin=waybill.origin if waybill else None,
    )  # fmt: skip


def _unit(row: TicketRow, waybill: Waybill | None, by: Person | None) -> OrgUnit:
    """The unit that is named, else where the parcel is delivered; it must lie where this person opens cases."""
    if row.unit:
        unit = OrgUnit.objects.filter(code=row.unit, is_active=True).first()
    else:
        unit = (waybill.dest or waybill.origin) if waybill else None
        if unit is None:
            raise UnitMissing(field="unit")
    if unit is None or (by is not None and not by.may(OPEN, unit.path)):
        raise UnitNotYours(field="unit")
    return unit


def _customer(row: TicketRow, by: Person | None) -> Customer | None:
    if not row.customer:
        return None
    rows = Customer.objects.all() if by is None else Customer.objects.within(by.visible_paths("network.see"))
    found = rows.filter(code=row.customer).first()
    if found is None:
        raise CustomerUnknown(field="customer")
    return found


def _mark(row: TicketRow) -> str:
    """Two rows that say the same are the same case."""
    return hashlib.sha256(row.model_dump_json(exclude={"source_ref"}).encode()).hexdigest()[:40]
