"""Appending to the scan log and reading it: the file is put in place first, then the manifest names it.

Under the log's lock, so that manifest order is commit order. A file without a row is not part of the log.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from huhang.journey.actions import intake_counts
from huhang.journey.models import Segment
from huhang.journey.rules.codes import Reason
from huhang.journey.watch import log
from huhang.journey.watch.merging import Window
from huhang.journey.watch.waybill_index import fingerprints
from huhang.kit import live

# Held for the two statements that give a segment its place, and while a reader looks for new ones.
LOG_LOCK = 0x4855_0201
ANNOUNCED_AT_MOST = 50
FINGERPRINTED_AT_MOST = 10_000  # rows

_last_window: Window | None = None


def root() -> Path:
    """Return the folder under which segment files lie."""
    return Path(settings.VAR) / "log" / "segments"


def append(
    scans: pa.Table, *, batch_key: str, source: str = "", rejected: Sequence[dict[str, Any]] = ()
) -> Segment:
    """Write a batch of judged scans to the log, once; the same key again gives the first segment.

    The rows are on disk and named by the manifest when the transaction around this commits.
    """
    known = Segment.objects.filter(batch_key=batch_key).first()
    now = timezone.now()
    if known is not None:
        intake_counts.doubled(known.source, known.rows, at=now)
        return known
    path = log.write_segment(_complete(scans, now), log.folder_of(root(), now))
    name = str(path.relative_to(root()))
    # If this fails the file stays: its row may have been committed before the connection broke. If not, it is
    # a stray and tidied away.
    segment = _enter(batch_key, name, source, scans, list(rejected))
    if segment.path != name:
        path.unlink()  # the same batch came in by another door meanwhile
    else:
        _announce(scans)
    return segment


@transaction.atomic
def _enter(
    batch_key: str, path: str, source: str, scans: pa.Table, rejected: list[dict[str, Any]]
) -> Segment:
    prints = _fingerprints(scans)
    now = _lock()
    known = Segment.objects.filter(batch_key=batch_key).first()
    if known is not None:
        return known
    last = Segment.objects.aggregate(seq=Max("seq"), received_at=Max("received_at"))
    segment = Segment.objects.create(
        seq=(last["seq"] or 0) + 1,
        batch_key=batch_key,
        path=path,
        source=source,
        rows=scans.num_rows,
        fingerprints=prints,
        rejected=rejected,
        # A clock that was set back must not make the log run backwards.
        received_at=max(now, last["received_at"] or now),
    )
    intake_counts.arrived(segment, newest_at=_newest(scans))
    return segment


@transaction.atomic
def after(seq: int, *, at_most: int) -> tuple[datetime, list[Segment]]:
    """Return the database's time and the segments after `seq`: every one received before that time."""
    now = _lock()
    found = list(Segment.objects.filter(seq__gt=seq).select_related("merged_into").order_by("seq")[:at_most])
    # Never earlier than what was read, even when the clock was set back.
    return max([now, *(segment.received_at for segment in found)]), found


def read(segments: Sequence[Segment], columns: Sequence[str]) -> Iterator[tuple[Segment, pa.Table]]:
    """Yield each segment with its rows, also when they have moved into a merged file."""
    for segment in segments:
        if segment.merged_into is None:
            yield segment, log.read_segment(root() / segment.path, columns)
        else:
            yield segment, _window(segment, columns).of(segment.seq)


def _window(segment: Segment, columns: Sequence[str]) -> Window:
    """Rows of a merged file are in another order: one pass over it serves many segments, also of later rounds."""
    global _last_window
    merged = segment.merged_into
    path = root() / merged.path if merged else root()
    if _last_window is None or not _last_window.holds(path, segment.seq, columns):
        _last_window = None  # its memory first
        behind = Segment.objects.filter(merged_into=merged, seq__gte=segment.seq).order_by("seq")
        _last_window = Window(path, behind.values_list("seq", "rows").iterator(), columns)
    return _last_window


def _lock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def _newest(scans: pa.Table) -> datetime | None:
    newest: datetime | None = pc.max(scans["event_time"]).as_py()
    return newest


def _fingerprints(scans: pa.Table) -> bytes | None:
    """Of a big batch there are none: it is sorted soon, and searched until then."""
    return fingerprints(scans["waybill"]).tobytes() if scans.num_rows <= FINGERPRINTED_AT_MOST else None


def _complete(scans: pa.Table, now: datetime) -> pa.Table:
    """Add what the log keeps besides what was sent; columns that nobody sent are empty."""
    received = pa.array([now], log.SCHEMA.field("received_at").type).take(
        pa.array([0] * scans.num_rows, pa.int64())
    )
    made = {"received_at": received}
    for name in log.SCHEMA.names:
        if name in scans.column_names:
            made[name] = scans[name]
        elif name not in made and name != "identity":
            made[name] = pa.nulls(scans.num_rows, log.SCHEMA.field(name).type)
    made["reason"] = made["reason"].fill_null(int(Reason.NONE))
    return pa.table({name: made[name] for name in log.SCHEMA.names if name in made})


def _announce(scans: pa.Table) -> None:
    """Tell open pages about their parcel; after a big file they look again by themselves."""
    if scans.num_rows <= ANNOUNCED_AT_MOST:
        for waybill in scans["waybill"].unique().to_pylist():
            live.announce("journey.waybill", ref=str(waybill))
