"""One waybill's rows from the log's files: by the index of a merged file, else by each row group's statistics."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from huhang.journey.watch import waybill_index
from huhang.journey.watch.log import SCHEMA, Unreadable
from huhang.journey.watch.waybill_index import Index, IndexIsWrong

OPEN_AT_MOST = 256  # indexes, each a file that stays open

_open: dict[Path, Index] = {}


def rows_of(waybill: str, segment: Path, columns: Sequence[str] = SCHEMA.names) -> list[pa.Table]:
    """Return a waybill's rows in a segment; of a merged one only what the index points at is read.

    Raises FileNotFoundError where the segment is gone, but not when its index knows that nothing is missed.
    """
    groups = _pointed_at(waybill, segment)
    if groups == []:
        return []
    try:
        return list(_by_index(waybill, segment, groups, columns))
    except IndexIsWrong:
        return _by_statistics(waybill, segment, columns)
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowInvalid) as error:
        raise Unreadable(segment) from error


def trace(waybill: str, segments: Iterable[Path], columns: Sequence[str] = SCHEMA.names) -> pa.Table:
    """Return one waybill's rows from these segments, each event once, by event time."""
    return once([rows for path in segments for rows in rows_of(waybill, path, columns)], columns)


def once(found: Sequence[pa.Table], columns: Sequence[str] = SCHEMA.names) -> pa.Table:
    """Return rows by event time, without those that tell an event again."""
    if not found:
        return SCHEMA.empty_table().select(list(columns))
    rows = pa.concat_tables(found).sort_by([("event_time", "ascending"), ("code", "ascending")])
    first = {identity: place for place, identity in reversed(list(enumerate(rows["identity"].to_pylist())))}
    return rows if len(first) == rows.num_rows else rows.take(pa.array(sorted(first.values()), pa.int64()))


def _pointed_at(waybill: str, segment: Path) -> list[int] | None:
    """Return the row groups that the index names; None when there is no index that can be believed."""
    hashed = waybill_index.hash_of(waybill)
    for _ in range(2):
        try:
            return _index(segment).find(hashed)
        except FileNotFoundError:
            return None
        except IndexIsWrong:
            _open.pop(segment, None)  # it may have been made again meanwhile
    return None


def _index(segment: Path) -> Index:
    index = _open.get(segment)
    if index is None:
        index = _open[segment] = Index(segment)
        while len(_open) > OPEN_AT_MOST:
            _open.pop(next(iter(_open)), None)  # files that others still read close after them
    return index


def _by_index(
    waybill: str, segment: Path, groups: Sequence[int] | None, columns: Sequence[str]
) -> Iterator[pa.Table]:
    index = _open.get(segment)
    if groups is None or index is None:
        raise IndexIsWrong(segment)
    with segment.open("rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size != index.size:
            raise IndexIsWrong(segment)
        for first in groups:
            for group in range(first, index.groups):
                end = pq.read_metadata(pa.BufferReader(index.end_of(file, group)))
                rows = _read(segment, end, columns)
                yield from _held(rows, waybill)
                if rows["waybill"][-1].as_py() != waybill:
                    break  # else it may go on in the next group


def _read(segment: Path, end: pq.FileMetaData, columns: Sequence[str]) -> pa.Table:
    with pq.ParquetFile(segment, metadata=end, page_checksum_verification=True) as file:
        return file.read_row_group(0, columns=list(columns), use_threads=False)


def _by_statistics(waybill: str, segment: Path, columns: Sequence[str]) -> list[pa.Table]:
    try:
        return list(_searched(waybill, segment, columns))
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowInvalid) as error:
        raise Unreadable(segment) from error


def _searched(waybill: str, segment: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    with pq.ParquetFile(segment, page_checksum_verification=True) as file:
        for group in range(file.num_row_groups):
            if not _may_hold(file, group, waybill):
                continue
            numbers = file.read_row_group(group, columns=["waybill"])["waybill"]
            if pc.any(pc.equal(numbers, pa.scalar(waybill))).as_py():
                yield from _held(file.read_row_group(group, columns=list(columns)), waybill)


def _held(rows: pa.Table, waybill: str) -> Iterator[pa.Table]:
    held = rows.filter(pc.equal(rows["waybill"], pa.scalar(waybill)))
    if held.num_rows:
        yield held.select(held.column_names).cast(_schema(held.column_names))


def _schema(columns: Sequence[str]) -> pa.Schema:
    return pa.schema([SCHEMA.field(name) for name in columns])


def _may_hold(file: pq.ParquetFile, group: int, waybill: str) -> bool:
    statistics = cast(Any, file.metadata.row_group(group).column(0)).statistics
    if statistics is None or not statistics.has_min_max:
        return True
    return bool(statistics.min <= waybill <= statistics.max)
