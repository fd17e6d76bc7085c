"""Finding clocks that are due and making their calls: hundreds in a transaction, each level once.

A worker that dies takes its whole batch back with it, and another one does it again.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Prefetch
from django.utils.translation import gettext_noop as _

from huhang.desk.actions import calling, winding
from huhang.desk.actions.calling import Call
from huhang.desk.actions.story import places
from huhang.desk.models import Clock, ClockPause, Entry, Ticket
from huhang.desk.rules import clock as rule
from huhang.desk.rules.kinds import SYSTEM, ClockState, EntryKind, Level, Obligation
from huhang.desk.sql import statement
from huhang.kit import live
from huhang.kit.calendars import NeverOpens
from huhang.kit.errors import NotFound

log = logging.getLogger(__name__)

TAKEN = 250
# Looked at for each batch taken, so that workers side by side find different cases.
LOOKED_AT = 4 * TAKEN
# One look does not keep the other loops of a worker waiting for ever.
BATCHES = 20


@dataclass(slots=True)
class Due:
    """A clock with what it takes to see what it does next, and what that was."""

    ticket: Ticket
    clock: Clock
    pauses: list[ClockPause]
    made: set[Level]
    calls: list[Call] = field(default_factory=list)
    run_out: list[ClockPause] = field(default_factory=list)


def fire_due(*, now: datetime) -> int:
    """Make every call that is due and end every pause at its limit; returns how many of both."""
    total = 0
    for _number in range(BATCHES):
        fired = _fire_batch(now)
        total += fired
        if not fired:
            break
    return total


@transaction.atomic
def _fire_batch(now: datetime) -> int:
    dues = [due for clock in _take(now) if _advanced(due := _seen(clock), now)]
    if not dues:
        return 0
    _record(dues, now)
    _save_clocks(dues)
    _save_cases(dues)
    live.announce_many("desk.ticket", (place for ticket in _cases(dues) for place in places(ticket)))
    return _many(dues)


def _take(now: datetime) -> list[Clock]:
    """Lock some cases that nobody else has, and read their due clocks."""
    with connection.cursor() as cursor:
        cursor.execute(statement("cases_to_call"), {"now": now, "looked_at": LOOKED_AT, "taken": TAKEN})
        cases = [row[0] for row in cursor.fetchall()]
    if not cases:
        return []
    around = ("ticket__unit", "ticket__at_unit", "ticket__owner__home", "step__unit", "step__handler__home")
    found = Clock.objects.filter(ticket__in=cases, next_at__lte=now).select_related(*around)
    pauses = Prefetch("pauses", queryset=ClockPause.objects.order_by("started_at"))
    return list(found.defer(*_NOT_READ).prefetch_related(pauses, "events").order_by("next_at", "pk"))


_NOT_READ = ("ticket__body", "ticket__search", "ticket__answers", "ticket__result")


def _seen(clock: Clock, ticket: Ticket | None = None) -> Due:
    made = {Level(event.level) for event in clock.events.all()}
    return Due(ticket or clock.ticket, clock, list(clock.pauses.all()), made)


def catch_up(clock: Clock, ticket: Ticket, *, now: datetime) -> int:
    """Make the calls of one clock that fell due before a verb, as a worker would have; the caller saves the case.

    So what is on record never depends on whether a worker or a colleague came first.
    """
    if clock.next_at is None or clock.next_at > now:
        return 0
    due = _seen(clock, ticket)
    _advance(due, now)
    _record([due], now)
    clock.save()
    return _many([due])


def _advanced(due: Due, now: datetime) -> bool:
    """Not for a clock whose calendar is gone or never opens: it must not hold up all others, and doctor names it."""
    try:
        _advance(due, now)
    except (NotFound, NeverOpens):
        log.exception("clock %s cannot be calculated", due.clock.pk)
        return False
    return True


def _advance(due: Due, now: datetime) -> None:
    """What happens up to now, in order."""
    clock = due.clock
    while clock.next_at and clock.next_at <= now:
        if clock.next_level == winding.RESUME:
            _run_out(due, clock.next_at)
            winding.wind(clock, due.pauses, due.made)
        else:
            _reach(due, now)


def _run_out(due: Due, at: datetime) -> None:
    """A pause has reached its limit: counting went on at that moment, whenever a worker sees it."""
    for pause in due.pauses:
        if pause.ended_at is None:
            pause.ended_at = at
            due.run_out.append(pause)
    due.clock.state = ClockState.RUNNING


def _reach(due: Due, now: datetime) -> None:
    """Make all calls up to now; the moments are the same for all of them."""
    moments = winding.moments_of(due.clock, due.pauses)
    following = rule.next_call(moments, due.made)
    while following and following[1] <= now:
        level, at = following
        due.calls.append(Call(due.ticket, due.clock, level, at))
        due.made.add(level)
        following = rule.next_call(moments, due.made)
    due.clock.next_level, due.clock.next_at = following or ("", None)


def _record(dues: Sequence[Due], now: datetime) -> None:
    ended = [pause for due in dues for pause in due.run_out]
    if ended:
        ClockPause.objects.bulk_update(ended, ["ended_at"])
        Entry.objects.bulk_create(_lines_of_run_out(dues))
    calling.make([call for due in dues for call in due.calls], now=now)


def _lines_of_run_out(dues: Iterable[Due]) -> list[Entry]:
    """One line per case and moment, however many of its clocks were paused."""
    moments = {(due.ticket.pk, pause.until_at) for due in dues for pause in due.run_out}
    return [
        Entry(ticket_id=case, kind=EntryKind.EVENT, text=_("暂停已到上限，计时自动恢复"), by=SYSTEM, at=at)
        for case, at in sorted(moments)
    ]


def _save_clocks(dues: Sequence[Due]) -> None:
    clocks = [due.clock for due in dues]
    with connection.cursor() as cursor:
        cursor.execute(
            statement("move_clocks"),
            {
                "ids": [clock.pk for clock in clocks],
                "states": [str(clock.state) for clock in clocks],
                "due_ats": [clock.due_at for clock in clocks],
                "levels": [str(clock.next_level) for clock in clocks],
                "next_ats": [clock.next_at for clock in clocks],
            },
        )


def _save_cases(dues: Sequence[Due]) -> None:
    escalated: dict[int, int | None] = {}
    for due in dues:
        told_above = any(call.level in calling.HIGHER for call in due.calls)
        escalated[due.ticket.pk] = due.ticket.escalated_to_id if told_above else escalated.get(due.ticket.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            statement("touch_cases"), {"ids": list(escalated), "escalated": list(escalated.values())}
        )


def _cases(dues: Iterable[Due]) -> list[Ticket]:
    return list({due.ticket.pk: due.ticket for due in dues}.values())


def _many(dues: Iterable[Due]) -> int:
    return sum(len(due.calls) + len(due.run_out) for due in dues)


def ticket_of(clock: Clock) -> Ticket:
    """The case as its verb holds it: a step's clock reaches it through the step."""
    step = getattr(clock, "step", None) if clock.obligation == Obligation.STEP else None
    return step.ticket if step is not None else clock.ticket
