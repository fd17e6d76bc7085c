"""追查令: ordered from a loss, and closed with a report; what its nodes say stands in `searches`."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices, outgoing
from huhang.channels.rules.outgoing import Medium
from huhang.desk.actions import clocks, steps
from huhang.desk.actions import tickets as cases
from huhang.desk.actions.living import living
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.actions.steps import NotTheOwner
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Step, Ticket, TraceOrder, TraceOrderPolicy, TraceSearch
from huhang.desk.queries.ownership import answers_for
from huhang.desk.rules import trace_orders as rules
from huhang.desk.rules.kinds import ClockState, Closing, Kind, Obligation, Priority, State, StepState
from huhang.desk.rules.trace_orders import Node, OrderState
from huhang.journey.queries.trace import trace
from huhang.kit import audit
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.metrics.actions import tally
from huhang.network.models import OrgUnit, Person

SOURCE = "trace_order"
TITLE = _("重大遗失追查令")
TASK, TASK_EN = _("查找包裹并反馈"), "Search for the parcel and report"
SMS = _("【追查令】运单 %(waybill)s 重大遗失，请立即查找并在系统中反馈，单号 %(no)s。")
ASK = _("清点库存与滞留件，查看装卸与交接监控；无论找到与否，写明时间、数量和依据。")


class NothingToSearchFor(BadInput):
    """这张工单没有运单号，无法下达追查令。"""


class BelowLimit(DomainError):
    """物品价值没有达到追查令的起点；确需追查的，请写明理由。"""


class NotALoss(DomainError):
    """追查令由投诉或理赔工单下达。"""


class NowhereToSearch(DomainError):
    """没有扫描记录，也没有计划路由，不知道该查哪些节点。请先补录运单或扫描。"""


class TooMuchRecovered(BadInput):
    """挽回金额不能超过遗失的价值。"""


def policy() -> TraceOrderPolicy:
    return TraceOrderPolicy.objects.get_or_create(pk=1)[0]


@transaction.atomic
def set_policy(
    *,
    least_value: Decimal,
    suspect_minutes: int,
    other_minutes: int,
    is_confirmed: bool,
    by: Person,
    now: datetime,
) -> TraceOrderPolicy:
    """From which value on, and how long nodes have; orders that run keep their limits."""
    policy()
    row = TraceOrderPolicy.objects.select_for_update().get(pk=1)
    wanted = {
        "least_value": least_value, "suspect_minutes": suspect_minutes, "other_minutes": other_minutes,
        "is_confirmed": is_confirmed,
    }  # fmt: skip
    before = {name: str(getattr(row, name)) for name in wanted}
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save()
    audit.record(
        actor=by.get_username(), verb="desk.trace_policy.changed", subject="trace_policy", now=now,
        before=before, after={name: str(value) for name, value in wanted.items()},
    )  # fmt: skip
    return row


@transaction.atomic
def order(
    *, case_no: str, reason: str, by: Person, now: datetime, value: Decimal | None = None
) -> TraceOrder:
    """Search every node of a lost parcel's route; the same case orders once while the search runs."""
    case = living(case_no)
    known = TraceOrder.objects.filter(ticket__parent=case).exclude(state=OrderState.CLOSED).first()
    if known:
        return known
    if case.kind not in (Kind.CLAIM, Kind.COMPLAINT):
        raise NotALoss(kind=case.kind)
    if not case.waybill_no:
        raise NothingToSearchFor(ticket=case.no)
    worth = value if value is not None else case.value
    limits = policy()
    if not rules.is_worth_it(worth, least=limits.least_value) and not reason.strip():
        raise BelowLimit(least=str(limits.least_value), field="reason")
    route = _route(case.waybill_no, now)
    if not route:
        raise NowhereToSearch(waybill=case.waybill_no)
    ticket = _opened(case, worth, by, now)
    made = TraceOrder.objects.create(
        ticket=ticket, value=worth, reason=reason.strip()[:200], ordered_at=now, ordered_by=by.get_username()
    )
    _send_out(made, route, limits, now)
    words = {"no": ticket.no, "nodes": str(len(route))}
    happened(case, _("已下达追查令 %(no)s，查 %(nodes)s 个节点"), by=by, now=now, **words)
    changed(case)
    tally.count(measure="desk.trace.ordered", at=now, path=case.path, key=f"trace:{made.pk}")
    return made


def _route(waybill_no: str, now: datetime) -> list[tuple[Node, OrgUnit]]:
    """The nodes that we know as units, in the order of the way."""
    told = trace(waybill_no, now=now)
    if told is None:
        return []
    seen = [(scan.node, scan.at) for scan in told.scans if scan.node]
    found = rules.nodes(seen, [unit.code for unit in told.ahead])
    units = {u.code: u for u in OrgUnit.objects.filter(code__in=[n.code for n in found], is_active=True)}
    return [(node, units[node.code]) for node in found if node.code in units]


