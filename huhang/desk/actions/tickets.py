"""Bringing a case to its end, and taking it up again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions import clocks, closings, leaving, steps, tracing
from huhang.desk.actions.family import let_children_end_first
from huhang.desk.actions.living import TicketIsOver as TicketIsOver
from huhang.desk.actions.living import living as living
from huhang.desk.actions.steps import NotTheOwner
from huhang.desk.actions.story import changed, happened, name_of, tell
from huhang.desk.events import TicketReopened, TicketResolved
from huhang.desk.models import Step, Ticket
from huhang.desk.queries.ownership import may_close
from huhang.desk.rules.kinds import ClockState, Closing, EntryKind, State, StepState
from huhang.desk.rules.steps import is_reopenable
from huhang.kit.errors import DomainError
from huhang.kit.events import publish
from huhang.metrics.actions import tally
from huhang.network.models import Person


class StepsStillOpen(DomainError):
    """还有部门没有办完，工单不能办结。"""


class NotResolved(DomainError):
    """这张工单还没有办结，不用重新打开；有新情况请直接补充说明。"""


class TooLateToReopen(DomainError):
    """办结已超过 7 天，不能重新打开；请新建一张工单，并在说明里写上原工单号。"""


class WasMerged(DomainError):
    """这张工单已并入另一张，请到那一张上重新打开。"""


@transaction.atomic
def resolve(
    *,
    ticket_no: str,
    result: str,
    by: Person,
    now: datetime,
    step_id: int | None = None,
    ended_as: str = "",
) -> Ticket:
    """Finish an open step with a result that the customer reads; after the last one the case is resolved.

    The result is a customer-visible human message, so it also gives the first response when none was given.
    With no step open it is the word that closes the case. `ended_as` is the closing reason, for when this ends it.
    """
    ticket = living(ticket_no)
    if step_id is None and not steps.open_steps(ticket):
        return close(ticket_no=ticket_no, result=result, by=by, now=now, ended_as=ended_as)
    step = steps.step_to_act_on(ticket, step_id, by, "desk.resolve")
    tracing.leave_to_nodes(ticket, step)
    if ticket.owner_id is None:
        ticket.owner, ticket.claimed_at, ticket.state = by, now, State.WORKING
    steps.finish(ticket, step, result=result, by=by, now=now)
    _tell_result(ticket, step, result, by, now)
    if not steps.open_steps(ticket):
        _all_steps_over(ticket, result, by, now, ended_as)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


def _tell_result(ticket: Ticket, step: Step, result: str, by: Person, now: datetime) -> None:
    """The customer reads what a step has come to; what a part found out, only colleagues."""
    if step.parent_id is not None:
        tell(ticket, EntryKind.NOTE, result, by=by, now=now, signed=step.unit.name)
        return
    tell(ticket, EntryKind.TO_CUSTOMER, result, by=by, now=now, signed=step.unit.name)
    respond(ticket, now=now)


def _all_steps_over(ticket: Ticket, result: str, by: Person, now: datetime, ended_as: str) -> None:
    """The last step ends the case, or asks its owner to."""
    if ticket.closing == Closing.LAST_STEP:
        closings.ended_as(ticket, ended_as, by=by, now=now)
        end(ticket, State.RESOLVED, result, by=by, now=now)
        return
    happened(ticket, _("各部门都已办完，等负责人确认办结"), by=None, now=now)
    notices.notify(
        key=f"close:{ticket.pk}:{ticket.version}", kind="desk.close", unit=ticket.at_unit, person=ticket.owner,
        title=_("各部门都已办完，请确认办结"), body=f"{ticket.no} {ticket.title}",
        link=f"/desk/t/{ticket.no}/", now=now,
    )  # fmt: skip


@transaction.atomic
def close(*, ticket_no: str, result: str, by: Person, now: datetime, ended_as: str = "") -> Ticket:
    """End a case by the word of whoever answers for it; never over a step that a department still owes."""
    ticket = living(ticket_no)
    if not may_close(by, ticket):
        raise NotTheOwner(ticket=ticket_no)
    owed = ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING]).select_related("unit")
    if names := [f"{step.title}（{step.unit.name}）" for step in owed]:
        said = gettext("还有部门没有办完，工单不能办结：%(steps)s") % {"steps": "、".join(names)}
        raise StepsStillOpen(said, steps=names)
    tracing.leave_to_report(ticket)
    if ticket.owner_id is None:
        ticket.owner, ticket.claimed_at = by, now
    tell(ticket, EntryKind.TO_CUSTOMER, result, by=by, now=now, signed=ticket.at_unit.name)
    respond(ticket, now=now)
    closings.ended_as(ticket, ended_as, by=by, now=now)
    end(ticket, State.RESOLVED, result, by=by, now=now)
    changed(ticket)
    return ticket


@transaction.atomic
def reopen(*, ticket_no: str, reason: str, by: Person | None, now: datetime) -> Ticket:
    """Take a resolved case up again, for the customer (nobody of ours) or a colleague; its owner keeps it."""
    ticket = Ticket.objects.locked(no=ticket_no)
    _refuse_to_reopen(ticket, now)
    ticket.state = State.WORKING if ticket.owner_id else State.OPEN
    ticket.resolved_at, ticket.resolved_by, ticket.result, ticket.ended_as = None, "", "", None
    ticket.reopened_at, ticket.reopened_count = now, ticket.reopened_count + 1
    clocks.reopen(ticket, now=now)
    step = steps.once_more(ticket, ask=reason, now=now)
    if by is None:
        tell(ticket, EntryKind.FROM_CUSTOMER, reason, by=None, now=now)
        clocks.heard(ticket, now=now)
    happened(ticket, _("反馈未解决，重新打开：%(reason)s"), by=by, now=now, reason=reason)
    _count_reopening(ticket, now)
    notices.notify(
        key=f"reopened:{ticket.pk}:{ticket.reopened_count}", kind="desk.reopened", unit=step.unit,
        person=ticket.owner, title=_("客户反馈未解决，工单重新打开"), body=f"{ticket.no} {ticket.title}",
        link=f"/desk/t/{ticket.no}/", now=now,
    )  # fmt: skip
    clocks.refresh_deadline(ticket)
    changed(ticket)
    publish(TicketReopened(ticket_id=ticket.pk, at=now))
    return ticket


def _refuse_to_reopen(ticket: Ticket, now: datetime) -> None:
    if ticket.merged_into_id is not None:
        raise WasMerged(ticket=ticket.no)
    if ticket.state != State.RESOLVED or ticket.resolved_at is None:
        raise NotResolved(ticket=ticket.no)
    if not is_reopenable(ticket.resolved_at, now=now):
        raise TooLateToReopen(ticket=ticket.no)


def _count_reopening(ticket: Ticket, now: datetime) -> None:
    key = f"reopened:{ticket.pk}:{ticket.reopened_count}"
    tally.count(measure=f"desk.ticket.reopened.{ticket.kind}", at=now, path=ticket.path, key=key)


@transaction.atomic
def withdraw(*, ticket_no: str, reason: str, by: Person | None, now: datetime) -> Ticket:
    """End a case that turned out not to be one: its cause went away before anybody acted."""
    ticket = living(ticket_no)
    happened(ticket, reason, by=by, now=now)
    steps.drop_all(ticket, by=by, now=now)
    end(ticket, State.WITHDRAWN, reason, by=by, now=now)
    changed(ticket)
    return ticket


@transaction.atomic
def call_off(*, ticket_no: str, reason: str, by: Person, now: datetime) -> Ticket:
    """End a case that turned out not to be one, by the word of whoever answers for it; what was owed is dropped."""
    ticket = living(ticket_no)
    if not may_close(by, ticket):
        raise NotTheOwner(ticket=ticket_no)
    happened(ticket, _("已撤销：%(reason)s"), by=by, now=now, reason=reason)
    steps.drop_all(ticket, by=by, now=now)
    end(ticket, State.WITHDRAWN, reason, by=by, now=now)
    changed(ticket)
    return ticket


def respond(ticket: Ticket, *, now: datetime) -> None:
    """A customer-visible human message was given: what the customer waited for is met."""
    clocks.answered(ticket, now=now)


def end(ticket: Ticket, state: State, result: str, *, by: Person | None, now: datetime) -> None:
    """Close the books of a case: every clock still running stops. Cases that hold it end first."""
    if state == State.RESOLVED:
        let_children_end_first(ticket)
    leaving.send_off(ticket, now=now)
    tracing.end_with(ticket, report=result, by=name_of(by), now=now)
    ticket.state, ticket.result = state, result
    ticket.resolved_at, ticket.resolved_by = now, name_of(by)
    outcome = ClockState.MET if state == State.RESOLVED else ClockState.CANCELLED
    for clock in ticket.clocks.filter(stopped_at__isnull=True):
        clocks.stop(clock, outcome, now=now)
    clocks.refresh_deadline(ticket)
    ticket.at_from = []  # nobody owes anything any more
    tally.count(
        measure=f"desk.ticket.{state}.{ticket.kind}", at=now, path=ticket.path, key=f"ended:{ticket.pk}"
    )
    publish(TicketResolved(ticket_id=ticket.pk, at=now))
