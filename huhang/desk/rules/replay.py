"""A clock lived again from what is on record of it: where it must stand, and whom it must have called when.

A fold of its own, apart from the verbs that wrote the record, so that the two can be held against each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from huhang.desk.rules.clock import Budget, Moments, Pause, moments, next_call
from huhang.desk.rules.kinds import ClockState, Level
from huhang.kit.calendars import Calendar


@dataclass(frozen=True, slots=True)
class Terms:
    """What was promised, and by which calendar it counts."""

    budget: Budget
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Change:
    """Other terms from a moment on; they count from the clock's own start."""

    at: datetime
    terms: Terms


@dataclass(frozen=True, slots=True)
class Rest:
    """A pause with its limit; not ended means that it lasts, or has run out since."""

    started_at: datetime
    until_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of a clock, each list in the order of time."""

    started_at: datetime
    terms: Terms
    changes: Sequence[Change] = ()
    rests: Sequence[Rest] = ()
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A level that was reached."""

    level: Level
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a clock stands."""

    state: ClockState | None  # None: stopped, however it ended
    due_at: datetime
    calls: tuple[Call, ...]
    next_at: datetime | None


def replay(record: Record, *, until: datetime) -> Stand:
    """Where the clock stood once everything up to this moment had happened, and somebody had looked just then.

    At the very moment of a fact nobody has looked since: calls that other terms have made overdue are still to come.
    """
    life = _Life(record.started_at, record.terms)
    facts = _facts(record, until)
    for fact in facts:
        life.meet(fact)
    if not facts or _at(facts[-1]) < until:
        life.reach(until)
    return life.stand()


@dataclass(frozen=True, slots=True)
class _Stop:
    at: datetime


@dataclass(frozen=True, slots=True)
class _End:
    at: datetime


_Fact = Change | Rest | _Stop | _End
# Of what happens at one moment, in this order.
_ORDER: tuple[type, ...] = (_End, Rest, Change, _Stop)


def _facts(record: Record, until: datetime) -> list[_Fact]:
    found = [fact for fact in _all(record) if _at(fact) <= until]
    return sorted(found, key=lambda fact: (_at(fact), _ORDER.index(type(fact))))


def _all(record: Record) -> Iterator[_Fact]:
    yield from record.changes
    for rest in record.rests:
        yield rest
        end = rest.ended_at or rest.until_at
        if record.stopped_at is None or end < record.stopped_at:
            yield _End(end)
    if record.stopped_at is not None:
        yield _Stop(record.stopped_at)


def last_fact(record: Record) -> datetime:
    """The latest moment at which somebody did something to the clock."""
    begun = [*(change.at for change in record.changes), *(rest.started_at for rest in record.rests)]
    ended = [rest.ended_at for rest in record.rests if rest.ended_at]
    return max([record.started_at, *begun, *ended, *([record.stopped_at] if record.stopped_at else [])])


def _at(fact: _Fact) -> datetime:
    return fact.started_at if isinstance(fact, Rest) else fact.at


@dataclass(slots=True)
class _Life:
    started_at: datetime
    terms: Terms
    pauses: list[Pause] = field(default_factory=list)
    resting: Rest | None = None
    is_stopped: bool = False
    calls: dict[Level, datetime] = field(default_factory=dict)

    def meet(self, fact: _Fact) -> None:
        """Before anything happens, what fell due before it is called; what is kept at its very due moment is kept."""
        at_once = timedelta.resolution if isinstance(fact, _Stop) else timedelta()
        self.reach(_at(fact) - at_once)
        match fact:
            case Rest():
                self.resting = fact
            case _End(at):
                self._rested(at)
            case Change(_, terms):
                self.terms = terms
            case _Stop(at):
                self._rested(at)
                self.is_stopped = True

    def _rested(self, at: datetime) -> None:
        if self.resting is not None:
            self.pauses.append(Pause(self.resting.started_at, at))
            self.resting = None

    def reach(self, at: datetime) -> None:
        """Call whoever is due by now; while resting, and once stopped, nobody is."""
        if self.resting is not None or self.is_stopped:
            return
        here = self.moments()
        while (following := next_call(here, self.calls)) and following[1] <= at:
            self.calls[following[0]] = following[1]

    def moments(self) -> Moments:
        return moments(self.terms.budget, self.terms.calendar, started_at=self.started_at, pauses=self.pauses)

    def stand(self) -> Stand:
        here = self.moments()
        calls = tuple(Call(level, due_at) for level, due_at in self.calls.items())
        if self.is_stopped:
            return Stand(None, here.due_at, calls, None)
        if self.resting is not None:
            return Stand(ClockState.PAUSED, here.due_at, calls, self.resting.until_at)
        following = next_call(here, self.calls)
        return Stand(ClockState.RUNNING, here.due_at, calls, following[1] if following else None)
