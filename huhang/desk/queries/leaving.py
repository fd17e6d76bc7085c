"""For how long answers can be taken back, where."""

from datetime import timedelta

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from huhang.desk.models import AnswerDelay
from huhang.network.models import Person


def delay_at(path: str) -> timedelta:
    """The delay of the unit or of the nearest one above it that has its own, else the installation's."""
    codes = [code for code in path.split("/") if code]
    rows = AnswerDelay.objects.filter(unit__code__in=codes).values_list("unit__path", "seconds")
    nearest = max(rows, key=lambda row: len(row[0]), default=None)
    return timedelta(seconds=nearest[1] if nearest else settings.ANSWER_DELAY)


def delays() -> "QuerySet[AnswerDelay]":
    """Every unit that has its own, with the name of whoever set it (`set_by_name`)."""
    who = Person.objects.filter(username=OuterRef("set_by")).values("display_name")[:1]
    rows = AnswerDelay.objects.select_related("unit").order_by("unit__path")
    return rows.annotate(set_by_name=Coalesce(Subquery(who), Value("")))
