"""A visitor on a page of ours: comes, is known again, leaves."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from huhang.channels.actions import hearing, lines, talking
from huhang.channels.models import Address, Conversation, Entrance
from huhang.channels.rules import pace
from huhang.channels.rules.conversation import ClosedBecause, Stage
from huhang.channels.rules.entrances import EntranceKind
from huhang.channels.rules.visitors import hash_of, is_secret

SECRET_BYTES = 24
AT_ONCE = 100
# A word of a person lies here for somebody who was sent a link to it.
LIES_FOR = timedelta(days=3)


@transaction.atomic
def come(
    entrance: Entrance, *, secret: str, scenario: str, now: datetime, spoken: str = ""
) -> tuple[str, Conversation]:  # fmt: skip
    """A visitor at an entrance: the talk that goes on, or a new one; returns the secret by which they are known."""
    assert entrance.account is not None
    kept = secret if is_secret(secret) else secrets.token_urlsafe(SECRET_BYTES)
    address = hearing.known_address(entrance.account, hash_of(kept), now=now)
    running = (
        Conversation.objects.open().filter(address=address, entrance=entrance).order_by("-opened_at").first()
    )
    conversation = running or hearing.open_conversation(
        entrance, address, at=now, follows=hearing.ended_lately(entrance, address, now), spoken=spoken
    )
    if scenario and not conversation.scenario:
        conversation.scenario = scenario[:40]
        conversation.save(update_fields=["scenario"])
    if running is None and entrance.greeting:
        lines.say(conversation, entrance.greeting, f"greeting:{conversation.no}", now=now)
    return kept, conversation


def leave(address: Address, no: str, *, now: datetime) -> None:
    """The customer ends the talk."""
    conversation = Conversation.objects.get(address=address, no=no)
    waited = conversation.stage == Stage.WAITING
    because = ClosedBecause.GAVE_UP_WAITING if waited else ClosedBecause.CUSTOMER_LEFT
    talking.close(no, because=because, by=None, now=now)


def close_silent(*, now: datetime) -> int:
    """End talks in which nobody has said anything for long, by the pace of their way, and nobody is owed an answer."""
    closed = 0
    for span, kinds in pace.by_span().items():
        for no in _silent(kinds, now - span, now):
            talking.close(no, because=ClosedBecause.SILENT, by=None, now=now)
            closed += 1
    return closed


def _silent(kinds: Iterable[EntranceKind], since: datetime, now: datetime) -> list[str]:
    rows = Conversation.objects.filter(
        stage__in=[Stage.SELF_SERVICE, Stage.TALKING], owed_from__isnull=True, entrance__kind__in=list(kinds),
        address__heard_at__lt=since,
    ).exclude(customer_spoke_at__gt=since).exclude(agent_spoke_at__gt=since)  # fmt: skip
    rows = rows.exclude(stage=Stage.SELF_SERVICE, agent_spoke_at__gt=now - LIES_FOR)
    return list(rows.order_by("pk").values_list("no", flat=True)[:AT_ONCE])
