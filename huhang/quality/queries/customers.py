"""What a customer sees of a survey: on its own page, and on the progress page of a case."""

from datetime import datetime

from django.urls import reverse

from huhang.channels.actions.tokens import token_of
from huhang.desk.models import Ticket
from huhang.desk.queries.asking import Asked
from huhang.quality.models import Survey
from huhang.quality.models.survey import SCORE_NAMES


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
