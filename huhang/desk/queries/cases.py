"""One case with everything that its page shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from huhang.desk.models import Clock, ClockPause, Entry, Leaving, ProgressLink, Step, Ticket
from huhang.desk.models.clock import OBLIGATION_NAMES
from huhang.desk.queries.family import Inherited, inherited_of
from huhang.desk.queries.telling import told
from huhang.desk.rules.kinds import PUBLIC_ENTRIES, SYSTEM, ClockState, EntryKind, Obligation, StepState
from huhang.kit.readings import Given, Reading
from huhang.network.models import OrgUnit
from huhang.network.queries.people import names_of

STORY_SHOWN = 200
ORDER = {obligation: number for number, obligation in enumerate(Obligation)}


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A promise as the page shows it: running with its countdown, paused, or how it ended."""

    name: Any
    clock: Clock
    paused_at: datetime | None

    @property
    def is_running(self) -> bool:
        return self.clock.state in (ClockState.RUNNING, ClockState.PAUSED)

    @property
    def took(self) -> timedelta | None:
        return self.clock.stopped_at - self.clock.started_at if self.clock.stopped_at else None


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A line of the story with its writer's name."""

    entry: Entry
    name: str
    text: str
    signed: str
    # Until when it can be taken back; empty once it has left.
    leaves_at: datetime | None = None

    @property
    def side(self) -> str:
        """Which look it has."""
        return {
            EntryKind.TO_CUSTOMER: "out",
            EntryKind.FROM_CUSTOMER: "in",
            EntryKind.NOTE: "note",
            EntryKind.EVENT: "event",
            EntryKind.LEAVING: "leaving",
            EntryKind.TAKEN_BACK: "taken-back",
        }[EntryKind(self.entry.kind)]


@dataclass(frozen=True, slots=True)
class Case:
    """A case's page: seven statements at most."""

    ticket: Ticket
    clocks: list[ClockLine]
    steps: list[Step]
    story: list[StoryLine]
    link: ProgressLink | None
    # Promises given in cases that were merged into this one.
    inherited: list[Inherited]

    @property
    def customer_waits(self) -> bool:
        """Is the last message the customer's?"""
        said = (*PUBLIC_ENTRIES, EntryKind.LEAVING)
        messages = [line.entry.kind for line in self.story if line.entry.kind in said]
        return bool(messages) and messages[-1] == EntryKind.FROM_CUSTOMER

    @property
    def open_step(self) -> Step | None:
        return next((step for step in self.steps if step.state == StepState.OPEN), None)

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.steps if step.state == StepState.WAITING), None)

    @property
    def is_paused(self) -> bool:
        return any(line.paused_at for line in self.clocks)

    @property
    def running(self) -> list[ClockLine]:
        return [line for line in self.clocks if line.is_running]

    @property
    def ended(self) -> list[ClockLine]:
        return [line for line in self.clocks if not line.is_running]


CLOCKS = Reading(lambda: Clock.objects.filter(ticket=Given("ticket")))
PAUSES = Reading(lambda: ClockPause.objects.filter(clock__ticket=Given("ticket"), ended_at__isnull=True))
STEPS = Reading(
    lambda: Step.objects.filter(ticket=Given("ticket")).select_related("unit", "rating", "handler")
)
STORY = Reading(lambda: Entry.objects.filter(ticket=Given("ticket")).order_by("-at", "-id")[:STORY_SHOWN])
LINK = Reading(
    lambda: ProgressLink.objects.filter(
        ticket=Given("ticket"), revoked_at__isnull=True, expires_at__gt=Given("now")
    ).order_by("-created_at")[:1]
)


def case_of(ticket: Ticket, *, now: datetime) -> Case:
    """All of a case that a person may see (ask `tickets.reachable` for it first)."""
    clocks, steps = CLOCKS.rows(ticket=ticket.pk), STEPS.rows(ticket=ticket.pk)
    by_key = {clock.pk: clock for clock in clocks}
    for step in steps:
        step.clock = by_key[step.clock_id] if step.clock_id else None
    lines = _clock_lines(clocks, steps, PAUSES.rows(ticket=ticket.pk))
    return Case(
        ticket=ticket,
        clocks=lines,
        steps=steps,
        story=story_of(ticket, [step.unit for step in steps]),
        link=LINK.first(ticket=ticket.pk, now=now),
        inherited=inherited_of(
            ticket, [Obligation(line.clock.obligation) for line in lines if line.is_running]
        ),
    )


def _clock_lines(
    clocks: Iterable[Clock], steps: Iterable[Step], pauses: Iterable[ClockPause]
) -> list[ClockLine]:
    """In the order in which they matter; a step's clock bears the step's name. Cancelled ones say nothing."""
    titles = {step.clock_id: step.shown_title for step in steps}
    paused = {pause.clock_id: pause.started_at for pause in pauses}
    shown = [clock for clock in clocks if clock.state != ClockState.CANCELLED]
    shown.sort(
        key=lambda clock: (bool(clock.stopped_at), ORDER[Obligation(clock.obligation)], clock.started_at)
    )
    return [
        ClockLine(
            name=titles.get(clock.pk) or OBLIGATION_NAMES[Obligation(clock.obligation)],
            clock=clock,
            paused_at=paused.get(clock.pk),
        )
        for clock in shown
    ]


def story_of(ticket: Ticket, units: Iterable[OrgUnit] = ()) -> list[StoryLine]:
    """The newest lines, oldest first, each with the writer's name as colleagues know it; two statements."""
    places = {unit.name: unit.shown_name for unit in (*units, ticket.unit, ticket.at_unit)}
    newest = STORY.rows(ticket=ticket.pk)
    names, leaving = names_of({entry.by for entry in newest} - {SYSTEM}), _leaving(newest)
    return [
        StoryLine(
            entry,
            name=names.get(entry.by, ""),
            text=told(entry, places) if entry.kind == EntryKind.EVENT else entry.text,
            signed=places.get(entry.signed, entry.signed),
            leaves_at=leaving.get(entry.pk),
        )
        for entry in reversed(newest)
    ]


def _leaving(entries: list[Entry]) -> dict[int, datetime]:
    """When answers on their way leave; asked only when there are any."""
    waiting = [entry.pk for entry in entries if entry.kind == EntryKind.LEAVING]
    return (
        dict(Leaving.objects.filter(entry__in=waiting).values_list("entry", "leaves_at")) if waiting else {}
    )
