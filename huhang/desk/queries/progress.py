"""A case as its customer reads it: plain words, units instead of people, no internal lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Q

from huhang.desk.models import (
    Attachment,
    Clock,
    CustomerVerdict,
    EmbedOrigin,
    Entry,
    Step,
    StepRating,
    Ticket,
)
from huhang.desk.queries.help import Help, help_now
from huhang.desk.rules.kinds import (
    PUBLIC_ENTRIES,
    ClockState,
    EntryKind,
    Kind,
    Obligation,
    State,
    StepState,
)
from huhang.desk.rules.progress import HUMAN_ASKED
from huhang.desk.rules.steps import REOPEN_WITHIN, is_reopenable
from huhang.journey.models import Storm
from huhang.journey.queries.storms import of_waybill
from huhang.kit.errors import NotAllowed
from huhang.network.models import Customer, Person

MESSAGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One step: who owes it, by when, and how it went; `parts` are asked of others by whoever owes it."""

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
    parts: list["ProgressStep"] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return self.step.state == StepState.DONE


@dataclass(frozen=True, slots=True)
class Message:
    """A line between us and the customer, and the pictures that came with it."""

    entry: Entry
    signed: str
    files: list[Attachment]

    @property
    def is_mine(self) -> bool:
        return self.entry.kind == EntryKind.FROM_CUSTOMER


@dataclass(frozen=True, slots=True)
class Progress:
    """The customer's page: seven statements, one more once it is over, and three while a storm holds."""

    ticket: Ticket
    stages: list[list[ProgressStep]]
    messages: list[Message]
    files: list[Attachment]
    answered_after: timedelta | None
    answer_due_at: datetime | None
    answer_late_by: timedelta | None
    expected_at: datetime | None
    overdue_by: timedelta | None
    statutory_at: datetime | None
    is_paused: bool
    storms: list[Storm]
    help: Help
    is_human_awaited: bool
    verdict: CustomerVerdict | None
    may_disagree_until: datetime | None

    @property
    def is_over(self) -> bool:
        return self.ticket.state in (State.RESOLVED, State.WITHDRAWN)

    @property
    def is_confirmed(self) -> bool:
        """Has the customer said that it is solved, since we did?"""
        ended = self.ticket.resolved_at
        return bool(self.verdict and self.verdict.is_solved and ended and self.verdict.at >= ended)

    @property
    def is_prevention(self) -> bool:
        """Did we act before the customer had to ask? Then the title is our rule's, not their words."""
        return self.ticket.kind == Kind.PREVENTION

    @property
    def steps(self) -> list[ProgressStep]:
        return [line for stage in self.stages for line in stage]

    @property
    def now_owed(self) -> list[ProgressStep]:
        """What is being done now, side by side."""
        return [line for line in self.steps if line.look == "now"]

    @property
    def next_owed(self) -> list[ProgressStep]:
        """What follows once that is done."""
        waiting = (stage for stage in self.stages if any(line.look == "next" for line in stage))
        return [line for line in next(waiting, []) if line.look == "next"]

    @property
    def waits_for_rating(self) -> bool:
        return any(line.is_done and line.rating is None for line in self.steps)


def progress_of(ticket: Ticket, *, now: datetime) -> Progress:
    """What the customer may know of this case."""
    clocks = list(ticket.clocks.prefetch_related("pauses"))
    close, first = (_of(clocks, which) for which in (Obligation.CLOSE, Obligation.FIRST_RESPONSE))
    statutory = _of(clocks, Obligation.STATUTORY)
    steps = list(ticket.steps.select_related("unit", "rating").exclude(state=StepState.DROPPED))
    files = list(ticket.attachments.filter(is_public=True))
    lines = _lines(ticket)
    return Progress(
        ticket=ticket,
        stages=_stages(steps, clocks, files, now),
        messages=_messages(lines, steps, files),
        files=[file for file in files if not file.step_id and not file.entry_id],
        answered_after=ticket.first_response_at - ticket.opened_at if ticket.first_response_at else None,
        answer_due_at=first.due_at if first and not first.stopped_at else None,
        answer_late_by=_late_by(first, now),
        expected_at=close.due_at if close and not close.stopped_at else None,
        overdue_by=_late_by(close, now),
        statutory_at=statutory.due_at if statutory and not statutory.stopped_at else None,
        storms=of_waybill(ticket.waybill_no, ticket.path, at=now) if ticket.is_live else [],
        is_paused=any(clock.state == ClockState.PAUSED for clock in clocks),
        help=help_now(now=now),
        is_human_awaited=_is_human_awaited(lines),
        verdict=None if ticket.is_live else ticket.verdicts.last(),
        may_disagree_until=_may_disagree_until(ticket, now),
    )


def _may_disagree_until(ticket: Ticket, now: datetime) -> datetime | None:
    ended = ticket.resolved_at if ticket.state == State.RESOLVED and not ticket.merged_into_id else None
    return ended + REOPEN_WITHIN if ended and is_reopenable(ended, now=now) else None


