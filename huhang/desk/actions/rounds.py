"""Going round the seats: who has gone, whose cases go back, and who gets what waits.

Workers go round at the same time; each case and each seat is asked again under its own lock, so that a round that
is lost, or gone twice, changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from huhang.desk.actions import assignment, seats
from huhang.desk.models import Clock, Seat, Ticket
from huhang.desk.queries import manning
from huhang.desk.rules import assignment as rule
from huhang.desk.rules.assignment import AWAITED, AWAY_AT_MOST, NEXT_SHIFT, Status, Trigger, silent_before
from huhang.desk.rules.kinds import LIVE_STATES, ClockState

BY_TIME_LEFT = (F("next_due_at").asc(nulls_last=True), F("id").asc())
# Beyond this, what waits longest to be due is asked about in a later round.
LOOKED_AT = 2000


def go_round(*, now: datetime) -> int:
    """Give back what those who have gone cannot answer; returns how many cases."""
    _notice_who_left(now)
    return sum(_give_back(seat, trigger, now) for seat, trigger in _gone(now))


def _notice_who_left(now: datetime) -> None:
    there = Seat.objects.filter(is_active=True).exclude(status=Status.OFFLINE).order_by("pk")
    for pk in there.filter(shift_ends_at__lte=now).values_list("pk", flat=True):
        seats.end_shift(seat_id=pk, now=now)
    for pk in there.filter(last_seen_at__lt=silent_before(now)).values_list("pk", flat=True):
        seats.fall_silent(seat_id=pk, now=now)


def _gone(now: datetime) -> Iterator[tuple[Seat, Trigger]]:
    """Seats with nobody there, and why."""
    is_away = Q(status=Status.AWAY, status_since__lte=now - AWAY_AT_MOST)
    for seat in Seat.objects.filter(Q(is_active=False) | Q(status=Status.OFFLINE) | is_away).order_by("pk"):
        if not seat.is_active:
            yield seat, Trigger.SEAT_CLOSED
        elif seat.status == Status.AWAY:
            yield seat, Trigger.AWAY
        elif seat.shift_ends_at and seat.shift_ends_at <= now:
            yield seat, Trigger.SHIFT_ENDED
        else:
            yield seat, Trigger.OFFLINE


def _give_back(seat: Seat, trigger: Trigger, now: datetime) -> int:
    """What they had when they left; what somebody gave them since, stays."""
    waits = Clock.objects.filter(ticket=OuterRef("pk"), obligation__in=AWAITED, state=ClockState.RUNNING)
    urgent = Q(Exists(waits))
    if trigger == Trigger.SHIFT_ENDED:
        urgent |= Q(next_due_at__lt=now + NEXT_SHIFT)
    cases = Ticket.objects.filter(
        owner=seat.person_id, state__in=LIVE_STATES, claimed_at__lte=seat.status_since
    )
    if trigger != Trigger.SEAT_CLOSED:
        cases = cases.filter(urgent)
    return sum(
        assignment.give_back(ticket_no=no, person_id=seat.person_id, trigger=trigger, now=now)
        for no in cases.order_by(*BY_TIME_LEFT).values_list("no", flat=True)
    )


def assign_waiting(*, now: datetime) -> int:
    """Give what waits to whoever has room, the least time left first; returns how many cases found somebody."""
    if not Seat.objects.filter(is_active=True).exists():
        return 0
    policies = manning.policies()
    served = [p for p in policies.values() if p.gets_owner]
    if not served:
        return 0
    waiting = Ticket.objects.filter(state__in=LIVE_STATES, owner__isnull=True, merged_into__isnull=True)
    if all(policy.kind for policy in served):
        waiting = waiting.filter(kind__in={policy.kind for policy in served})
    cases = list(waiting.order_by(*BY_TIME_LEFT)[:LOOKED_AT])
    return sum(
        assignment.assign(ticket_no=no, now=now) is not None for no in _worth_asking(cases, policies, now)
    )


def _worth_asking(cases: list[Ticket], policies: manning.Policies, now: datetime) -> Iterator[str]:
    """Cases that somebody could have now, and those of which nothing was said yet: asked about without any lock."""
    if not cases:
        return
    staff = manning.staff()
    known = manning.Known.about(cases, staff)
    told = manning.told_of(cases)
    for ticket in cases:
        policy = manning.policy_for(ticket, policies)
        if policy is None or not policy.gets_owner:
            continue
        case = manning.case_of(ticket, policy, known)
        is_wanted = any(rule.refusal(case, member.candidate, now=now) is None for member in staff.values())
        if is_wanted or ticket.pk not in told:
            yield ticket.no
