"""Merging many small segments into one that is sorted by waybill, so that a trace reads little."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from huhang.journey.actions import scan_log
from huhang.journey.models import Segment
from huhang.journey.watch import log

COMPACTION_LOCK = 0x4855_0203
WORTH_IT = 8  # segments
MOST_ROWS = 5_000_000
SETTLED = timedelta(minutes=10)
FORGOTTEN = timedelta(hours=1)  # longer than anybody keeps reading a file, or writing one


@transaction.atomic
def merge_old(*, now: datetime) -> Segment | None:
    """Merge the oldest segments; returns the merged one, None when it is not worth it or another does it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COMPACTION_LOCK])
        chosen = _choose(now) if cursor.fetchone()[0] else []
    if len(chosen) < WORTH_IT:
        return None
    files = ((segment.seq, scan_log.root() / segment.path) for segment in chosen)
    path = log.merge(files, log.folder_of(scan_log.root(), now))
    return _swap(chosen, str(path.relative_to(scan_log.root())))


def remove_strays(*, now: datetime) -> int:
    """Delete files that the manifest does not name (merged away, or their writer died); returns how many."""
    named = set(Segment.objects.values_list("path", flat=True))
    removed = 0
    for file in [*scan_log.root().rglob("*.parquet"), *scan_log.root().rglob("*.tmp")]:
        is_old = file.stat().st_mtime < (now - FORGOTTEN).timestamp()
        if is_old and str(file.relative_to(scan_log.root())) not in named:
            file.unlink(missing_ok=True)
            removed += 1
    return removed


def _choose(now: datetime) -> list[Segment]:
    rows, chosen = 0, []
    settled = Segment.objects.filter(merged_into__isnull=True, received_at__lt=now - SETTLED, seq__gt=0)
    for segment in settled.order_by("seq"):
        rows += segment.rows
        if rows > MOST_ROWS:
            break
        chosen.append(segment)
    return chosen


def _swap(chosen: list[Segment], path: str) -> Segment:
    # Negative numbers: a merged file has no place of its own in the order of arrival.
    lowest = Segment.objects.order_by("seq").values_list("seq", flat=True)[0]
    merged = Segment.objects.create(
        seq=min(lowest, 0) - 1,
        batch_key=f"merged:{path}",
        path=path,
        source="merged",
        rows=sum(segment.rows for segment in chosen),
        received_at=chosen[-1].received_at,
    )
    Segment.objects.filter(pk__in=[segment.pk for segment in chosen]).update(merged_into=merged, path=path)
    return merged
