"""The scan log as a Python data source of Spark Structured Streaming.

Spark asks `latestOffset` and `partitions` in a Python process beside the driver, `read` on executors.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import (
    ReadAllAvailable,
    ReadLimit,
    ReadMaxFiles,
    SupportsTriggerAvailableNow,
)
from pyspark.sql.types import StructType

from huhang.journey.watch.log import FOLDED, read_segment
from huhang.journey.watch.merging import Window
from huhang.journey.watch.program import SECOND
from huhang.journey.watch.spark.bundles import split
from huhang.journey.watch.spark.places import File, Manifest, Place, ShardsDiffer

NAME = "huhang_scan_log"
# A row is a bundle of scans to fold, or, without scans, the word to raise what ran out by `at`; the latter
# comes last in every micro-batch, once for each shard, and says from where to where the batch goes.
SCHEMA = "shard INT, seq BIGINT, at BIGINT, start BIGINT, world STRING, scans BINARY"
COLUMNS: dict[str, pa.DataType] = {
    "shard": pa.int32(),
    "seq": pa.int64(),
    "at": pa.int64(),
    "start": pa.int64(),
    "world": pa.string(),
    "scans": pa.binary(),
}
ROWS = pa.schema(COLUMNS)
ROWS_OF_A_TASK = 200_000
EVERYTHING = 1 << 62


@dataclass(frozen=True)
class Terms:
    """What the options of the source say.

    `manifest` is where to find a `Manifest`, as `module:name`; `keys` are what Spark calls the shards.
    """

    manifest: str
    keys: tuple[int, ...]
    at_most: int
    slice_us: int
    told: Mapping[str, str]

    @classmethod
    def of(cls, options: Mapping[str, str]) -> "Terms":
        """Read the options, which Spark hands on as words."""
        return cls(
            manifest=options["manifest"],
            keys=tuple(int(key) for key in options["keys"].split(",")),
            at_most=int(options["segments"]),
            slice_us=int(options["seconds"]) * SECOND,
            told=dict(options),
        )


class Bundles(InputPartition):
    """Some segments, read by one task."""

    def __init__(self, files: Sequence[File], start: int) -> None:
        super().__init__(None)
        self.files = list(files)
        self.start = start


class Sweep(InputPartition):
    """The end of a micro-batch."""

    def __init__(self, start: Place, end: Place) -> None:
        super().__init__(None)
        self.start, self.end = start, end


class ScanLog(DataSource):
    """Registered by name; `Terms` says which options it needs."""

    @classmethod
    def name(cls) -> str:
        """As `readStream.format` calls it."""
        return NAME

    def schema(self) -> str:
        """The same for every log."""
        return SCHEMA

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: N802  # Spark's name
        """For a streaming query."""
        return Reader(Terms.of(self.options))


class Reader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """Cuts the log into micro-batches that are the same whenever they are asked for again."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.target: Place | None = None

    @property
    def manifest(self) -> Manifest:
        """Made where it is asked: this object also travels to executors, which have no database."""
        made: Manifest = resolve_name(self.terms.manifest)(self.terms.told)
        return made

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802
        """Before the first segment."""
        return Place().as_offset()

    def getDefaultReadLimit(self) -> ReadLimit:  # noqa: N802
        """So that no micro-batch outgrows the memory, however far behind it begins."""
        return ReadMaxFiles(self.terms.at_most)

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        """Read up to here and stop."""
        self.target = self.manifest.newest()

    def latestOffset(self, start: dict[str, Any], limit: ReadLimit) -> dict[str, Any]:  # noqa: N802
        """Choose the end of the next micro-batch; the start itself when nothing is to be done yet."""
        manifest, begun = self.manifest, self._begun(start)
        end = self.target or manifest.newest()
        at_most = EVERYTHING if isinstance(limit, ReadAllAvailable) else self.terms.at_most
        end = replace(manifest.ahead(begun, end, at_most), shards=len(self.terms.keys))
        is_early = end.tick < begun.tick + (1 if self.target else self.terms.slice_us)
        return start if end.seq == begun.seq and end.world == begun.world and is_early else end.as_offset()

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Sequence[InputPartition]:
        """Divide the segments among tasks."""
        begun, until = self._begun(start), Place.of(end)
        files = self.manifest.files(begun, until)
        return [*(Bundles(part, begun.seq) for part in tasks(files)), Sweep(begun, until)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield a task's rows."""
        if isinstance(partition, Sweep):
            yield _sweep(partition, self.terms.keys)
        elif isinstance(partition, Bundles):
            yield from _bundles(partition, self.terms.keys)

    def _begun(self, offset: dict[str, Any]) -> Place:
        place, shards = Place.of(offset), len(self.terms.keys)
        if place.shards not in (0, shards):
            raise ShardsDiffer(f"{place.shards} != {shards}")
        return place

    def commit(self, end: dict[str, Any]) -> None:
        """The cursor in the database is moved with what was found, not here."""

    def stop(self) -> None:
        """Nothing is held open."""


def tasks(files: Sequence[File]) -> Iterator[list[File]]:
    """Put small segments together; a merged file is read once, by one task."""
    part, rows = list[File](), 0
    for _, same in groupby(files, key=lambda file: file.path):
        read = list(same)
        if part and rows + sum(file.rows for file in read) > ROWS_OF_A_TASK:
            yield part
            part, rows = [], 0
        part += read
        rows += sum(file.rows for file in read)
    if part:
        yield part


def _bundles(partition: Bundles, keys: Sequence[int]) -> Iterator[pa.RecordBatch]:
    for file, scans in _scans(partition.files):
        for shard, bundle in split(scans, len(keys)):
            yield _row(keys[shard], file.seq, file.received_us, partition.start, "", bundle)


def _scans(files: Sequence[File]) -> Iterator[tuple[File, pa.Table]]:
    window: Window | None = None
    for place, file in enumerate(files):
        path = Path(file.path)
        if not file.is_merged:
            yield file, read_segment(path, FOLDED)
            continue
        if window is None or not window.holds(path, file.seq, FOLDED):
            rest = ((other.seq, other.rows) for other in files[place:] if other.path == file.path)
            window = Window(path, rest, FOLDED)
        yield file, window.of(file.seq)


def _sweep(partition: Sweep, keys: Sequence[int]) -> pa.RecordBatch:
    start, end = partition.start, partition.end
    rows = [_row(key, end.seq + 1, end.tick, start.seq, end.world, None) for key in keys]
    return pa.Table.from_batches(rows).combine_chunks().to_batches()[0]


def _row(key: int, seq: int, at: int, start: int, world: str, scans: bytes | None) -> pa.RecordBatch:
    values = (key, seq, at, start, world, scans)
    return pa.RecordBatch.from_arrays(
        [pa.array([value], field.type) for value, field in zip(values, ROWS, strict=True)], schema=ROWS
    )
