"""What became of each case at our desk, held against what the source says of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from huhang.desk.replays.facts import Act, Case, Log, Promise, waits_of
from huhang.desk.rules.clock import Budget, Pause, moments
from huhang.desk.rules.kinds import State
from huhang.kit.calendars import Calendar

EXAMPLES = 5
DUE, LATE, BREACHED, RECOUNTED = "承诺时间", "超时", "时钟报的超时", "重新计算的承诺时间"
WAITS, WAITED, REOPENED, STATE, BY_UNIT = "等待次数", "等待时长", "重开次数", "结局", "各单位超时件数"

SEVERAL_SPANS = "同一类有几种承诺天数，此件与多数不同"
OTHER_SPAN = "承诺不晚于受理，无法成为时限"
FIT_ONLY = "时限是求得的，来源没有写明"
DOUBLED = "夏令时重复的一小时里，钟点先后与实际先后不同"
WEIGHED_AFTER = "超时之后优先级改变，期限随之改变；已报的超时留在记录里"
UNEXPLAINED = "未解释"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case as our desk has it at the end. `due_at` and `stopped_at` are those of the promise's clock."""

    due_at: datetime | None
    stopped_at: datetime | None
    state: State
    breached: bool
    pauses: tuple[Pause, ...]
    reopened: int
    unit: str
    # Since when the promise's clock has stood still, when it does so at the end.
    waiting_since: datetime | None = None

    def is_late(self, until: datetime) -> bool:
        """As of then; a clock that stands still is as late as it was when it was stopped."""
        judged_at = self.stopped_at or self.waiting_since or until
        return self.due_at is not None and judged_at > self.due_at


@dataclass(frozen=True, slots=True)
class Difference:
    why: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing compared, case by case."""

    name: str
    equal: int
    differences: tuple[Difference, ...] = ()

    @property
    def different(self) -> int:
        return sum(difference.count for difference in self.differences)

    @property
    def compared(self) -> int:
        return self.equal + self.different

    @property
    def unexplained(self) -> int:
        return sum(d.count for d in self.differences if d.why == UNEXPLAINED)


@dataclass
class _Tally:
    """Counts of one check while it runs."""

    name: str
    equal: int = 0
    apart: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, ours: object, theirs: object, what: str, why: Callable[[], str]) -> None:
        if ours == theirs:
            self.equal += 1
        else:
            self.apart[why()].append(f"{what}：本台 {_told(ours)}，来源 {_told(theirs)}")

    def done(self) -> Check:
        found = [Difference(why, len(all_), tuple(all_[:EXAMPLES])) for why, all_ in self.apart.items()]
        return Check(self.name, self.equal, tuple(sorted(found, key=lambda d: -d.count)))


def compared(log: Log, outcomes: Mapping[str, Outcome]) -> list[Check]:
    """Every check that the log allows; what the source is silent about is not among them."""
    until = log.until
    pairs = [(case, outcomes[case.ref]) for case in log.cases if case.ref in outcomes]
    checks = [
        _due(log, pairs),
        _late(log, pairs, until),
        _breached(log, pairs, until),
        _recounted(log, pairs, until),
    ]
    checks += [*_waits(log, pairs, until), _reopened(pairs), _state(pairs), _by_unit(pairs, until)]
    return [check for check in checks if check.compared]


Pairs = Sequence[tuple[Case, Outcome]]


def _due(log: Log, pairs: Pairs) -> Check:
    tally = _Tally(DUE)
    for case, ours in pairs:
        if case.promised_at is not None:
            tally.note(ours.due_at, case.promised_at, case.ref, partial(_why_due, log, case))
    return tally.done()


def _why_due(log: Log, case: Case) -> str:
    promise = log.terms.promise_for(case)
    if case.promised_at is None or promise is None or case.promised_at < case.opened_at:
        return OTHER_SPAN
    calendar = log.terms.calendar
    span = calendar.inward(case.promised_at) - calendar.inward(case.opened_at)
    return SEVERAL_SPANS if span != timedelta(minutes=promise.minutes) else UNEXPLAINED


def _late(log: Log, pairs: Pairs, until: datetime) -> Check:
    tally = _Tally(LATE)
    for case, ours in pairs:
        if case.late is not None:
            tally.note(ours.is_late(until), case.late, case.ref, partial(_why_late, log, case, ours))
    return tally.done()


def _why_late(log: Log, case: Case, ours: Outcome) -> str:
    if case.promised_at is None:
        return FIT_ONLY
    if ours.due_at != case.promised_at:
        return _why_due(log, case)
    if log.terms.by_wall_clock and any("重复" in remark for remark in case.remarks):
        return DOUBLED
    return UNEXPLAINED


def _breached(log: Log, pairs: Pairs, until: datetime) -> Check:
    """Does the desk's own record of calls say the same as its moments? Reopened cases have clocks anew."""
    tally = _Tally(BREACHED)
    for case, ours in pairs:
        if ours.due_at is not None and log.terms.promise_for(case) and not case.reopenings:
            tally.note(ours.breached, ours.is_late(until), case.ref, partial(_why_breached, case))
    return tally.done()


