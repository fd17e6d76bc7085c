"""Opening a case and bringing it to its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks, steps
from huhang.desk.actions.steps import open_side_by_side, place, plan_for, planned
from huhang.desk.actions.story import announce, changed, happened, name_of, tell
from huhang.desk.events import TicketOpened, TicketResolved
from huhang.desk.models import Clock, Step, Ticket
from huhang.desk.rules.kinds import (
    ALWAYS_OWED,
    ClockState,
    Closing,
    EntryKind,
    Kind,
    Obligation,
    Priority,
    State,
)
from huhang.kit import search
from huhang.kit.errors import DomainError
from huhang.kit.events import publish
from huhang.metrics.actions import tally
from huhang.network.models import Courier, Customer, OrgUnit, Person

OWED_FROM_THE_START = (
    Obligation.FIRST_RESPONSE, Obligation.CLOSE, Obligation.STATUTORY, Obligation.REGULATOR,
)  # fmt: skip


class TicketIsOver(DomainError):
    """这张工单已经结束。"""


Row = TypeVar("Row", Clock, Step)


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known when a case opens. `source_ref` makes a repeat of the same fact the same case."""

    kind: Kind
    title: str
    unit: OrgUnit
    source: str
    source_ref: str
    body: str = ""
    waybill_no: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    courier: Courier | None = None
    origin: OrgUnit | None = None
    rule: str = ""
    priority: Priority = Priority.NORMAL
    product: str = ""
    customer: Customer | None = None
    entrance: str = ""
    language: str = ""
    value: Decimal | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    parent: Ticket | None = None


@transaction.atomic(savepoint=False)
def open_ticket(opening: Opening, *, by: Person | None, now: datetime) -> tuple[Ticket, bool]:
    """Open a case with its clocks and steps, or return the one this source already opened; (ticket, is new).

    Everything is worked out first and written once: this is the desk's hottest path.
    """
    ticket = _drafted(opening, by, now)
    plan = plan_for(opening.kind, opening.rule)
    ticket.closing = plan.closing if plan else Closing.LAST_STEP
    steps = planned(ticket, plan, origin=opening.origin)
    started = _started(ticket, steps, now)
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
    except IntegrityError:
        return Ticket.objects.get(source=opening.source, source_ref=opening.source_ref), False
    Clock.objects.bulk_create(_belonging(started, ticket))
    Step.objects.bulk_create(_belonging(steps, ticket))
    happened(ticket, _("工单开启"), by=by, now=now)
    tally.count(
        measure=f"desk.ticket.opened.{ticket.kind}", at=now, path=ticket.path, key=f"opened:{ticket.pk}"
    )
    announce(ticket)
    publish(TicketOpened(ticket_id=ticket.pk, at=now))
    return ticket, True


def _drafted(opening: Opening, by: Person | None, now: datetime) -> Ticket:
    ticket = Ticket(
        no=next_number(), kind=opening.kind, title=opening.title, body=opening.body,
        waybill_no=opening.waybill_no, contact_name=opening.contact_name, contact_phone=opening.contact_phone,
        unit=opening.unit, path=opening.unit.path, at_unit=opening.unit, at_path=opening.unit.path,
        courier=opening.courier, source=opening.source, source_ref=opening.source_ref,
        priority=opening.priority, product=opening.product, customer=opening.customer,
        customer_class=opening.customer.kind if opening.customer else "", entrance=opening.entrance,
        language=opening.language, value=opening.value, answers=dict(opening.answers), parent=opening.parent,
        opened_at=now, opened_by=name_of(by),
    )  # fmt: skip
    index(ticket)
    return ticket


def _started(ticket: Ticket, steps: list[Step], now: datetime) -> list[Clock]:
    """The clocks that run from the first second, those of the first steps among them."""
    policies = clocks.policies_for(ticket)
    owed = [o for o in OWED_FROM_THE_START if o in ALWAYS_OWED or o in policies]
    started = [clocks.wound(ticket, obligation, policies, now=now) for obligation in owed]
    first = min((step.order for step in steps), default=0)
    opened = [step for step in steps if step.order == first]
    open_side_by_side(ticket, opened, policies, now=now)
    place(ticket, opened)
    started += [step.clock for step in opened if step.clock]
    clocks.show_nearest(ticket, started)
    return started


def _belonging(rows: list[Row], ticket: Ticket) -> list[Row]:
    """Set a draft's keys again: case and clock had no ids when it was made."""
    for row in rows:
        row.ticket = ticket
        if isinstance(row, Step):
            row.clock = row.clock
    return rows


def next_number() -> str:
    """The next ticket number, from a sequence: never reused, never guessed from a count."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('desk_ticket_number')")
        return f"T{cursor.fetchone()[0]:08d}"


def index(ticket: Ticket) -> None:
    """Write what the case can be found by."""
    ticket.search = search.tsvector_text(
        ticket.no, ticket.waybill_no, ticket.contact_name, ticket.contact_phone, ticket.title, ticket.body
    )


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
