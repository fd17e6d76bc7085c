"""Words: to the customer, from the customer, and between colleagues."""

from datetime import datetime

from django.db import transaction

from huhang.desk.actions import clocks
from huhang.desk.actions.mentions import tell_mentioned
from huhang.desk.actions.story import changed, tell
from huhang.desk.actions.tickets import living, respond
from huhang.desk.events import CustomerWrote
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import EntryKind
from huhang.kit.errors import BadInput
from huhang.kit.events import publish
from huhang.network.models import Person

LONGEST = 2000


class NothingSaid(BadInput):
    """请先写下内容。"""


@transaction.atomic
def answer(*, ticket_no: str, text: str, by: Person, now: datetime) -> Ticket:
    """Write to the customer; the first such message is the first response."""
    ticket = living(ticket_no)
    tell(ticket, EntryKind.TO_CUSTOMER, _said(text), by=by, now=now, signed=ticket.at_unit.name)
    respond(ticket, now=now)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


@transaction.atomic
def note(*, ticket_no: str, text: str, by: Person, now: datetime) -> Ticket:
    """Write for colleagues only; never shown to the customer and never a response."""
    ticket = Ticket.objects.locked(no=ticket_no)
    entry = tell(ticket, EntryKind.NOTE, _said(text), by=by, now=now)
    tell_mentioned(ticket=ticket, entry=entry, by=by, now=now)
    changed(ticket)
    return ticket


@transaction.atomic
def hear(*, ticket: Ticket, text: str, now: datetime) -> Ticket:
    """The customer adds something on the progress page, and waits for a reply from then on."""
    ticket = Ticket.objects.locked(pk=ticket.pk)
    entry = tell(ticket, EntryKind.FROM_CUSTOMER, _said(text), by=None, now=now)
    publish(CustomerWrote(ticket_id=ticket.pk, entry_id=entry.pk, at=now))
    clocks.heard(ticket, now=now)
    changed(ticket)
    return ticket


def _said(text: str) -> str:
    text = text.strip()
    if not text:
        raise NothingSaid
    return text[:LONGEST]
