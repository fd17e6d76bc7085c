"""Cases that agents open while somebody is in front of them: in one key, with what is known by then."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from huhang.channels.actions import talking
from huhang.channels.models import Conversation
from huhang.channels.rules.conversation import Side
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models import Ticket
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.queries.openings import known_of, unit_for
from huhang.desk.rules.kinds import Kind
from huhang.kit import ground
from huhang.kit.errors import BadInput
from huhang.network.models import Customer, Person

TALK = "talk"
WORDS_TOLD = 5


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
    customer_class: str = ""
    entrance: str = ""
    language: str = ""


def open_for(told: Told, *, by: Person, now: datetime) -> Ticket:
    """Open the case of this contact, once; it lies where the parcel is delivered, else at the agent's own unit."""
    at, known = ground.standing(), known_of(by, told.waybill_no)
    if known.unit is None and by.home is None:
        raise NoPlaceForIt
    opening = Opening(
        kind=told.kind, title=(told.title or _title(told))[:120], body=told.body[:5000],
        unit=unit_for(by, "", known, at), origin=known.origin, source=told.source, source_ref=told.source_ref,
        waybill_no=told.waybill_no, contact_name=told.name or known.name, contact_phone=told.phone or known.phone,
        customer=told.customer, customer_class=told.customer_class, entrance=told.entrance[:40],
        language=told.language,
    )  # fmt: skip
    return open_ticket(opening, by=by, now=now)[0]


def of_talk(talk: Conversation, *, kind: Kind, waybill_no: str, by: Person, now: datetime) -> Ticket:
    """The case of a conversation, one of each kind, with what the customer said last; a note there tells its number."""
    said = (
        talk.messages.filter(side=Side.CUSTOMER)
        .exclude(text="")
        .order_by("-seq")
        .values_list("text", flat=True)
    )
    words = list(reversed(said[:WORDS_TOLD]))
    told = Told(
        kind=kind, source=TALK, source_ref=f"{talk.no}:{kind}", body="\n".join(words), waybill_no=waybill_no,
        name=talk.contact.name, phone=talk.contact.phone, customer=talk.contact.customer,
        customer_class=talk.entrance.customer_class, entrance=talk.entrance.key, language=talk.language,
    )  # fmt: skip
    with transaction.atomic():
        ticket = open_for(told, by=by, now=now)
        said_so = _("已建工单 %(no)s：%(title)s") % {"no": ticket.no, "title": ticket.title}
        talking.note(talk.no, text=said_so, by=by, key=f"case:{talk.no}:{ticket.no}", now=now)
    return ticket


def _title(told: Told) -> str:
    """The kind, and the first words that were said."""
    first = next(iter(told.body.strip().splitlines()), told.waybill_no)
    kind = str(KIND_NAMES[told.kind])
    return _("%(kind)s：%(what)s") % {"kind": kind, "what": first[:60]} if first else kind