def _of(clocks: list[Clock], obligation: Obligation) -> Clock | None:
    """The latest clock of an obligation: one that was opened again has another."""
    found = [clock for clock in clocks if clock.obligation == obligation]
    return max(found, key=lambda clock: (clock.stopped_at is None, clock.started_at), default=None)


def _lines(ticket: Ticket) -> list[Entry]:
    """The newest public lines and the customer's calls for a human, newest first."""
    wanted = Q(kind__in=PUBLIC_ENTRIES) | Q(kind=EntryKind.EVENT, text=HUMAN_ASKED)
    return list(ticket.entries.filter(wanted).order_by("-at", "-id")[:MESSAGES_SHOWN])


def _is_human_awaited(lines: list[Entry]) -> bool:
    """Did the customer ask for a human, and nobody has answered since?"""
    ours = (line for line in lines if line.kind != EntryKind.FROM_CUSTOMER)
    return next((line.kind == EntryKind.EVENT for line in ours), False)


def _messages(lines: list[Entry], steps: list[Step], files: list[Attachment]) -> list[Message]:
    """Oldest first. A step's result is told at the step; the same words need not stand here."""
    told = {(step.done_at, step.result) for step in steps}
    names = {step.unit.name: step.unit.shown_name for step in steps}
    return [
        Message(
            line,
            names.get(line.signed, line.signed),
            [file for file in files if file.entry_id == line.pk],
        )
        for line in reversed(lines)
        if line.kind in PUBLIC_ENTRIES and (line.at, line.text) not in told
    ]


LOOKS = {
    StepState.WAITING: "next",
    StepState.OPEN: "now",
    StepState.DONE: "done",
    StepState.HANDED_OVER: "moved",
    StepState.REFUSED: "moved",
}


def _stages(
    steps: list[Step], clocks: Iterable[Clock], files: list[Attachment], now: datetime
) -> list[list[ProgressStep]]:
    """Steps of one order go side by side and make one stage; parts stand inside their step."""
    by_id = {clock.pk: clock for clock in clocks}
    lines = {step.pk: _line(step, by_id, files, now) for step in steps}
    for step in steps:
        if step.parent_id in lines:
            lines[step.parent_id].parts.append(lines[step.pk])
    whole = [step for step in steps if step.parent_id not in lines]
    return [[lines[step.pk] for step in stage] for _, stage in groupby(whole, key=lambda step: step.order)]


def _line(step: Step, clocks: dict[int, Clock], files: list[Attachment], now: datetime) -> ProgressStep:
    clock = clocks.get(step.clock_id) if step.clock_id else None
    look = LOOKS[StepState(step.state)]
    return ProgressStep(
        step=step,
        title=step.shown_title,
        unit=step.unit.shown_name,
        look=look,
        rating=getattr(step, "rating", None),
        due_at=clock.due_at if clock and look == "now" else None,
        since=clock.started_at if clock and look == "now" else None,
        paused_at=_paused_at(clock),
        took=step.done_at - step.opened_at if step.done_at and step.opened_at else None,
        late_by=_late_by(clock, now) if look != "moved" else None,
        files=[file for file in files if file.step_id == step.pk],
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


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The case that this one was merged into, as far as this customer may know of it."""

    title: str
    unit: str
    is_over: bool
    expected_at: datetime | None


def surviving(ticket: Ticket) -> Ticket:
    """The last of the cases that this one was merged into."""
    seen = {ticket.pk}
    while ticket.merged_into is not None and ticket.merged_into_id not in seen:
        ticket = ticket.merged_into
        seen.add(ticket.pk)
    return ticket


def elsewhere(ticket: Ticket) -> Elsewhere:
    """Where a merged case went on, when that is somebody else's: who has it and by when it is done, no word of it."""
    ticket = surviving(ticket)
    close = _of(list(ticket.clocks.all()), Obligation.CLOSE)
    return Elsewhere(
        title=ticket.get_kind_display(),
        unit=ticket.at_unit.shown_name,
        is_over=not ticket.is_live,
        expected_at=close.due_at if close and not close.stopped_at else None,
    )


def embed_origins(ticket: Ticket) -> list[EmbedOrigin]:
    """The websites of the case's business customer that may show it in a frame."""
    if ticket.customer_id is None:
        return []
    return list(EmbedOrigin.objects.filter(customer=ticket.customer_id).order_by("origin"))


def may_allow_frames(person: Person, ticket: Ticket) -> bool:
    """Whoever keeps the customer's record says which websites are its own."""
    customer = ticket.customer
    return customer is not None and person.may("network.edit", customer.unit.path if customer.unit else "/")


def customer_for(person: Person, ticket: Ticket) -> Customer:
    """The case's customer, for whoever may say which websites are its own."""
    if ticket.customer is None or not may_allow_frames(person, ticket):
        raise NotAllowed(permission="network.edit")
    return ticket.customer


def frames_allowed(ticket: Ticket) -> list[str]:
    """The same as a browser reads it."""
    return [row.origin for row in embed_origins(ticket)]
