"""Starting, stopping and pausing clocks.

Lock order everywhere: the ticket first, then its clocks. A verb first makes the calls that fell due before it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import calling, leaving, winding
from huhang.desk.actions.firing import catch_up, ticket_of
from huhang.desk.actions.firing import fire_due as fire_due
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Clock, ClockPause, ClockPolicy, PauseReason, Ticket
from huhang.desk.models.clock import facts_of
from huhang.desk.rules import policy as policy_rule
from huhang.desk.rules.kinds import NEVER_PAUSED, ClockState, Obligation
from huhang.kit import calendar_store
from huhang.kit.calendar_store import Stored
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import Person


class NoPolicy(DomainError):
    """这类工单还没有配置时限。"""


class ClockNotRunning(DomainError):
    """这个时钟没有在走，不能暂停。"""


class ClockNotPaused(DomainError):
    """这个时钟没有暂停。"""


class PauseUsedUp(DomainError):
    """这个原因能暂停的时间已经用完，请换一个原因，或继续办理。"""


Policies = dict[Obligation, ClockPolicy]
Calendars = Callable[[str], Stored]
OF_WORDS = (Obligation.FIRST_RESPONSE, Obligation.NEXT_REPLY)


def policies_for(ticket: Ticket) -> Policies:
    """The policy of each obligation that the case has; of several the one that names most of the case."""
    return policy_rule.holding(ClockPolicy.objects.filter(kind__in=[ticket.kind, ""]), facts_of(ticket))


def _policy(policies: Policies, obligation: Obligation, kind: str) -> ClockPolicy:
    if obligation not in policies:
        raise NoPolicy(obligation=obligation.value, kind=kind)
    return policies[obligation]


def wound(
    ticket: Ticket,
    obligation: Obligation,
    policies: Policies,
    *,
    now: datetime,
    calendars: Calendars = calendar_store.get,
) -> Clock:
    """A clock for an obligation of the case, wound up and not yet saved."""
    policy = _policy(policies, obligation, ticket.kind)
    calendar = calendars(policy.calendar)
    return winding.wound(ticket, obligation, policy, minutes=policy.minutes, calendar=calendar, now=now)


def wound_for_step(
    ticket: Ticket, policies: Policies, *, minutes: int, calendar: Stored, now: datetime
) -> Clock:
    """A step's clock, not yet saved; the step brings its own minutes and calendar."""
    policy = _policy(policies, Obligation.STEP, ticket.kind)
    return winding.wound(ticket, Obligation.STEP, policy, minutes=minutes, calendar=calendar, now=now)


def stop(clock: Clock, state: ClockState, *, now: datetime) -> None:
    """Stop a clock for good: met or cancelled."""
    if clock.stopped_at:
        return
    _halt(clock, state, now=now)
    if clock.obligation == Obligation.FIRST_RESPONSE and state == ClockState.MET:
        calling.count_response(clock, clock.ticket)


def _halt(clock: Clock, state: ClockState, *, now: datetime) -> None:
    """The same without counting it."""
    # Exactly on time is kept: what would be called at this very moment is not called any more.
    catch_up(clock, ticket_of(clock), now=now - timedelta.resolution)
    if clock.state == ClockState.PAUSED:
        winding.go_on(clock, now)  # the pause moved the deadline by which it is judged
    clock.state, clock.stopped_at = state, now
    clock.next_level, clock.next_at = "", None
    clock.save()


def answered(ticket: Ticket, *, now: datetime) -> None:
    """The customer was given a human's word: the first response, or the reply to what they wrote, is met."""
    leaving.send_off(ticket, now=now)
    ticket.first_response_at = ticket.first_response_at or now
    for clock in _of_words(ticket):
        stop(clock, ClockState.MET, now=now)


def _of_words(ticket: Ticket) -> "QuerySet[Clock]":
    return ticket.clocks.filter(obligation__in=OF_WORDS, stopped_at__isnull=True)


def answered_unless_taken_back(ticket: Ticket, *, now: datetime) -> dict[str, Any]:
    """The same for a word that has not left yet: what `unanswered` needs to make it undone."""
    leaving.send_off(ticket, now=now)
    is_first = ticket.first_response_at is None
    ticket.first_response_at = ticket.first_response_at or now
    clocks = list(_of_words(ticket))
    paused = ClockPause.objects.filter(clock__in=clocks, ended_at__isnull=True)
    pauses = list(paused.values_list("pk", flat=True))
    for clock in clocks:
        _halt(clock, ClockState.MET, now=now)
    # A pause that had reached its limit by then has ended by itself, and stays so.
    ended = ClockPause.objects.filter(pk__in=pauses, ended_at=now)
    return {
        "clocks": [clock.pk for clock in clocks],
        "pauses": list(ended.values_list("pk", flat=True)),
        "is_first": is_first,
    }


