"""Scans on their way through Spark: one segment's scans of one shard travel as one bundle of Arrow bytes.

Spark moves and groups rows one by one; a bundle keeps a million scans from becoming a million rows.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from huhang.journey.watch.columns import joined, keys
from huhang.journey.watch.log import FOLDED

PACKED = pa.ipc.IpcWriteOptions(compression="lz4")


def split(scans: pa.Table, shards: int) -> Iterator[tuple[int, bytes]]:
    """Yield each shard that has scans in this table, and those scans in the table's own order."""
    shard = shard_of(scans["waybill"], shards)
    order = np.argsort(shard, kind="stable")
    sorted_scans = _plain(scans).take(order)
    ends = np.cumsum(np.bincount(shard, minlength=shards))
    for number, end in enumerate(ends):
        start = int(ends[number - 1]) if number else 0
        if end > start:
            yield number, pack(sorted_scans.slice(start, int(end) - start))


def shard_of(waybills: Any, shards: int) -> NDArray[np.int64]:
    """Return the shard of each waybill. Kept state depends on it: with another formula, begin anew."""
    hi, lo = keys(waybills, {})
    # Other constants than the shard's own hash table, or a shard would use a part of its slots only.
    mixed = (hi ^ (lo << np.uint64(7)) ^ (lo >> np.uint64(25))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    shard: NDArray[np.int64] = ((mixed >> np.uint64(33)) % np.uint64(shards)).astype(np.int64)
    return shard


def pack(table: pa.Table) -> bytes:
    """Return a table as bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=PACKED) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def unpack(content: bytes) -> pa.Table:
    """Return the table that was packed."""
    with pa.ipc.open_stream(content) as reader:
        return reader.read_all()


def _plain(scans: pa.Table) -> pa.Table:
    # A slice of a dictionary column takes the whole dictionary along, a slice of strings only its own.
    columns = {name: joined(scans[name]) for name in FOLDED}
    return pa.table(
        {
            name: column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
            for name, column in columns.items()
        }
    )