def _why_breached(case: Case) -> str:
    """A level once called stays on record when a lighter priority then moves the deadline, even back to the first."""
    return WEIGHED_AFTER if any(fact.act == Act.WEIGHED for fact in case.facts) else UNEXPLAINED


def _recounted(log: Log, pairs: Pairs, until: datetime) -> Check:
    """Is the stored deadline the one that opening, promise and the log's own waits give?"""
    tally, calendar = _Tally(RECOUNTED), log.terms.calendar
    for case, ours in pairs:
        if ours.due_at is not None and log.terms.promise_for(case) and not case.reopenings:
            tally.note(ours.due_at, _expected(log, case, calendar, until), case.ref, lambda: UNEXPLAINED)
    return tally.done()


def _expected(log: Log, case: Case, calendar: Calendar, until: datetime) -> datetime | None:
    promise = log.terms.promise_for(case)
    if promise is None:
        return None
    waits = waits_of(case, until=until) if log.terms.waits_stop else []
    # A wait that still lasts has moved nothing yet.
    lasting = bool(waits) and case.ended_at is None and waits[-1].ended_at == until
    pauses = [Pause(wait.started_at, wait.ended_at) for wait in (waits[:-1] if lasting else waits)]
    return due_of(promise, case.opened_at, calendar, pauses)


def due_of(
    promise: Promise, opened_at: datetime, calendar: Calendar, pauses: Sequence[Pause] = ()
) -> datetime:
    """When a promise given at opening runs out."""
    budget = Budget(timedelta(minutes=promise.minutes), ladder=())
    return moments(budget, calendar, started_at=opened_at, pauses=pauses).due_at


def _waits(log: Log, pairs: Pairs, until: datetime) -> Iterator[Check]:
    if not log.waits:
        return
    counts, spans = _Tally(WAITS), _Tally(WAITED)
    for case, ours in pairs:
        waits = waits_of(case, until=until)
        counts.note(len(ours.pauses), len(waits), case.ref, lambda: UNEXPLAINED)
        lasted = sum((p.ended_at - p.started_at for p in ours.pauses), timedelta())
        spans.note(lasted, sum((w.lasted for w in waits), timedelta()), case.ref, lambda: UNEXPLAINED)
    yield counts.done()
    yield spans.done()


def _reopened(pairs: Pairs) -> Check:
    tally = _Tally(REOPENED)
    for case, ours in pairs:
        tally.note(ours.reopened, case.reopenings, case.ref, lambda: UNEXPLAINED)
    return tally.done()


def _state(pairs: Pairs) -> Check:
    """Live, resolved or withdrawn, as the last of its facts says."""
    tally = _Tally(STATE)
    for case, ours in pairs:
        tally.note(_word(ours.state), _ending(case), case.ref, lambda: UNEXPLAINED)
    return tally.done()


WORDS = {State.RESOLVED: "已解决", State.WITHDRAWN: "已撤销"}


def _word(state: State) -> str:
    return WORDS.get(state, "在办")


def _ending(case: Case) -> str:
    if case.ended_at is None:
        return "在办"
    from_end = (fact.act.value for fact in reversed(case.facts))
    first = next((act for act in from_end if act in _OUTS | _DONE), "resolved")
    return "已撤销" if first in _OUTS and not _was_resolved(case) else "已解决"


_OUTS = {"duplicate", "transferred", "withdrawn"}
_DONE = {"resolved", "closed"}


def _was_resolved(case: Case) -> bool:
    """Had it been resolved already when it was found to be a duplicate?"""
    return any(fact.act.value in _DONE for fact in case.facts)


def _by_unit(pairs: Pairs, until: datetime) -> Check:
    ours: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    for case, outcome in pairs:
        if case.late is not None:
            theirs[case.unit] += case.late
            ours[outcome.unit] += outcome.is_late(until)
    tally = _Tally(BY_UNIT)
    for unit in sorted({case.unit for case, _ in pairs if case.late is not None}):
        tally.note(ours[unit], theirs[unit], unit, lambda: UNEXPLAINED)
    return tally.done()


def remarked(cases: Iterable[Case]) -> dict[str, tuple[int, list[str]]]:
    """What is odd in the source, by name: how many cases, and the first of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        for remark in case.remarks:
            found[remark].append(case.ref)
    return {
        name: (len(refs), refs[:EXAMPLES]) for name, refs in sorted(found.items(), key=lambda i: -len(i[1]))
    }


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "超时" if value else "按时"
    return value.isoformat() if isinstance(value, datetime) else str(value)
