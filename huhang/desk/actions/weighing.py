"""Other terms for clocks that run: a case weighs more or less, or a policy's edit is to reach the cases at hand."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import clocks, leaving, winding
from huhang.desk.actions.firing import catch_up
from huhang.desk.actions.living import living
from huhang.desk.actions.story import changed, happened
from huhang.desk.models import Clock, ClockChange, ClockPolicy, Ticket
from huhang.desk.models.ticket import PRIORITY_WORDS
from huhang.desk.rules.kinds import LIVE_STATES, Obligation, Priority
from huhang.desk.rules.policy import NAMED
from huhang.kit import calendar_store, jobs
from huhang.kit.errors import NotFound
from huhang.network.models import Person

BATCH = 100
POLICY_EDITED = _("时限政策已修改")
WEIGHED = _("%(person)s 把工单由%(before)s调整为%(after)s：%(reason)s")
# As stories of earlier cases have it.
WEIGHED_BEFORE = _("由%(before)s调整为%(after)s：%(reason)s")


@transaction.atomic
def weigh(*, ticket_no: str, priority: Priority, reason: str, by: Person, now: datetime) -> Ticket:
    """Set how much a case weighs; its clocks go by the policies that hold for it now, from their own start."""
    ticket = living(ticket_no)
    before = Priority(ticket.priority)
    if before == priority:
        return ticket
    ticket.priority = priority
    choose_again(ticket, list(Obligation), by=by.get_username(), reason=reason, now=now)
    words = {"before": PRIORITY_WORDS[before], "after": PRIORITY_WORDS[priority], "reason": reason}
    happened(ticket, WEIGHED, by=by, now=now, person=str(by), **words)
    clocks.refresh_deadline(ticket)
    changed(ticket)
    return ticket


def choose_again(
    ticket: Ticket, obligations: Collection[Obligation], *, by: str, reason: str, now: datetime
) -> int:
    """Give the running clocks of these obligations the policies that hold now; returns how many changed.

    Time that has passed counts, levels that were called are not called again, and both values stay on record.
    """
    leaving.send_off(ticket, now=now)
    policies = clocks.policies_for(ticket)
    running = ticket.clocks.filter(stopped_at__isnull=True, obligation__in=obligations)
    return sum(
        _give(clock, ticket, policies[Obligation(clock.obligation)], by=by, reason=reason, now=now)
        for clock in running
        if Obligation(clock.obligation) in policies
    )


def _give(clock: Clock, ticket: Ticket, policy: ClockPolicy, *, by: str, reason: str, now: datetime) -> bool:
    """Other terms for one clock; a step keeps its own minutes and hours, only whom it calls is the policy's."""
    is_step = clock.obligation == Obligation.STEP
    minutes = clock.minutes if is_step else policy.minutes
    calendar = clock.calendar if is_step else policy.calendar
    if (minutes, calendar, policy.ladder) == (clock.minutes, clock.calendar, clock.ladder):
        return False
    catch_up(clock, ticket, now=now)
    before = winding.terms_of(clock)
    clock.minutes, clock.calendar, clock.ladder, clock.policy = minutes, calendar, policy.ladder, policy
    clock.calendar_version = calendar_store.get(calendar).version
    winding.rewind(clock)
    ClockChange.objects.create(
        clock=clock, at=now, by=by, reason=reason, before=before, after=winding.terms_of(clock)
    )
    return True


def reached_by(policy: ClockPolicy) -> "QuerySet[Ticket]":
    """Cases at hand for which this policy could hold: with a running clock of its obligation, and all that it names."""
    named = {name: getattr(policy, name) for name in NAMED if getattr(policy, name)}
    running = Clock.objects.filter(obligation=policy.obligation, stopped_at__isnull=True)
    return Ticket.objects.filter(state__in=LIVE_STATES, pk__in=running.values("ticket"), **named)


def ask_to_reach(*, policy: ClockPolicy, by: Person, now: datetime) -> int:
    """Let a policy reach the cases at hand, in the background; returns how many are looked at."""
    jobs.enqueue("desk.policy.reach", policy_id=policy.pk, by=by.get_username(), after=0)
    return reached_by(policy).count()


def repolicy(*, policy_id: int, by: str, after: int, now: datetime) -> int:
    """Let a policy reach the next cases at hand, each on record, and ask for those after them; returns how many."""
    policy = ClockPolicy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise NotFound(policy=policy_id)
    found = list(reached_by(policy).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH])
    reached = sum(_reach(pk, Obligation(policy.obligation), by, now) for pk in found)
    if len(found) == BATCH:
        jobs.enqueue("desk.policy.reach", policy_id=policy_id, by=by, after=found[-1])
    return reached


@transaction.atomic
def _reach(ticket_id: int, obligation: Obligation, by: str, now: datetime) -> int:
    ticket = Ticket.objects.locked(pk=ticket_id)
    if not ticket.is_live:
        return 0
    count = choose_again(ticket, [obligation], by=by, reason=POLICY_EDITED, now=now)
    if count:
        happened(ticket, POLICY_EDITED, by=None, now=now)
        clocks.refresh_deadline(ticket)
        changed(ticket)
    return count
