"""Files of a case: those that a colleague sees, and those that the customer does."""

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from huhang.desk.models import Attachment, Ticket
from huhang.desk.queries.tickets import visible
from huhang.kit import file_store
from huhang.kit.errors import NotFound
from huhang.network.models import Person


@dataclass(frozen=True, slots=True)
class Served:
    """A file's bytes, and what to tell the browser of them."""

    content: bytes
    content_type: str
    name: str
    is_shown: bool


def attachments_of(ticket: Ticket) -> list[Attachment]:
    """Everything attached to a case, oldest first, each with its sender's name (`by_name`); one statement."""
    return list(named(ticket.attachments.select_related("step", "step__unit")))


def named(rows: QuerySet[Attachment]) -> QuerySet[Attachment]:
    """With what whoever sent it is called; empty for the customer, and for who has no name but the user name."""
    who = Person.objects.filter(username=OuterRef("by")).values("display_name")[:1]
    return rows.annotate(by_name=Coalesce(Subquery(who), Value("")))


def reachable_file(person: Person, attachment_id: int) -> Attachment:
    """The attachment of a case that this person may see."""
    row = Attachment.objects.filter(pk=attachment_id, ticket__in=visible(person).values("pk")).first()
    if row is None:
        raise NotFound(attachment=attachment_id)
    return row


def shared_file(ticket: Ticket, attachment_id: int) -> Attachment:
    """The attachment that the customer of this very case may see."""
    row = ticket.attachments.filter(pk=attachment_id, is_public=True).first()
    if row is None:
        raise NotFound(attachment=attachment_id)
    return row


def served(row: Attachment, *, small: bool) -> Served:
    """What is sent for a row; only pictures that we wrote ourselves are shown, the rest is saved."""
    stored = row.small if small else row.stored
    if not stored:
        raise NotFound(attachment=row.pk)
    return Served(
        file_store.read(stored), "image/jpeg" if small else row.content_type, row.name, row.is_picture
    )
