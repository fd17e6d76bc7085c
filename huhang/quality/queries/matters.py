"""Whose a case is, and which cases a contact is about."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q

from huhang.channels.models import CallReport, Conversation
from huhang.channels.rules.numbers import plain
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import OUR_OWN
from huhang.quality.models import Touch
from huhang.quality.rules.repeats import WRITTEN_UP_WITHIN, Contact, is_about_the_same

# A case that an agent wrote in a talk, or so soon after it, belongs to that talk's customer.
WRITTEN_WITHIN = timedelta(minutes=30)
# Of one person or one parcel; whoever has more has not been helped anyway.
LOOKED_AT = 20


def people_of_case(ticket: Ticket) -> list[str]:
    """By the number on the case, and by the talk or call in which it was written."""
    numbers = [plain(ticket.contact_phone)] if ticket.contact_phone else []
    numbers += CallReport.objects.filter(case_no=ticket.no).values_list("call__number", flat=True)[:1]
    return [f"case:{ticket.no}", *dict.fromkeys(f"tel:{n}" for n in numbers if n), *_talk_of_case(ticket)]


def _talk_of_case(ticket: Ticket) -> list[str]:
    """The talk about this parcel that whoever opened the case had at that time."""
    if not ticket.waybill_no:
        return []
    talks = Conversation.objects.filter(
        agent__username=ticket.opened_by, waybill_no=ticket.waybill_no, opened_at__lte=ticket.opened_at,
        opened_at__gt=ticket.opened_at - timedelta(days=1),
    ).exclude(closed_at__lt=ticket.opened_at - WRITTEN_WITHIN)  # fmt: skip
    talk = talks.order_by("-opened_at").first()
    return [f"talk:{talk.no}", f"contact:{talk.contact_id}"] if talk else []


def open_after(touch: Touch, *, unknown_is_same: bool) -> list[Ticket]:
    """This person's cases about the same matter that outlive the contact: opened by its end, or written of it."""
    contact = touch.contact
    rows = Ticket.objects.exclude(kind__in=OUR_OWN).filter(
        Q(resolved_at__isnull=True) | Q(resolved_at__gt=touch.ended_at), merged_into__isnull=True,
        opened_at__lte=touch.ended_at + WRITTEN_UP_WITHIN,
    )  # fmt: skip
    found = {
        row.pk: row
        for which in _ways(contact)
        for row in rows.filter(which).order_by("-opened_at")[:LOOKED_AT]
    }
    return [
        row
        for row in found.values()
        if (case := _as_contact(row)).people & contact.people
        and is_about_the_same(contact, case, unknown_is_same=unknown_is_same)
    ]


def _ways(contact: Contact) -> Iterator[Q]:
    """Each by an index of its own."""
    for key in sorted(contact.people):
        sort, _, value = key.partition(":")
        if sort == "tel":
            yield Q(search__matches=value)
        elif sort == "case":
            yield Q(no=value)
    if contact.waybill_no:
        yield Q(waybill_no=contact.waybill_no)


def _as_contact(ticket: Ticket) -> Contact:
    return Contact(
        ticket.pk, frozenset(people_of_case(ticket)), ticket.opened_at, ticket.opened_at, ticket.waybill_no,
        f"case:{ticket.kind}",
    )  # fmt: skip
