"""Merging files of the log into one that is sorted by waybill, with an index beside it.

Sorted files are read side by side, a stretch of waybills at a time, so that a merge of tens of millions of rows needs
the memory of half a million. Statistics say from where to where a stretch goes.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal, Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from huhang.journey.watch import log, waybill_index
from huhang.journey.watch.log import Unreadable
from huhang.journey.watch.waybill_index import CannotIndex, Entries

SCHEMA = log.SCHEMA.append(pa.field("seq", pa.int64()))
ORDER: list[tuple[str, Literal["ascending", "descending"]]] = [
    ("waybill", "ascending"),
    ("event_time", "ascending"),
    ("seq", "ascending"),
]
GROUP_ROWS = 8_192  # what looking up one waybill reads of a merged file
STRETCH_ROWS = 500_000
WINDOW_ROWS = 4_000_000  # that a watch which is far behind holds at once
FORMAT: dict[str, Any] = log.CODEC | {
    "compression": {name: "none" if name == "identity" else "zstd" for name in SCHEMA.names},
    "column_encoding": log.CODEC["column_encoding"] | {"seq": "DELTA_BINARY_PACKED"},
    "write_page_checksum": True,
}


def merge(segments: Iterable[tuple[int, Path]], folder: Path) -> Path:
    """Write the rows of many segments into one file sorted by waybill, its index beside it, and return its path.

    Each row keeps the `seq` of its segment, so that the log can still be read segment by segment. Numbers below zero
    are files that were merged before.
    """
    sources = _sources(list(segments))
    entries = Entries()
    path = log.put_in_place(folder, lambda file: _write(_stretches(sources), file, entries))
    with suppress(CannotIndex):  # then it is searched by its statistics
        waybill_index.write(path, entries)
    return path


class Window:
    """The rows that some neighbouring segments gave to a merged file, found in one pass over it."""

    def __init__(self, path: Path, segments: Iterable[tuple[int, int]], columns: Sequence[str]) -> None:
        self.path, self.columns = path, tuple(columns)
        self.seqs = list(_within(segments, WINDOW_ROWS))
        self.rows = self._read()
        found = self.rows["seq"].to_numpy()
        self.starts = np.searchsorted(found, self.seqs, "left").tolist()
        self.ends = np.searchsorted(found, self.seqs, "right").tolist()

    def holds(self, path: Path, seq: int, columns: Sequence[str]) -> bool:
        return self.path == path and self.columns == tuple(columns) and seq in self.seqs

    def of(self, seq: int) -> pa.Table:
        """Return one segment's rows."""
        place = self.seqs.index(seq)
        part = self.rows.slice(self.starts[place], self.ends[place] - self.starts[place])
        return part.select(list(self.columns))

    def _read(self) -> pa.Table:
        wanted = pa.array(self.seqs, pa.int64())
        parts = log.read_parts(self.path, [*self.columns, "seq"])
        some = [part.filter(pc.is_in(part["seq"], value_set=wanted)) for part in parts]
        return pa.concat_tables(some).unify_dictionaries().sort_by("seq")


def _within(segments: Iterable[tuple[int, int]], most: int) -> Iterator[int]:
    rows = 0
    for seq, count in segments:
        rows += count
        yield seq
        if rows >= most:
            return


class Source(Protocol):
    """Sorted rows, given out by stretches."""

    def ends(self) -> list[tuple[str, int]]:
        """Return waybills somewhere along the way, and how many rows lie before each since the last."""

    def until(self, waybill: str | None) -> Iterator[pa.Table]:
        """Give out what comes before this waybill and was not given out yet; everything for None."""


