"""The streaming query: log → bundles → shards → what they tell, micro-batch by micro-batch."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from huhang.journey.watch.spark import source, told
from huhang.journey.watch.spark.escort import Escort

STORE = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
BUNDLES_AT_ONCE = "32"  # handed between Spark and Python: a row is a bundle, not a scan
SETTINGS = {
    "spark.sql.streaming.stateStore.providerClass": STORE,
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": BUNDLES_AT_ONCE,
    "spark.sql.execution.arrow.transformWithStateInPySpark.maxRecordsPerBatch": BUNDLES_AT_ONCE,
    "spark.sql.streaming.metricsEnabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.python.worker.reuse": "true",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a query runs. `manifest` is where the driver's `Manifest` is found, as `module:name`."""

    manifest: str
    worlds: Path
    checkpoint: str
    shards: int = 16
    segments: int = 64  # in one micro-batch at most
    seconds: int = 10  # between sweeps for what ran out, when no scans come
    pause: float = 1.0
    told: Mapping[str, str] = field(default_factory=dict)  # further words for the manifest


def session(master: str | None, settings: Mapping[str, str] | None = None) -> SparkSession:
    """Return a session; without `master`, what spark-submit said holds."""
    # Executors must run the Python that has our packages; on a cluster the operator says which.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("huhang-watch")
    if master is not None:
        builder = builder.master(master).config("spark.ui.showConsoleProgress", "false")
    for name, value in (SETTINGS | dict(settings or {})).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    if master is not None:
        spark.sparkContext.setLogLevel("ERROR")  # under spark-submit its log4j settings say
    return spark


def start(
    spark: SparkSession, course: Course, hear: Callable[[DataFrame, int], None], *, once: bool = False
) -> StreamingQuery:
    """Start the query; `hear` gets what the shards tell of each micro-batch, perhaps the last one again.

    With `once` it ends when it has read what is there now.
    """
    # The number of partitions is fixed for the life of a checkpoint; one shard lies in each.
    spark.conf.set("spark.sql.shuffle.partitions", str(course.shards))
    writer = outcomes(spark, course).writeStream.foreachBatch(hear).outputMode("append")
    writer = writer.option("checkpointLocation", course.checkpoint)
    if once:
        return writer.trigger(availableNow=True).start()
    return writer.trigger(processingTime=f"{course.pause} seconds").start()


def outcomes(spark: SparkSession, course: Course) -> DataFrame:
    """Return the stream of what the shards tell."""
    spark.dataSource.register(source.ScanLog)
    options = {
        **course.told,
        "manifest": course.manifest,
        "keys": ",".join(map(str, keys_of(spark, course.shards))),
        "segments": str(course.segments),
        "seconds": str(course.seconds),
    }
    bundles = spark.readStream.format(source.NAME).options(**options).load()
    return bundles.groupBy("shard").transformWithState(
        Escort(str(course.worlds)), told.SCHEMA, outputMode="Append", timeMode="None"
    )


def keys_of(spark: SparkSession, shards: int) -> list[int]:
    """Return a key for each shard such that Spark's hash puts every one into a partition of its own."""
    rows = (
        spark.range(shards * 32)
        .selectExpr("CAST(id AS INT) AS shard", f"pmod(hash(CAST(id AS INT)), {int(shards)}) AS place")
        .collect()
    )
    first = {row.place: row.shard for row in reversed(rows)}
    return [first[place] for place in sorted(first)]
