"""Keeping the log's files few and found: merging by size and month, indexes, and removing what nobody names.

One process does this at a time, under a lock that its connection holds: a process that is killed lets go of it, and
what it left half done is a file that the manifest does not name.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import Min, Q

from huhang.journey.actions import scan_log
from huhang.journey.models import Segment, WatchCursor
from huhang.journey.rules import log_levels
from huhang.journey.rules.log_levels import FANOUT as WORTH_IT
from huhang.journey.rules.log_levels import SETTLED, LogFile
from huhang.journey.watch import log as scans
from huhang.journey.watch import merging, waybill_index
from huhang.journey.watch.footer import UnknownFooter
from huhang.journey.watch.waybill_index import CannotIndex, Index, IndexIsWrong

__all__ = [
    "FORGOTTEN",
    "SETTLED",
    "WORTH_IT",
    "is_due",
    "merge_old",
    "only_one",
    "remove_strays",
    "tidy",
    "touch",
    "write_indexes",
]
COMPACTION_LOCK = 0x4855_0203
FORGOTTEN = timedelta(hours=1)  # longer than anybody keeps reading a file, or writing one

log = logging.getLogger(__name__)

# Files that this process could not read, and when: their neighbours are merged without them for a while.
_damaged: dict[str, datetime] = {}
# Merged files whose index this process has read from end to end.
_checked: set[Path] = set()


def is_due(*, now: datetime) -> bool:
    """Is there something to merge, or an index to make, and nobody at it?"""
    with only_one() as is_mine:
        if not is_mine:
            return False
        return bool(log_levels.next_merge(_files(now), now=now)) or any(_without_index(now))


def tidy(*, now: datetime) -> int:
    """Do all that is due, unless another process is at it; returns how many merges there were."""
    with only_one() as is_mine:
        if not is_mine:
            return 0
        merged = 0
        while _merge_next(now) is not None:
            merged += 1
        write_indexes(now=now)
        remove_strays(now=now)
        return merged


def merge_old(*, now: datetime) -> Segment | None:
    """Merge the files that are next; returns the merged one, None when none are or another process does it."""
    with only_one() as is_mine:
        return _merge_next(now) if is_mine else None


def write_indexes(*, now: datetime) -> int:
    """Make the indexes of merged files that are missing or torn; returns how many."""
    made = 0
    for file in _merged(now):
        if _has_index(file):
            continue
        try:
            waybill_index.build(file)
            made += 1
        except (OSError, pa.ArrowInvalid, UnknownFooter, CannotIndex) as error:
            _leave_out(file, error, now)
    return made


def remove_strays(*, now: datetime) -> int:
    """Delete files that the manifest does not name (merged away, or their writer died); returns how many segments."""
    named = set(Segment.objects.filter(merged_into__isnull=True).values_list("path", flat=True))
    removed = 0
    for file in [*scan_log.root().rglob("*.parquet"), *scan_log.root().rglob("*.tmp")]:
        if _is_old(file, now) and str(file.relative_to(scan_log.root())) not in named:
            file.unlink(missing_ok=True)
            removed += 1
    for index in scan_log.root().rglob("*.index"):
        if not index.with_suffix(".parquet").exists() and _is_old(index, now):
            index.unlink(missing_ok=True)
    return removed


@contextmanager
def only_one() -> Iterator[bool]:
    """Hold the lock of whoever changes files of the log; False when another process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [COMPACTION_LOCK])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [COMPACTION_LOCK])


def touch(*files: Path) -> None:
    """Let files that leave the manifest be taken for fresh: somebody may be reading them for a while."""
    for file in files:
        with suppress(FileNotFoundError):
            os.utime(file)


def _merge_next(now: datetime) -> Segment | None:
    while chosen := log_levels.next_merge(_files(now), now=now):
        wanted = Segment.objects.filter(seq__in=[file.seq for file in chosen])
        segments = list(wanted.defer("rejected", "fingerprints").order_by("received_at", "seq"))
        files = [(segment.seq, scan_log.root() / segment.path) for segment in segments]
        try:
            path = merging.merge(files, scans.folder_of(scan_log.root(), now))
        except scans.Unreadable as error:
            _leave_out(error.args[0], error, now)
            continue
        touch(*(file for _, file in files))
        return _swap(segments, str(path.relative_to(scan_log.root())))
    return None


def _files(now: datetime) -> list[LogFile]:
    """The files that are the log now, but for those that cannot be read."""
    rows = Segment.objects.filter(merged_into__isnull=True).annotate(keyed=Q(fingerprints__isnull=False))
    read_until = _read_until()
    return [
        LogFile(seq, rows, at, seq < 0 or keyed, read_until is None or at < read_until)
        for seq, rows, at, keyed, path in rows.values_list("seq", "rows", "received_at", "keyed", "path")
        if not _is_damaged(path, now)
    ]


def _read_until() -> datetime | None:
    """What arrived before this was read by every watch; None when there is no watch."""
    cursor = WatchCursor.objects.aggregate(seq=Min("seq"))["seq"]
    if cursor is None:
        return None
    last = Segment.objects.filter(seq__gt=0, seq__lte=cursor).order_by("-seq").first()
    return last.received_at if last else datetime.min.replace(tzinfo=UTC)


@transaction.atomic
def _swap(chosen: Sequence[Segment], path: str) -> Segment:
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
    fresh = [segment.pk for segment in chosen if segment.seq > 0]
    before = [segment.pk for segment in chosen if segment.seq < 0]
    moved = Segment.objects.filter(Q(pk__in=fresh) | Q(merged_into__in=before))
    moved.update(merged_into=merged, path=path, fingerprints=None)
    Segment.objects.filter(pk__in=before).delete()
    return merged


def _merged(now: datetime) -> Iterator[Path]:
    for path in Segment.objects.filter(merged_into__isnull=True, seq__lt=0).values_list("path", flat=True):
        if not _is_damaged(path, now):
            yield scan_log.root() / path


def _without_index(now: datetime) -> Iterator[Path]:
    return (file for file in _merged(now) if not waybill_index.path_of(file).exists())


def _has_index(segment: Path) -> bool:
    if segment in _checked:
        return waybill_index.path_of(segment).exists()
    try:
        Index(segment).check()
    except (FileNotFoundError, IndexIsWrong):
        return False
    _checked.add(segment)
    return True


def _leave_out(segment: Path, error: Exception, now: datetime) -> None:
    path = str(segment.relative_to(scan_log.root()))
    log.error("%s of the scan log cannot be read and is left as it is: %r", path, error.__cause__ or error)
    _damaged[path] = now


def _is_damaged(path: str, now: datetime) -> bool:
    return path in _damaged and now - _damaged[path] < FORGOTTEN


def _is_old(file: Path, now: datetime) -> bool:
    try:
        return file.stat().st_mtime < (now - FORGOTTEN).timestamp()
    except FileNotFoundError:
        return False  # put in place meanwhile
