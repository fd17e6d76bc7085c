"""Counting: any room says how many of a measure happened, when and where; each key counts once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from huhang.kit import live
from huhang.kit.errors import DomainError
from huhang.metrics.rules import registry
from huhang.metrics.sql import statement

# One worker settles at a time: sums are then never waited for.
SETTLE_LOCK = 0x4855_0101
SETTLE_AT_ONCE = 20_000
# More units than this are announced as "somewhere": one announcement that every board hears.
ANNOUNCED_AT_MOST = 20
ANYWHERE = "anywhere"


class UnknownMeasure(DomainError):
    """这个计数项没有登记，请先在 measures.py 里声明。"""

    status = 422


@dataclass(frozen=True, slots=True)
class Count:
    """So many of a measure at a moment and unit; `key` names the fact, so that a repeat changes nothing."""

    measure: str
    at: datetime
    path: str
    key: str
    amount: int = 1


def count(*, measure: str, at: datetime, path: str, key: str, amount: int = 1) -> bool:
    """Count a fact in the caller's transaction; False when its key was counted before."""
    return count_many([Count(measure, at, path, key, amount)]) == 1


def count_many(rows: Iterable[Count]) -> int:
    """Count facts in one statement, in the caller's transaction; returns how many were new.

    Boards hear of them from `settle`, a second or two later and once for many counts, not from here:
    opening a ticket should not pay for the board.
    """
    wanted = list(rows)
    if not wanted:
        return 0
    if unknown := {row.measure for row in wanted if not registry.is_measure(row.measure)}:
        raise UnknownMeasure(measures=sorted(unknown))
    with connection.cursor() as cursor:
        cursor.execute(
            statement("count"),
            {
                "measures": [row.measure for row in wanted],
                "times": [row.at for row in wanted],
                "paths": [row.path for row in wanted],
                "amounts": [row.amount for row in wanted],
                "keys": [row.key for row in wanted],
            },
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def settle(*, limit: int = SETTLE_AT_ONCE) -> int:
    """Move fresh counts into the sums and tell the boards; returns how many rows moved, 0 while another settles."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SETTLE_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(statement("settle"), {"limit": limit})
        moved = dict(cursor.fetchall())
    _announce(list(moved))
    return sum(moved.values())


def settle_all() -> int:
    """Settle until nothing is fresh; after loading much at once."""
    total = 0
    while moved := settle():
        total += moved
    return total


def _announce(paths: list[str]) -> None:
    if len(paths) > ANNOUNCED_AT_MOST:
        live.announce("metrics.tally", ref=ANYWHERE)
        return
    for path in paths:
        live.announce("metrics.tally", path=path)
