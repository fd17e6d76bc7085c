"""A case as its customer reads it: plain words, units instead of people, no internal lines."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from huhang.desk.models import Clock, Entry, Step, StepRating, Ticket
from huhang.desk.rules.kinds import PUBLIC_ENTRIES, ClockState, Kind, Obligation, State, StepState
from huhang.journey.models import Storm
from huhang.journey.queries.storms import of_waybill

MESSAGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One step: who owes it, by when, and how it went."""

    step: Step
    title: str
    unit: str
    look: str
    rating: StepRating | None
    due_at: datetime | None
    since: datetime | None
    paused_at: datetime | None
    took: timedelta | None
    late_by: timedelta | None

    @property
    def is_done(self) -> bool:
        return self.step.state == StepState.DONE


@dataclass(frozen=True, slots=True)
class Progress:
    """The customer's page: five statements, and three more while a storm holds."""

    ticket: Ticket
    steps: list[ProgressStep]
    messages: list[Entry]
    answered_after: timedelta | None
    answer_due_at: datetime | None
    answer_late_by: timedelta | None
    expected_at: datetime | None
    overdue_by: timedelta | None
    is_paused: bool
    storms: list[Storm]

    @property
    def is_over(self) -> bool:
        return self.ticket.state in (State.RESOLVED, State.WITHDRAWN)

    @property
    def is_prevention(self) -> bool:
        """Did we act before the customer had to ask? Then the title is our rule's, not their words."""
        return self.ticket.kind == Kind.PREVENTION

    @property
    def now_owed(self) -> ProgressStep | None:
        return next((line for line in self.steps if line.look == "now"), None)

    @property
    def waits_for_rating(self) -> bool:
        return any(line.is_done and line.rating is None for line in self.steps)


def progress_of(ticket: Ticket, *, now: datetime) -> Progress:
    """What the customer may know of this case."""
    clocks = list(ticket.clocks.prefetch_related("pauses"))
    by_id = {clock.pk: clock for clock in clocks}
    close, first = (_of(clocks, which) for which in (Obligation.CLOSE, Obligation.FIRST_RESPONSE))
    steps = list(ticket.steps.select_related("unit", "rating").exclude(state=StepState.DROPPED))
    public = ticket.entries.filter(kind__in=PUBLIC_ENTRIES)
    # A step's result is told at the step; the same words need not stand among the messages.
    told = {(step.done_at, step.result) for step in steps}
    newest = public.order_by("-at", "-id")[:MESSAGES_SHOWN]
    messages = [entry for entry in newest if (entry.at, entry.text) not in told]
    names = {step.unit.name: step.unit.shown_name for step in steps}
    for entry in messages:
        entry.signed = names.get(entry.signed, entry.signed)  # for the page only
    return Progress(
        ticket=ticket,
        steps=[_line(step, by_id, now) for step in steps],
        messages=messages[::-1],
        answered_after=ticket.first_response_at - ticket.opened_at if ticket.first_response_at else None,
        answer_due_at=first.due_at if first and not first.stopped_at else None,
        answer_late_by=_late_by(first, now),
        expected_at=close.due_at if close and not close.stopped_at else None,
        overdue_by=_late_by(close, now),
        storms=of_waybill(ticket.waybill_no, ticket.path, at=now) if ticket.is_live else [],
        is_paused=any(clock.state == ClockState.PAUSED for clock in clocks),
    )


def _of(clocks: list[Clock], obligation: Obligation) -> Clock | None:
    return next((clock for clock in clocks if clock.obligation == obligation), None)


LOOKS = {
    StepState.WAITING: "next",
    StepState.OPEN: "now",
    StepState.DONE: "done",
    StepState.HANDED_OVER: "moved",
}


def _line(step: Step, clocks: dict[int, Clock], now: datetime) -> ProgressStep:
    clock = clocks.get(step.clock_id) if step.clock_id else None
    is_open = step.state == StepState.OPEN
    return ProgressStep(
        step=step,
        title=step.shown_title,
        unit=step.unit.shown_name,
        look=LOOKS[StepState(step.state)],
        rating=getattr(step, "rating", None),
        due_at=clock.due_at if clock and is_open else None,
        since=clock.started_at if clock and is_open else None,
        paused_at=_paused_at(clock),
        took=step.done_at - step.opened_at if step.done_at and step.opened_at else None,
        late_by=_late_by(clock, now) if step.state != StepState.HANDED_OVER else None,
    )


def _paused_at(clock: Clock | None) -> datetime | None:
    if clock is None or clock.state != ClockState.PAUSED:
        return None
    return next((pause.started_at for pause in clock.pauses.all() if pause.ended_at is None), None)


def _late_by(clock: Clock | None, now: datetime) -> timedelta | None:
    """How long after its deadline it was finished, or already is; None in time, and while it is paused."""
    if clock is None or clock.state in (ClockState.PAUSED, ClockState.CANCELLED):
        return None
    late = (clock.stopped_at or now) - clock.due_at
    return late if late > timedelta() else None
