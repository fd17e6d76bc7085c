"""When an obligation falls due, warns and escalates.

Replayable: the same start, budget, pauses and calendar give the same moments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from huhang.desk.rules.kinds import Level
from huhang.kit.calendars import Calendar, add_working, working_between


@dataclass(frozen=True, slots=True)
class Budget:
    """What is promised: working time until due, the share after which to warn, the grace before escalating."""

    within: timedelta
    warn_share: float = 0.5
    escalate_after: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch that does not count; `ended_at` is None while it lasts."""

    started_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """The three moments of a running clock, in UTC."""

    warn_at: datetime
    due_at: datetime
    escalate_at: datetime

    def of(self, level: Level) -> datetime:
        return {Level.WARN: self.warn_at, Level.BREACH: self.due_at, Level.ESCALATE: self.escalate_at}[level]


def moments(
    budget: Budget, calendar: Calendar, *, started_at: datetime, pauses: Sequence[Pause] = ()
) -> Moments | None:
    """The three moments, with every finished pause left out; None while a pause lasts."""
    if any(pause.ended_at is None for pause in pauses):
        return None

    def after(working: timedelta) -> datetime:
        return _after(working, calendar, started_at, pauses)

    return Moments(
        after(budget.within * budget.warn_share),
        after(budget.within),
        after(budget.within + budget.escalate_after),
    )


def next_level(moments: Moments, fired: Iterable[Level]) -> tuple[Level, datetime] | None:
    """What happens next and when; None when everything has happened."""
    done = set(fired)
    for level in Level:
        if level not in done:
            return level, moments.of(level)
    return None


def _after(working: timedelta, calendar: Calendar, started_at: datetime, pauses: Sequence[Pause]) -> datetime:
    """When this much working time has passed, not counting the pauses."""
    left, cursor = working, started_at
    for pause in sorted(pauses, key=lambda p: p.started_at):
        if pause.ended_at is None or pause.ended_at <= cursor:
            continue
        counted = working_between(calendar, cursor, max(cursor, pause.started_at))
        if counted >= left:
            break
        left -= counted
        cursor = pause.ended_at
    return add_working(calendar, cursor, left).due
