"""Saying that one is at a case, and leaving it."""

from datetime import datetime

from django.db import transaction

from huhang.desk.models import Presence, Ticket
from huhang.desk.rules import presence as rule
from huhang.kit import live
from huhang.network.models import Person

TOPIC = "desk.presence"


@transaction.atomic
def here(*, ticket: Ticket, is_typing: bool, by: Person, now: datetime) -> None:
    """A sign of life; colleagues at the case hear of it only when it changes what they see."""
    seen = Presence.objects.select_for_update().filter(ticket=ticket, person=by).first()
    is_new = seen is None or not rule.is_here(seen.seen_at, now=now) or seen.is_typing != is_typing
    Presence.objects.update_or_create(
        ticket=ticket, person=by, defaults={"seen_at": now, "is_typing": is_typing}
    )
    if is_new:
        live.announce(TOPIC, ref=ticket.no)


@transaction.atomic
def away(*, ticket: Ticket, by: Person) -> None:
    """The page was closed."""
    if Presence.objects.filter(ticket=ticket, person=by).delete()[0]:
        live.announce(TOPIC, ref=ticket.no)


def purge(*, now: datetime) -> int:
    """Forget who was at a case."""
    return Presence.objects.filter(seen_at__lt=now - rule.BELIEVED_FOR).delete()[0]
