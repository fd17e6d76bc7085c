"""Spark played by one process: the same source and the same folding, without a JVM."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pyspark.sql import Row

from huhang.journey.actions import spark_watching
from huhang.journey.actions.spark_log import Rows
from huhang.journey.actions.spark_watching import Batch
from huhang.journey.queries import ground as grounds
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.spark import source, worlds
from huhang.journey.watch.spark.escort import folded
from huhang.journey.watch.spark.places import Place
from huhang.journey.watch.spark.source import Bundles, Reader, Sweep, Terms
from huhang.journey.watch.spark.told import TABLES, Step, packed

KEYS = (0, 1, 2)


class Cluster:
    """Keeps shards and a place as a checkpoint does."""

    def __init__(self, var: Path) -> None:
        self.worlds = var / "log" / "worlds"
        self.place = Place()
        self.shards: dict[int, Shard] = {}
        self.number = 0

    def batch(self, *, at_most: int = 64) -> list[dict[str, Any]]:
        """Run a micro-batch and commit it; returns what the shards tell."""
        manifest = Rows(self.worlds)
        end = manifest.ahead(self.place, manifest.newest(), at_most)
        told = self._fold(self.place, replace(end, shards=len(KEYS)))
        self.place, self.number = end, self.number + 1
        return told

    def write(self, told: list[dict[str, Any]]) -> Batch:
        """Give them to the recorder, as `foreachBatch` does."""
        return spark_watching.record(told, number=self.number, shards=len(KEYS), ground=grounds.read())

    def round(self, *, at_most: int = 64) -> Batch:
        return self.write(self.batch(at_most=at_most))

    def _fold(self, start: Place, end: Place) -> list[dict[str, Any]]:
        world = worlds.read(self.worlds, end.world)
        rows = self._read(start, end)
        told = []
        for key in KEYS:
            shard = self.shards.setdefault(key, Shard(world))
            *bundles, sweep = sorted((row for row in rows if row.shard == key), key=lambda row: row.seq)
            steps = [*folded(shard, bundles), (Step(sweep.seq, False), shard.due(sweep.at))]
            tables = dict(zip(TABLES, packed(steps), strict=True))
            told.append({"shard": key, "start": start.seq, "seq": end.seq, "at": end.tick, **tables})
        return told

    def _read(self, start: Place, end: Place) -> list[Row]:
        reader = Reader(Terms("", KEYS, 64, 0, {}))
        files = Rows(self.worlds).files(start, end)
        parts = [*(Bundles(part, start.seq) for part in source.tasks(files)), Sweep(start, end)]
        return [Row(**row) for part in parts for batch in reader.read(part) for row in batch.to_pylist()]
