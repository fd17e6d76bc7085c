"""The do-it-now window: the steps that this unit owes, by time left."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, Exists, F, OuterRef, Q

from huhang.desk.models import Clock, Step, Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.queries.steps import may_do
from huhang.desk.queries.tickets import COUNTED_AT_MOST, LONG, believed, visible
from huhang.desk.rules.kinds import LIVE_STATES, ClockState, Kind, Obligation, StepState
from huhang.network.models import Courier, OrgUnit, Person
from huhang.network.models.scope import under

SHOWN = 60
# Among so many the one to take next is looked for where none of them is shown.
TO_CHOOSE = 8
BY_TIME_LEFT = (F("next_due_at").asc(nulls_last=True), F("id").asc())
# What a customer waits for, as long as it runs.
WORDS_OWED = (Obligation.FIRST_RESPONSE, Obligation.NEXT_REPLY)
# Sorts what is paused, or has no deadline, after every real deadline.
NEVER = 9_999_999_999.0
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """A step that is owed here; a case that waits for no department has none and waits for its owner."""

    ticket: Ticket
    step: Step | None
    promise: Clock | None
    may: frozenset[str] = NONE
    is_mine: bool = False
    # How long the customer has been waiting for that word.
    waited: timedelta | None = None

    @property
    def key(self) -> str:
        return f"{self.ticket.no}-{self.step.pk}" if self.step else self.ticket.no

    @property
    def clock(self) -> Clock | None:
        """The step's own clock while it counts."""
        clock = self.step.clock if self.step else None
        return clock if clock is not None and clock.state == ClockState.RUNNING else None

    @property
    def due_at(self) -> datetime | None:
        """What the row counts down to: the step's own deadline, of a case without steps the case's."""
        if self.step is None:
            return self.ticket.next_due_at
        return self.clock.due_at if self.clock else None

    @property
    def due_from(self) -> datetime | None:
        if self.step is None:
            return self.ticket.next_due_from
        return self.clock.started_at if self.clock else None

    @property
    def word_is_first(self) -> bool:
        """Is the customer's word due before the step is?"""
        return self.promise is not None and (self.due_at is None or self.promise.due_at < self.due_at)

    @property
    def whole_due_at(self) -> datetime | None:
        """The case's own deadline, when it comes before the step's and is not the word that the customer waits for."""
        case, word = self.ticket.next_due_at, self.promise.due_at if self.promise else None
        is_first = case is not None and (self.due_at is None or case < self.due_at)
        return case if is_first and self.step is not None and case != word else None

    @property
    def urgency(self) -> tuple[bool, float, int]:
        """Searches first, then by the nearest of the deadlines."""
        nearest = [at for at in (self.due_at, self.promise and self.promise.due_at, self.whole_due_at) if at]
        left = min((at.timestamp() for at in nearest), default=NEVER)
        return self.ticket.kind != Kind.TRACE, left, self.ticket.pk

    @property
    def handler(self) -> Person | None:
        """Who is at it: of a step whoever took it, of a case without steps its owner."""
        return self.step.handler if self.step else self.ticket.owner

    @property
    def is_free(self) -> bool:
        return self.handler is None

    @property
    def may_take(self) -> bool:
        return self.is_free and "claim" in self.may


@dataclass(frozen=True, slots=True)
class Group:
    """Reminders of one sort for one courier, shown as one row; its place is that of its most urgent row."""

    rows: list[Row]

    @property
    def first(self) -> Row:
        return self.rows[0]

    @property
    def courier(self) -> Courier | None:
        return self.first.ticket.courier

    @property
    def is_many(self) -> bool:
        return len(self.rows) > 1

    @property
    def numbers(self) -> list[str]:
        return [row.ticket.no for row in self.rows]

    @property
    def tickets(self) -> list[Ticket]:
        return [row.ticket for row in self.rows]


@dataclass(frozen=True, slots=True)
class Window:
    """What the window shows: six statements, five where all that is owed here is listed."""

    groups: list[Group]
    todo: int
    late: int
    mine: int
    best: Row | None
    # So many are listed though there are more; 0 where these are all.
    cut_at: int = 0

    @property
    def is_capped(self) -> bool:
        return self.todo > COUNTED_AT_MOST


def todo(person: Person, unit: OrgUnit | None) -> TicketQuerySet:
    """Cases that a unit must act on now; without a unit, all that the person may see."""
    if unit is None:
        return visible(person).live()
    # Who owes a step sees the case; asked for both, the database would expect far fewer cases than there are.
    is_own = any(unit.path.startswith(path) for path in person.visible_paths("desk.see"))
    return (Ticket.objects.live() if is_own else visible(person).live()).owed_by(unit.path)


def mine(person: Person) -> TicketQuerySet:
    """Cases that this person answers for, and those of which they do a step; two statements.

    Asked apart, so that either has its index: together they would walk through every live case.
    """
    at_work = Step.objects.filter(state=StepState.OPEN, handler=person.pk).values_list("ticket", flat=True)
    return visible(person).live().filter(Q(owner=person.pk) | Q(pk__in=list(at_work[: COUNTED_AT_MOST + 1])))


