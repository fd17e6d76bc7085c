"""Living through a foreign log again at our own desk: the same verbs as every day, at the log's own moments."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from huhang.desk.actions import answering, claiming, clocks, steps, tickets, weighing
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.actions.replay_ground import OUTSIDE, Ground, prepare, promised_by
from huhang.desk.models import Clock, ClockEvent, ClockPause, Entry, Step, Ticket
from huhang.desk.queries import replays as queries
from huhang.desk.replays.facts import Act, Case, Fact, Log, product_of
from huhang.desk.replays.verdicts import Check, compared
from huhang.desk.rules.kinds import ClockState, Priority
from huhang.kit.errors import DomainError
from huhang.network.models import Person

FEW = 100


class EmptyLog(DomainError):
    """这份日志里没有可以回放的工单。"""

    status = 422


class ClocksStandStill(DomainError):
    """有时钟到时却没有触发，回放不能继续。"""


@dataclass
class Replayed:
    """What came of it. `refused` counts what our verbs would not do, by act and refusal, with examples."""

    log: Log
    checks: list[Check] = field(default_factory=list)
    cases: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    fired: int = 0
    known_before: int = 0
    # Taken up again later than our desk allows: continued as a case of its own.
    continued: list[str] = field(default_factory=list)
    refused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    is_kept: bool = False


def replay(log: Log, *, now: datetime, under: str = "", keep: bool = False) -> Replayed:
    """Live through the log in one transaction, which is rolled back again unless it is to be kept."""
    if not log.cases:
        raise EmptyLog
    with transaction.atomic():
        done = _Replay(log, prepare(log, under=under, now=now)).run()
        done.is_kept = keep
        if not keep:
            transaction.set_rollback(True)
    return done


@dataclass
class _Standing:
    """A case at our desk while its log is lived through."""

    case: Case
    tickets: list[Ticket]

    @property
    def ticket(self) -> Ticket:
        return self.tickets[-1]


class _Replay:
    def __init__(self, log: Log, ground: Ground) -> None:
        self.log, self.ground, self.done = log, ground, Replayed(log)
        self.standing: dict[str, _Standing] = {}
        # Everything before this has been called; None when a deadline may have moved into the past.
        self.called_until: datetime | None = None
        self.counted_at = 0

    def run(self) -> Replayed:
        before = None
        for at, case, fact in self._timeline():
            if at != before:
                self._fire_before(at)
                before = at
            self._open(case, at) if fact is None else self._live(self.standing.get(case.ref), fact)
        self._fire_before(self.log.until)
        self._judge()
        return self.done

    def _timeline(self) -> Iterator[tuple[datetime, Case, Fact | None]]:
        """Every opening and every fact of all cases in order of time; of one moment, in the order of the log."""
        moments = [(case.opened_at, number, -1) for number, case in enumerate(self.log.cases)]
        for number, case in enumerate(self.log.cases):
            moments += [(fact.at, number, place) for place, fact in enumerate(case.facts)]
        for at, number, place in sorted(moments):
            case = self.log.cases[number]
            yield at, case, None if place < 0 else case.facts[place]

    def _fire_before(self, at: datetime) -> None:
        """Let every clock that was due before this moment do its calls, each when it was due."""
        # With a lower bound, as one transaction leaves behind a dead entry of the index for every call it made.
        due = Clock.objects.filter(next_at__lt=at).order_by("next_at").values_list("next_at", flat=True)
        if self.called_until is not None:
            due = due.filter(next_at__gte=self.called_until)
        self.called_until = at
        while (next_at := due.first()) is not None:
            fired = clocks.fire_due(now=next_at)
            if not fired:
                raise ClocksStandStill(at=next_at.isoformat())
            self.done.fired += fired

    def _open(self, case: Case, at: datetime, part: str = "") -> Ticket | None:
        opening = Opening(
            kind=case.kind, title=case.title[:120], unit=self.ground.unit(case.unit),
            source=f"replay:{self.log.name}"[:32], source_ref=f"{case.ref}{part}"[:200],
            rule=self.ground.entrance, entrance=self.ground.entrance, priority=case.priority,
            product=product_of(case.sort),
        )  # fmt: skip
        ticket, is_new = open_ticket(opening, by=self.ground.person(case.person), now=at)
        if not is_new:
            self.done.known_before += 1
            return None
        self.done.cases += not part
        if self.done.cases >= 2 * self.counted_at:
            self.counted_at = max(self.done.cases, FEW)
            _count_rows()
        self.standing.setdefault(case.ref, _Standing(case, [])).tickets.append(ticket)
        return ticket

    def _live(self, standing: _Standing | None, fact: Fact) -> None:
        if standing is None:  # kept by an earlier replay
            return
        self.done.acts[fact.act.value] += 1
        try:
            VERBS[fact.act](self, standing, fact, self.ground.person(fact.person))
        except DomainError as refusal:
            self.done.refused[f"{fact.act.value}: {refusal.code}"].append(standing.case.ref)

    def take(self, standing: _Standing, fact: Fact, by: Person) -> None:
        try:
            self._now(standing, claiming.claim(ticket_no=standing.ticket.no, by=by, now=fact.at))
        except claiming.AlreadyClaimed:
            self._note(standing, fact, by, f"改由 {by} 办理")

    def hand_over(self, standing: _Standing, fact: Fact, by: Person) -> None:
        unit = self.ground.unit(fact.unit)
        if standing.ticket.is_live and standing.ticket.at_unit_id != unit.pk:
            no, reason = standing.ticket.no, fact.words or "日志"
            self._now(
                standing,
                steps.hand_over(ticket_no=no, unit_code=unit.code, reason=reason, by=by, now=fact.at),
            )

    def wait(self, standing: _Standing, fact: Fact, by: Person) -> None:
        waiting = standing.ticket.clocks.filter(state=ClockState.PAUSED).first()
        no = standing.ticket.no
        if waiting is not None:
            if waiting.pauses.filter(ended_at__isnull=True, reason__code=fact.words).exists():
                self._note(standing, fact, by, "仍在等待")
                return
            clocks.resume(ticket_no=no, by=by, now=fact.at)
        self._now(standing, clocks.pause(ticket_no=no, reason=fact.words, by=by, now=fact.at))

    def go_on(self, standing: _Standing, fact: Fact, by: Person) -> None:
        self._now(standing, clocks.resume(ticket_no=standing.ticket.no, by=by, now=fact.at))

    def answer(self, standing: _Standing, fact: Fact, by: Person) -> None:
        said = fact.words or "已答复"
        self._now(standing, answering.answer(ticket_no=standing.ticket.no, text=said, by=by, now=fact.at))

    def weigh(self, standing: _Standing, fact: Fact, by: Person) -> None:
        """Once a case is over its weight changes nothing any more: it is only told."""
        if not standing.ticket.is_live:
            self._note(standing, fact, by, f"优先级改为 {fact.words}")
            return
        self.called_until = None
        no, priority = standing.ticket.no, Priority(fact.words)
        self._now(
            standing, weighing.weigh(ticket_no=no, priority=priority, reason="日志", by=by, now=fact.at)
        )

    def resolve(self, standing: _Standing, fact: Fact, by: Person) -> None:
        if not standing.ticket.is_live:
            self._note(standing, fact, by, fact.words or "关闭")
            return
        result = fact.words or "已解决"
        self._now(standing, tickets.resolve(ticket_no=standing.ticket.no, result=result, by=by, now=fact.at))

    def withdraw(self, standing: _Standing, fact: Fact, by: Person) -> None:
        if standing.ticket.is_live:
            reason = fact.words or "撤销"
            self._now(
                standing, tickets.withdraw(ticket_no=standing.ticket.no, reason=reason, by=by, now=fact.at)
            )

    def transfer(self, standing: _Standing, fact: Fact, by: Person) -> None:
        """Handed to somebody outside, and over for us."""
        self.hand_over(standing, Fact(fact.at, Act.HANDED_OVER, unit=OUTSIDE, words=fact.words), by)
        self.withdraw(standing, fact, by)

    def reopen(self, standing: _Standing, fact: Fact, by: Person) -> None:
        reason = fact.words or "日志：再次处理"
        try:
            self._now(
                standing, tickets.reopen(ticket_no=standing.ticket.no, reason=reason, by=by, now=fact.at)
            )
        except tickets.TooLateToReopen:
            self._open(standing.case, fact.at, part=f"#{len(standing.tickets) + 1}")
            self.done.continued.append(standing.case.ref)

    def note(self, standing: _Standing, fact: Fact, by: Person) -> None:
        self._note(standing, fact, by, fact.words)

    def _note(self, standing: _Standing, fact: Fact, by: Person, text: str) -> None:
        answering.note(ticket_no=standing.ticket.no, text=text, by=by, now=fact.at)

    def _now(self, standing: _Standing, ticket: Ticket) -> None:
        """The case as the verb left it."""
        standing.tickets[-1] = ticket

    def _judge(self) -> None:
        parts = {ref: [ticket.pk for ticket in s.tickets] for ref, s in self.standing.items()}
        found = queries.outcomes(parts, promised_by(self.log.terms), until=self.log.until)
        self.done.checks = compared(self.log, found)


def _count_rows() -> None:
    """Tell the planner how many rows there are by now: inside a transaction nobody else can."""
    tables = ", ".join(model._meta.db_table for model in (Ticket, Step, Clock, ClockPause, ClockEvent, Entry))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


Verb = Callable[[_Replay, _Standing, Fact, Person], None]
VERBS: dict[Act, Verb] = {
    Act.TAKEN: _Replay.take,
    Act.HANDED_OVER: _Replay.hand_over,
    Act.WAITS: _Replay.wait,
    Act.GOES_ON: _Replay.go_on,
    Act.ANSWERED: _Replay.answer,
    Act.WEIGHED: _Replay.weigh,
    Act.RESOLVED: _Replay.resolve,
    Act.CLOSED: _Replay.resolve,
    Act.REOPENED: _Replay.reopen,
    Act.DUPLICATE: _Replay.withdraw,
    Act.WITHDRAWN: _Replay.withdraw,
    Act.TRANSFERRED: _Replay.transfer,
    Act.NOTED: _Replay.note,
}
