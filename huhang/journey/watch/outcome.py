"""What a batch or a sweep brought, told with names instead of indexes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from huhang.journey.rules.codes import Code
from huhang.journey.watch.columns import MOMENT, Known, Names, names_of
from huhang.journey.watch.layout import CLEAR, COUNT, HIT, OPEN, PARCEL, ROOM, TURN, Out
from huhang.journey.watch.program import A_MINUTE, SECOND


class Raised(NamedTuple):
    """One hit. `cleared_at` is set when the same batch already put it right."""

    waybill: str
    rule: int
    anchor: datetime
    raised_at: datetime
    cleared_at: datetime | None
    node: str
    operator: str
    previous: str


class Cleared(NamedTuple):
    """The open hit of this waybill and rule, raised by an earlier batch or sweep, is put right."""

    waybill: str
    rule: int
    cleared_at: datetime


class Counted(NamedTuple):
    """How many waybills this node first picked up, or first sent out for delivery, in this minute."""

    code: Code
    node: str
    minute: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Arrow tables in an order that depends only on what they hold; the methods give rows."""

    hits: pa.Table
    clears: pa.Table
    counts: pa.Table

    def raised(self) -> Iterator[Raised]:
        """Yield the hits, soonest first."""
        return (Raised(**row) for row in self.hits.to_pylist())

    def cleared(self) -> Iterator[Cleared]:
        """Yield the clears of hits from before this batch."""
        return (Cleared(**row) for row in self.clears.to_pylist())

    def counted(self) -> Iterator[Counted]:
        """Yield the tallies of first pickups and first deliveries out."""
        return (Counted(**{**row, "code": Code(row["code"])}) for row in self.counts.to_pylist())


def buffers(rows: int) -> Out:
    """Make room for what a fold of so many rows usually brings."""
    return Out(
        hits=np.empty(ROOM + rows // 4, HIT),
        clears=np.empty(ROOM + rows // 4, CLEAR),
        counts=np.empty(ROOM + rows // 4, COUNT),
        used=np.zeros(3, np.int64),
        turn=np.zeros(1, TURN),
        row=np.zeros(1, PARCEL),
    )


def grown(out: Out) -> Out:
    """Return the same with twice the room."""
    return out._replace(hits=_doubled(out.hits), clears=_doubled(out.clears), counts=_doubled(out.counts))


def tell(out: Out, known: Known) -> Outcome:
    """Name what the kernel wrote."""
    hits, clears, counts = (column[:n] for column, n in zip(out[:3], out.used, strict=True))
    return Outcome(hits=_hits(hits, known), clears=_clears(clears, known), counts=_counts(counts, known))


def _hits(hits: NDArray[Any], known: Known) -> pa.Table:
    hits = hits[np.lexsort((hits["anchor"], hits["rule"], hits["lo"], hits["hi"], hits["raised_at"]))]
    return pa.table(
        {
            "waybill": names_of(hits["hi"], hits["lo"], known.long),
            "rule": hits["rule"],
            "anchor": _moments(hits["anchor"]),
            "raised_at": _moments(hits["raised_at"]),
            "cleared_at": _moments(hits["cleared_at"], hits["cleared_at"] == OPEN),
            "node": _named(hits["node"], known.nodes),
            "operator": _named(hits["operator"], known.operators),
            "previous": _named(hits["previous"], known.nodes),
        }
    )


def _clears(clears: NDArray[Any], known: Known) -> pa.Table:
    clears = clears[np.lexsort((clears["rule"], clears["lo"], clears["hi"], clears["cleared_at"]))]
    return pa.table(
        {
            "waybill": names_of(clears["hi"], clears["lo"], known.long),
            "rule": clears["rule"],
            "cleared_at": _moments(clears["cleared_at"]),
        }
    )


def _counts(counts: NDArray[Any], known: Known) -> pa.Table:
    # One number for minute, node and code: comparing records is twenty times slower.
    keys = counts["minute"] << 32 | (counts["node"].astype(np.int64) + 1) << 5 | counts["code"]
    first, amounts = np.unique(keys, return_counts=True)
    table = pa.table(
        {
            "code": first & 31,
            "node": _named((first >> 5 & (1 << 27) - 1) - 1, known.nodes),
            "minute": _moments((first >> 32) * A_MINUTE),
            "amount": amounts,
        }
    )
    return table.sort_by([("minute", "ascending"), ("node", "ascending"), ("code", "ascending")])


def _named(indexes: NDArray[Any], names: Names) -> Any:
    used, places = np.unique(indexes, return_inverse=True)
    strings = pa.array(["" if index < 0 else names.known[index] for index in used], pa.string())
    return strings.take(pa.array(places, pa.int64()))


def _moments(seconds: NDArray[np.int64], mask: NDArray[np.bool_] | None = None) -> Any:
    return pa.array(seconds * SECOND, mask=mask).cast(MOMENT)


def _doubled(column: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([column, np.empty_like(column)])
