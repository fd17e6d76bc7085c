"""What the ordinary verbs leave to a 追查令: its nodes answer with evidence, and it ends with a report."""

from datetime import datetime

from django.db.models import QuerySet

from huhang.desk.models import Step, Ticket, TraceOrder, TraceSearch
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.trace_orders import OrderState
from huhang.kit.errors import DomainError


class AnsweredWithEvidence(DomainError):
    """这一步是追查令的节点，请在追查令里反馈，并附上依据。"""


class EndedByItsReport(DomainError):
    """追查令还没有结案，请在追查令里写结案报告和挽回金额。"""


def leave_to_nodes(ticket: Ticket, step: Step) -> None:
    """A node is not done by a word alone."""
    if ticket.kind == Kind.TRACE and TraceSearch.objects.filter(step=step, answered_at__isnull=True).exists():
        raise AnsweredWithEvidence(step=step.pk)


def leave_to_report(ticket: Ticket) -> None:
    """Nor is the search: what came back would be counted nowhere."""
    if ticket.kind == Kind.TRACE and _running(ticket).exists():
        raise EndedByItsReport(ticket=ticket.no)


def go_along(step: Step, anew: Step) -> None:
    """A node's search goes where its step goes; whoever has it now has not been heard yet."""
    if step.ticket.kind == Kind.TRACE:
        TraceSearch.objects.filter(step=step).update(step=anew, acknowledged_at=None, acknowledged_by="")


def end_with(ticket: Ticket, *, report: str, by: str, now: datetime) -> None:
    """A case that ends in any other way takes its search along, so that another may be ordered."""
    if ticket.kind == Kind.TRACE:
        _running(ticket).update(state=OrderState.CLOSED, report=report, closed_at=now, closed_by=by)


def _running(ticket: Ticket) -> "QuerySet[TraceOrder]":
    return TraceOrder.objects.filter(ticket=ticket).exclude(state=OrderState.CLOSED)
