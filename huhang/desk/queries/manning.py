"""The facts on which it is decided who gets a case: who sits where, what they carry, what the case asks for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from huhang.desk.models import AssignmentDecision, AssignmentPolicy, PortfolioMember, Seat, Ticket
from huhang.desk.models.seat import STATUS_NAMES
from huhang.desk.rules import assignment as rule
from huhang.desk.rules.assignment import AWAITED, Reason, Status
from huhang.desk.rules.kinds import LIVE_STATES, ClockState
from huhang.network.models import Person
from huhang.network.queries.acting import know_grants

HANDLES = "desk.claim"

Policies = Mapping[tuple[str, str], AssignmentPolicy]


@dataclass(frozen=True, slots=True)
class Member:
    """A seat with whoever sits there."""

    person: Person
    candidate: rule.Candidate

    @property
    def shown_status(self) -> str:
        return str(STATUS_NAMES[self.candidate.status])

    def told(self, reason: Reason) -> dict[str, Any]:
        """What is kept of a candidate, so that a decision can be explained when everything has changed."""
        one = self.candidate
        return {
            "seat": one.seat, "person": self.person.username, "name": str(self.person), "reason": reason,
            "status": one.status, "status_since": _iso(one.status_since), "load": one.load,
            "capacity": one.capacity, "level": one.level, "kinds": sorted(one.kinds),
            "products": sorted(one.products), "skills": sorted(one.skills), "languages": sorted(one.languages),
            "idle_since": _iso(one.idle_since), "shift_ends_at": _iso(one.shift_ends_at),
        }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def policies() -> Policies:
    return {(policy.kind, policy.priority): policy for policy in AssignmentPolicy.objects.all()}


def policy_for(ticket: Ticket, known: Policies | None = None) -> AssignmentPolicy | None:
    """The policy that names most of the case; None when nothing is said of it."""
    rows = policies() if known is None else known
    names = [(ticket.kind, ticket.priority), (ticket.kind, ""), ("", ticket.priority), ("", "")]
    return next((rows[name] for name in names if name in rows), None)


def points_of(ticket: Ticket, known: Policies | None = None) -> int:
    policy = policy_for(ticket, known)
    return policy.points if policy else 1


def staff() -> dict[int, Member]:
    """Every seat that is open, as it stands now: four statements, however many there are."""
    seats = list(Seat.objects.filter(is_active=True).select_related("person").order_by("pk"))
    if not seats:
        return {}
    loads = loads_of(seat.person_id for seat in seats)
    know_grants(seat.person for seat in seats)
    return {seat.pk: Member(seat.person, _candidate(seat, loads)) for seat in seats}


def _candidate(seat: Seat, loads: Mapping[int, int]) -> rule.Candidate:
    return rule.Candidate(
        seat=seat.pk, status=Status(seat.status), status_since=seat.status_since, capacity=seat.capacity,
        load=loads.get(seat.person_id, 0), level=seat.level, kinds=frozenset(seat.kinds),
        products=frozenset(seat.products), skills=frozenset(seat.skills), languages=frozenset(seat.languages),
        scopes=tuple(seat.person.visible_paths(HANDLES)), shift_ends_at=seat.shift_ends_at,
        idle_since=seat.last_given_at,
    )  # fmt: skip


def loads_of(people: Iterable[int]) -> dict[int, int]:
    """The points of the live cases that these people own."""
    live = Ticket.objects.filter(owner__in=list(people), state__in=LIVE_STATES).order_by()
    rows = live.values_list("owner", "kind", "priority").annotate(n=Count("pk"))
    known, loads = policies(), defaultdict[int, int](int)
    for owner, kind, priority, n in rows:
        loads[owner] += n * points_of(Ticket(kind=kind, priority=priority), known)
    return dict(loads)


def load_of(seat: Seat) -> int:
    return loads_of([seat.person_id]).get(seat.person_id, 0)


def case_of(ticket: Ticket, policy: AssignmentPolicy, known: "Known") -> rule.Case:
    """What the case asks for, with its keeper and whoever had it before, as far as they have seats."""
    return rule.Case(
        kind=ticket.kind, points=policy.points, paths=tuple({*ticket.seen_from, ticket.path}),
        product=ticket.product, language=ticket.language, level=policy.level, needs=frozenset(policy.needs),
        keeper=known.keepers.get(ticket.pk), previous=known.previous.get(ticket.pk), due_at=ticket.next_due_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """Whose seats know these cases: in charge of their customer, courier or unit, or the last to have had them."""

    keepers: Mapping[int, int]
    previous: Mapping[int, int]

    @classmethod
    def about(cls, tickets: Collection[Ticket], staff: Mapping[int, Member]) -> "Known":
        """Two statements, however many cases there are."""
        seats = {member.person.pk: seat for seat, member in staff.items()}
        return cls(_keepers(tickets), _previous(tickets, seats))


def _keepers(tickets: Collection[Ticket]) -> dict[int, int]:
    """The seat in charge of the customer, else of the courier, else of the unit where it happened."""
    things = (
        Q(unit__in={t.unit_id for t in tickets})
        | Q(courier__in={t.courier_id for t in tickets if t.courier_id})
        | Q(customer__in={t.customer_id for t in tickets if t.customer_id})
    )
    rows = PortfolioMember.objects.filter(things, until__isnull=True, seat__is_active=True)
    in_charge = {
        (customer, courier, unit): seat
        for seat, customer, courier, unit in rows.values_list("seat", "customer", "courier", "unit")
    }
    found = {}
    for ticket in tickets:
        things_of = [
            (ticket.customer_id, None, None),
            (None, ticket.courier_id, None),
            (None, None, ticket.unit_id),
        ]
        seat = next((in_charge[thing] for thing in things_of if thing in in_charge), None)
        if seat is not None:
            found[ticket.pk] = seat
    return found


def _previous(tickets: Collection[Ticket], seats: Mapping[int, int]) -> dict[int, int]:
    """Whoever had each case before, when they still have a seat; not the one from whom a colleague took it."""
    rows = AssignmentDecision.objects.filter(ticket__in=[t.pk for t in tickets], before__isnull=False)
    last = {
        ticket: (before, trigger)
        for ticket, before, trigger in rows.values_list("ticket", "before", "trigger")
    }
    return {
        ticket: seats[before]
        for ticket, (before, trigger) in last.items()
        if trigger != rule.Trigger.BY_HAND and before in seats
    }


def told_of(tickets: Collection[Ticket]) -> set[int]:
    """Cases of which it is on record that nobody can have them now."""
    rows = AssignmentDecision.objects.filter(ticket__in=[t.pk for t in tickets]).order_by("at", "pk")
    last = dict(rows.values_list("ticket", "reason"))
    return {ticket for ticket, reason in last.items() if reason != Reason.GONE_BACK}


def held(ticket: Ticket) -> rule.Held:
    running = ticket.clocks.filter(obligation__in=AWAITED, state=ClockState.RUNNING)
    return rule.Held(awaits_reply=running.exists(), due_at=ticket.next_due_at)


def asked(case: rule.Case) -> dict[str, Any]:
    """What is kept of the case's wishes."""
    return {
        "kind": case.kind, "points": case.points, "product": case.product, "language": case.language,
        "level": case.level, "needs": sorted(case.needs), "keeper": case.keeper, "previous": case.previous,
    }  # fmt: skip
