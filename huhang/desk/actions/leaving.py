"""Answers leave some seconds after they were sent; the row in `Leaving` is what is still to leave.

Whatever goes on with a case's promises first sends off what is on its way, so that taking an answer back never has to
undo more than that answer did. A worker that dies takes its transaction back, and another one sends it off again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from huhang.desk.actions import calling
from huhang.desk.actions.story import announce
from huhang.desk.models import Clock, Entry, Leaving, Ticket
from huhang.desk.rules.kinds import EntryKind, Obligation

AT_ONCE = 200
STUCK_AFTER = timedelta(minutes=5)


def on_its_way(ticket: Ticket) -> Leaving | None:
    """The answer of this case that has not left yet; the case must be locked."""
    return _waiting().filter(ticket=ticket).first()


def send_off(ticket: Ticket, *, now: datetime) -> bool:
    """Let the customer read what is on its way, if anything is; the case must be locked."""
    row = on_its_way(ticket)
    if row is None:
        return False
    row.left_at = now
    row.save(update_fields=["left_at"])
    Entry.objects.filter(pk=row.entry_id).update(kind=EntryKind.TO_CUSTOMER)
    # Counted only now: a count is never taken back.
    first = Clock.objects.filter(pk__in=row.undoes["clocks"], obligation=Obligation.FIRST_RESPONSE)
    for clock in first:
        calling.count_response(clock, ticket)
    return True


def leave_due(*, now: datetime) -> int:
    """Send off what is due; cases that somebody is at work on are left for the next look."""
    due = _waiting().filter(leaves_at__lte=now)
    cases = list(due.order_by("leaves_at").values_list("ticket", flat=True)[:AT_ONCE])
    return sum(_leave(pk, now) for pk in cases)


def overdue(*, now: datetime) -> int:
    """How many should have left minutes ago."""
    return _waiting().filter(leaves_at__lt=now - STUCK_AFTER).count()


def _waiting() -> "QuerySet[Leaving]":
    return Leaving.objects.filter(left_at__isnull=True, taken_back_at__isnull=True)


@transaction.atomic
def _leave(ticket_id: int, now: datetime) -> bool:
    rows = Ticket.objects.select_for_update(of=("self",), skip_locked=True)
    ticket = rows.filter(pk=ticket_id).first()
    if ticket is None or not send_off(ticket, now=now):
        return False
    announce(ticket)
    return True
