"""The scans of one waybill, read from the log."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db.models import Max

from huhang.journey.models import Removal, Segment
from huhang.journey.queries import manifest
from huhang.journey.queries.manifest import Entry
from huhang.journey.rules import withdrawn
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.status import Scan
from huhang.journey.watch import finder
from huhang.journey.watch.log import Unreadable

READ = ["waybill", "event_time", "code", "reason", "node", "operator", "text", "identity"]
LEAST_KEPT = timedelta(days=90)  # nothing younger is ever removed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What the log tells of a waybill. Files that cannot be read now hold `unread` scans, some perhaps of it."""

    scans: list[Scan]
    unread: int = 0


def told_of(no: str) -> Told:
    """Each scan of this number once, by event time, and how many scans could not be asked."""
    found, lost = _look_up(no, manifest.current())
    if any(not is_there(entry) for entry in lost):
        # Merged and tidied away since this process last asked, or really gone.
        found, lost = _look_up(no, manifest.reread())
    for entry in lost:
        log.error("a look-up could not read %s of the scan log", entry.path)
    return Told(_scans(finder.once(found, READ)), sum(entry.rows for entry in lost))


def scans_of(no: str) -> list[Scan]:
    """Each scan of this number once, by event time; what only registers the waybill is not one."""
    return told_of(no).scans


def removed_until(since: datetime, *, now: datetime) -> datetime | None:
    """Up to when scans that arrived after `since` were removed because they had been kept long enough."""
    if now - since < LEAST_KEPT:
        return None
    found: datetime | None = Removal.objects.filter(last_received_at__gte=since).aggregate(
        until=Max("last_received_at")
    )["until"]
    return found


def is_there(entry: Entry) -> bool:
    """Is there a file of this name?"""
    return (manifest.root() / entry.path).is_file()


def segments() -> list[Path]:
    """The files that are the log now: those of the manifest that were not merged into another."""
    kept = Segment.objects.filter(merged_into__isnull=True).order_by("seq")
    return [manifest.root() / path for path in kept.values_list("path", flat=True)]


def _look_up(no: str, listed: manifest.Manifest) -> tuple[list[pa.Table], list[Entry]]:
    found: list[pa.Table] = []
    lost: list[Entry] = []
    for entry in listed.that_may_hold(no):
        try:
            found += finder.rows_of(no, manifest.root() / entry.path, READ)
        except (Unreadable, FileNotFoundError):
            lost.append(entry)
    return found, lost


def _scans(rows: pa.Table) -> list[Scan]:
    standing = withdrawn.standing(rows.to_pylist())
    return [_scan(row) for row in standing if row["code"] != Code.REGISTERED]


def _scan(row: Mapping[str, Any]) -> Scan:
    return Scan(
        at=row["event_time"],
        code=Code(row["code"]),
        reason=Reason(row["reason"]),
        node=row["node"] or "",
        operator=row["operator"] or "",
        text=row["text"] or "",
    )
