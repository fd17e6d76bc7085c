"""Starting, stopping, pausing clocks, and firing what is due.

Lock order everywhere: the ticket first, then its clocks.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions.story import changed, happened
from huhang.desk.events import ClockLevelReached
from huhang.desk.models import Clock, ClockEvent, ClockPause, ClockPolicy, Ticket
from huhang.desk.models.clock import REACHED
from huhang.desk.rules import clock as rule
from huhang.desk.rules.kinds import ClockState, Level, Obligation
from huhang.kit import calendar_store
from huhang.kit.errors import DomainError
from huhang.kit.events import publish
from huhang.metrics.actions import tally
from huhang.network.models import OrgUnit, Person

BATCH = 200


class NoPolicy(DomainError):
    """这类工单还没有配置时限。"""


class ClockNotRunning(DomainError):
    """这个时钟没有在走，不能暂停。"""


class ClockNotPaused(DomainError):
    """这个时钟没有暂停。"""


Policies = dict[Obligation, ClockPolicy]


def policies_for(kind: str) -> Policies:
    """The policy of each obligation: the row of the kind itself, else that of all kinds."""
    rows = ClockPolicy.objects.filter(kind__in=[kind, ""]).order_by("kind")
    return {Obligation(row.obligation): row for row in rows}


def _policy(policies: Policies, obligation: Obligation, kind: str) -> ClockPolicy:
    if obligation not in policies:
        raise NoPolicy(obligation=obligation.value, kind=kind)
    return policies[obligation]


def wound(ticket: Ticket, obligation: Obligation, policies: Policies, *, now: datetime) -> Clock:
    """A clock for an obligation of the case, wound up and not yet saved."""
    policy = _policy(policies, obligation, ticket.kind)
    return _wound(ticket, obligation, policy, policy.minutes, policy.calendar, now)


def wound_for_step(
    ticket: Ticket, policies: Policies, *, minutes: int, calendar: str, now: datetime
) -> Clock:
    """A step's clock, not yet saved; the step brings its own minutes and calendar."""
    policy = _policy(policies, Obligation.STEP, ticket.kind)
    return _wound(ticket, Obligation.STEP, policy, minutes, calendar, now)


def _wound(
    ticket: Ticket, obligation: Obligation, policy: ClockPolicy, minutes: int, calendar: str, now: datetime
) -> Clock:
    stored = calendar_store.get(calendar)
    clock = Clock(
        ticket=ticket, obligation=obligation, started_at=now, minutes=minutes, due_at=now,
        warn_percent=policy.warn_percent, escalate_after_minutes=policy.escalate_after_minutes,
        calendar=calendar, calendar_version=stored.version,
    )  # fmt: skip
    _wind(clock, stored, pauses=(), fired=())
    return clock


def _wind(
    clock: Clock, stored: calendar_store.Stored, pauses: tuple[rule.Pause, ...], fired: tuple[Level, ...]
) -> None:
    """Set when it is due and what happens next."""
    moments = rule.moments(clock.budget, stored.hours, started_at=clock.started_at, pauses=pauses)
    if moments is None:
        clock.next_level, clock.next_at = "", None
        return
    clock.due_at = moments.due_at
    following = rule.next_level(moments, fired)
    clock.next_level, clock.next_at = following or ("", None)


def rewind(clock: Clock) -> None:
    """Calculate a clock again from its start and its pauses, and save it."""
    pauses = tuple(rule.Pause(p.started_at, p.ended_at) for p in clock.pauses.all())
    fired = tuple(Level(level) for level in clock.events.values_list("level", flat=True))
    _wind(clock, calendar_store.get(clock.calendar), pauses, fired)
    clock.save()


def stop(clock: Clock, state: ClockState, *, now: datetime) -> None:
    """Stop a clock for good: met or cancelled."""
    if clock.stopped_at:
        return
    if clock.pauses.filter(ended_at__isnull=True).update(ended_at=now):
        rewind(clock)  # the pause moved the deadline by which it is judged
    clock.state, clock.stopped_at = state, now
    clock.next_level, clock.next_at = "", None
    clock.save()
    if clock.obligation == Obligation.FIRST_RESPONSE and state == ClockState.MET:
        _count_first_response(clock, "met" if now <= clock.due_at else "missed")


