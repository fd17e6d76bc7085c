"""Counting what comes in, by source and hour, in the transaction in which it happens."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from huhang.journey.models import IntakeCount, Segment
from huhang.journey.rules.feeds import What
from huhang.journey.sql import statement


@dataclass(frozen=True, slots=True)
class Counted:
    """So much became this."""

    what: What
    amount: int
    reason: str = ""
    newest_at: datetime | None = None


def add(source: str, counts: Iterable[Counted], *, at: datetime) -> None:
    """Add to a source's hour, in the caller's transaction."""
    wanted = sorted((c for c in counts if c.amount), key=lambda c: (c.what, c.reason))
    if not wanted:
        return
    columns: dict[str, list[Any]] = {
        "sources": [source] * len(wanted),
        "times": [at] * len(wanted),
        "whats": [str(c.what) for c in wanted],
        "reasons": [c.reason for c in wanted],
        "amounts": [c.amount for c in wanted],
        "newest": [c.newest_at for c in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("count_intake"), columns)


def arrived(segment: Segment, *, newest_at: datetime | None) -> None:
    """Count a batch that has entered the log, with what was refused of it."""
    refused = Counter(
        str(entry.get("code", ""))
        for entry in {entry.get("row"): entry for entry in segment.rejected}.values()
    )
    add(
        segment.source,
        [
            Counted(What.RECEIVED, segment.rows + refused.total()),
            Counted(What.ACCEPTED, segment.rows, newest_at=newest_at),
            *(Counted(What.REFUSED, amount, reason) for reason, amount in refused.items()),
        ],
        at=segment.received_at,
    )


def doubled(source: str, rows: int, *, at: datetime) -> None:
    """Count a batch that was sent again: it was received, and changed nothing."""
    add(source, [Counted(What.RECEIVED, rows), Counted(What.DOUBLED, rows)], at=at)


def refused_whole(source: str, reason: str, *, at: datetime) -> None:
    """Count a message that was refused before its scans could be counted: as one."""
    add(source, [Counted(What.RECEIVED, 1), Counted(What.REFUSED, 1, reason)], at=at)


@transaction.atomic
def recount(source: str) -> None:
    """Count a source afresh from the manifest, after its past was put together at once."""
    IntakeCount.objects.filter(source=source).delete()
    for segment in Segment.objects.filter(source=source, seq__gt=0).order_by("seq").iterator():
        arrived(segment, newest_at=segment.received_at)
