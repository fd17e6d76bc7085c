"""What is kept for a while only: the switch's own words about calls that are over; the calls themselves stay."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef

from huhang.channels.models import Account, Call, CallEventRow

# A switch tells again what it told after a broken line: within days, not months.
KEEP_EVENTS = timedelta(days=90)
AT_ONCE = 5000


def forget_events(*, now: datetime) -> int:
    """Delete events that are old, of calls that have ended and of none; returns how many of a batch."""
    going_on = Call.objects.live().filter(account=OuterRef("account"), call_id=OuterRef("call_id"))
    old = CallEventRow.objects.filter(received_at__lt=now - KEEP_EVENTS).exclude(Exists(going_on))
    numbers = list(old.order_by("received_at").values_list("pk", flat=True)[:AT_ONCE])
    return CallEventRow.objects.filter(pk__in=numbers).delete()[0]


def forgotten(account: Account, news: Counter[str]) -> set[str]:
    """Of these calls those whose earlier events are gone: a late word must not write them anew from itself alone."""
    known = Call.objects.filter(account=account, call_id__in=news, ended_at__isnull=False)
    ended = set(known.values_list("call_id", flat=True))
    rows = CallEventRow.objects.filter(account=account, call_id__in=ended).values("call_id")
    kept = dict(rows.annotate(number=Count("pk")).values_list("call_id", "number"))
    return {call_id for call_id in ended if kept.get(call_id, 0) <= news[call_id]}
