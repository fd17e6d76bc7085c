"""Scans per second of the Spark runner on this one machine, beside the local runner, DuckDB, and Spark by waybill.

On a cluster the first figure grows with the cores; here it shows what Spark itself costs. HUHANG_BENCH_PARCELS=n
for more parcels (about eleven scans each).
"""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from bench.parcels import places, traffic
from bench.report import Report
from bench.watch import ROOT, UNTIL, Query, per_rule
from huhang.journey.watch.columns import times
from huhang.journey.watch.log import FOLDED, read_segment
from huhang.journey.watch.pack import read_rules
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from huhang.journey.watch.spark.places import File, Place

PARCELS = int(os.environ.get("HUHANG_BENCH_PARCELS", "28000"))
FEW = 60_000  # scans, where every waybill is a group of its own
SEGMENT = 25_000
SEGMENTS_AT_ONCE = 3
SHARDS = 2
RULES = ROOT / "packs" / "watch_rules.yaml"


def main() -> None:
    """Measure all on the same segments, and check that they find the same."""
    if find_spec("pyspark") is None or which("java") is None:
        print("\nspark\n  not measured: pip install 'huhang[spark]', and Java 17")
        return
    report = Report("spark")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scans = traffic(PARCELS).select(FOLDED)
        parts = [scans.slice(start, SEGMENT) for start in range(0, scans.num_rows, SEGMENT)]
        paths = [_write(folder, part) for part in parts]
        report.add("rows", scans.num_rows, "scans")
        query = Query(read_rules(RULES)).keep_up(parts)
        report.add("DuckDB, the log in segments", scans.num_rows / query.spent, "scans/s")
        local(paths[:1])  # loads the kernel's machine code
        start = time.perf_counter()
        ours = local(paths)
        spent = time.perf_counter() - start
        report.add("local runner", scans.num_rows / spent, "scans/s", beside="DuckDB, the log in segments")
        _on_spark(report, folder, paths, ours)
    report.add("hits, the same by shard and locally", ours.total(), "hits")
    report.finish()


def _on_spark(report: Report, folder: Path, paths: list[Path], ours: Counter[int]) -> None:
    from huhang.journey.watch.spark import stream

    os.environ["PYTHONPATH"] = str(ROOT)
    small = {"spark.ui.enabled": "false", "spark.local.dir": str(folder), "spark.driver.memory": "2g"}
    spark = stream.session("local[2]", small)
    try:
        few = [path for number, path in enumerate(paths) if number * SEGMENT < FEW]
        by_waybill(spark, few[:1])  # starts Python and loads the kernel's machine code
        start = time.perf_counter()
        hits = by_waybill(spark, few)
        rows = sum(pq.read_metadata(path).num_rows for path in few)
        report.add(
            "Spark, by waybill", rows / (time.perf_counter() - start), "scans/s", beside="local runner"
        )
        if hits != local(few):
            raise SystemExit(f"they disagree: by waybill {hits}, locally {local(few)}")
        hits, speed = by_shard(spark, folder, paths)
        report.add("Spark, by shard", speed, "scans/s", beside="Spark, by waybill")
        report.add("the same", speed, "scans/s", beside="local runner")
        report.add("and", speed, "scans/s", beside="DuckDB, the log in segments")
        if hits != ours:
            raise SystemExit(f"they disagree: by shard {hits}, locally {ours}")
    finally:
        spark.stop()


def local(paths: list[Path]) -> Counter[int]:
    """Read and fold segment by segment, as the local runner does; returns hits by rule."""
    shard, told = Shard(world()), []
    for path in paths:
        received = _received(path)
        told += [shard.due(received), shard.advance(read_segment(path, FOLDED), received_us=received)]
    told.append(shard.due(UNTIL))
    return per_rule([int(rule) for outcome in told for rule in outcome.hits["rule"].to_numpy()])


