"""Did the customer have to come again? Marked as soon as it shows, certain and counted when the days are over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count
from huhang.quality.actions.setting import terms
from huhang.quality.models import SurveyTerms, Touch
from huhang.quality.rules.repeats import first_repeat, is_repeat

BATCH = 200


def mark(touch: Touch) -> int:
    """Say on earlier contacts of this person that they came again; returns on how many."""
    row = terms()
    earlier = _known(touch.people).filter(
        ended_at__lt=touch.began_at, ended_at__gte=touch.began_at - _days(row), repeated_by__isnull=True,
        judged_at__isnull=True,
    )  # fmt: skip
    again = [
        one.pk for one in earlier
        if is_repeat(one.contact, touch.contact, within=_days(row), unknown_is_same=row.unknown_is_same)
    ]  # fmt: skip
    return Touch.objects.filter(pk__in=again).update(repeated_by=touch)


def judge_due(*, now: datetime) -> int:
    """Decide on contacts whose days are over; returns how many were."""
    row = terms()
    return _judge(row, now) if Touch.objects.filter(judged_at__isnull=True).exists() else 0


@transaction.atomic
def _judge(row: SurveyTerms, now: datetime) -> int:
    over = Touch.objects.filter(judged_at__isnull=True, ended_at__lte=now - _days(row))
    due = list(over.select_for_update(skip_locked=True, of=("self",)).order_by("ended_at", "pk")[:BATCH])
    counts = [count for touch in due for count in _judged(touch, row, now)]
    tally.count_many(counts)
    return len(due)


def _judged(touch: Touch, row: SurveyTerms, now: datetime) -> list[Count]:
    """Looked at anew: what came late, and what agents wrote down after calls, count too."""
    later = _known(touch.people).filter(
        began_at__gt=touch.ended_at, began_at__lte=touch.ended_at + _days(row)
    )
    again = first_repeat(
        touch.contact, (one.contact for one in later), within=_days(row), unknown_is_same=row.unknown_is_same
    )
    touch.repeated_by_id, touch.judged_at = again.id if again else None, now
    touch.save(update_fields=["repeated_by", "judged_at"])
    if not touch.is_served:
        return []
    outcome = "repeated" if again else "once"
    return [Count(f"quality.contact.{outcome}", at=touch.ended_at, path=touch.path, key=f"touch:{touch.pk}")]


def _known(people: list[str]) -> QuerySet[Touch]:
    return Touch.objects.filter(people__overlap=people).select_related("call__report")


def _days(row: SurveyTerms) -> timedelta:
    return timedelta(days=row.repeat_days)
