"""Words: to the customer, from the customer, and between colleagues."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks, drafts
from huhang.desk.actions.mentions import tell_mentioned
from huhang.desk.actions.story import changed, happened, tell
from huhang.desk.actions.tickets import living, respond
from huhang.desk.events import CustomerWrote
from huhang.desk.models import Leaving, Ticket
from huhang.desk.rules.drafts import DraftKind
from huhang.desk.rules.kinds import EntryKind
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.events import publish
from huhang.network.models import Person

LONGEST = 2000


# Longer would be a promise of its own, and the customer waits.
LONGEST_DELAY = timedelta(seconds=60)


class HasLeft(DomainError):
    """这条回复已经发出，不能撤回；如有不妥，请再写一条更正。"""


class NothingSaid(BadInput):
    """请先写下内容。"""


@transaction.atomic
def answer(
    *, ticket_no: str, text: str, by: Person, now: datetime, leaves_in: timedelta = timedelta()
) -> Ticket:
    """Write to the customer; the first such message is the first response.

    With `leaves_in` it can be taken back until then, and counts from now when it is not.
    """
    ticket = living(ticket_no)
    if leaves_in > timedelta():
        _put_on_its_way(ticket, _said(text), by, now, now + min(leaves_in, LONGEST_DELAY))
    else:
        tell(ticket, EntryKind.TO_CUSTOMER, _said(text), by=by, now=now, signed=ticket.at_unit.name)
        respond(ticket, now=now)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


def _put_on_its_way(ticket: Ticket, text: str, by: Person, now: datetime, leaves_at: datetime) -> None:
    undoes = clocks.answered_unless_taken_back(ticket, now=now)
    entry = tell(ticket, EntryKind.LEAVING, text, by=by, now=now, signed=ticket.at_unit.name)
    Leaving.objects.create(ticket=ticket, entry=entry, leaves_at=leaves_at, undoes=undoes)


@transaction.atomic
def take_back(*, ticket_no: str, entry_id: int, by: Person, now: datetime) -> Ticket:
    """Take an answer back that has not left: it counts as never sent, and its words are one's own draft again."""
    ticket = Ticket.objects.locked(no=ticket_no)
    row = Leaving.objects.select_related("entry").filter(ticket=ticket, entry=entry_id).first()
    if row is None:
        raise NotFound(entry=entry_id)
    if row.taken_back_at is not None:
        return ticket
    if row.left_at is not None:
        raise HasLeft(entry=entry_id)
    row.taken_back_at, row.taken_back_by = now, by.get_username()
    row.save(update_fields=["taken_back_at", "taken_back_by"])
    row.entry.kind = EntryKind.TAKEN_BACK
    row.entry.save(update_fields=["kind"])
    clocks.unanswered(ticket, row.undoes, now=now)
    happened(ticket, _("撤回了一条还没有发出的回复，客户没有看到"), by=by, now=now)
    drafts.give_back(ticket=ticket, kind=DraftKind.REPLY, text=row.entry.text, by=by, now=now)
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
