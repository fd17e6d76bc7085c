"""The Spark runner, the local one and the plain watch find the same on the same log."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench import real_parcels
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.spark import stream
from huhang.journey.watch.spark.bundles import shard_of
from huhang.journey.watch.spark.stream import Course
from huhang.journey.watch.spark.told import TABLES, united
from huhang.journey.watch.world import World
from tests.data import shared
from tests.journey.spark.lasting import to_the_end
from tests.journey.spark.ledger import PATH, Log
from tests.journey.watch.book import Book
from tests.journey.watch.plain import Scan
from tests.journey.watch.reference import Reference
from tests.journey.watch.scans import RULES
from tests.journey.watch.streams import DEPTH, busy_batches, received, worlds
from tests.journey.watch.test_real_sets import by_weeks, ground, plain, traces

__all__ = ["traces"]

pytestmark = [pytest.mark.slow, pytest.mark.alone]
LIVES = 60 * DEPTH
SEGMENTS = 6


class Three:
    """The three watches, living the same; the one on Spark reads the log when it is told to catch up."""

    def __init__(self, spark, folder: Path, world: World) -> None:
        self.spark, self.folder = spark, folder
        self.log = Log(folder, world)
        self.plain, self.local, self.found = Reference(world), Book(Shard(world)), Book()

    def learn(self, world: World) -> None:
        self.log.learn(world)
        self.plain.learn(world)
        self.local.shard.learn(world)

    def advance(self, scans: Sequence[Scan], at: datetime) -> None:
        self.log.append(scans, at)
        for watch in (self.plain, self.local):
            watch.due(at)
            watch.advance(list(scans), at)

    def catch_up(self, now: datetime, *, segments: int) -> list[int]:
        """Let time pass; returns the numbers of the micro-batches that Spark took."""
        self.plain.due(now)
        self.local.due(now)
        self.log.close(now)
        batches: list[int] = []

        def hear(told, number: int) -> None:
            if number in batches:
                return  # once more after a fall
            batches.append(number)
            for _, outcome in united(tuple(row[name] for name in TABLES) for row in told.collect()):
                self.found.write(outcome)

        course = Course(
            manifest=PATH,
            worlds=self.folder / "worlds",
            checkpoint=str(self.folder / "checkpoint"),
            shards=2,
            segments=segments,
            told={"ledger": str(self.log.file)},
        )
        to_the_end(lambda: stream.start(self.spark, course, hear, once=True))
        return batches

    def agree(self) -> None:
        assert self.found.hits == self.local.hits == self.plain.hits
        assert self.found.counts == self.local.counts == self.plain.counts


def drawn(strategy, number: int) -> list[Any]:
    """So many examples, which one Spark query can then live through together."""
    found: list[Any] = []

    @settings(
        max_examples=number,
        derandomize=DEPTH == 1,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(example) -> None:
        found.append(example)

    draw()
    return found


def test_equals_the_plain_watch(spark, tmp_path: Path) -> None:
    lives = drawn(st.lists(busy_batches, min_size=SEGMENTS, max_size=SEGMENTS), LIVES)
    first, second = drawn(st.tuples(worlds, worlds), 3)[-1]
    three = Three(spark, tmp_path, first)
    for number in range(SEGMENTS):
        if number == SEGMENTS // 2:
            assert three.catch_up(received(number - 1) + timedelta(hours=1), segments=2) == [0, 1]
            three.learn(second)
        scans = [
            scan._replace(waybill=f"{scan.waybill}-{life}")
            for life, batches in enumerate(lives)
            for scan in batches[number]
        ]
        three.advance(scans, received(number))
    assert three.catch_up(received(99), segments=2) == [2, 3]
    assert len(three.plain.hits) > LIVES
    three.agree()


@pytest.mark.shared_data
def test_real_parcels(spark, tmp_path: Path, traces: list[Scan]) -> None:
    table = real_parcels.olist(shared("olist_orders")).scans
    orders = plain(table.filter(pa.array(shard_of(table["waybill"], 5) == 0)))
    three = Three(spark, tmp_path, World(RULES, ground(traces)))
    now = min(scan.at for scan in orders)
    for scans in [*(step.scans for step in by_weeks(orders, 8)), traces[::2], traces[1::2], traces]:
        now += timedelta(weeks=8)
        three.advance(scans or [], now)
    three.catch_up(datetime(2030, 1, 1, tzinfo=UTC), segments=6)
    assert len(three.plain.hits) > len(three.plain.parcels) / 2
    three.agree()
