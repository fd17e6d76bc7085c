"""The whole picture of the customer in front of one, whichever way they came: parcels, alarms, cases, history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from string import ascii_letters
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from huhang.channels.models import Call, Contact, Conversation
from huhang.channels.queries import calls, talks
from huhang.desk.models import Ticket
from huhang.desk.queries import beside
from huhang.desk.queries.beside import Known
from huhang.desk.queries.tickets import visible
from huhang.desk.rules.telephone import typed_alone, waybills_in, written_with_letters
from huhang.journey.models import Hit, Waybill
from huhang.journey.queries import scope
from huhang.kit.search import LAST
from huhang.network.models import Customer, Person, under

Row = TypeVar("Row", bound=Model)
TRACE = "journey.trace"
HISTORY = 5
CASES_SHOWN = 10
HITS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything known of the customer, in the reach of whoever looks."""

    name: str
    phone: str
    # Has somebody shown that the number is theirs? A caller's is only what the network says.
    is_proven: bool
    customer: Customer | None
    parcels: list[Waybill]
    hits: list[Hit]
    cases: list[Ticket]
    earlier: list[Conversation]
    calls: list[Call]
    # From the rooms above.
    known: list[Known]

    @property
    def likely(self) -> str:
        """Why they come, as far as alarms and cases tell: a guess, where they have not said so themselves."""
        if self.hits:
            return _("查件，包裹有预警")
        return _("催办工单") if any(case.is_live for case in self.cases) else ""

    @property
    def waybill_no(self) -> str:
        """The parcel that it is most likely about."""
        return self.parcels[0].no if self.parcels else ""


def of_talk(person: Person, talk: Conversation) -> Picture:
    """By the waybill that was named, then by the phone that was proven; never by name."""
    contact = talk.contact
    parcels = _parcels(person, [talk.waybill_no] if talk.waybill_no else [], contact.phone)
    return Picture(
        name=contact.name, phone=contact.phone, is_proven=bool(contact.phone or contact.member),
        customer=contact.customer, parcels=parcels, hits=_hits(person, parcels),
        cases=_cases(person, parcels, contact.phone), earlier=_talks(person, contact, talk.pk),
        calls=_calls(person, contact.phone),
        known=beside.told(person, phone=contact.phone, contact_id=contact.pk),
    )  # fmt: skip


def of_number(person: Person, number: str, *, digits: str = "", but: int = 0) -> Picture:
    """By the number that rings, and by the waybill that was typed before. `but` is the call itself."""
    contact = Contact.objects.filter(phone=number).select_related("customer").first() if number else None
    typed_ones = waybills_in(digits)
    parcels = _parcels(person, typed_ones, number)
    return Picture(
        name=contact.name if contact else "", phone=number, is_proven=False,
        customer=_customer(number, contact), parcels=parcels, hits=_hits(person, parcels),
        cases=_cases(person, parcels, number, typed_ones), earlier=_talks(person, contact) if contact else [],
        calls=_calls(person, number, but),
        known=beside.told(person, phone=number, contact_id=contact.pk if contact else 0),
    )  # fmt: skip


def typed(person: Person, digits: str, number: str) -> str:
    """The parcel whose number was typed, if there is one that this person may trace; the caller's own before others."""
    numbers = waybills_in(digits)
    found = _named(person, numbers, number) if numbers else []
    return next((row.no for row in found), "")


def _customer(number: str, contact: Contact | None) -> Customer | None:
    if contact and contact.customer:
        return contact.customer
    return Customer.objects.filter(phone=number).order_by("pk").first() if number else None


def _named(person: Person, numbers: Sequence[str], phone: str) -> list[Waybill]:
    """Parcels of these numbers, the likeliest first; where there is none, those of which they are the digits."""
    rows = scope.waybills(person.visible_paths(TRACE))
    exact = list(rows.filter(no__in=numbers)[:HISTORY])
    found = exact or _with_letters(rows, "no", numbers)
    theirs = [phone and phone not in (row.receiver_phone, row.sender_phone) for row in found]
    places = {number: place for place, number in enumerate(numbers)}
    ranked = sorted(
        zip(found, theirs, strict=True), key=lambda one: (one[1], places[_typed_as(one[0].no, places)])
    )
    return [row for row, _is_not_theirs in ranked]


def _typed_as(no: str, places: Mapping[str, int]) -> str:
    return no if no in places else no.lstrip(ascii_letters)


def _with_letters(rows: QuerySet[Row], field: str, numbers: Sequence[str]) -> list[Row]:
    """Found by the last four, which every long number is indexed by; the rest is looked at in those few."""
    alone = typed_alone(numbers)
    if not alone:
        return []
    ends = reduce(or_, (Q(search__matches=end) for end in sorted({number[-LAST:] for number in alone})))
    return list(
        rows.filter(ends, **{f"{field}__regex": written_with_letters(alone)}).order_by("-pk")[:HISTORY]
    )


def _parcels(person: Person, numbers: Sequence[str], phone: str) -> list[Waybill]:
    """The one that was named first, then those of the telephone, the newest first."""
    named = _named(person, numbers, phone) if numbers else []
    if not phone:
        return named
    rows = scope.waybills(person.visible_paths(TRACE)).filter(
        Q(receiver_phone=phone) | Q(sender_phone=phone), search__matches=phone
    )
    newest = rows.exclude(pk__in=[row.pk for row in named]).order_by("-registered_at", "-pk")
    return [*named, *newest[:HISTORY]][:HISTORY]


def _hits(person: Person, parcels: Iterable[Waybill]) -> list[Hit]:
    numbers = [parcel.no for parcel in parcels]
    if not numbers:
        return []
    rows = scope.hits(person.visible_paths(TRACE)).filter(waybill_no__in=numbers, cleared_at__isnull=True)
    return list(rows.select_related("rule").order_by("-raised_at")[:HITS_SHOWN])


def _cases(
    person: Person, parcels: Iterable[Waybill], phone: str, typed_ones: Sequence[str] = ()
) -> list[Ticket]:
    """Cases of these parcels and of this telephone, each found by its own index; without parcels, of what was typed."""
    numbers, rows = [parcel.no for parcel in parcels], visible(person).order_by("-opened_at", "-id")
    asked = numbers or typed_ones
    found = list(rows.filter(waybill_no__in=asked)[:CASES_SHOWN]) if asked else []
    if typed_ones and not numbers and not found:
        found = _with_letters(rows, "waybill_no", typed_ones)
    if phone:
        found += rows.filter(search__matches=phone, contact_phone=phone)[:CASES_SHOWN]
    newest = sorted({row.pk: row for row in found}.values(), key=lambda row: row.opened_at, reverse=True)
    return newest[:CASES_SHOWN]


def _talks(person: Person, contact: Contact, but: int = 0) -> list[Conversation]:
    rows = Conversation.objects.filter(under(person.visible_paths(talks.TALK)), contact=contact).exclude(
        pk=but
    )
    return list(rows.select_related("entrance", "agent").order_by("-opened_at")[:HISTORY])


def _calls(person: Person, number: str, but: int = 0) -> list[Call]:
    if not number:
        return []
    rows = Call.objects.within(person.visible_paths(calls.SEE)).filter(number=number).exclude(pk=but)
    return list(rows.select_related("queue", "person", "report")[:HISTORY])
