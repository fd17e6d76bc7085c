"""Counting what became of parcels in trouble, a day at a time, once the days after it are over."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from huhang.desk.models import ProofDay
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.proof import SHANGHAI, WITHIN, ripe_on
from huhang.desk.sql import statement
from huhang.kit import facts

COUNT_LOCK = 0x4855_0302
COUNTED = "desk.proof"  # the fact that says up to which day each is counted
LOOK_BACK = timedelta(days=60)  # of a new installation
# Counted again: what was told late, and what a replay took back.
AGAIN = timedelta(days=2)


def count_due(*, now: datetime) -> int:
    """Count every day that is ripe and not counted yet, each in its own transaction; returns how many."""
    return sum(_count(day, within) for within in WITHIN for day in list(_due(within, now)))


@transaction.atomic
def _count(day: date, within: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COUNT_LOCK])
        if not cursor.fetchone()[0]:
            return False  # another worker counts
        ProofDay.objects.filter(day=day, within_days=within).delete()
        start = datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
        values: dict[str, Any] = {
            "day": day, "within": within, "start": start, "end": start + timedelta(days=1),
            "complaints": [str(Kind.COMPLAINT), str(Kind.CLAIM)], "prevention": str(Kind.PREVENTION),
        }  # fmt: skip
        cursor.execute(statement("count_proof"), values)
    facts.put(COUNTED, _counted() | {str(within): day.isoformat()})
    return True


def _due(within: int, now: datetime) -> Iterator[date]:
    ripe = ripe_on(within, now=now)
    done = _counted().get(str(within))
    first = date.fromisoformat(done) + timedelta(days=1) if done else ripe - LOOK_BACK
    if first <= ripe:
        first -= AGAIN
    while first <= ripe:
        yield first
        first += timedelta(days=1)


def _counted() -> dict[str, str]:
    return dict(facts.get(COUNTED) or {})
