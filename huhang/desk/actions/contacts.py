"""Cases that agents open while somebody is in front of them: in one key, with what is known by then."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models import Ticket
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.queries.openings import known_of, unit_for
from huhang.desk.rules.kinds import Kind
from huhang.kit import ground
from huhang.kit.errors import BadInput
from huhang.network.models import Customer, Person


class NoPlaceForIt(BadInput):
    """还不知道由哪个单位处理：请先填写运单号，或打开“建工单”选择单位。"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the customer has said by now, and by which way they came: `source` and its own number."""

    kind: Kind
    source: str
    source_ref: str
    title: str = ""
    body: str = ""
    waybill_no: str = ""
    name: str = ""
    phone: str = ""
    customer: Customer | None = None
    entrance: str = ""


def open_for(told: Told, *, by: Person, now: datetime) -> Ticket:
    """Open the case of this contact, once; it lies where the parcel is delivered, else at the agent's own unit."""
    at, known = ground.standing(), known_of(by, told.waybill_no)
    if known.unit is None and by.home is None:
        raise NoPlaceForIt
    opening = Opening(
        kind=told.kind, title=(told.title or _title(told))[:120], body=told.body[:5000],
        unit=unit_for(by, "", known, at), origin=known.origin, source=told.source, source_ref=told.source_ref,
        waybill_no=told.waybill_no, contact_name=told.name or known.name, contact_phone=told.phone or known.phone,
        customer=told.customer, entrance=told.entrance[:40],
    )  # fmt: skip
    return open_ticket(opening, by=by, now=now)[0]


def _title(told: Told) -> str:
    """The kind, and the first words that were said."""
    first = next(iter(told.body.strip().splitlines()), told.waybill_no)
    kind = str(KIND_NAMES[told.kind])
    return _("%(kind)s：%(what)s") % {"kind": kind, "what": first[:60]} if first else kind
