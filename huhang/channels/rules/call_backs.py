"""The calls that we owe: by when, how often we try, and what makes one unnecessary."""

from datetime import datetime, timedelta
from enum import StrEnum

from huhang.channels.rules.call_life import OWED, Life
from huhang.kit.calendars import Calendar, NeverOpens, add_working

# Half an hour of the line's own hours: who could not reach us in the evening is called in the morning.
WITHIN = timedelta(minutes=30)
MOST_TRIES = 3
TRY_AGAIN_AFTER = timedelta(minutes=20)
# What the switch tells us so late is history, not a promise.
FORGOTTEN_AFTER = timedelta(days=2)


class Closed(StrEnum):
    """Why nobody is owed a call any more."""

    CALLED = "called"
    GOT_THROUGH = "got_through"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"


def is_owed(call: Life, *, now: datetime) -> bool:
    """Does this call leave us owing one? Short ones do not: most of them dialled a wrong number."""
    missed = missed_at(call)
    return not call.is_outbound and call.outcome in OWED and missed > now - FORGOTTEN_AFTER


def missed_at(call: Life) -> datetime:
    """When the caller gave up, or was sent away."""
    return call.left_at or call.ended_at or call.queued_at or call.arrived_at


def due(missed: datetime, hours: Calendar, *, within: timedelta = WITHIN) -> datetime:
    """By when we ring back, counted in the hours of the line; a line that never opens is counted by the clock."""
    try:
        return add_working(hours, missed, within).due
    except NeverOpens:
        return missed + within


def try_again_at(tries: int, *, now: datetime) -> datetime | None:
    """When to ring again after so many tries in vain; None when it is enough."""
    return None if tries >= MOST_TRIES else now + TRY_AGAIN_AFTER
