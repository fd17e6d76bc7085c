"""Hour by hour: does the log hold what was counted, does the manifest say so, and did every kept push enter?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet, Sum

from huhang.journey.actions import scan_log
from huhang.journey.models import IntakeCount, Push, Reconciliation, Segment
from huhang.journey.rules.feeds import What

HOUR = timedelta(hours=1)
# Looked at again until it is well: a push may wait, a file may come back from a backup.
BACK = timedelta(hours=48)
KEPT = timedelta(days=90)
SETTLED = timedelta(minutes=2)
RECONCILE_LOCK = 0x4855_0204


@dataclass(frozen=True, slots=True)
class Told:
    """What each book says of a source in an hour."""

    counted: int = 0
    manifest: int = 0
    in_files: int = 0
    pushes: int = 0
    pushes_entered: int = 0

    @property
    def is_well(self) -> bool:
        return self.counted == self.manifest == self.in_files and self.pushes == self.pushes_entered


@transaction.atomic
def reconcile(*, now: datetime) -> int:
    """Write the hours that are over and not yet found well; returns how many rows; 0 while another worker is at it."""
    if not _is_ours():
        return 0
    Reconciliation.objects.filter(hour__lt=now - KEPT).delete()
    rows = [
        Reconciliation(hour=hour, source=source, **_columns(told), is_well=told.is_well, made_at=now)
        for hour in _hours(now)
        for source, told in books(hour).items()
    ]
    Reconciliation.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["hour", "source"],
        update_fields=["counted", "manifest", "in_files", "pushes", "pushes_entered", "is_well", "made_at"],
    )
    return len(rows)


def books(hour: datetime) -> dict[str, Told]:
    """Return what the books say of an hour, source by source."""
    counted = _summed(IntakeCount.objects.filter(hour=hour, what=What.ACCEPTED), "source", "amount")
    segments = list(Segment.objects.filter(seq__gt=0, **_within(hour)).select_related("merged_into"))
    manifest, in_files = _of_segments(segments)
    pushes = {
        row["source"]: (row["all"], row["entered"])
        for row in Push.objects.filter(**_within(hour))
        .values("source")
        .annotate(all=Count("pk"), entered=Count("pk", filter=Q(processed_at__isnull=False)))
    }
    return {
        source: Told(
            counted.get(source, 0),
            manifest.get(source, 0),
            in_files.get(source, 0),
            *pushes.get(source, (0, 0)),
        )
        for source in sorted({*counted, *manifest, *pushes})
    }


def _columns(told: Told) -> dict[str, int]:
    names = ("counted", "manifest", "in_files", "pushes", "pushes_entered")
    return {name: getattr(told, name) for name in names}


def _hours(now: datetime) -> list[datetime]:
    """Full hours since we count, of the last days, that are over and not well yet."""
    first = IntakeCount.objects.order_by("hour").values_list("hour", flat=True).first()
    if first is None:
        return []
    latest = (now - SETTLED).replace(minute=0, second=0, microsecond=0) - HOUR
    start = max(first, latest - BACK)
    done = (
        Reconciliation.objects.filter(hour__gte=start)
        .values("hour")
        .annotate(bad=Count("pk", filter=Q(is_well=False)))
    )
    well = {row["hour"] for row in done if not row["bad"]}
    count = int((latest - start) / HOUR) + 1
    return [hour for hour in (start + HOUR * step for step in range(max(0, count))) if hour not in well]


def _of_segments(segments: list[Segment]) -> tuple[dict[str, int], dict[str, int]]:
    manifest: dict[str, int] = {}
    in_files: dict[str, int] = {}
    merged: dict[int, bool] = {}
    for segment in segments:
        manifest[segment.source] = manifest.get(segment.source, 0) + segment.rows
        in_files[segment.source] = in_files.get(segment.source, 0) + _held(segment, merged)
    return manifest, in_files


def _held(segment: Segment, merged: dict[int, bool]) -> int:
    """How many rows of a batch the files hold; of a merged one, all or none, as the whole file adds up or not."""
    into = segment.merged_into
    if into is None:
        return _rows_of(segment.path)
    if into.pk not in merged:
        merged[into.pk] = _rows_of(into.path) == into.rows
    return segment.rows if merged[into.pk] else 0


def _rows_of(path: str) -> int:
    """From the file's own footer; 0 if it is gone or broken."""
    try:
        return int(pq.read_metadata(scan_log.root() / path).num_rows)
    except (pa.ArrowInvalid, OSError):
        return 0


def _within(hour: datetime) -> Mapping[str, Any]:
    return {"received_at__gte": hour, "received_at__lt": hour + HOUR}


def _summed(rows: QuerySet[Any], by: str, what: str) -> dict[str, int]:
    return {row[by]: row["sum"] for row in rows.values(by).annotate(sum=Sum(what))}


def _is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [RECONCILE_LOCK])
        return bool(cursor.fetchone()[0])