def window(person: Person, unit: OrgUnit | None, *, tab: str, now: datetime) -> Window:
    """The rows of a tab, and the figures on all tabs."""
    own, owed = mine(person), todo(person, unit)
    looked_at = TO_CHOOSE if tab == "report" else SHOWN
    tickets = list(_urgent(own if tab == "mine" else owed, looked_at + 1))
    is_cut = len(tickets) > looked_at
    rows = rows_of(tickets[:looked_at], person, None if tab == "mine" else unit)
    best = None if tab == "mine" else next((row for row in rows if row.may_take), None)
    if best is None and unit is not None and tab != "mine" and is_cut:
        best = _beyond(person, unit)
    is_all = tab != "mine" and not is_cut
    count, late = _of_these(tickets, now) if is_all else _of_all(owed, person, unit, now)
    return Window(
        groups=list(grouped(rows)),
        todo=count,
        late=late,
        mine=own.order_by()[: COUNTED_AT_MOST + 1].count(),
        best=replace(best, waited=now - best.promise.started_at) if best and best.promise else best,
        cut_at=looked_at if is_cut else 0,
    )


def _of_these(tickets: Sequence[Ticket], now: datetime) -> tuple[int, int]:
    """How many cases, and how many of them are late."""
    return len(tickets), sum(1 for ticket in tickets if ticket.next_due_at and ticket.next_due_at < now)


def _of_all(owed: TicketQuerySet, person: Person, unit: OrgUnit | None, now: datetime) -> tuple[int, int]:
    """The same of the most urgent, as many as are counted; where they are more, believed for a while."""
    most = owed.order_by(*BY_TIME_LEFT)[: COUNTED_AT_MOST + 1]
    late = Count("pk", filter=Q(next_due_at__lt=now))

    def count() -> tuple[int, int]:
        found = most.aggregate(owed=Count("pk"), late=late)
        return found["owed"], found["late"]

    return believed(person, f"owed at {unit.path if unit else ''}", count)


def _urgent(wanted: TicketQuerySet, count: int) -> TicketQuerySet:
    """The most urgent, with all that a row says."""
    shown = wanted.select_related("unit", "at_unit", "owner", "courier", "escalated_to").defer(*LONG)
    return shown.order_by(*BY_TIME_LEFT)[:count]


def rows_of(tickets: Sequence[Ticket], person: Person, unit: OrgUnit | None) -> list[Row]:
    """A row for each step that is open below the unit, or that is this person's when there is none; two statements."""
    steps = _open_steps(tickets)
    promises = _promises(tickets)
    rows = [
        Row(
            ticket, step, promises.get(ticket.pk),
            may=_may(person, ticket, step),
            is_mine=(step.handler_id if step else ticket.owner_id) == person.pk,
        )
        for ticket in tickets
        for step in _concerning(steps[ticket.pk], person, unit)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.urgency)


def _open_steps(tickets: Iterable[Ticket]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(ticket__in=tickets, state=StepState.OPEN).select_related(
        "unit", "clock", "handler"
    ):
        found[step.ticket_id].append(step)
    return found


def _promises(tickets: Iterable[Ticket]) -> dict[int, Clock]:
    running = Clock.objects.filter(
        ticket__in=tickets, state=ClockState.RUNNING, obligation__in=WORDS_OWED
    ).order_by("-due_at")
    return {clock.ticket_id: clock for clock in running}


def _concerning(steps: list[Step], person: Person, unit: OrgUnit | None) -> Sequence[Step | None]:
    """The unit's own of these steps, or this person's; of a case that is theirs all the same, the first."""
    if unit is not None:
        return [step for step in steps if step.path.startswith(unit.path)] or [None]
    return [step for step in steps if step.handler_id == person.pk] or steps[:1] or [None]


def _may(person: Person, ticket: Ticket, step: Step | None) -> frozenset[str]:
    """What one may do without opening the case: to the step, and to the customer who waits."""
    path = step.path if step else ticket.at_path
    verbs = {verb for verb in ("claim", "answer") if person.may(f"desk.{verb}", path)}
    return frozenset(verbs) if step is None else may_do(ticket, step, person) | (verbs - {"claim"})


def grouped(rows: Iterable[Row]) -> Iterator[Group]:
    """Reminders of the same title for the same courier become one row; everything else stays as it is."""
    given = list(rows)
    place = {row.key: number for number, row in enumerate(given)}
    together = [
        Group(list(members))
        for _, members in groupby(sorted(given, key=lambda r: (*_key(r), place[r.key])), key=_key)
    ]
    yield from sorted(together, key=lambda group: place[group.first.key])


def _key(row: Row) -> tuple[int, str]:
    """Rows of one key belong together; an own key belongs to nobody else."""
    if row.ticket.kind == Kind.PREVENTION and row.ticket.courier_id and row.is_free:
        return row.ticket.courier_id, row.ticket.title
    return 0, row.key


def best_next(person: Person, unit: OrgUnit) -> Row | None:
    """The one to take now: of the most urgent cases the first that nobody has, else the first of all others."""
    rows = rows_of(list(_urgent(todo(person, unit), SHOWN)), person, unit)
    return next((row for row in rows if row.may_take), None) or _beyond(person, unit)


def _beyond(person: Person, unit: OrgUnit) -> Row | None:
    """Below the most urgent, all of which somebody has: a case with a step here that nobody has taken."""
    free = Step.objects.filter(
        under(person.visible_paths("desk.claim")),
        ticket=OuterRef("pk"), state=StepState.OPEN, handler__isnull=True, path__startswith=unit.path,
    )  # fmt: skip
    left = Ticket.objects.filter(Exists(free), state__in=LIVE_STATES).order_by(*BY_TIME_LEFT)[:1]
    return next((row for row in rows_of(list(left), person, unit) if row.may_take), None)
