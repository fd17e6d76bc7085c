"""For how long answers can be taken back, where."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet

from huhang.desk.models import AnswerDelay


def delay_at(path: str) -> timedelta:
    """The delay of the unit or of the nearest one above it that has its own, else the installation's."""
    codes = [code for code in path.split("/") if code]
    rows = AnswerDelay.objects.filter(unit__code__in=codes).values_list("unit__path", "seconds")
    nearest = max(rows, key=lambda row: len(row[0]), default=None)
    return timedelta(seconds=nearest[1] if nearest else settings.ANSWER_DELAY)


def delays() -> "QuerySet[AnswerDelay]":
    """Every unit that has its own."""
    return AnswerDelay.objects.select_related("unit").order_by("unit__path")
