"""Whom a clock calls at each level, and telling them; made for many calls at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from huhang.channels.actions import notices
from huhang.channels.actions.notices import Word
from huhang.desk.actions.counting import overtime
from huhang.desk.events import ClockLevelReached
from huhang.desk.models import Clock, ClockEvent, Entry, Step, Ticket
from huhang.desk.models.clock import OBLIGATION_WORDS, REACHED, call_key
from huhang.desk.rules.kinds import SYSTEM, EntryKind, Level, Obligation
from huhang.kit.events import publish_many
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count
from huhang.network.models import Grant, OrgUnit, Person
from huhang.network.rules.roles import Role
from huhang.network.rules.tree import above

LEADS = (Role.TEAM_LEAD, Role.OUTLET_OWNER)
HIGHER = {Level.PROVINCE: OrgUnit.Kind.PROVINCE, Level.HQ: OrgUnit.Kind.HQ}


@dataclass(frozen=True, slots=True)
class Call:
    """A level of a clock that was reached, and the moment at which it was due."""

    ticket: Ticket
    clock: Clock
    level: Level
    due_at: datetime

    @property
    def step(self) -> Step | None:
        return getattr(self.clock, "step", None) if self.clock.obligation == Obligation.STEP else None

    @property
    def owing(self) -> tuple[OrgUnit, Person | None]:
        """Who must act: a step's unit and handler for a step, else the case's unit and owner."""
        step = self.step
        if step is not None:
            return step.unit, step.handler
        return self.ticket.at_unit, self.ticket.owner

    @property
    def base(self) -> OrgUnit:
        """Where to look upward from, for whoever leads."""
        unit, person = self.owing
        return (person and person.home) or unit

    @property
    def promise(self) -> str:
        """The promise in stored words; a step's by its own title."""
        step = self.step
        return step.title if step else OBLIGATION_WORDS[Obligation(self.clock.obligation)]


Told = tuple[OrgUnit, Person | None]


@dataclass(frozen=True, slots=True)
class Above:
    """The units above some paths, and who leads them: two statements for any number of calls."""

    units: dict[str, OrgUnit]
    leads: dict[str, list[Person]]

    @classmethod
    def of(cls, calls: Iterable[Call]) -> "Above":
        paths = {up for call in calls for unit in (call.base, call.owing[0]) for up in above(unit.path)}
        wanted = {up for call in calls if call.level == Level.LEAD for up in above(call.base.path)}
        units = {unit.path: unit for unit in OrgUnit.objects.filter(path__in=paths)} if paths else {}
        leads: dict[str, list[Person]] = {}
        if wanted:
            grants = Grant.objects.filter(role__in=LEADS, unit__path__in=wanted, person__is_active=True)
            for grant in grants.select_related("person", "unit").order_by("person_id"):
                if grant.person not in leads.setdefault(grant.unit.path, []):
                    leads[grant.unit.path].append(grant.person)
        return cls(units, leads)

    def nearest(self, unit: OrgUnit, kind: str) -> OrgUnit:
        """The nearest unit of this kind above; headquarters when there is none."""
        around = [self.units[path] for path in reversed(above(unit.path)) if path in self.units]
        return next((found for found in around if found.kind == kind), around[-1] if around else unit)

    def leading(self, unit: OrgUnit, person: Person | None) -> list[Person]:
        """Those who lead at the nearest level at which somebody else does."""
        for path in reversed(above(unit.path)):
            if others := [lead for lead in self.leads.get(path, ()) if lead != person]:
                return others
        return []


def told(call: Call, around: Above) -> list[Told]:
    """Who hears of this call; a unit as a whole when there is no such person."""
    unit, person = call.owing
    if call.level in (Level.OWNER, Level.BREACH):
        return [(unit, person)]
    if call.level == Level.LEAD:
        return [(call.base, lead) for lead in around.leading(call.base, person)] or [(call.base, None)]
    if call.level == Level.UNIT:
        return [(unit if call.step else call.ticket.unit, None)]
    return [(around.nearest(unit, HIGHER[call.level]), None)]


def make(calls: Sequence[Call], *, now: datetime) -> None:
    """Put these calls on record and tell whom they call; the caller saves clocks and cases."""
    if not calls:
        return
    around = Above.of(calls)
    heard = [(call, told(call, around)) for call in calls]
    ClockEvent.objects.bulk_create(
        [ClockEvent(clock=c.clock, level=c.level, due_at=c.due_at, fired_at=now) for c in calls],
        ignore_conflicts=True,
    )
    Entry.objects.bulk_create([_line(call, who[0][0], now) for call, who in heard])
    notices.notify_many([word for call, who in heard for word in _words(call, who)], now=now)
    tally.count_many(missed(call.clock, call.ticket) for call in calls if _is_missed_response(call))
    breached = [(call.step, call.clock) for call in calls if call.level == Level.BREACH]
    tally.count_many(overtime(step, clock) for step, clock in breached if step)
    for call, who in heard:
        if call.level in HIGHER:
            call.ticket.escalated_to = who[0][0]
    publish_many([ClockLevelReached(c.ticket.pk, c.clock.pk, c.level, now) for c in calls])


def _line(call: Call, unit: OrgUnit, now: datetime) -> Entry:
    words = {"obligation": call.promise, "unit": unit.name}
    return Entry(
        ticket=call.ticket, kind=EntryKind.EVENT, text=REACHED[call.level], words=words, by=SYSTEM, at=now
    )


def _words(call: Call, who: list[Told]) -> list[Word]:
    title = REACHED[call.level] % {"obligation": call.promise, "unit": who[0][0].name}
    key = call_key(call.clock.pk, call.level)
    return [
        Word(
            key=f"{key}:{person.pk}" if call.level == Level.LEAD and person else key,
            kind=f"desk.{call.level}", title=title, unit=unit, person=person,
            body=f"{call.ticket.no} {call.ticket.title}", link=f"/desk/t/{call.ticket.no}/",
        )
        for unit, person in who
    ]  # fmt: skip


def _is_missed_response(call: Call) -> bool:
    return call.level == Level.BREACH and call.clock.obligation == Obligation.FIRST_RESPONSE


def missed(clock: Clock, ticket: Ticket) -> Count:
    """Counted once per case, at the minute when it was due and where the case happened."""
    return _response(clock, ticket, "missed")


def met(clock: Clock, ticket: Ticket) -> Count:
    """Counted like `missed`: of the two, the first one holds."""
    return _response(clock, ticket, "met")


def count_response(clock: Clock, ticket: Ticket) -> None:
    """Count how a first response that was given is judged."""
    is_met = clock.stopped_at is not None and clock.stopped_at <= clock.due_at
    tally.count_many([met(clock, ticket) if is_met else missed(clock, ticket)])


def _response(clock: Clock, ticket: Ticket, outcome: str) -> Count:
    key = f"first_response:{ticket.pk}"
    return Count(f"desk.first_response.{outcome}", at=clock.due_at, path=ticket.path, key=key)