def unanswered(ticket: Ticket, undoes: Mapping[str, Any], *, now: datetime) -> None:
    """The word was taken back: the clocks that it met run as if it had never been sent."""
    if undoes["is_first"]:
        ticket.first_response_at = None
    if undoes["clocks"]:
        # What the customer wrote meanwhile seemed to begin another wait: it goes on being the first one.
        for clock in ticket.clocks.filter(obligation=Obligation.NEXT_REPLY, stopped_at__isnull=True):
            stop(clock, ClockState.CANCELLED, now=now)
    for clock in ticket.clocks.filter(pk__in=undoes["clocks"]):
        reopened = clock.pauses.filter(pk__in=undoes["pauses"]).update(ended_at=None)
        clock.state, clock.stopped_at = ClockState.PAUSED if reopened else ClockState.RUNNING, None
        winding.rewind(clock)
    refresh_deadline(ticket)


def heard(ticket: Ticket, *, now: datetime) -> None:
    """The customer wrote: they wait for a reply, unless they wait for one already; nobody waits for them any more."""
    held = leaving.on_its_way(ticket)
    if held is not None and held.undoes["pauses"]:
        leaving.send_off(ticket, now=now)  # their word ends those pauses for good
    for clock in ticket.clocks.filter(state=ClockState.PAUSED):
        catch_up(clock, ticket, now=now)
        if clock.pauses.filter(ended_at__isnull=True, reason__until_heard=True).exists():
            winding.go_on(clock, now)
    waits = ticket.clocks.filter(obligation__in=OF_WORDS, stopped_at__isnull=True).exists()
    if ticket.is_live and ticket.first_response_at and not waits:
        policies = policies_for(ticket)
        if Obligation.NEXT_REPLY in policies:
            wound(ticket, Obligation.NEXT_REPLY, policies, now=now).save()
    refresh_deadline(ticket)


def reopen(ticket: Ticket, *, now: datetime) -> None:
    """A new promise to close; what the law gave ran from the complaint and stays as it was."""
    for clock in ticket.clocks.filter(obligation=Obligation.CLOSE, stopped_at__isnull=True):
        stop(clock, ClockState.CANCELLED, now=now)
    wound(ticket, Obligation.CLOSE, policies_for(ticket), now=now).save()
    refresh_deadline(ticket)


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
    leaving.send_off(ticket, now=now)
    running = _caught_up(ticket, _pausable(ticket), ClockState.RUNNING, now)
    if not running:
        raise ClockNotRunning
    left = {clock.pk: why.limit - _paused_for(clock, why) for clock in running}
    if not any(span > timedelta() for span in left.values()):
        raise PauseUsedUp(reason=reason)
    for clock in running:
        if left[clock.pk] > timedelta():
            _pause(clock, why, now, now + left[clock.pk], by)
    happened(ticket, _("计时暂停：%(reason)s"), by=by, now=now, reason=why.name)
    refresh_deadline(ticket)
    changed(ticket)
    return ticket


def _pausable(ticket: Ticket) -> "QuerySet[Clock]":
    return ticket.clocks.filter(state=ClockState.RUNNING).exclude(obligation__in=NEVER_PAUSED)


def _caught_up(ticket: Ticket, clocks: Iterable[Clock], state: ClockState, now: datetime) -> list[Clock]:
    """Those that are still in this state once what fell due before is done."""
    found = list(clocks)
    for clock in found:
        catch_up(clock, ticket, now=now)
    return [clock for clock in found if clock.state == state]


def _paused_for(clock: Clock, why: PauseReason) -> timedelta:
    """What earlier pauses for this reason have taken."""
    ended = clock.pauses.filter(reason=why, ended_at__isnull=False).values_list("started_at", "ended_at")
    return sum((end - start for start, end in ended if end), timedelta())


def _pause(clock: Clock, why: PauseReason, now: datetime, until: datetime, by: Person) -> None:
    ClockPause.objects.create(clock=clock, reason=why, started_at=now, until_at=until, by=by.get_username())
    clock.state = ClockState.PAUSED
    winding.rewind(clock)


@transaction.atomic
def resume(*, ticket_no: str, by: Person, now: datetime) -> Ticket:
    """Count again; the deadline moves by exactly the time that did not count."""
    ticket = Ticket.objects.locked(no=ticket_no)
    leaving.send_off(ticket, now=now)
    paused = list(ticket.clocks.filter(state=ClockState.PAUSED))
    if not paused:
        raise ClockNotPaused
    for clock in _caught_up(ticket, paused, ClockState.PAUSED, now):
        winding.go_on(clock, now)
    happened(ticket, _("计时恢复"), by=by, now=now)
    refresh_deadline(ticket)
    changed(ticket)
    return ticket
