"""Winding a clock: what follows from its start, its terms, its pauses and the calls it has made. Saves nothing."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from huhang.desk.models import Clock, ClockPause, ClockPolicy, Ticket
from huhang.desk.rules import clock as rule
from huhang.desk.rules.kinds import ClockState, Level, Obligation
from huhang.kit import calendar_store
from huhang.kit.calendar_store import Stored

# What comes next for a paused clock: the limit of the pause.
RESUME = "resume"


def wound(
    ticket: Ticket,
    obligation: Obligation,
    policy: ClockPolicy,
    *,
    minutes: int,
    calendar: Stored,
    now: datetime,
) -> Clock:
    """A new clock on these terms, not yet saved."""
    clock = Clock(
        ticket=ticket, obligation=obligation, policy=policy, started_at=now, minutes=minutes, due_at=now,
        ladder=policy.ladder, calendar=calendar.key, calendar_version=calendar.version,
    )  # fmt: skip
    wind(clock, pauses=(), made=())
    return clock


def wind(clock: Clock, pauses: Sequence[ClockPause], made: Collection[Level]) -> None:
    """Set when it is due and what happens next; of a paused clock, as it stood when the pause began."""
    moments = moments_of(clock, pauses)
    clock.due_at = moments.due_at
    lasting = next((pause for pause in pauses if pause.ended_at is None), None)
    if lasting:
        clock.next_level, clock.next_at = RESUME, lasting.until_at
    else:
        clock.next_level, clock.next_at = rule.next_call(moments, made) or ("", None)


def moments_of(clock: Clock, pauses: Iterable[ClockPause]) -> rule.Moments:
    """Its moments with the finished pauses left out."""
    hours = calendar_store.get(clock.calendar, clock.calendar_version).hours
    finished = tuple(rule.Pause(p.started_at, p.ended_at) for p in pauses if p.ended_at)
    return rule.moments(clock.budget, hours, started_at=clock.started_at, pauses=finished)


def rewind(clock: Clock) -> None:
    """Wind a clock again by what is on record of it, and save it."""
    made = {Level(level) for level in clock.events.values_list("level", flat=True)}
    wind(clock, list(clock.pauses.all()), made)
    clock.save()


def go_on(clock: Clock, at: datetime) -> None:
    """End its pause: it counts again from this moment."""
    clock.pauses.filter(ended_at__isnull=True).update(ended_at=at)
    clock.state = ClockState.RUNNING
    rewind(clock)


def terms_of(clock: Clock) -> dict[str, Any]:
    """One side of a change: what the clock promises and by when that is."""
    return {
        "minutes": clock.minutes, "calendar": clock.calendar, "calendar_version": clock.calendar_version,
        "ladder": clock.ladder, "policy": clock.policy_id, "due_at": clock.due_at.isoformat(),
    }  # fmt: skip