def _opened(case: Ticket, value: Decimal | None, by: Person, now: datetime) -> Ticket:
    """The ticket of the search: owned by whoever ordered it, its customer's clocks are those of the case."""
    earlier = case.children.filter(kind=Kind.TRACE).count()
    opening = Opening(
        kind=Kind.TRACE, title=TITLE, unit=case.unit, source=SOURCE,
        source_ref=f"case:{case.pk}:{earlier + 1}", body=case.title, waybill_no=case.waybill_no,
        courier=case.courier, priority=Priority(case.priority), product=case.product, customer=case.customer,
        value=value, parent=case,
    )  # fmt: skip
    ticket, _is_new = open_ticket(opening, by=by, now=now)
    ticket.owner, ticket.claimed_at, ticket.state = by, now, State.WORKING
    ticket.closing = Closing.OWNER
    for clock in ticket.clocks.filter(obligation=Obligation.FIRST_RESPONSE, stopped_at__isnull=True):
        clocks.stop(
            clock, ClockState.CANCELLED, now=now
        )  # nobody outside waits for a first word from a search
    return ticket


def _send_out(
    made: TraceOrder, route: list[tuple[Node, OrgUnit]], limits: TraceOrderPolicy, now: datetime
) -> None:
    """A search task for each node, side by side, and the word to all of them at once."""
    ticket = made.ticket
    tasks = [_task(ticket, lane, node, unit, limits) for lane, (node, unit) in enumerate(route, start=1)]
    steps.open_beside(ticket, tasks, now=now)
    TraceSearch.objects.bulk_create(
        TraceSearch(order=made, step=task, place=task.lane, part=node.part, seen_at=node.seen_at)
        for task, (node, _unit) in zip(tasks, route, strict=True)
    )
    clocks.refresh_deadline(ticket)
    changed(ticket)
    for task in tasks:
        _broadcast(made, task, roll=0, now=now)


def _task(ticket: Ticket, lane: int, node: Node, unit: OrgUnit, limits: TraceOrderPolicy) -> Step:
    minutes = rules.minutes_for(node.part, suspect=limits.suspect_minutes, other=limits.other_minutes)
    return Step(
        ticket=ticket, order=1, lane=lane, title=TASK, title_en=TASK_EN, ask=ASK, unit=unit, path=unit.path,
        minutes=minutes,
    )  # fmt: skip


def _broadcast(made: TraceOrder, step: Step, *, roll: int, now: datetime) -> None:
    """Tell a node, in the house and by SMS where its number is known; once for each call of the roll."""
    ticket, unit = made.ticket, step.unit
    key = f"trace:{made.pk}:{step.pk}:{roll}"
    notices.notify(
        key=key, kind="desk.trace", unit=unit, title=TITLE, body=f"{ticket.no} {ticket.waybill_no}",
        link=f"/desk/traces/{ticket.no}/", now=now,
    )  # fmt: skip
    if unit.phone:
        with override(ticket.language or settings.LANGUAGE_CODE):
            text = gettext(SMS) % {"waybill": ticket.waybill_no, "no": ticket.no}
        outgoing.send(
            key=key, medium=Medium.SMS, to=outgoing.Addressee(unit, number=unit.phone), text=text, now=now
        )


@transaction.atomic
def call_roll(*, ticket_no: str, by: Person, now: datetime) -> int:
    """Call every node that has not answered once more; how many were silent."""
    ticket = living(ticket_no)
    made = _owned(ticket, by)
    silent = list(
        made.searches.filter(acknowledged_at__isnull=True, answered_at__isnull=True, step__state=StepState.OPEN)
        .select_related("step__unit")
    )  # fmt: skip
    if silent:
        made.rolls_called += 1
        made.save(update_fields=["rolls_called"])
        for search in silent:
            _broadcast(made, search.step, roll=made.rolls_called, now=now)
        happened(ticket, _("点名：%(count)s 个节点尚未应答"), by=by, now=now, count=str(len(silent)))
        changed(ticket)
    return len(silent)


@transaction.atomic
def close(*, ticket_no: str, report: str, recovered: Decimal, by: Person, now: datetime) -> TraceOrder:
    """End the search with a report and what came back; not while a node still searches."""
    ticket = living(ticket_no)
    made = _owned(ticket, by)
    if not rules.recovered_at_most(recovered, made.value):
        raise TooMuchRecovered(field="recovered")
    made.state, made.report, made.recovered = OrderState.CLOSED, report, recovered
    made.closed_at, made.closed_by = now, by.get_username()
    made.save()
    cases.close(ticket_no=ticket_no, result=report, by=by, now=now)
    if recovered:
        # In fen, as tallies are whole numbers.
        tally.count(
            measure="desk.trace.recovered_fen", at=now, path=ticket.path, amount=int(recovered * 100),
            key=f"trace-recovered:{made.pk}",
        )  # fmt: skip
    if ticket.parent_id:
        case = Ticket.objects.locked(pk=ticket.parent_id)
        words = {"no": ticket.no, "yuan": f"{recovered:.2f}"}
        happened(case, _("追查令 %(no)s 已结案，挽回 %(yuan)s 元"), by=by, now=now, **words)
        changed(case)
    return made


def _owned(ticket: Ticket, by: Person) -> TraceOrder:
    made = TraceOrder.objects.select_for_update().filter(ticket=ticket).first()
    if made is None:
        raise NotFound(ticket=ticket.no)
    if not answers_for(by, ticket):
        raise NotTheOwner(ticket=ticket.no)
    made.ticket = ticket
    return made
