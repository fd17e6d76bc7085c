"""Opening a case."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks, progress
from huhang.desk.actions.planning import departments_by_rank, plan_for, planned
from huhang.desk.actions.steps import open_side_by_side, place
from huhang.desk.actions.story import name_of, places
from huhang.desk.events import TicketOpened
from huhang.desk.models import CasePlan, Clock, ClockPolicy, Entry, ProgressLink, Step, Ticket
from huhang.desk.models.clock import facts_of
from huhang.desk.queries.starting import moments_of
from huhang.desk.rules import policy as policy_rule
from huhang.desk.rules.kinds import ALWAYS_OWED, Closing, EntryKind, Kind, Obligation, Priority
from huhang.desk.rules.progress import TOKEN_BYTES, spelled
from huhang.desk.rules.starting import CountsFrom, start_of
from huhang.desk.sql import statement
from huhang.kit import calendar_store, ground, hot, search
from huhang.kit.events import jobs_of
from huhang.kit.hot import as_json, columns_of
from huhang.network.models import Courier, Customer, OrgUnit, Person

OWED_FROM_THE_START = (
    Obligation.FIRST_RESPONSE, Obligation.CLOSE, Obligation.STATUTORY, Obligation.REGULATOR,
)  # fmt: skip


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
    # Of whoever comes by an entrance for such customers; a known customer's own comes first.
    customer_class: str = ""
    entrance: str = ""
    language: str = ""
    value: Decimal | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    parent: Ticket | None = None
    # Earlier moments from which a policy may count.
    received_at: datetime | None = None
    transferred_at: datetime | None = None


class Opened(NamedTuple):
    """A case with the parts it opened with; without them when it had been opened before."""

    ticket: Ticket
    is_new: bool
    clocks: Sequence[Clock] = ()
    steps: Sequence[Step] = ()

    @property
    def parts(self) -> tuple[Ticket, Sequence[Clock], Sequence[Step]]:
        return self.ticket, self.clocks, self.steps


def open_ticket(opening: Opening, *, by: Person | None, now: datetime) -> tuple[Ticket, bool]:
    """Open a case, or return the one this source already opened; (ticket, is new)."""
    return open_with_parts(opening, by=by, now=now)[:2]


def open_with_parts(
    opening: Opening,
    *,
    by: Person | None,
    now: datetime,
    links: Sequence[ProgressLink] = (),
    at: str | None = None,
) -> Opened:
    """Open a case with its clocks and steps.

    Everything is worked out first and written by one statement: this is the desk's hottest path. Alone it is its
    own transaction, else a part of the caller's. `links` are doors for the customer, drafted by `link_for_customer`;
    `at` is the standing of the ground, from whoever has read it.
    """
    if at is None:
        at = ground.standing()
    given = _ground(at)
    ticket = _drafted(opening, by, now)
    plan = plan_for(opening.kind, opening.rule, given.plans)
    ticket.closing = plan.closing if plan else Closing.LAST_STEP
    steps = planned(ticket, plan, origin=opening.origin, departments=given.departments)
    started = _started(ticket, steps, given, now)
    _number(ticket, started, steps)
    index(ticket)
    first = Entry(ticket=ticket, kind=EntryKind.EVENT, text=_("工单开启"), by=ticket.opened_by, at=now)
    jobs = jobs_of(TicketOpened(ticket_id=ticket.pk, at=ticket.opened_at), at=at)
    if not _written(ticket, started, steps, first, links, jobs):
        return Opened(Ticket.objects.get(source=opening.source, source_ref=opening.source_ref), False)
    for row in (ticket, *started, *steps):
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # saved again, they are updated
    return Opened(ticket, True, started, steps)


def link_for_customer(now: datetime) -> tuple[str, ProgressLink]:
    """A link to be written with a new case, and its token, which is kept nowhere."""
    token = spelled(secrets.token_bytes(TOKEN_BYTES))
    return token, ProgressLink(
        token_hash=progress.hash_of(token), created_at=now, expires_at=now + progress.VALID_FOR
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every opening reads and people seldom change."""

    policies: tuple[ClockPolicy, ...]
    plans: tuple[CasePlan, ...]
    departments: tuple[OrgUnit, ...]
    calendars: clocks.Calendars


def _ground(at: str) -> _Ground:
    return ground.known("desk.opening", at, partial(_read_ground, at))


def _read_ground(at: str) -> _Ground:
    plans = CasePlan.objects.prefetch_related("steps")
    return _Ground(
        tuple(ClockPolicy.objects.all()),
        tuple(plans),
        tuple(departments_by_rank()),
        partial(calendar_store.standing, at=at),
    )


