"""Counting what saved views hold: for those that somebody looked at lately, a few at a time, never past a thousand."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from huhang.desk.models import SavedView, ViewCount
from huhang.desk.queries.tickets import counted
from huhang.desk.queries.views import Counted, filters_of, rows_of, scope_of
from huhang.network.models import Person

LOOKED_AT_WITHIN = timedelta(hours=1)
KEEP = timedelta(days=1)
FRESH_FOR = timedelta(seconds=30)
# A page says that somebody looks at most this often, so that opening pages writes little.
NOTED_EVERY = timedelta(minutes=5)
AT_ONCE = 10


def look(*, views: Iterable[SavedView], known: Iterable[Counted], by: Person, now: datetime) -> bool:
    """Somebody looks at these views: their counts are wanted for an hour. Were any not noted yet?"""
    fresh = {count.view_id for count in known if count.looked_at > now - NOTED_EVERY}
    wanted = [_wanted(view, by, now) for view in views if view.pk not in fresh]
    if wanted:
        ViewCount.objects.bulk_create(
            wanted, update_conflicts=True, unique_fields=["view", "scope"], update_fields=["looked_at"]
        )
    return bool(wanted)


def _wanted(view: SavedView, by: Person, now: datetime) -> ViewCount:
    return ViewCount(
        view=view, scope=scope_of(by, view), paths=by.visible_paths("desk.see"), looked_at=now,
        person_id=by.pk if filters_of(view).speaks_of_me else None,
    )  # fmt: skip


def refresh(*, now: datetime, at_most: int = AT_ONCE) -> int:
    """Count the views whose counts are oldest; how many were counted."""
    done = 0
    while done < at_most and _count_one(now):
        done += 1
    if not done:
        ViewCount.objects.filter(looked_at__lt=now - KEEP).delete()
    return done


@transaction.atomic
def _count_one(now: datetime) -> bool:
    """One view, locked so that two workers never count the same."""
    stale = Q(as_of__isnull=True) | Q(as_of__lt=now - FRESH_FOR)
    rows = ViewCount.objects.select_for_update(of=("self",), skip_locked=True).select_related("view")
    rows = rows.filter(stale, looked_at__gt=now - LOOKED_AT_WITHIN)
    count = rows.order_by(F("as_of").asc(nulls_first=True)).first()
    if count is None:
        return False
    count.count, count.as_of = counted(rows_of(count, now=now)), now
    count.save(update_fields=["count", "as_of"])
    return True
