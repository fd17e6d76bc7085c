"""The do-it-now window: what this unit must act on, by time left."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.db.models import F

from huhang.desk.models import Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.queries.tickets import COUNTED_AT_MOST, visible
from huhang.desk.rules.kinds import Kind
from huhang.network.models import Courier, OrgUnit, Person

SHOWN = 120
BY_TIME_LEFT = (F("next_due_at").asc(nulls_last=True), F("id").asc())


@dataclass(frozen=True, slots=True)
class Group:
    """Reminders of one sort for one courier, shown as one row; its place is that of its most urgent ticket."""

    tickets: list[Ticket]

    @property
    def first(self) -> Ticket:
        return self.tickets[0]

    @property
    def courier(self) -> Courier | None:
        return self.first.courier

    @property
    def is_many(self) -> bool:
        return len(self.tickets) > 1

    @property
    def numbers(self) -> list[str]:
        return [ticket.no for ticket in self.tickets]

    @property
    def unclaimed(self) -> list[Ticket]:
        return [ticket for ticket in self.tickets if ticket.owner_id is None]


@dataclass(frozen=True, slots=True)
class Window:
    """What the window shows: two statements."""

    groups: list[Group]
    todo: int
    late: int
    mine: int
    more: int = field(default=0)

    @property
    def is_capped(self) -> bool:
        return self.todo > COUNTED_AT_MOST


def todo(person: Person, unit: OrgUnit | None) -> TicketQuerySet:
    """What a unit must act on now; without a unit, all that the person may see."""
    rows = visible(person).live()
    return rows.owed_by(unit.path) if unit else rows


def mine(person: Person) -> TicketQuerySet:
    """What this person has claimed and not finished, wherever its step lies now."""
    return visible(person).live().filter(owner=person.pk)


def window(person: Person, unit: OrgUnit | None, *, tab: str, now: datetime) -> Window:
    """The rows of a tab, and the figures on all tabs."""
    wanted = mine(person) if tab == "mine" else todo(person, unit)
    rows = wanted.select_related("unit", "at_unit", "owner", "courier").order_by(*BY_TIME_LEFT)[: SHOWN + 1]
    tickets = list(rows)
    waiting, late, own = _figures(person, unit, now)
    groups = list(grouped(tickets[:SHOWN]))
    return Window(groups=groups, todo=waiting, late=late, mine=own, more=max(0, len(tickets) - SHOWN))


def _figures(person: Person, unit: OrgUnit | None, now: datetime) -> tuple[int, int, int]:
    """(to do, of these late, mine): over an index of live cases, each at most a thousand."""
    few = slice(0, COUNTED_AT_MOST + 1)
    due = list(todo(person, unit).order_by(*BY_TIME_LEFT).values_list("next_due_at", flat=True)[few])
    own = mine(person).order_by()[few].count()
    return len(due), sum(1 for at in due if at and at < now), own


def grouped(tickets: Iterable[Ticket]) -> Iterator[Group]:
    """Reminders of the same title for the same courier become one row; everything else stays as it is."""
    rows = list(tickets)
    place = {ticket.pk: number for number, ticket in enumerate(rows)}
    together = [
        Group(list(members))
        for _, members in groupby(sorted(rows, key=lambda t: (*_key(t), place[t.pk])), key=_key)
    ]
    yield from sorted(together, key=lambda group: place[group.first.pk])


def _key(ticket: Ticket) -> tuple[int, str]:
    """Tickets of one key belong together; an own key (its number) belongs to nobody else."""
    if ticket.kind == Kind.PREVENTION and ticket.courier_id and ticket.owner_id is None:
        return ticket.courier_id, ticket.title
    return 0, ticket.no


def best_next(person: Person, unit: OrgUnit | None) -> Ticket | None:
    """The one to take now: unclaimed, with the least time left."""
    return todo(person, unit).filter(owner__isnull=True).order_by(*BY_TIME_LEFT).first()
