"""Merging a case into another, and taking that back. Nobody's promise is forgotten by it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks, leaving, tracing, winding
from huhang.desk.actions.story import changed, happened, name_of
from huhang.desk.models import CaseLink, Clock, Merge, Step, Ticket
from huhang.desk.rules import linking as rule
from huhang.desk.rules.kinds import ClockState, Obligation, State, StepState
from huhang.kit.errors import DomainError, NotFound
from huhang.metrics.actions import tally
from huhang.network.models import Person

LIVE_CLOCKS = (ClockState.RUNNING, ClockState.PAUSED)


class SameCase(DomainError):
    """这是同一张工单，请选另一张。"""


class OneIsOver(DomainError):
    """已结束的工单不能合并，请选一张在办的工单。"""


class HasOwnCases(DomainError):
    """这张工单有下级工单或上级工单，请先解除关系再合并。"""


class NotMerged(DomainError):
    """这张工单没有合并，或合并已撤销。"""


class TooLateToUndo(DomainError):
    """合并已超过 10 分钟，不能撤销；如需分开，请拆分。"""


class SurvivorIsOver(DomainError):
    """合并后的工单已经结束，不能再撤销合并。"""


def both_locked(one_no: str, other_no: str) -> tuple[Ticket, Ticket]:
    """Two cases, locked in the order of their ids whoever asks, so that no two people wait for each other."""
    if one_no == other_no:
        raise SameCase(ticket=one_no)
    rows = Ticket.objects.select_for_update(of=("self",)).filter(no__in=[one_no, other_no])
    found = {ticket.no: ticket for ticket in rows.order_by("pk")}
    for no in (one_no, other_no):
        if no not in found:
            raise NotFound(ticket=no)
    return found[one_no], found[other_no]


@transaction.atomic
def merge(*, ticket_no: str, into_no: str, reason: str, by: Person, now: datetime) -> Ticket:
    """Let one case go on in another, which keeps its own clocks; returns the one that goes on.

    The merged one's clocks stop as cancelled and stay readable; a first response that was overdue stays missed.
    """
    ticket, into = both_locked(ticket_no, into_no)
    if not (ticket.is_live and into.is_live):
        raise OneIsOver(ticket=ticket_no, into=into_no)
    if (
        ticket.children.exists()
        or CaseLink.objects.filter(ticket=ticket, kind=rule.LinkKind.CHILD_OF).exists()
    ):
        raise HasOwnCases(ticket=ticket_no)
    tracing.leave_to_report(ticket)
    leaving.send_off(ticket, now=now)
    done = Merge.objects.create(
        ticket=ticket, into=into, at=now, by=by.get_username(), reason=reason,
        is_same_customer=rule.is_same_customer(contact_of(ticket), contact_of(into)),
        before=_standing(ticket, into),
    )  # fmt: skip
    _end_merged(ticket, into, by=by, now=now)
    into.seen_from = ticket.seen_from = sorted({*into.seen_from, *ticket.seen_from})
    tally.count(measure="desk.ticket.merged", at=now, path=ticket.path, key=f"merged:{done.pk}")
    happened(ticket, _("已并入%(into)s：%(reason)s"), by=by, now=now, into=into.no, reason=reason)
    happened(into, _("%(from)s并入本单：%(reason)s"), by=by, now=now, **{"from": ticket.no, "reason": reason})
    changed(ticket)
    changed(into)
    return into


def contact_of(ticket: Ticket) -> rule.Contact:
    return rule.Contact(ticket.contact_phone, ticket.customer_id, ticket.waybill_no)


def _standing(ticket: Ticket, into: Ticket) -> dict[str, Any]:
    """What undoing needs: how things stood."""
    live_clocks = ticket.clocks.filter(state__in=LIVE_CLOCKS)
    paused = live_clocks.filter(state=ClockState.PAUSED, pauses__ended_at__isnull=True)
    return {
        "state": ticket.state,
        "clocks": dict(live_clocks.values_list("pk", "state")),
        "pauses": list(paused.values_list("pauses", flat=True)),
        "steps": dict(
            ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING]).values_list("pk", "state")
        ),
        "at_from": ticket.at_from,
        "seen_from": ticket.seen_from,
        "into_seen_from": into.seen_from,
    }


def _end_merged(ticket: Ticket, into: Ticket, *, by: Person, now: datetime) -> None:
    """Its books are closed without counting it resolved or withdrawn: it goes on elsewhere."""
    for clock in ticket.clocks.filter(stopped_at__isnull=True):
        is_missed = clock.obligation == Obligation.FIRST_RESPONSE and clock.due_at < now
        clocks.stop(clock, ClockState.MET if is_missed else ClockState.CANCELLED, now=now)
    for step in ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING]):
        step.state, step.done_at, step.done_by = StepState.DROPPED, now, name_of(by)
        step.save()
    ticket.state, ticket.merged_into = State.WITHDRAWN, into
    ticket.resolved_at, ticket.resolved_by, ticket.result = now, name_of(by), into.no
    ticket.at_from = []
    clocks.refresh_deadline(ticket)


@transaction.atomic
def unmerge(*, ticket_no: str, by: Person, now: datetime) -> Ticket:
    """Take a merge back within ten minutes: the case, its steps and its clocks stand as before; returns it."""
    done = Merge.objects.filter(ticket__no=ticket_no, undone_at__isnull=True).select_related("into").first()
    if done is None:
        raise NotMerged(ticket=ticket_no)
    ticket, into = both_locked(ticket_no, done.into.no)
    # Read again under the lock: two may press at once.
    if not Merge.objects.select_for_update().filter(pk=done.pk, undone_at__isnull=True).exists():
        raise NotMerged(ticket=ticket_no)
    if not rule.can_undo(done.at, now=now):
        raise TooLateToUndo(ticket=ticket_no)
    if not into.is_live:
        raise SurvivorIsOver(ticket=into.no)
    done.undone_at, done.undone_by = now, by.get_username()
    done.save()
    _stand_again(ticket, into, done.before)
    tally.count(measure="desk.ticket.merged", at=now, path=ticket.path, key=f"unmerged:{done.pk}", amount=-1)
    happened(ticket, _("已撤销与%(into)s的合并"), by=by, now=now, into=into.no)
    happened(into, _("%(from)s已撤销并入"), by=by, now=now, **{"from": ticket.no})
    changed(ticket)
    changed(into)
    return ticket


def _stand_again(ticket: Ticket, into: Ticket, before: dict[str, Any]) -> None:
    ticket.state, ticket.merged_into, ticket.result = before["state"], None, ""
    ticket.resolved_at, ticket.resolved_by = None, ""
    ticket.at_from = before["at_from"]
    # Who came to see the other case in the meantime by its own steps goes on seeing it.
    extra = set(ticket.seen_from) - set(before["seen_from"]) - set(before["into_seen_from"])
    ticket.seen_from = sorted(set(before["seen_from"]) | extra)
    into.seen_from = sorted(set(into.seen_from) - (set(before["seen_from"]) - set(before["into_seen_from"])))
    for step in Step.objects.filter(pk__in=before["steps"], ticket=ticket):
        step.state, step.done_at, step.done_by = before["steps"][str(step.pk)], None, ""
        step.save()
    _run_again(ticket, before)
    clocks.refresh_deadline(ticket)


def _run_again(ticket: Ticket, before: dict[str, Any]) -> None:
    """The clocks as they were; a pause goes on, as if it had not been interrupted."""
    for clock in Clock.objects.filter(pk__in=before["clocks"], ticket=ticket):
        clock.state, clock.stopped_at = before["clocks"][str(clock.pk)], None
        if clock.state == ClockState.PAUSED:
            clock.pauses.filter(pk__in=before["pauses"]).update(ended_at=None)
        clock.save()
        winding.rewind(clock)


def survivor_of(ticket: Ticket) -> Ticket:
    """The case in which this one goes on for its customer: followed only where it is the same customer's."""
    seen = {ticket.pk}
    while ticket.merged_into_id and ticket.merged_into_id not in seen:
        done = (
            ticket.merges.filter(undone_at__isnull=True).select_related("into__at_unit", "into__unit").first()
        )
        if done is None or not done.is_same_customer:
            return ticket
        ticket = done.into
        seen.add(ticket.pk)
    return ticket
