"""What the telephone means for the desk: time to write after a call, the case that comes of it, and back to work.

Lock order: seats before what the switch tells (`channels.actions.calls`).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from huhang.channels.actions import call_reports, calls
from huhang.channels.actions.call_reports import Report
from huhang.channels.models import REASON_NAMES, Call, CallReport
from huhang.channels.rules.call_life import Outcome, Phase
from huhang.channels.rules.call_reports import CallResult
from huhang.desk.actions import contacts, seats
from huhang.desk.actions.contacts import Told
from huhang.desk.models import Seat, Ticket
from huhang.desk.rules.assignment import THERE, Status
from huhang.desk.rules.telephone import KINDS
from huhang.network.models import Person

SOURCE = "call"
# Of a call that ended longer ago nobody is sent to write: the news of it came late.
TOLD_LATE = timedelta(minutes=5)


@transaction.atomic
def begin_writing(*, call_id: int, now: datetime) -> bool:
    """The caller has gone: whoever talked writes it down, and is given nothing new meanwhile."""
    call = Call.objects.filter(
        pk=call_id, phase=Phase.OVER, outcome=Outcome.ANSWERED, report__isnull=True
    ).first()
    if call is None or call.person is None or call.ended_at is None or call.ended_at < now - TOLD_LATE:
        return False
    seat = _locked_seat(call.person)
    if seat is None or seat.status not in THERE:
        return False
    seats.set_status(seat_id=seat.pk, status=Status.WRAP_UP, by=None, now=call.ended_at)
    calls.after_call(call=call.pk, is_done=False, by=call.person, now=call.ended_at)
    return True


@transaction.atomic
def finish(
    *, call_id: int, report: Report, by: Person, now: datetime, opens_case: bool = False
) -> tuple[CallReport, Ticket | None]:
    """Write a call down, with the case that it asks for; that was the last one: back to what one did before."""
    call = call_reports.mine(call_id, by)
    ticket = _case_of(call, report, by, now) if opens_case else None
    if ticket is not None:
        report = replace(report, result=CallResult.CASE, case_no=ticket.no)
    seat = _locked_seat(by)
    row = call_reports.write(call_id=call_id, report=report, by=by, now=now)
    if seat and seat.status == Status.WRAP_UP and not _writes(by):
        status, why = _before(seat)
        seats.set_status(seat_id=seat.pk, status=status, busy_reason=why, by=by, now=now)
    return row, ticket


def _case_of(call: Call, report: Report, by: Person, now: datetime) -> Ticket:
    first = next(iter(report.note.strip().splitlines()), "")
    told = Told(
        kind=KINDS[report.reason], source=SOURCE, source_ref=str(call.pk), body=report.note,
        title=_("来电：%s") % (first[:80] or REASON_NAMES[report.reason]),
        waybill_no=report.waybill_no, phone=call.number, customer=call.customer,
        name=call.customer.name if call.customer else "", entrance=call.queue.key if call.queue else "",
    )  # fmt: skip
    return contacts.open_for(told, by=by, now=now)


def _locked_seat(person: Person) -> Seat | None:
    return Seat.objects.select_for_update().filter(person=person, is_active=True).first()


def _writes(person: Person) -> bool:
    return Call.objects.filter(person=person, phase=Phase.AFTER_CALL).exists()


def _before(seat: Seat) -> tuple[Status, str]:
    """What they did before they wrote: who was busy is busy again, and why."""
    last = seat.statuses.exclude(status=Status.WRAP_UP).order_by("-since", "-id").first()
    if last is None or last.status not in THERE:
        return Status.AVAILABLE, ""
    return Status(last.status), last.busy_reason
