"""The Spark runner, the local one and the plain watch find the same on the same log."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from huhang.journey.watch.spark import stream
from huhang.journey.watch.spark.stream import Course
from huhang.journey.watch.spark.told import TABLES, united
from tests.journey.spark.ledger import PATH, Log
from tests.journey.watch.book import Book
from tests.journey.watch.reference import Reference, Scan
from tests.journey.watch.scans import WORLD
from tests.journey.watch.streams import received, segments

pytestmark = [pytest.mark.slow, pytest.mark.alone]
END = received(99)


def run(spark, folder: Path, log: Log, now: datetime, book: Book, **more) -> list[int]:
    """Read on to the end of the log; returns the numbers of the micro-batches that it took."""
    log.close(now)
    batches = []

    def hear(told, number) -> None:
        batches.append(number)
        for _, outcome in united(tuple(row[name] for name in TABLES) for row in told.collect()):
            book.write(outcome)

    course = Course(
        manifest=PATH,
        worlds=folder / "worlds",
        checkpoint=str(folder / "checkpoint"),
        shards=3,
        told={"ledger": str(log.file)},
        **more,
    )
    query = stream.start(spark, course, hear, once=True)
    query.awaitTermination()
    return batches


@settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(segments, min_size=30, max_size=60))
def test_equals_the_plain_watch(spark, tmp_path_factory, lives: list[list[list[Scan]]]) -> None:
    folder = tmp_path_factory.mktemp("spark")
    log, plain, local, book = Log(folder, WORLD), Reference(WORLD), Book(), Book()
    for number in range(max(map(len, lives))):
        at = received(number)
        scans = [
            scan._replace(waybill=f"{scan.waybill}-{life}")
            for life, batches in enumerate(lives)
            for scan in (batches[number] if number < len(batches) else ())
        ]
        log.append(scans, at)
        plain.due(at)
        plain.advance(scans)
        local.due(at)
        local.advance(scans, at)
    plain.due(END)
    local.due(END)
    batches = run(spark, folder, log, END, book, segments=2)
    assert batches == list(range(max(1, -(-len(log.segments) // 2))))
    assert book.hits == local.hits == plain.hits
    assert book.counts == local.counts == plain.counts
