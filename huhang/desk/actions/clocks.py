"""Starting, stopping, pausing clocks, and firing what is due.

Lock order everywhere: the ticket first, then its clocks.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.actions.counting import count_overtime
from huhang.desk.actions.story import changed, happened, happened_once
from huhang.desk.events import ClockLevelReached
from huhang.desk.models import Clock, ClockEvent, ClockPause, ClockPolicy, PauseReason, Ticket
from huhang.desk.models.clock import OBLIGATION_WORDS, REACHED
from huhang.desk.rules import clock as rule
from huhang.desk.rules import policy as policy_rule
from huhang.desk.rules.kinds import NEVER_PAUSED, ClockState, Level, Obligation
from huhang.kit import calendar_store
from huhang.kit.errors import DomainError, NotFound
from huhang.kit.events import publish
from huhang.metrics.actions import tally
from huhang.network.models import OrgUnit, Person
from huhang.network.rules.tree import above

BATCH = 200
# What comes next for a paused clock: the limit of the pause.
RESUME = "resume"


class NoPolicy(DomainError):
    """这类工单还没有配置时限。"""


class ClockNotRunning(DomainError):
    """这个时钟没有在走，不能暂停。"""


class ClockNotPaused(DomainError):
    """这个时钟没有暂停。"""


Policies = dict[Obligation, ClockPolicy]


def policies_for(ticket: Ticket) -> Policies:
    """The policy of each obligation that the case has; of several the one that names most of the case."""
    return policy_rule.holding(
        ClockPolicy.objects.filter(kind__in=[ticket.kind, ""]),
        policy_rule.Facts(
            ticket.kind, ticket.product, ticket.customer_class, ticket.priority, ticket.entrance
        ),
    )


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
        ladder=policy.ladder, calendar=calendar, calendar_version=stored.version,
    )  # fmt: skip
    _wind(clock, stored, pauses=(), made=())
    return clock


def _wind(
    clock: Clock, stored: calendar_store.Stored, pauses: Iterable[ClockPause], made: Iterable[Level]
) -> None:
    """Set when it is due and what happens next; of a paused clock, as it stood when the pause began."""
    finished = tuple(rule.Pause(p.started_at, p.ended_at) for p in pauses if p.ended_at)
    moments = rule.moments(clock.budget, stored.hours, started_at=clock.started_at, pauses=finished)
    clock.due_at = moments.due_at
    lasting = next((pause for pause in pauses if pause.ended_at is None), None)
    if lasting:
        clock.next_level, clock.next_at = RESUME, lasting.until_at
    else:
        clock.next_level, clock.next_at = rule.next_call(moments, made) or ("", None)


def rewind(clock: Clock) -> None:
    """Calculate a clock again from its start and its pauses, and save it."""
    made = tuple(Level(level) for level in clock.events.values_list("level", flat=True))
    _wind(clock, calendar_store.get(clock.calendar), list(clock.pauses.all()), made)
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


def reopen(ticket: Ticket, *, now: datetime) -> Clock:
    """The case is taken up again: a new promise of when it will be closed."""
    clock = wound(ticket, Obligation.CLOSE, policies_for(ticket), now=now)
    clock.save()
    return clock


def refresh_deadline(ticket: Ticket) -> None:
    """Copy the nearest deadline of the running clocks onto the ticket, for lists to sort by."""
    show_nearest(ticket, ticket.clocks.filter(state=ClockState.RUNNING))


def show_nearest(ticket: Ticket, running: Iterable[Clock]) -> None:
    nearest = min(running, key=lambda clock: clock.due_at, default=None)
    ticket.next_due_at = nearest.due_at if nearest else None
    ticket.next_due_from = nearest.started_at if nearest else None


@transaction.atomic
def pause(*, ticket_no: str, reason: str, by: Person, now: datetime) -> Ticket:
    """Stop counting for a named reason, up to its limit; what may never be paused goes on."""
    ticket = Ticket.objects.locked(no=ticket_no)
    why = PauseReason.objects.filter(code=reason, is_active=True).first()
    if why is None:
        raise NotFound(reason=reason)
    running = list(ticket.clocks.filter(state=ClockState.RUNNING).exclude(obligation__in=NEVER_PAUSED))
    if not running:
        raise ClockNotRunning
    until = now + timedelta(minutes=why.limit_minutes)
    for clock in running:
        ClockPause.objects.create(
            clock=clock, reason=why, started_at=now, until_at=until, by=by.get_username()
        )
        clock.state = ClockState.PAUSED
        rewind(clock)
    happened(ticket, _("计时暂停：%(reason)s"), by=by, now=now, reason=why.name)
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
        _go_on(clock, now)
    happened(ticket, _("计时恢复"), by=by, now=now)
    refresh_deadline(ticket)
    changed(ticket)
    return ticket


def _go_on(clock: Clock, at: datetime) -> None:
    clock.pauses.filter(ended_at__isnull=True).update(ended_at=at)
    clock.state = ClockState.RUNNING
    rewind(clock)


def fire_due(*, now: datetime) -> int:
    """Fire every level that is due, each in a transaction of its own; returns how many were fired."""
    due = Clock.objects.filter(next_at__lte=now).order_by("next_at").values_list("pk", "ticket_id")[:BATCH]
    return sum(_fire(clock_id, ticket_id, now) for clock_id, ticket_id in due)


@transaction.atomic
def _fire(clock_id: int, ticket_id: int, now: datetime) -> int:
    """Make the due calls of one clock, unless another worker has the case just now."""
    ticket = Ticket.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=ticket_id).first()
    if ticket is None:
        return 0
    clock = Clock.objects.select_for_update().get(pk=clock_id)
    fired = 0
    while clock.next_at and clock.next_at <= now:
        if clock.next_level == RESUME:
            _run_out(ticket, clock, clock.next_at)
        else:
            _call(ticket, clock, Level(clock.next_level), clock.next_at, now)
            rewind(clock)
        fired += 1
    if fired:
        refresh_deadline(ticket)
        changed(ticket)
    return fired


def _run_out(ticket: Ticket, clock: Clock, at: datetime) -> None:
    """A pause has reached its limit: counting went on at that moment, whenever a worker sees it."""
    _go_on(clock, at)
    happened_once(ticket, _("暂停已到上限，计时自动恢复"), now=at)


def _call(ticket: Ticket, clock: Clock, level: Level, due_at: datetime, now: datetime) -> None:
    """Record that a level was reached, and tell whoever it calls."""
    ClockEvent.objects.create(clock=clock, level=level, due_at=due_at, fired_at=now)
    if level == Level.BREACH:
        _count_breach(clock)
    unit, person = _called(ticket, clock, level)
    if level in (Level.PROVINCE, Level.HQ):
        ticket.escalated_to = unit
    words = {"obligation": OBLIGATION_WORDS[Obligation(clock.obligation)], "unit": unit.name}
    happened(ticket, REACHED[level], by=None, now=now, **words)
    notices.notify(
        key=f"clock:{clock.pk}:{level}",
        kind=f"desk.{level}",
        unit=unit,
        person=person,
        title=REACHED[level] % words,
        body=f"{ticket.no} {ticket.title}",
        link=f"/desk/t/{ticket.no}/",
        now=now,
    )
    publish(ClockLevelReached(ticket_id=ticket.pk, clock_id=clock.pk, level=level, at=now))


def _called(ticket: Ticket, clock: Clock, level: Level) -> tuple[OrgUnit, Person | None]:
    """Who hears of it: a step's handler and unit for a step, else the case's owner and unit; above them, the tree."""
    step = getattr(clock, "step", None)
    unit, person = (step.unit, step.handler) if step else (ticket.at_unit, ticket.owner)
    if level in (Level.OWNER, Level.BREACH):
        return unit, person
    if level == Level.LEAD:
        return (person.home if person and person.home else unit), None
    if level == Level.UNIT:
        return unit, None
    kind = OrgUnit.Kind.PROVINCE if level == Level.PROVINCE else OrgUnit.Kind.HQ
    return _above(unit, kind), None


def _above(unit: OrgUnit, kind: str) -> OrgUnit:
    """The nearest unit of this kind above; headquarters when there is none."""
    around = list(OrgUnit.objects.filter(path__in=above(unit.path)).order_by("-path"))
    return next((row for row in around if row.kind == kind), around[-1])


def _count_breach(clock: Clock) -> None:
    if clock.obligation == Obligation.FIRST_RESPONSE:
        _count_first_response(clock, "missed")
    elif clock.obligation == Obligation.STEP:
        count_overtime(clock)


def _count_first_response(clock: Clock, outcome: str) -> None:
    """Counted once per case, at the minute when it was due and where the case happened."""
    tally.count(
        measure=f"desk.first_response.{outcome}",
        at=clock.due_at,
        path=clock.ticket.path,
        key=f"first_response:{clock.ticket_id}",
    )