def refresh_deadline(ticket: Ticket) -> None:
    """Copy the nearest deadline of the running clocks onto the ticket, for lists to sort by."""
    show_nearest(ticket, ticket.clocks.filter(state=ClockState.RUNNING))


def show_nearest(ticket: Ticket, running: Iterable[Clock]) -> None:
    nearest = min(running, key=lambda clock: clock.due_at, default=None)
    ticket.next_due_at = nearest.due_at if nearest else None
    ticket.next_due_from = nearest.started_at if nearest else None


@transaction.atomic
def pause(*, ticket_no: str, reason: str, by: Person, now: datetime) -> Ticket:
    """Stop counting for a named reason; every running clock of the case waits."""
    ticket = Ticket.objects.locked(no=ticket_no)
    running = list(ticket.clocks.filter(state=ClockState.RUNNING))
    if not running:
        raise ClockNotRunning
    for clock in running:
        ClockPause.objects.create(clock=clock, reason=reason, started_at=now, by=by.get_username())
        clock.state = ClockState.PAUSED
        rewind(clock)
    happened(ticket, _("计时暂停：%(reason)s"), by=by, now=now, reason=reason)
    refresh_deadline(ticket)
    changed(ticket)
    return ticket


@transaction.atomic
def resume(*, ticket_no: str, by: Person, now: datetime) -> Ticket:
    """Count again; the deadline moves by exactly the time that did not count."""
    ticket = Ticket.objects.locked(no=ticket_no)
    paused = list(ticket.clocks.filter(state=ClockState.PAUSED))
    if not paused:
        raise ClockNotPaused
    for clock in paused:
        clock.pauses.filter(ended_at__isnull=True).update(ended_at=now)
        clock.state = ClockState.RUNNING
        rewind(clock)
    happened(ticket, _("计时恢复"), by=by, now=now)
    refresh_deadline(ticket)
    changed(ticket)
    return ticket


def fire_due(*, now: datetime) -> int:
    """Fire every level that is due, each in a transaction of its own; returns how many were fired."""
    due = Clock.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", "ticket_id")[:BATCH]
    return sum(_fire(clock_id, ticket_id, now) for clock_id, ticket_id in due)


@transaction.atomic
def _fire(clock_id: int, ticket_id: int, now: datetime) -> int:
    """Fire the due levels of one clock, unless another worker has the case just now."""
    ticket = Ticket.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=ticket_id).first()
    if ticket is None:
        return 0
    clock = Clock.objects.select_for_update().get(pk=clock_id)
    fired = 0
    while clock.next_at and clock.next_at <= now:
        _reach(ticket, clock, Level(clock.next_level), clock.next_at, now)
        rewind(clock)
        fired += 1
    if fired:
        changed(ticket)
    return fired


def _reach(ticket: Ticket, clock: Clock, level: Level, due_at: datetime, now: datetime) -> None:
    ClockEvent.objects.create(clock=clock, level=level, due_at=due_at, fired_at=now)
    text = REACHED[Obligation(clock.obligation), level]
    happened(ticket, text, by=None, now=now)
    unit = ticket.at_unit
    if level == Level.BREACH and clock.obligation == Obligation.FIRST_RESPONSE:
        _count_first_response(clock, "missed")
    if level == Level.ESCALATE:
        unit = ticket.escalated_to = _above(ticket)
    notices.notify(
        key=f"clock:{clock.pk}:{level}",
        kind=f"desk.{level}",
        unit=unit,
        person=ticket.owner if level != Level.ESCALATE else None,
        title=text,
        body=f"{ticket.no} {ticket.title}",
        link=f"/desk/t/{ticket.no}/",
        now=now,
    )
    publish(ClockLevelReached(ticket_id=ticket.pk, clock_id=clock.pk, level=level, at=now))


def _above(ticket: Ticket) -> OrgUnit:
    """Who a case climbs to: one level above whoever has it now, up to headquarters."""
    unit = ticket.escalated_to or ticket.at_unit
    return unit.parent or unit


def _count_first_response(clock: Clock, outcome: str) -> None:
    """Counted once per case, at the minute when it was due and where the case happened."""
    tally.count(
        measure=f"desk.first_response.{outcome}",
        at=clock.due_at,
        path=clock.ticket.path,
        key=f"first_response:{clock.ticket_id}",
    )
