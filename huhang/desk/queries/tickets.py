"""Which cases a person sees, and lists of them. Page, API, search, export and live topics all start at `visible`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import F, Q, Subquery
from django.db.models.expressions import OrderBy
from django.utils import timezone

from huhang.desk.models import Clock, Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.rules.kinds import LIVE_STATES, ClockState, Kind, Obligation, State
from huhang.kit.errors import NotAllowed, NotFound
from huhang.network.models import OrgUnit, Person
from huhang.network.models.scope import under

# Beyond this a list says "more than": nobody reads further, and counting all would read the whole table.
COUNTED_AT_MOST = 1000
OF_THE_STEP = frozenset({"desk.resolve", "desk.hand_over"})
LEVELS_BELOW, UNITS_SHOWN = 2, 300
ME, NOBODY = "me", "none"
LIVE, OVER, ALL = "live", "over", "all"
MET, MISSED = "met", "missed"
SORTS: Mapping[str, tuple[OrderBy, ...]] = {
    "due": (F("next_due_at").asc(nulls_last=True), F("id").asc()),
    "-due": (F("next_due_at").desc(nulls_last=True), F("id").desc()),
    "opened": (F("opened_at").asc(), F("id").asc()),
    "-opened": (F("opened_at").desc(), F("id").desc()),
}


def visible(person: Person, permission: str = "desk.see") -> TicketQuerySet:
    """The cases that a person may see, or with another permission, may do that to."""
    return Ticket.objects.within(person.visible_paths(permission))


def reachable(person: Person, no: str, permission: str = "desk.see") -> Ticket:
    """The case that a person wants to act on: NotFound when it is not theirs to see, NotAllowed when only that.

    A step is finished or handed on by those who owe it now, not by everybody who sees the case.
    """
    rows = Ticket.objects.select_related("unit", "at_unit", "owner", "courier", "escalated_to")
    ticket = rows.within(person.visible_paths(permission)).filter(no=no).first()
    if ticket is not None and can(person, permission, ticket):
        return ticket
    if permission != "desk.see" and visible(person).filter(no=no).exists():
        raise NotAllowed(permission=permission)
    raise NotFound(ticket=no)


def can(person: Person, permission: str, ticket: Ticket) -> bool:
    """Is this person allowed to do that to this case, where it stands now?"""
    owing = ticket.at_from or [ticket.at_path]
    paths = owing if permission in OF_THE_STEP else [*owing, ticket.path]
    return any(person.may(permission, path) for path in paths)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. Values that mean nothing are as if not given: a URL may be old.

    `kind` may name several, with commas. `since` and `until` bound when cases were opened, or with
    `first_response` (met, missed) when their first response was due: the list behind a figure of the board.
    """

    kind: str = ""
    state: str = LIVE
    unit: str = ""
    owner: str = ""
    late: bool = False
    q: str = ""
    sort: str = ""
    since: datetime | None = None
    until: datetime | None = None
    first_response: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        asked = {name: str(query.get(name, "")).strip()[:80] for name in query}
        since, until = _moment(asked.get("from", "")), _moment(asked.get("to", ""))
        response = asked.get("first_response", "")
        response = response if response in (MET, MISSED) else ""
        state = asked.get("state", "")
        usual = ALL if since or until or response else LIVE
        return cls(
            kind=",".join(kind for kind in asked.get("kind", "").split(",") if kind in set(Kind)),
            state=state if state in {LIVE, OVER, ALL, *State} else usual,
            unit=asked.get("unit", ""),
            owner=asked.get("owner", ""),
            late=asked.get("late", "") in {"1", "true", "on"},
            q=asked.get("q", ""),
            sort=asked.get("sort", "") if asked.get("sort", "") in SORTS else "",
            since=since,
            until=until,
            first_response=response,
        )

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in self.kind.split(",") if kind]

    @property
    def order(self) -> tuple[OrderBy, ...]:
        """As asked, else what burns first; what is over, newest first."""
        return SORTS[self.sort or ("due" if self.state in {LIVE, *LIVE_STATES} else "-opened")]

    @property
    def is_narrowed(self) -> bool:
        return self != type(self)(sort=self.sort)


def _moment(text: str) -> datetime | None:
    """A moment of a URL; without a zone it is meant in ours."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return at if at.tzinfo else timezone.make_aware(at)


def listed(person: Person, filters: Filters, *, now: datetime) -> TicketQuerySet:
    """The list that these filters ask for, with all that a row shows: one statement."""
    rows = visible(person).filter(_narrow(filters, person, now))
    if filters.unit:
        rows = rows.filter(_at(filters))
    return rows.select_related("unit", "at_unit", "owner", "courier").order_by(*filters.order)


def _narrow(filters: Filters, person: Person, now: datetime) -> Q:
    wanted = Q()
    if filters.kinds:
        wanted &= Q(kind__in=filters.kinds)
    if filters.state == LIVE:
        wanted &= Q(state__in=LIVE_STATES)
    elif filters.state == OVER:
        wanted &= ~Q(state__in=LIVE_STATES)
    elif filters.state != ALL:
        wanted &= Q(state=filters.state)
    if filters.owner:
        wanted &= _owned(filters.owner, person)
    if filters.late:
        wanted &= Q(next_due_at__lt=now)
    if filters.q:
        wanted &= Q(search__matches=filters.q)
    return wanted & (_responded(filters, now) if filters.first_response else _opened(filters))


def _at(filters: Filters) -> Q:
    """Under the unit: where it happened or stands; behind a figure only where it happened, as the board counts."""
    unit = OrgUnit.objects.filter(code=filters.unit).first()
    if unit is None:
        return Q(pk__in=[])
    is_behind_a_figure = filters.since or filters.until or filters.first_response
    happened = under([unit.path])
    return happened if is_behind_a_figure else Q(seen_from__contains=[unit.path])


def _opened(filters: Filters) -> Q:
    wanted = Q(opened_at__gte=filters.since) if filters.since else Q()
    return wanted & Q(opened_at__lt=filters.until) if filters.until else wanted


def _responded(filters: Filters, now: datetime) -> Q:
    """Cases whose first response fell due in the period and was given in time, or was not: as the board counts."""
    clocks = Clock.objects.filter(obligation=Obligation.FIRST_RESPONSE).exclude(state=ClockState.CANCELLED)
    clocks = clocks.filter(due_at__gte=filters.since) if filters.since else clocks
    clocks = clocks.filter(due_at__lt=filters.until) if filters.until else clocks
    met = Q(stopped_at__lte=F("due_at"))
    missed = Q(stopped_at__gt=F("due_at")) | Q(stopped_at__isnull=True, due_at__lte=now)
    return Q(pk__in=clocks.filter(met if filters.first_response == MET else missed).values("ticket"))


def _owned(owner: str, person: Person) -> Q:
    if owner == ME:
        return Q(owner=person.pk)
    return Q(owner__isnull=True) if owner == NOBODY else Q(owner__username=owner)


def counted(rows: TicketQuerySet) -> int:
    """How many rows there are, at most `COUNTED_AT_MOST` + 1, so that a wide list costs no more than a narrow one."""
    return rows.order_by()[: COUNTED_AT_MOST + 1].count()


def units_below(person: Person) -> list[OrgUnit]:
    """The units that a list can be narrowed to: the top of what one sees and two levels below it."""
    units = OrgUnit.objects.filter(under(person.visible_paths("desk.see")), is_active=True)
    top = units.order_by("level").values_list("level", flat=True)[:1]
    return list(units.filter(level__lte=Subquery(top) + LEVELS_BELOW).order_by("path")[:UNITS_SHOWN])
