"""A checkpoint that cannot be used is refused in a sentence, and forgetting it costs only time."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from huhang.journey.actions import spark_watching
from huhang.journey.actions.spark_watching import CheckpointIsBroken, CheckpointIsForeign, ShardsDiffer
from huhang.journey.rules.codes import Code
from huhang.journey.watch.spark import stream
from huhang.journey.watch.spark.stream import Course
from huhang.kit.errors import DomainError
from tests.journey.spark.lasting import to_the_end
from tests.journey.spark.ledger import PATH, Log
from tests.journey.watch.plain import Scan
from tests.journey.watch.scans import WORLD
from tests.journey.watch.streams import START

pytestmark = [pytest.mark.slow, pytest.mark.alone]
NOW = START + timedelta(days=30)


@pytest.fixture(scope="module")
def house(spark, tmp_path_factory) -> Path:
    """A folder with a log that was read to its end, and the checkpoint of it."""
    folder: Path = tmp_path_factory.mktemp("checkpoints")
    a_log(folder, START).close(NOW)
    assert run(spark, folder) == [1]
    return folder


def a_log(folder: Path, at: datetime) -> Log:
    log = Log(folder, WORLD)
    log.append([Scan("W0001", Code.OUT_FOR_DELIVERY, at, "SZ-WZ", "w1")], at)
    return log


def run(spark, folder: Path, *, shards: int = 2) -> list[int]:
    """Read on to the end; returns how far each micro-batch came."""
    seqs: list[int] = []
    course = Course(
        manifest=PATH,
        worlds=folder / "worlds",
        checkpoint=str(folder / "checkpoint"),
        shards=shards,
        told={"ledger": str(folder / "ledger.json")},
    )

    def hear(told, _) -> None:
        seqs.append(told.collect()[0].seq)

    to_the_end(lambda: stream.start(spark, course, hear, once=True))
    return seqs


def spoil_state(folder: Path) -> None:
    for file in (folder / "checkpoint" / "state").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage")


def spoil_offsets(folder: Path) -> None:
    for file in (folder / "checkpoint" / "offsets").glob("*"):
        file.write_bytes(b"garbage")


def other_log(folder: Path) -> None:
    a_log(folder, START + timedelta(hours=1)).close(NOW)


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (spoil_state, CheckpointIsBroken),
        (spoil_offsets, CheckpointIsBroken),
        (other_log, CheckpointIsForeign),
    ],
)
def test_is_refused(
    spark, house: Path, tmp_path: Path, spoil: Callable[[Path], None], refusal: type[DomainError]
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(house, folder)
    spoil(folder)
    later(folder)
    with pytest.raises(PySparkException) as told:
        run(spark, folder)
    assert isinstance(spark_watching.refusal(str(told.value)), refusal), str(told.value)[:3000]
    spark_watching.forget(spark, str(folder / "checkpoint"))
    assert run(spark, folder) == [1]


def test_another_number_of_shards_is_refused(spark, house: Path) -> None:
    later(house)
    with pytest.raises(PySparkException) as told:
        run(spark, house, shards=3)
    assert isinstance(spark_watching.refusal(str(told.value)), ShardsDiffer)


def later(folder: Path) -> None:
    """Let time pass, so that there is something to do."""
    file = folder / "ledger.json"
    now, rest = file.read_text().split(",", 1)
    file.write_text(f"[{int(now[1:]) + 60_000_000},{rest}")