def by_shard(spark: "SparkSession", folder: Path, paths: list[Path]) -> tuple[Counter[int], float]:
    """Run the stream; returns hits by rule and scans per second after the first micro-batch, which warms up."""
    from huhang.journey.watch.spark import stream, worlds
    from huhang.journey.watch.spark.stream import Course
    from huhang.journey.watch.spark.told import TABLES, united

    name = worlds.write(folder / "worlds", world())
    (folder / "files.json").write_text(json.dumps([name, *map(str, paths)]))
    found: list[int] = []
    ends: list[tuple[float, int]] = []

    def hear(told: "DataFrame", number: int) -> None:
        rows = told.collect()
        for _, outcome in united(tuple(row[name] for name in TABLES) for row in rows):
            found.extend(int(rule) for rule in outcome.hits["rule"].to_numpy())
        ends.append((time.perf_counter(), rows[0].seq))

    course = Course(
        manifest="bench.spark:Files",
        worlds=folder / "worlds",
        checkpoint=str(folder / "checkpoint"),
        shards=SHARDS,
        segments=SEGMENTS_AT_ONCE,
        told={"files": str(folder / "files.json")},
    )
    stream.start(spark, course, hear, once=True).awaitTermination()
    (begun, first), (ended, last) = ends[0], ends[-1]
    rows = sum(pq.read_metadata(path).num_rows for path in paths[first:last])
    return per_rule(found), rows / (ended - begun)


def by_waybill(spark: "SparkSession", paths: list[Path]) -> Counter[int]:
    """Fold with the same kernel, every waybill a group of its own; returns hits by rule."""
    groups = spark.read.parquet(*map(str, paths)).groupBy("waybill")
    fold = _folding(run=len(paths))
    hits = groups.applyInArrow(fold, "rule INT").groupBy("rule").count().collect()
    return Counter({row["rule"]: row["count"] for row in hits})


def _folding(run: int) -> Callable[[pa.Table], pa.Table]:
    def fold(scans: pa.Table) -> pa.Table:
        shard = _shard(run)
        told = [shard.advance(scans.select(FOLDED), received_us=UNTIL), shard.due(UNTIL)]
        rules = pa.concat_arrays([outcome.hits["rule"].combine_chunks().cast(pa.int32()) for outcome in told])
        return pa.table({"rule": rules})

    return fold


@cache
def _shard(run: int) -> Shard:
    """One for a process and a run: compiling the rules for each waybill would not be fair."""
    return Shard(world())


@cache
def world() -> World:
    """The shipped rules in the small country."""
    return World(read_rules(RULES), places())


class Files:
    """The manifest of these segments."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self.world, *self.paths = json.loads(Path(told["files"]).read_text())

    def newest(self) -> "Place":
        """The last segment, and the end of time."""
        return self._place(len(self.paths), UNTIL)

    def ahead(self, start: "Place", end: "Place", at_most: int) -> "Place":
        """So many segments further."""
        seq = min(end.seq, start.seq + at_most)
        return end if seq == end.seq else self._place(seq, _received(self.paths[seq - 1]))

    def files(self, start: "Place", end: "Place") -> "list[File]":
        """Those between."""
        from huhang.journey.watch.spark.places import File

        return [
            File(seq + 1, _received(path), path, SEGMENT, False)
            for seq, path in enumerate(self.paths)
            if start.seq <= seq < end.seq
        ]

    def _place(self, seq: int, tick: int) -> "Place":
        from huhang.journey.watch.spark.places import Place

        return Place(seq, "", tick, self.world)


def _write(folder: Path, part: pa.Table) -> Path:
    """A segment is named by when it is said to have come: at its first scan, before any of its limits."""
    path = folder / f"{times(part['event_time']).min()}.parquet"
    pq.write_table(part, path)
    return path


def _received(path: Path | str) -> int:
    return int(Path(path).stem)


if __name__ == "__main__":
    main()