class Sorted:
    """A merged file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _naming(path):
            self.file = pq.ParquetFile(path, page_checksum_verification=True)
        self.group = 0
        self.rest = SCHEMA.empty_table()

    def ends(self) -> list[tuple[str, int]]:
        groups = (self.file.metadata.row_group(n) for n in range(self.file.num_row_groups))
        return [(cast(Any, group.column(0)).statistics.max, group.num_rows) for group in groups]

    def until(self, waybill: str | None) -> Iterator[pa.Table]:
        while True:
            before, self.rest = _split(self.rest, waybill)
            yield before
            if self.rest.num_rows or self.group == self.file.num_row_groups:
                return
            with _naming(self.path):
                self.rest = self.file.read_row_group(self.group, columns=SCHEMA.names).cast(SCHEMA)
            self.group += 1


class Fresh:
    """Segments as they arrived, sorted in memory."""

    def __init__(self, segments: Sequence[tuple[int, Path]]) -> None:
        parts = [_with_seq(_whole(path), seq) for seq, path in segments]
        self.rest = pa.concat_tables(parts).sort_by(ORDER)

    def ends(self) -> list[tuple[str, int]]:
        last = range(STRETCH_ROWS // 8 - 1, self.rest.num_rows, STRETCH_ROWS // 8)
        return [(self.rest["waybill"][place].as_py(), STRETCH_ROWS // 8) for place in last]

    def until(self, waybill: str | None) -> Iterator[pa.Table]:
        before, self.rest = _split(self.rest, waybill)
        yield before


def _sources(segments: Sequence[tuple[int, Path]]) -> list[Source]:
    fresh = [(seq, path) for seq, path in segments if seq > 0]
    merged: list[Source] = [Sorted(path) for seq, path in segments if seq < 0]
    return [*merged, Fresh(fresh)] if fresh else merged


def _stretches(sources: Sequence[Source]) -> Iterator[pa.Table]:
    for waybill in [*_borders(sources), None]:
        parts = [part for source in sources for part in source.until(waybill) if part.num_rows]
        if parts:
            yield pa.concat_tables(parts).sort_by(ORDER) if len(sources) > 1 else pa.concat_tables(parts)


def _borders(sources: Sequence[Source]) -> Iterator[str]:
    """Return waybills that cut the rows of all sources into stretches of about the same length."""
    rows, last = 0, ""
    for waybill, count in sorted(end for source in sources for end in source.ends()):
        rows += count
        if rows >= STRETCH_ROWS and waybill > last:
            yield waybill
            rows, last = 0, waybill


def _split(rows: pa.Table, waybill: str | None) -> tuple[pa.Table, pa.Table]:
    if waybill is None or not rows.num_rows:
        return rows, rows.slice(rows.num_rows)
    if rows["waybill"][-1].as_py() < waybill:
        return rows, rows.slice(rows.num_rows)
    before = rows.filter(pc.less(rows["waybill"], pa.scalar(waybill))).num_rows
    return rows.slice(0, before), rows.slice(before)


def _write(stretches: Iterable[pa.Table], file: IO[bytes], entries: Entries) -> None:
    with pq.ParquetWriter(file, SCHEMA, **FORMAT) as writer:
        for number, group in enumerate(_groups(stretches)):
            writer.write_table(group, row_group_size=GROUP_ROWS)
            entries.add(group["waybill"], number)


def _groups(stretches: Iterable[pa.Table]) -> Iterator[pa.Table]:
    rest = SCHEMA.empty_table()
    for stretch in stretches:
        rest = pa.concat_tables([rest, stretch])
        whole = rest.num_rows // GROUP_ROWS * GROUP_ROWS
        yield from (rest.slice(start, GROUP_ROWS) for start in range(0, whole, GROUP_ROWS))
        rest = rest.slice(whole)
    if rest.num_rows:
        yield rest


def _whole(path: Path) -> pa.Table:
    with _naming(path):
        return pq.read_table(path, partitioning=None)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Arrow does not say which file it could not read."""
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise Unreadable(path) from error


def _with_seq(rows: pa.Table, seq: int) -> pa.Table:
    rows = rows.select(log.SCHEMA.names).cast(log.SCHEMA)
    return rows.append_column("seq", pa.array([seq] * rows.num_rows, pa.int64())).cast(SCHEMA)
