"""Opening a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks
from huhang.desk.actions.steps import open_side_by_side, place, plan_for, planned
from huhang.desk.actions.story import announce, happened, name_of
from huhang.desk.events import TicketOpened
from huhang.desk.models import Clock, Step, Ticket
from huhang.desk.rules.kinds import ALWAYS_OWED, Closing, Kind, Obligation, Priority
from huhang.kit import search
from huhang.kit.events import publish
from huhang.metrics.actions import tally
from huhang.network.models import Courier, Customer, OrgUnit, Person

OWED_FROM_THE_START = (
    Obligation.FIRST_RESPONSE, Obligation.CLOSE, Obligation.STATUTORY, Obligation.REGULATOR,
)  # fmt: skip


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
