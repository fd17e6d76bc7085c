"""Bringing a case to its end."""

from datetime import datetime

from django.db import transaction

from huhang.desk.actions import clocks, steps
from huhang.desk.actions.story import changed, happened, name_of, tell
from huhang.desk.events import TicketResolved
from huhang.desk.models import Clock, Ticket
from huhang.desk.rules.kinds import ClockState, Closing, EntryKind, Obligation, State
from huhang.kit.errors import DomainError
from huhang.kit.events import publish
from huhang.metrics.actions import tally
from huhang.network.models import Person


class TicketIsOver(DomainError):
    """这张工单已经结束。"""


@transaction.atomic
def resolve(*, ticket_no: str, result: str, by: Person, now: datetime, step_id: int | None = None) -> Ticket:
    """Finish an open step with a result that the customer reads; after the last one the case is resolved.

    The result is a customer-visible human message, so it also gives the first response when none was given.
    """
    ticket = living(ticket_no)
    if ticket.owner_id is None:
        ticket.owner, ticket.claimed_at, ticket.state = by, now, State.WORKING
    step = steps.step_to_act_on(ticket, step_id, by, "desk.resolve") if steps.open_steps(ticket) else None
    signed = step.unit.name if step else ticket.at_unit.name
    tell(ticket, EntryKind.TO_CUSTOMER, result, by=by, now=now, signed=signed)
    respond(ticket, now=now)
    if step is not None:
        steps.finish(ticket, step, result=result, by=by, now=now)
    if ticket.closing == Closing.LAST_STEP and not steps.open_steps(ticket):
        end(ticket, State.RESOLVED, result, by=by, now=now)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


@transaction.atomic
def withdraw(*, ticket_no: str, reason: str, by: Person | None, now: datetime) -> Ticket:
    """End a case that turned out not to be one: its cause went away before anybody acted."""
    ticket = living(ticket_no)
    happened(ticket, reason, by=by, now=now)
    steps.drop_all(ticket, by=by, now=now)
    end(ticket, State.WITHDRAWN, reason, by=by, now=now)
    changed(ticket)
    return ticket


def living(ticket_no: str) -> Ticket:
    """The locked ticket, when it is not over yet."""
    ticket = Ticket.objects.locked(no=ticket_no)
    if not ticket.is_live:
        raise TicketIsOver(ticket=ticket_no)
    return ticket


def respond(ticket: Ticket, *, now: datetime) -> None:
    """A customer-visible human message was given: the first one stops the first-response clock."""
    if ticket.first_response_at:
        return
    ticket.first_response_at = now
    for clock in _clocks(ticket, Obligation.FIRST_RESPONSE):
        clocks.stop(clock, ClockState.MET, now=now)


def end(ticket: Ticket, state: State, result: str, *, by: Person | None, now: datetime) -> None:
    """Close the books of a case: every clock still running stops."""
    ticket.state, ticket.result = state, result
    ticket.resolved_at, ticket.resolved_by = now, name_of(by)
    outcome = ClockState.MET if state == State.RESOLVED else ClockState.CANCELLED
    for clock in ticket.clocks.filter(stopped_at__isnull=True):
        clocks.stop(clock, outcome, now=now)
    clocks.refresh_deadline(ticket)
    tally.count(
        measure=f"desk.ticket.{state}.{ticket.kind}", at=now, path=ticket.path, key=f"ended:{ticket.pk}"
    )
    publish(TicketResolved(ticket_id=ticket.pk, at=now))


def _clocks(ticket: Ticket, obligation: Obligation) -> list[Clock]:
    return list(ticket.clocks.filter(obligation=obligation, stopped_at__isnull=True))
