"""Counting what walls show where it is much: while somebody looks, every few seconds, by one worker at a time."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Greatest

from huhang.desk.models import WallCount
from huhang.desk.queries import wall as queries

# So many live cases are counted at each look; that is quick.
FEW = 2000
LOOKED_AT_WITHIN = timedelta(minutes=3)
# A page says that somebody looks at most this often, so that looking writes little.
NOTED_EVERY = timedelta(minutes=1)
FRESH_FOR = timedelta(seconds=4)
# Counting takes at most one part in so many of a worker's time, however much there is to count.
REST = 20


def look(*, shown: queries.Wall, now: datetime) -> None:
    """Somebody looks at a wall: of a large one the counts are wanted for a while."""
    kept = shown.kept
    if kept is None and shown.live_count <= FEW:
        return
    if kept is None or kept.looked_at < now - NOTED_EVERY:
        WallCount.objects.update_or_create(unit=shown.unit, defaults={"looked_at": now})


def refresh(*, now: datetime) -> int:
    """Count the walls that are looked at and whose counts are old; how many were counted."""
    done = 0
    while _count_one(now):
        done += 1
    return done


@transaction.atomic
def _count_one(now: datetime) -> bool:
    """The oldest, locked so that two workers never count the same."""
    rest = ExpressionWrapper(F("took") * Value(timedelta(milliseconds=REST)), output_field=DurationField())
    old = Q(as_of__isnull=True) | Q(as_of__lte=now - Greatest(rest, Value(FRESH_FOR)))
    rows = WallCount.objects.select_for_update(of=("self",), skip_locked=True).select_related("unit")
    kept = rows.filter(old, looked_at__gt=now - LOOKED_AT_WITHIN).order_by("as_of").first()
    if kept is None:
        return False
    began = time.perf_counter()
    kept.rows, kept.as_of = queries.counted(kept.unit, now=now), now
    kept.took = round(1000 * (time.perf_counter() - began))
    kept.save(update_fields=["rows", "as_of", "took"])
    return True
