"""What a customer sees of a survey: on its own page, and on the progress page of a case."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Conversation
from huhang.desk.models import Ticket
from huhang.desk.queries.asking import Asked
from huhang.quality.models import Survey
from huhang.quality.models.survey import SCORE_NAMES
from huhang.quality.rules.asking import Way

# Vendors' clocks may differ from ours by this much.
ASTRAY = timedelta(minutes=1)


def choices() -> list[tuple[int, str]]:
    """The five answers, the best first, in the reader's language."""
    return [(score, str(name)) for score, name in SCORE_NAMES.items()]


def on_progress_page(ticket: Ticket, *, now: datetime) -> Asked | None:
    """The question about a case that is over, while it may still be answered."""
    rows = Survey.objects.filter(touches__ticket=ticket, invited_at__isnull=False, expires_at__gt=now)
    survey = rows.order_by("-planned_at").first()
    if survey is None or (survey.settles_at and survey.settles_at <= now):
        return None
    address = reverse("survey:answer", args=[token_of(survey.key)])
    return Asked(address=address, score=survey.score, choices=choices())


def asked_by_sms(gateway: str, number: str, *, at: datetime, now: datetime) -> Survey | None:
    """The last question sent to this number by this gateway, while a digit still answers it and nothing else."""
    here = Q(address__account__key=gateway, address__address=number)
    by_itself = Q(way=Way.SMS, outgoing__number=number, outgoing__gateway=gateway)
    in_talk = Q(way=Way.CHAT, touches__conversation__in=Conversation.objects.filter(here).values("pk"))
    rows = Survey.objects.filter(expires_at__gt=now, invited_at__lte=at + ASTRAY)
    found = [rows.filter(way).order_by("-invited_at").first() for way in (by_itself, in_talk)]
    survey = max((one for one in found if one), key=lambda one: one.invited_at or at, default=None)
    if survey is None or (survey.settles_at and survey.settles_at <= now):
        return None
    # Somebody of ours has written there since: the digit answers them.
    talks = Conversation.objects.open().filter(here, agent_spoke_at__gt=survey.invited_at)
    return None if talks.exists() else survey
