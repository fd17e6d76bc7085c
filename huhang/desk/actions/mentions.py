"""Naming a colleague in a note: they are told."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.desk.models import Entry, Ticket
from huhang.desk.queries.mentions import may_be_named
from huhang.desk.rules.mentions import AT, Named, mentioned
from huhang.network.models import Person

SHOWN = 200


def tell_mentioned(*, ticket: Ticket, entry: Entry, by: Person, now: datetime) -> list[Person]:
    """Tell those who are named in a note and may see the case; inside the caller's transaction."""
    if not any(sign in entry.text for sign in AT):
        return []
    people = {person.pk: person for person in may_be_named(ticket)}
    named = [Named(p.pk, p.display_name, p.username) for p in people.values()]
    told = [people[pk] for pk in sorted(mentioned(entry.text, named)) if pk != by.pk]
    for person in told:
        notices.notify(
            key=f"mention:{entry.pk}:{person.pk}", kind="desk.mention", person=person,
            title=_("%(name)s在备注里提到您") % {"name": by.display_name or by.username},
            body=f"{ticket.no} {entry.text[:SHOWN]}", link=f"/desk/t/{ticket.no}/", now=now,
        )  # fmt: skip
    return told
