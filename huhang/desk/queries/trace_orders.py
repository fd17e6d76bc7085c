"""Trace orders as their pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from huhang.desk.models import Attachment, Ticket, TraceOrder, TraceSearch
from huhang.desk.queries.ownership import answers_for
from huhang.desk.queries.tickets import reachable, visible
from huhang.desk.rules.kinds import StepState
from huhang.desk.rules.trace_orders import SUSPECT, OrderState
from huhang.kit.errors import NotFound
from huhang.network.models import Person
from huhang.network.queries.people import names_of

ORDER = "desk.trace.order"


@dataclass(frozen=True, slots=True)
class NodeLine:
    """One node of the route: silent, searching, or how it answered."""

    search: TraceSearch
    may_answer: bool
    evidence: Sequence[Attachment]
    answered_by: str

    @property
    def look(self) -> str:
        """`found`, `not_here`, `unsure`, `called_off`, `searching` or `silent`."""
        if self.search.answer:
            return self.search.answer
        if self.search.step.state != StepState.OPEN:
            return "called_off"
        return "searching" if self.search.acknowledged_at else "silent"

    @property
    def is_suspect(self) -> bool:
        return self.search.part in SUSPECT

    @property
    def is_open(self) -> bool:
        return self.search.step.state == StepState.OPEN


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A trace order with its route: six statements."""

    order: TraceOrder
    ticket: Ticket
    nodes: list[NodeLine]
    may_lead: bool
    names: Mapping[str, str]

    @property
    def answered(self) -> int:
        return sum(1 for node in self.nodes if node.search.answer)

    @property
    def silent(self) -> int:
        return sum(1 for node in self.nodes if node.look == "silent")

    @property
    def ordered_by(self) -> str:
        return self.names.get(self.order.ordered_by, self.order.ordered_by)

    @property
    def found_by(self) -> str:
        return self.names.get(self.order.found_by, self.order.found_by)

    @property
    def closed_by(self) -> str:
        return self.names.get(self.order.closed_by, self.order.closed_by)

    @property
    def is_searching(self) -> bool:
        return self.order.state == OrderState.SEARCHING

    @property
    def is_ready_to_close(self) -> bool:
        """Nobody searches any more, and nobody has written the report."""
        return self.order.state != OrderState.CLOSED and not any(node.is_open for node in self.nodes)


def page_of(person: Person, ticket_no: str) -> OrderPage:
    """The order of a ticket that this person may see; NotFound otherwise."""
    ticket = reachable(person, ticket_no)
    order = TraceOrder.objects.select_related("found_unit").filter(ticket=ticket).first()
    if order is None:
        raise NotFound(ticket=ticket_no)
    files = Prefetch("step__attachments", queryset=Attachment.objects.order_by("at", "pk"))
    searches = list(
        order.searches.select_related("step__unit", "step__clock", "step__handler").prefetch_related(files)
    )
    names = names_of(
        [order.ordered_by, order.found_by, order.closed_by, *(search.answered_by for search in searches)]
    )
    return OrderPage(
        order=order,
        ticket=ticket,
        names=names,
        nodes=[_line(search, person, names) for search in searches],
        may_lead=ticket.is_live and answers_for(person, ticket),
    )


def _line(search: TraceSearch, person: Person, names: Mapping[str, str]) -> NodeLine:
    step = search.step
    may = step.state == StepState.OPEN and person.may("desk.resolve", step.path)
    return NodeLine(
        search=search, may_answer=may, evidence=list(step.attachments.all()),
        answered_by=names.get(search.answered_by, search.answered_by),
    )  # fmt: skip


def listed(person: Person, *, state: str = "") -> QuerySet[TraceOrder]:
    """The orders that this person may see, those that still search first, each with its counts; one statement."""
    open_ones = Q(searches__step__state=StepState.OPEN)
    rows = TraceOrder.objects.filter(ticket__in=visible(person)).annotate(
        nodes=Count("searches"),
        answered=Count("searches", filter=~Q(searches__answer="")),
        silent=Count("searches", filter=open_ones & Q(searches__acknowledged_at__isnull=True)),
    )
    rows = rows.filter(state=state) if state in set(OrderState) else rows
    return rows.select_related("ticket__unit", "ticket__owner", "ticket__parent", "found_unit").order_by(
        "-ordered_at", "-pk"
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """What searches brought back in a period."""

    ordered: int
    found: int
    recovered: Decimal

    @property
    def share(self) -> float | None:
        return 100 * self.found / self.ordered if self.ordered else None


def totals(person: Person, *, since: datetime) -> Totals:
    """Orders since a moment, how many found their parcel, and the yuan that came back."""
    rows = TraceOrder.objects.filter(ticket__in=visible(person), ordered_at__gte=since)
    counted = rows.aggregate(
        ordered=Count("pk"), found=Count("pk", filter=Q(found_at__isnull=False)), recovered=Sum("recovered")
    )
    return Totals(counted["ordered"], counted["found"], counted["recovered"] or Decimal())


def of_case(case: Ticket) -> list[TraceOrder]:
    """The searches that a loss case has ordered, newest first."""
    return list(TraceOrder.objects.filter(ticket__parent=case).select_related("ticket", "found_unit"))
