"""When an obligation falls due, and whom it calls on the way there and beyond.

Replayable: the same start, budget, pauses and calendar give the same moments.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from huhang.desk.rules.kinds import Level
from huhang.kit.calendars import Calendar, after, working_between


@dataclass(frozen=True, slots=True)
class Rung:
    """Whom to call, and when: at a share of the time allowed, or so long after it ran out."""

    level: Level
    percent: int | None = None
    after: timedelta = timedelta()

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From `{"level": "owner", "percent": 50}` or `{"level": "hq", "after": 30}` (minutes)."""
        return cls(Level(stored["level"]), stored.get("percent"), timedelta(minutes=stored.get("after", 0)))

    def stored(self) -> dict[str, Any]:
        if self.percent is not None:
            return {"level": self.level.value, "percent": self.percent}
        return {"level": self.level.value, "after": int(self.after / timedelta(minutes=1))}

    def working(self, within: timedelta) -> timedelta:
        """Working time from the start of the clock to this call."""
        return within * self.percent / 100 if self.percent is not None else within + self.after


Ladder = tuple[Rung, ...]
BREACH = Rung(Level.BREACH, percent=100)
USUAL: Ladder = (Rung(Level.OWNER, percent=50), Rung(Level.PROVINCE, after=timedelta(minutes=15)))


def ladder_of(stored: Iterable[Mapping[str, Any]]) -> Ladder:
    return tuple(Rung.read(rung) for rung in stored)


@dataclass(frozen=True, slots=True)
class Budget:
    """What is promised: working time until due, and whom to call when. The breach itself is always called."""

    within: timedelta
    ladder: Ladder = USUAL

    @property
    def rungs(self) -> Ladder:
        return (*(rung for rung in self.ladder if rung.level != Level.BREACH), BREACH)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch that did not count; ended by somebody, or by the limit of its reason."""

    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Moments:
    """When a clock is due and when it calls whom, in UTC."""

    due_at: datetime
    calls: Mapping[Level, datetime]


def moments(
    budget: Budget, calendar: Calendar, *, started_at: datetime, pauses: Sequence[Pause] = ()
) -> Moments:
    """Every moment, with the finished pauses left out."""
    calls = {
        rung.level: _after(rung.working(budget.within), calendar, started_at, pauses) for rung in budget.rungs
    }
    return Moments(calls[Level.BREACH], calls)


def next_call(moments: Moments, made: Iterable[Level]) -> tuple[Level, datetime] | None:
    """Who is called next and when; None when everybody has been."""
    done = set(made)
    order = list(Level)
    left = [(at, order.index(level), level) for level, at in moments.calls.items() if level not in done]
    if not left:
        return None
    at, _, level = min(left)
    return level, at


def _after(working: timedelta, calendar: Calendar, started_at: datetime, pauses: Sequence[Pause]) -> datetime:
    """When this much working time has passed, not counting the pauses."""
    left, cursor = working, started_at
    for pause in sorted(pauses, key=lambda p: p.started_at):
        if pause.ended_at <= cursor:
            continue
        counted = _counted(calendar, cursor, max(cursor, pause.started_at))
        if counted >= left:
            break
        left -= counted
        cursor = pause.ended_at
    return after(calendar, cursor, left)


def _counted(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    return end - start if calendar.never_closes else working_between(calendar, start, end)
