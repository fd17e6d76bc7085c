"""Cases that belong with a case: the customer's others, links, parents and children, what was merged into it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from huhang.desk.models import CaseLink, Clock, Merge, Ticket
from huhang.desk.models.case_link import LINK_NAMES, LINK_NAMES_BACK
from huhang.desk.models.clock import OBLIGATION_NAMES
from huhang.desk.queries.tickets import visible
from huhang.desk.rules.kinds import ClockState, Obligation
from huhang.desk.rules.linking import LinkKind, can_undo
from huhang.kit.readings import Given, Reading
from huhang.network.models import Person
from huhang.network.rules.roles import EVERYWHERE

OTHERS_SHOWN = 6
OFFERED = 8


@dataclass(frozen=True, slots=True)
class Relative:
    """A case that belongs with this one, and how. Without a link it is a child by birth, as a trace order is."""

    name: Any
    ticket: Ticket
    link: CaseLink | None

    @property
    def can_part(self) -> bool:
        return self.link is not None and self.link.kind != LinkKind.SPLIT_FROM


@dataclass(frozen=True, slots=True)
class Family:
    """The side of a case's page; `hidden` counts those that this person may not see."""

    others: list[Ticket]
    relatives: list[Relative]
    merged: list[Merge]
    merge: Merge | None
    hidden: int


def family_of(ticket: Ticket, person: Person, *, now: datetime) -> Family:
    """Five statements, however large the family."""
    relatives = _relatives(ticket)
    seen = [row for row in relatives if _may_see(person, row.ticket)]
    merges = list(
        Merge.objects.filter(Q(ticket=ticket) | Q(into=ticket), undone_at__isnull=True)
        .select_related("ticket", "into")
        .order_by("at")
    )
    own = next((merge for merge in merges if merge.ticket_id == ticket.pk), None)
    known = {row.ticket.pk for row in seen} | {m.ticket_id for m in merges} | {m.into_id for m in merges}
    return Family(
        others=[other for other in others_of(ticket, person) if other.pk not in known],
        relatives=seen,
        merged=[merge for merge in merges if merge.into_id == ticket.pk],
        merge=own,
        hidden=len(relatives) - len(seen),
    )


def _relatives(ticket: Ticket) -> list[Relative]:
    """Parents and what it came from first, then children, then the rest."""
    links = list(
        CaseLink.objects.filter(Q(ticket=ticket) | Q(other=ticket)).select_related(
            "ticket__at_unit", "other__at_unit"
        )
    )
    found = [_relative(link, ticket) for link in links]
    known = {row.ticket.pk for row in found if row.link and row.link.kind == LinkKind.CHILD_OF}
    children = ticket.children.select_related("at_unit").exclude(pk__in=known).order_by("pk")
    found += [Relative(LINK_NAMES_BACK[LinkKind.CHILD_OF], child, None) for child in children]
    if ticket.parent_id and ticket.parent_id not in known:
        found += [Relative(LINK_NAMES[LinkKind.CHILD_OF], t, None) for t in _one(ticket.parent_id)]
    return found


def _one(pk: int) -> list[Ticket]:
    return list(Ticket.objects.filter(pk=pk).select_related("at_unit"))


def _relative(link: CaseLink, ticket: Ticket) -> Relative:
    kind = LinkKind(link.kind)
    if link.ticket_id == ticket.pk:
        return Relative(LINK_NAMES[kind], link.other, link)
    return Relative(LINK_NAMES_BACK[kind], link.ticket, link)


def _may_see(person: Person, ticket: Ticket) -> bool:
    """The same condition as `TicketQuerySet.within`, asked of a row that is here already."""
    scopes = person.visible_paths("desk.see")
    return EVERYWHERE in scopes or bool(set(scopes) & set(ticket.seen_from))


def others_of(ticket: Ticket, person: Person) -> list[Ticket]:
    """The newest other cases of the same customer that this person may see, too."""
    rows = visible(person).exclude(pk=ticket.pk)
    if ticket.contact_phone:
        rows = rows.filter(search__matches=ticket.contact_phone, contact_phone=ticket.contact_phone)
    elif ticket.customer_id:
        rows = rows.filter(customer=ticket.customer_id)
    else:
        return []
    return list(rows.select_related("at_unit").order_by("-opened_at", "-id")[:OTHERS_SHOWN])


def offered(ticket: Ticket, person: Person, term: str, *, live: bool = False) -> list[Ticket]:
    """Cases that one may mean when joining: by what was typed, else the customer's and the parcel's others."""
    rows = visible(person).exclude(pk=ticket.pk)
    if live:
        rows = rows.live()
    if term:
        return _newest(rows.filter(search__matches=term))
    found = [other for other in others_of(ticket, person) if other.is_live or not live]
    if ticket.waybill_no:
        found += _newest(rows.filter(waybill_no=ticket.waybill_no).exclude(pk__in=[t.pk for t in found]))
    return found[:OFFERED]


def _newest(rows: QuerySet[Ticket]) -> list[Ticket]:
    return list(rows.select_related("at_unit").order_by("-opened_at", "-id")[:OFFERED])


def can_unmerge(merge: Merge | None, *, now: datetime) -> bool:
    return merge is not None and can_undo(merge.at, now=now)


@dataclass(frozen=True, slots=True)
class Inherited:
    """A promise that was given in a case merged into this one: still the customer's, so still shown."""

    name: Any
    clock: Clock
    no: str
    is_running: bool


INHERITED = Reading(
    lambda: (
        Clock.objects.filter(ticket__merged_into=Given("ticket"))
        .exclude(obligation=Obligation.STEP)
        .select_related("ticket")
        .order_by("due_at")
    )
)


def inherited_of(ticket: Ticket, live: Iterable[Obligation]) -> list[Inherited]:
    """The customer's promises of merged cases. One counts on while this case owes the same."""
    owed = set(live)
    return [
        Inherited(
            name=OBLIGATION_NAMES[Obligation(clock.obligation)],
            clock=clock,
            no=clock.ticket.no,
            is_running=clock.state == ClockState.CANCELLED and clock.obligation in owed,
        )
        for clock in INHERITED.rows(ticket=ticket.pk)
    ]
