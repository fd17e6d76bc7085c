"""Who else is at a case."""

from datetime import datetime

from huhang.desk.models import Presence, Ticket
from huhang.desk.rules.presence import BELIEVED_FOR
from huhang.network.models import Person


def others_at(ticket: Ticket, person: Person, *, now: datetime) -> list[Presence]:
    """Colleagues who have it open now, those who write first."""
    rows = Presence.objects.filter(ticket=ticket, seen_at__gt=now - BELIEVED_FOR).exclude(person=person)
    return list(rows.select_related("person").order_by("-is_typing", "person_id"))
