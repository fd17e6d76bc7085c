"""Did the customer have to come again? Marked as soon as it shows, certain and counted when the days are over."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from huhang.desk.models import Ticket
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count
from huhang.quality.actions.setting import terms
from huhang.quality.models import SurveyTerms, Touch
from huhang.quality.queries.matters import open_after
from huhang.quality.rules.repeats import Contact, first_repeat, is_repeat, visit_over_at, watched_until

BATCH = 200
# A case that is open after the days of its contact is looked at so often.
LOOK_AGAIN = timedelta(hours=6)


def mark(touch: Touch) -> int:
    """Say on earlier contacts of this person that they came again; returns on how many."""
    row = terms()
    is_watched = Q(ended_at__gte=touch.began_at - _days(row)) | Q(waits_until__isnull=False)
    earlier = _known(touch.people).filter(
        is_watched, ended_at__lt=touch.began_at, repeated_by__isnull=True, judged_at__isnull=True
    )
    again = [one.pk for one in earlier if _is_repeat(one, touch, row)]
    if touch.ended_at > touch.began_at + _days(row):
        touch.repeated_by_id = _came_again(touch, touch.contact, row)
        touch.save(update_fields=["repeated_by"])
    return Touch.objects.filter(pk__in=again).update(repeated_by=touch, waits_until=None)


def _is_repeat(one: Touch, later: Touch, row: SurveyTerms) -> bool:
    watched = _watched(one, _cases(one, row, later.began_at), later.began_at)
    return is_repeat(watched, later.contact, within=_days(row), unknown_is_same=row.unknown_is_same)


def judge_due(*, now: datetime) -> int:
    """Decide on contacts whose days are over; returns how many were."""
    row = terms()
    return _judge(row, now) if Touch.objects.filter(judged_at__isnull=True).exists() else 0


@transaction.atomic
def _judge(row: SurveyTerms, now: datetime) -> int:
    over = Touch.objects.filter(judged_at__isnull=True, ended_at__lte=now - _days(row))
    over = over.filter(Q(waits_until__isnull=True) | Q(waits_until__lte=now))
    due = list(over.select_for_update(skip_locked=True, of=("self",)).order_by("ended_at", "pk")[:BATCH])
    judged = [touch for touch in due if _is_certain(touch, row, now)]
    tally.count_many(_count(touch) for touch in judged if touch.is_served)
    return len(judged)


def _is_certain(touch: Touch, row: SurveyTerms, now: datetime) -> bool:
    """Looked at anew: what came late, and what agents wrote down after calls, count too.

    Who has not come again has not been helped yet while their case is open: that is not certain before it ends.
    """
    cases = _cases(touch, row, now)
    touch.repeated_by_id = _came_again(touch, _watched(touch, cases, now), row)
    is_open = touch.is_served and any(case.is_live for case in cases)
    touch.waits_until = now + LOOK_AGAIN if is_open and touch.repeated_by_id is None else None
    touch.judged_at = None if touch.waits_until else now
    touch.save(update_fields=["repeated_by", "judged_at", "waits_until"])
    return touch.judged_at is not None


def _count(touch: Touch) -> Count:
    outcome = "repeated" if touch.repeated_by_id else "once"
    return Count(f"quality.contact.{outcome}", at=touch.ended_at, path=touch.path, key=f"touch:{touch.pk}")


def _cases(touch: Touch, row: SurveyTerms, now: datetime) -> list[Ticket]:
    """The cases about it that outlived it; asked only where its own days are over."""
    is_over = touch.ended_at + _days(row) <= now
    return open_after(touch, unknown_is_same=row.unknown_is_same) if is_over else []


def _watched(touch: Touch, cases: list[Ticket], now: datetime) -> Contact:
    """The contact, and until when a case about it was open."""
    ends = [min(case.resolved_at or now, now) for case in cases]
    return replace(touch.contact, open_until=max(ends, default=None))


def _came_again(touch: Touch, contact: Contact, row: SurveyTerms) -> int | None:
    days = _days(row)
    later = _known(touch.people).filter(
        began_at__gt=visit_over_at(contact, within=days), began_at__lte=watched_until(contact, within=days)
    )
    others = (one.contact for one in later)
    again = first_repeat(contact, others, within=days, unknown_is_same=row.unknown_is_same)
    return again.id if again else None


def _known(people: list[str]) -> QuerySet[Touch]:
    return Touch.objects.filter(people__overlap=people).select_related("call__report")


def _days(row: SurveyTerms) -> timedelta:
    return timedelta(days=row.repeat_days)