def _drafted(opening: Opening, by: Person | None, now: datetime) -> Ticket:
    """The case as it is told, before anything is decided about it."""
    return Ticket(
        kind=opening.kind, title=opening.title, body=opening.body,
        waybill_no=opening.waybill_no, contact_name=opening.contact_name, contact_phone=opening.contact_phone,
        unit=opening.unit, path=opening.unit.path, at_unit=opening.unit, at_path=opening.unit.path,
        courier=opening.courier, source=opening.source, source_ref=opening.source_ref,
        priority=opening.priority, product=opening.product, customer=opening.customer,
        customer_class=opening.customer.kind if opening.customer else opening.customer_class, entrance=opening.entrance,
        language=opening.language, value=opening.value, answers=dict(opening.answers), parent=opening.parent,
        opened_at=now, opened_by=name_of(by), received_at=_earlier(opening.received_at, now),
        transferred_at=_earlier(opening.transferred_at, now),
    )  # fmt: skip


def _earlier(at: datetime | None, now: datetime) -> datetime | None:
    """A moment that lies before the opening; one to come is a mistake of a clock, and is now."""
    return min(at, now) if at else None


def _started(ticket: Ticket, steps: list[Step], given: _Ground, now: datetime) -> list[Clock]:
    """The clocks that run from the first second, those of the first steps among them."""
    policies = policy_rule.holding(given.policies, facts_of(ticket))
    calendars = given.calendars
    owing = [one for one in OWED_FROM_THE_START if one in ALWAYS_OWED or one in policies]
    started = owed(ticket, owing, policies, now=now, calendars=calendars)
    first = min((step.order for step in steps), default=0)
    opened = [step for step in steps if step.order == first]
    open_side_by_side(ticket, opened, policies, now=now, calendars=calendars)
    place(ticket, opened)
    started += [step.clock for step in opened if step.clock]
    clocks.show_nearest(ticket, started)
    return started


def owed(
    ticket: Ticket,
    owing: Sequence[Obligation],
    policies: clocks.Policies,
    *,
    now: datetime,
    calendars: clocks.Calendars = calendar_store.get,
) -> list[Clock]:
    """Clocks for these promises to the customer, each from the moment that its policy names; not yet saved."""
    starts = moments_of(ticket, {policies[one].counts_from for one in owing if one in policies}, now=now)
    made = []
    for one in owing:
        counts_from = policies[one].counts_from if one in policies else CountsFrom.OPENING
        at = start_of(counts_from, starts, opened_at=ticket.opened_at)
        clock = clocks.wound(ticket, one, policies, now=at, calendars=calendars)
        clock.counts_from = counts_from
        made.append(clock)
    return made


def _number(ticket: Ticket, started: list[Clock], steps: list[Step]) -> None:
    """Give every row its key, and the case its number: from a sequence, never reused, never guessed from a count."""
    drawn = hot.row(statement("draw_numbers"), {"clocks": len(started), "steps": len(steps)})
    assert drawn is not None
    ticket.pk, ticket.no = drawn[0], f"T{drawn[1]:08d}"
    for clock, key in zip(started, drawn[2], strict=True):
        clock.pk, clock.ticket_id = key, ticket.pk
    for step, key in zip(steps, drawn[3], strict=True):
        step.pk, step.ticket_id = key, ticket.pk
        step.clock = step.clock  # a clock had no key when its step was told of it


def _written(
    ticket: Ticket,
    started: list[Clock],
    steps: list[Step],
    first: Entry,
    links: Sequence[ProgressLink],
    jobs: Sequence[Mapping[str, Any]],
) -> bool:
    """Write all of it; False when this source has opened its case before."""
    first.ticket_id = ticket.pk
    for link in links:
        link.ticket_id = ticket.pk
    values = {
        "ticket": columns_of(ticket),
        "clocks": [columns_of(clock) for clock in started],
        "steps": [columns_of(step) for step in steps],
        "entry": columns_of(first),
        "links": [columns_of(link) for link in links],
        "paths": [path for path, _no in places(ticket)],
        "jobs": jobs,
    }
    return (
        hot.row(statement("open_case"), {name: as_json(value) for name, value in values.items()}) is not None
    )


def index(ticket: Ticket) -> None:
    """Write what the case can be found by."""
    ticket.search = search.tsvector_text(
        ticket.no, ticket.waybill_no, ticket.contact_name, ticket.contact_phone, ticket.title, ticket.body
    )
