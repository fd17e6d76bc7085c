"""The scan log: immutable Parquet segments, each put in place whole or not at all.

A file is part of the log only once the manifest names it; see `journey.actions.scan_log`.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from huhang.journey.watch.columns import MOMENT
from huhang.journey.watch.identity import SIZE, WORKERS, identities

WORD = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("waybill", pa.string()),
        ("carrier", WORD),
        ("code", pa.uint8()),
        ("reason", pa.uint8()),
        ("event_time", MOMENT),
        ("node", pa.string()),
        ("operator", pa.string()),
        ("text", pa.string()),
        ("source", WORD),
        ("received_at", MOMENT),
        ("identity", pa.binary(SIZE)),
        # Facts of the waybill itself, on REGISTERED rows only. `flags`: 1 locker or proxy allowed,
        # 2 cash on delivery, 4 insured, 8 return leg.
        ("promised_at", MOMENT),
        ("product", pa.string()),
        ("origin", pa.string()),
        ("dest", pa.string()),
        ("flags", pa.uint8()),
    ]
)
FOLDED = [
    "waybill",
    "code",
    "event_time",
    "node",
    "operator",
    "promised_at",
    "product",
    "origin",
    "dest",
    "flags",
]
WORDS = ["carrier", "source", "node", "operator", "product", "origin", "dest"]  # few different values
WRITTEN_ROWS = 131_072  # of a row group in new segments
PART_ROWS = 131_072  # of a file that is read part by part
CODEC: dict[str, Any] = {
    "compression": {name: "none" if name == "identity" else "lz4" for name in SCHEMA.names},
    "use_dictionary": [*WORDS, "text"],
    "column_encoding": {"event_time": "DELTA_BINARY_PACKED", "received_at": "DELTA_BINARY_PACKED"},
    "write_statistics": ["waybill", "event_time"],  # what readers ask for; the rest costs a fifth of the time
}


class Unreadable(Exception):
    """A file of the log is damaged; the message is its path."""


def write_segment(scans: pa.Table, folder: Path) -> Path:
    """Write scans to a new file in `folder` and return its path once it is safely on disk.

    Columns are those of SCHEMA; identities that are missing are made while earlier rows are being written.
    """
    return put_in_place(folder, lambda file: _write_identified(scans, file))


def read_segment(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a segment's rows; names come as dictionaries, which the watch folds faster."""
    words = [name for name in WORDS if columns is None or name in columns]
    return pq.read_table(
        path, columns=None if columns is None else list(columns), read_dictionary=words, partitioning=None
    )


def read_parts(path: Path, columns: Sequence[str], rows: int = PART_ROWS) -> Iterator[pa.Table]:
    """Read a file of any size part by part, at least one; merged ones hold more rows than memory may."""
    words = [name for name in WORDS if name in columns]
    with pq.ParquetFile(path, read_dictionary=words, page_checksum_verification=True) as file:
        yield pa.Table.from_batches([], file.schema_arrow).select(list(columns))
        for batch in file.iter_batches(rows, columns=list(columns)):
            yield pa.Table.from_batches([batch])


def put_in_place(folder: Path, write: Callable[[IO[bytes]], None]) -> Path:
    """Write a new file in `folder`, whole or not at all, and return its path once it is safely on disk."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)
    path = folder / f"{uuid7()}.parquet"
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    _sync_folder(folder)
    return path


def uuid7() -> UUID:
    """Return an identifier that sorts by the time when it was made."""
    moment = time.time_ns() // 1_000_000
    number = moment << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return UUID(int=number)


def folder_of(root: Path, day: datetime) -> Path:
    """Return where the segments of a day are kept."""
    return root / f"{day:%Y-%m-%d}"


def _write_identified(scans: pa.Table, file: IO[bytes]) -> None:
    parts = [scans.slice(start, WRITTEN_ROWS) for start in range(0, max(1, scans.num_rows), WRITTEN_ROWS)]
    with ThreadPoolExecutor(WORKERS) as workers, pq.ParquetWriter(file, SCHEMA, **CODEC) as writer:
        for part in workers.map(_identified, parts):
            writer.write_table(part.select(SCHEMA.names).cast(SCHEMA))


def _identified(scans: pa.Table) -> pa.Table:
    if "identity" in scans.column_names:
        return scans
    return scans.append_column("identity", identities(scans))


def _sync_folder(folder: Path) -> None:
    # Without this the new name itself can be lost in a power cut.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
