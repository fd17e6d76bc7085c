"""Drafts at a case: one's own, and those that colleagues left behind."""

from dataclasses import dataclass
from datetime import datetime

from huhang.desk.models import Draft, Presence, Ticket
from huhang.desk.rules import drafts as rule
from huhang.desk.rules.presence import BELIEVED_FOR
from huhang.kit.readings import Given, Reading
from huhang.network.models import Person


@dataclass(frozen=True, slots=True)
class Drafts:
    """One's own by kind, and what was left to the owner."""

    own: dict[str, Draft]
    left: list[Draft]


DRAFTS = Reading(
    lambda: Draft.objects.filter(ticket=Given("ticket")).select_related("person").order_by("typed_at")
)


def drafts_at(ticket: Ticket, person: Person, *, now: datetime) -> Drafts:
    """Two statements; the second only for whoever owns a case at which a colleague has written."""
    found = DRAFTS.rows(ticket=ticket.pk)
    others = [draft for draft in found if draft.person_id != person.pk]
    here = _here(ticket, now) if others and ticket.owner_id == person.pk else set()
    left = [
        draft
        for draft in others
        if rule.is_left_behind(
            writer=draft.person_id, owner=ticket.owner_id, reader=person.pk, is_here=draft.person_id in here
        )
    ]
    return Drafts({draft.kind: draft for draft in found if draft.person_id == person.pk}, left)


def _here(ticket: Ticket, now: datetime) -> set[int]:
    rows = Presence.objects.filter(ticket=ticket, seen_at__gt=now - BELIEVED_FOR)
    return set(rows.values_list("person_id", flat=True))
