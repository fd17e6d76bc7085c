"""Clocks as they are on record, held against the same clocks lived again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from huhang.desk.models import Clock
from huhang.desk.rules import replay as rule
from huhang.desk.rules.clock import Budget, Pause, ladder_of, moments
from huhang.desk.rules.kinds import ClockState, Level
from huhang.kit import calendar_store

INSTANT = timedelta(microseconds=1)
NEWEST, SOONEST = 300, 200


def record_of(clock: Clock) -> rule.Record:
    """The facts of a clock; its pauses and changes are best fetched beforehand."""
    changes = list(clock.changes.all())
    first = (
        changes[0].before
        if changes
        else {
            "minutes": clock.minutes, "ladder": clock.ladder,
            "calendar": clock.calendar, "calendar_version": clock.calendar_version,
        }
    )  # fmt: skip
    pauses = sorted(clock.pauses.all(), key=lambda pause: pause.started_at)
    return rule.Record(
        started_at=clock.started_at,
        terms=_terms(first),
        changes=[rule.Change(change.at, _terms(change.after)) for change in changes],
        rests=[rule.Rest(pause.started_at, pause.until_at, pause.ended_at) for pause in pauses],
        stopped_at=clock.stopped_at,
    )


def _terms(stored: dict[str, Any]) -> rule.Terms:
    budget = Budget(timedelta(minutes=stored["minutes"]), ladder_of(stored["ladder"]))
    return rule.Terms(budget, calendar_store.get(stored["calendar"], stored["calendar_version"]).hours)


def replayed(clock: Clock, *, now: datetime) -> rule.Stand:
    """Where the clock must stand now, as far as workers had to look at it."""
    record = record_of(clock)
    looked = min(now, clock.next_at - INSTANT) if clock.next_at else now
    return rule.replay(record, until=max(looked, rule.last_fact(record)))


def moments_ahead(clock: Clock) -> dict[Level, datetime]:
    """When each level is due, with the finished pauses left out."""
    hours = calendar_store.get(clock.calendar, clock.calendar_version).hours
    finished = [Pause(p.started_at, p.ended_at) for p in clock.pauses.all() if p.ended_at]
    return dict(moments(clock.budget, hours, started_at=clock.started_at, pauses=finished).calls)


def differences(clock: Clock, *, now: datetime) -> list[str]:
    """What of a stored clock is not as its own history says; nothing, when all is well."""
    stand = replayed(clock, now=now)
    live = ClockState(clock.state) if clock.stopped_at is None else None
    calls = {Level(event.level): event.due_at for event in clock.events.all()}
    pairs = {
        "state": (live, stand.state),
        "due_at": (clock.due_at, stand.due_at),
        "next_at": (clock.next_at, stand.next_at),
        "calls": (calls, {call.level: call.due_at for call in stand.calls}),
    }
    return [name for name, (stored, lived) in pairs.items() if stored != lived]


def sample() -> list[Clock]:
    """The newest clocks, and those that are about to call."""
    rows = Clock.objects.select_related("ticket").prefetch_related("pauses", "changes", "events")
    newest = list(rows.order_by("-pk")[:NEWEST])
    soonest = list(rows.filter(next_at__isnull=False).order_by("next_at")[:SOONEST])
    return list({clock.pk: clock for clock in [*newest, *soonest]}.values())


def differing(clocks: Iterable[Clock], *, now: datetime) -> dict[Clock, list[str]]:
    return {clock: found for clock in clocks if (found := differences(clock, now=now))}
