"""The whole calculation of one clock in words: what was promised and why, what counted, who was called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from huhang.channels.models import Notice
from huhang.desk.models import Clock, ClockChange, ClockPause, ClockPolicy, Ticket
from huhang.desk.models.clock import LEVEL_NAMES, OBLIGATION_NAMES, call_key, facts_of
from huhang.desk.queries import replaying
from huhang.desk.rules import policy as policy_rule
from huhang.desk.rules.kinds import Level, Obligation
from huhang.kit import calendar_store, calendar_words
from huhang.kit.calendars import add_working, working_between
from huhang.kit.errors import NotFound
from huhang.kit.models import Calendar
from huhang.network.models import OrgUnit

# A promise of months is told by its first and last days.
LINES_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a clock's life: counted day by day, or paused for a reason."""

    begins: datetime
    ends: datetime
    counted: timedelta
    lines: list[str]
    pause: ClockPause | None = None


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call that was made or is to come."""

    name: Any
    due_at: datetime
    made_at: datetime | None
    who: list[str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that the dialog shows."""

    clock: Clock
    name: Any
    policy: ClockPolicy | None
    competing: list[ClockPolicy]
    calendar_name: str
    stretches: list[Stretch]
    changes: list[ClockChange]
    calls: list[CallLine]
    differs: list[str]

    @property
    def is_start_known(self) -> bool:
        """Was the moment known that it should count from?"""
        return self.clock.started_at < self.clock.ticket.opened_at

    @property
    def counted(self) -> timedelta:
        return sum((stretch.counted for stretch in self.stretches), timedelta())


def explanation(ticket: Ticket, clock_id: int, *, now: datetime) -> Explanation:
    """Of a clock of this case and no other."""
    rows = ticket.clocks.select_related("step", "ticket").prefetch_related(
        "changes", "events", "pauses__reason"
    )
    clock = rows.filter(pk=clock_id).first()
    if clock is None:
        raise NotFound(clock=clock_id)
    step = getattr(clock, "step", None)
    policies = {row.pk: row for row in ClockPolicy.objects.filter(obligation=clock.obligation)}
    chosen = policies.pop(clock.policy_id, None) if clock.policy_id else None
    return Explanation(
        clock=clock,
        name=step.shown_title if step else OBLIGATION_NAMES[Obligation(clock.obligation)],
        policy=chosen,
        competing=[row for row in policies.values() if policy_rule.fits(row, facts_of(ticket))],
        calendar_name=Calendar.objects.filter(key=clock.calendar).values_list("name", flat=True).first() or "",
        stretches=list(_stretches(clock)),
        changes=list(clock.changes.all()),
        calls=_calls(clock, now=now),
        differs=replaying.differences(clock, now=now),
    )  # fmt: skip


def _stretches(clock: Clock) -> Iterator[Stretch]:
    """From the start until it is due: what counted between the pauses, and the pauses."""
    hours = calendar_store.get(clock.calendar, clock.calendar_version).hours
    left, cursor = clock.budget.within, clock.started_at
    for pause in sorted(clock.pauses.all(), key=lambda p: p.started_at):
        counted = working_between(hours, cursor, pause.started_at)
        if counted >= left:
            break
        lines = calendar_words.explain(add_working(hours, cursor, counted))
        yield Stretch(cursor, pause.started_at, counted, _short(lines))
        yield Stretch(pause.started_at, pause.ended_at or pause.until_at, timedelta(), [], pause)
        left -= counted
        cursor = pause.ended_at or pause.until_at
    found = add_working(hours, cursor, left)
    yield Stretch(cursor, found.due, left, _short(calendar_words.explain(found)))


def _short(lines: list[str]) -> list[str]:
    half = LINES_SHOWN // 2
    return lines if len(lines) <= LINES_SHOWN else [*lines[:half], "…", *lines[-half:]]


def _calls(clock: Clock, *, now: datetime) -> list[CallLine]:
    """Those on record with whom they reached, then those to come."""
    told = _told(clock)
    events = sorted(clock.events.all(), key=lambda event: (event.fired_at, event.due_at))
    made = [
        CallLine(LEVEL_NAMES[Level(e.level)], e.due_at, e.fired_at, told.get(Level(e.level), []))
        for e in events
    ]
    if clock.stopped_at:
        return made
    stand = replaying.moments_ahead(clock)
    reached = {Level(event.level) for event in events}
    ahead = sorted((at, level) for level, at in stand.items() if level not in reached)
    return made + [CallLine(LEVEL_NAMES[level], at, None, []) for at, level in ahead]


def _told(clock: Clock) -> dict[Level, list[str]]:
    """Who was told at each level: people by name, units as a whole by theirs."""
    notices = list(Notice.objects.filter(key__startswith=f"clock:{clock.pk}:").select_related("person"))
    units = {
        unit.path: unit.shown_name for unit in OrgUnit.objects.filter(path__in={n.path for n in notices})
    }
    found: dict[Level, list[str]] = {}
    for level in Level:
        key = call_key(clock.pk, level)
        for notice in notices:
            if notice.key == key or notice.key.startswith(f"{key}:"):
                name = str(notice.person) if notice.person else units.get(notice.path, notice.path)
                found.setdefault(level, []).append(name)
    return found
