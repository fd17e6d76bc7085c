"""How long scans are kept: whole files whose time is over leave the manifest first, and the disk an hour later."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max, Min

from huhang.journey.actions import scan_log
from huhang.journey.actions.compaction import only_one, touch
from huhang.journey.models import Removal, Segment, WatchCursor

# Whatever is set: younger parcels may still be under way, and their complaints open.
LEAST_DAYS = 90


def kept_days() -> int | None:
    """For how long scans are kept; None for ever."""
    days: int = settings.KEEP_SCANS_DAYS
    return max(days, LEAST_DAYS) if days else None


def remove_old(*, now: datetime) -> list[Removal]:
    """Take files out of the log whose youngest scan has been kept long enough and that every watch has read."""
    days = kept_days()
    if days is None:
        return []
    with only_one() as is_mine:
        over = _over(now - timedelta(days=days)) if is_mine else []
        return [_remove(segment, days, now) for segment in over]


def _over(before: datetime) -> Iterator[Segment]:
    read = _read_by_all()
    newest = Segment.objects.aggregate(seq=Max("seq"))["seq"]  # stays, or its number would be given again
    merged = Segment.objects.filter(merged_into__isnull=True, seq__lt=0, received_at__lt=before)
    for segment in merged.annotate(last_seq=Max("merged__seq")).order_by("received_at", "seq"):
        if segment.last_seq != newest and (read is None or (segment.last_seq or 0) <= read):
            yield segment


def _read_by_all() -> int | None:
    """Up to where every watch has read, by its cursor and by each state that it may start from again."""
    cursors = list(WatchCursor.objects.values_list("seq", flat=True))
    snapshots = [int(path.stem) for path in (Path(settings.VAR) / "watch").glob("*.*") if path.stem.isdigit()]
    return min([*cursors, *snapshots], default=None)


def _remove(segment: Segment, days: int, now: datetime) -> Removal:
    touch(scan_log.root() / segment.path)
    with transaction.atomic():
        held = segment.merged.aggregate(
            batches=Count("pk"), first_seq=Min("seq"), last_seq=Max("seq"), since=Min("received_at")
        )
        removal = Removal.objects.create(
            path=segment.path,
            batches=held["batches"],
            rows=segment.rows,
            first_seq=held["first_seq"] or segment.seq,
            last_seq=held["last_seq"] or segment.seq,
            first_received_at=held["since"] or segment.received_at,
            last_received_at=segment.received_at,
            kept_days=days,
            removed_at=now,
        )
        with connection.cursor() as cursor:  # batches may be many, and nothing else points at them
            cursor.execute("DELETE FROM journey_segment WHERE merged_into_id = %s", [segment.pk])
        segment.delete()
    return removal
