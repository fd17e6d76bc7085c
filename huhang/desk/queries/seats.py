"""The seats of a team: who is there, what they carry, and what waits for them."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from huhang.desk.models import PortfolioMember, Seat, Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.queries import manning
from huhang.desk.queries.assignment import skills_of
from huhang.desk.queries.tickets import visible
from huhang.desk.queries.window import BY_TIME_LEFT
from huhang.desk.rules.assignment import Status
from huhang.desk.rules.kinds import LIVE_STATES
from huhang.kit.errors import NotFound
from huhang.network.models import Courier, Customer, OrgUnit, Person
from huhang.network.models.scope import under

SHOWN, WAITING_SHOWN, PEOPLE_SHOWN = 300, 50, 200
SEE, EDIT = "desk.seats.see", "desk.seats.edit"
_ORDER = {status: place for place, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class Row:
    """A seat and what is carried there."""

    seat: Seat
    load: int
    portfolio: int
    skills: str

    @property
    def share(self) -> int:
        """In per cent of what it may carry; over a hundred when a colleague gave more by hand."""
        return round(100 * self.load / self.seat.capacity) if self.seat.capacity else 100

    @property
    def look(self) -> str:
        return "late" if self.share > 100 else "urgent" if self.share >= 80 else "on-time"


@dataclass(frozen=True, slots=True)
class Board:
    """What the page of a team shows: six statements."""

    rows: list[Row]
    waiting: list[Ticket]
    there: int
    free: int


def board(person: Person) -> Board:
    """Who is there first, then whoever carries least."""
    seats = list(seats_of(person).select_related("person", "unit")[:SHOWN])
    loads = manning.loads_of(seat.person_id for seat in seats) if seats else {}
    kept = _kept(seats)
    rows = [_row(seat, loads.get(seat.person_id, 0), kept.get(seat.pk, 0)) for seat in seats]
    rows.sort(key=lambda row: (_ORDER[Status(row.seat.status)], row.share, str(row.seat.person)))
    there = [row for row in rows if row.seat.status == Status.AVAILABLE]
    free = sum(max(0, row.seat.capacity - row.load) for row in there)
    return Board(rows=rows, waiting=list(waiting(person)), there=len(there), free=free)


def _row(seat: Seat, load: int, portfolio: int) -> Row:
    can = skills_of(seat.kinds, seat.products, seat.skills, seat.languages)
    return Row(seat=seat, load=load, portfolio=portfolio, skills=can)


def _kept(seats: list[Seat]) -> dict[int, int]:
    counts: dict[int, int] = {}
    members = PortfolioMember.objects.filter(seat__in=seats, until__isnull=True)
    for seat in members.values_list("seat", flat=True):
        counts[seat] = counts.get(seat, 0) + 1
    return counts


def seats_of(person: Person, permission: str = SEE) -> QuerySet[Seat]:
    """Open seats of the units that somebody may see, or with another permission, may do that to."""
    return Seat.objects.filter(under(person.visible_paths(permission), "unit__path"), is_active=True)


def seat_for(person: Person, seat_id: int, permission: str) -> Seat:
    """The seat that a person wants to act on; NotFound when it is not theirs."""
    seat = seats_of(person, permission).select_related("person", "unit").filter(pk=seat_id).first()
    if seat is None:
        raise NotFound(seat=seat_id)
    return seat


def own(person: Person) -> Seat | None:
    return Seat.objects.filter(person=person.pk, is_active=True).first()


def waiting(person: Person) -> TicketQuerySet:
    """Cases that should have somebody and have nobody, by time left."""
    served = Q(pk__in=[])
    for policy in manning.policies().values():
        if policy.gets_owner:
            named = {"kind": policy.kind, "priority": policy.priority}
            served |= Q(**{name: value for name, value in named.items() if value})
    rows = visible(person).filter(served, state__in=LIVE_STATES, owner__isnull=True, merged_into__isnull=True)
    return rows.select_related("unit", "at_unit").order_by(*BY_TIME_LEFT)[:WAITING_SHOWN]


def people_without_seat(person: Person) -> list[Person]:
    """Colleagues at home in the units whose seats somebody may edit."""
    homes = under(person.visible_paths(EDIT), "home__path")
    free = Person.objects.filter(homes, is_active=True).filter(
        Q(seat__isnull=True) | Q(seat__is_active=False)
    )
    return list(free.select_related("home").order_by("home__path", "username")[:PEOPLE_SHOWN])


def portfolio_of(seat: Seat) -> list[PortfolioMember]:
    return list(seat.portfolio.filter(until__isnull=True).select_related("customer", "courier", "unit"))


def member_for(seat: Seat, member_id: int) -> PortfolioMember:
    """One of the things that a seat is in charge of now."""
    found = next((member for member in portfolio_of(seat) if member.pk == member_id), None)
    if found is None:
        raise NotFound(member=member_id)
    return found


def thing_for(person: Person, kind: str, code: str) -> Customer | Courier | OrgUnit:
    """A customer, courier or unit that somebody may put a seat in charge of."""
    scopes = person.visible_paths(EDIT)
    found: Customer | Courier | OrgUnit | None = None
    if kind == "customer":
        found = Customer.objects.within(scopes).filter(code=code).first()
    elif kind == "courier":
        found = Courier.objects.filter(under(scopes, "unit__path"), code=code).first()
    else:
        found = OrgUnit.objects.within(scopes).filter(code=code).first()
    if found is None:
        raise NotFound(code=code)
    return found


def colleagues_for(ticket: Ticket) -> list[tuple[manning.Member, bool]]:
    """Whom a colleague may give the case to, with whether they have room: those with room first."""
    points = manning.points_of(ticket)
    paths = {*ticket.seen_from, ticket.path}
    found = []
    for member in manning.staff().values():
        one = member.candidate
        if any(path.startswith(scope) for scope in one.scopes for path in paths):
            found.append((member, one.load + points <= one.capacity))
    return sorted(
        found, key=lambda pair: (not pair[1], _ORDER[pair[0].candidate.status], pair[0].candidate.share)
    )
