"""What a shard tells of a micro-batch: the outcomes of its steps, on their way to the driver and united there."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from huhang.journey.watch.outcome import Outcome
from huhang.journey.watch.spark.bundles import pack, unpack

SCHEMA = "shard INT, start BIGINT, seq BIGINT, at BIGINT, hits BINARY, clears BINARY, counts BINARY"
TABLES = ("hits", "clears", "counts")
STEP = "step"
KEYS = ["minute", "node", "code"]


class Step(NamedTuple):
    """Deadlines raised before segment `seq` was folded, or, when `is_fold`, the folding of it."""

    seq: int
    is_fold: bool

    @property
    def number(self) -> int:
        """Steps in order."""
        return 2 * self.seq + self.is_fold

    @classmethod
    def of(cls, number: int) -> "Step":
        """The step that has this number."""
        return cls(number >> 1, bool(number & 1))


def packed(steps: Iterable[tuple[Step, Outcome]]) -> tuple[bytes | None, ...]:
    """Return hits, clears and counts of all steps, each as bytes, None where there are none."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
    for step, outcome in steps:
        for name in TABLES:
            table: pa.Table = getattr(outcome, name)
            if table.num_rows:
                number = pa.array([step.number], pa.int64()).take(pa.array([0] * table.num_rows, pa.int64()))
                parts[name].append(table.append_column(STEP, number))
    return tuple(pack(pa.concat_tables(parts[name])) if parts[name] else None for name in TABLES)


def united(told: Iterable[tuple[bytes | None, ...]]) -> Iterator[tuple[Step, Outcome]]:
    """Yield what all shards together say of each step, in order."""
    rows = list(told)
    tables = {name: _all(row[place] for row in rows) for place, name in enumerate(TABLES)}
    numbers = {number for table in tables.values() if table for number in _steps(table)}
    for number in sorted(numbers):
        hits, clears, counts = (_of(table, number) for table in tables.values())
        yield Step.of(number), Outcome(hits=hits, clears=clears, counts=_summed(counts))


def _all(parts: Iterable[bytes | None]) -> pa.Table | None:
    tables = [unpack(part) for part in parts if part is not None]
    return pa.concat_tables(tables) if tables else None


def _steps(table: pa.Table) -> list[int]:
    return [int(number) for number in table[STEP].unique().to_numpy()]


def _of(table: pa.Table | None, number: int) -> pa.Table:
    if table is None:
        return pa.table({})
    return table.filter(_equal(table[STEP], number)).drop_columns([STEP])


def _equal(column: Any, number: int) -> Any:
    return pc.equal(column, pa.scalar(number, pa.int64()))


def _summed(counts: pa.Table) -> pa.Table:
    """Two shards may count at one node in one minute."""
    if not counts.num_rows:
        return counts
    return (
        counts.group_by(KEYS, use_threads=False)
        .aggregate([("amount", "sum")])
        .rename_columns([*KEYS, "amount"])
    )
