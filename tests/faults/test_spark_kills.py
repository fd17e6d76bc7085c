"""`kill -9` of Spark's driver, executors and Python workers in mid-run, beside a local runner left in peace.

Both read the same imports (see `parcels` for why the clock cannot make a difference), and afterwards both have
found the same, and told it once. HUHANG_SPARK_KILLS=20 kills more often, HUHANG_SEED=n at other moments.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huhang.config import embedded
from tests.faults import parcels
from tests.faults.installation import ROOT, Installation, prepare
from tests.faults.ledger import OUTCOME
from tests.journey.spark.conftest import MISSING, spark_is_here

pytestmark = [
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(not spark_is_here() and not os.environ.get("CI"), reason=MISSING),
]

KILLS = int(os.environ.get("HUHANG_SPARK_KILLS", "4"))
SEED = int(os.environ.get("HUHANG_SEED", "7"))
MASTER = "local-cluster[2,1,512]"
SMALL = {
    "spark.ui.enabled": "false",
    "spark.driver.memory": "512m",
    "spark.executor.memory": "512m",
    "spark.python.worker.faulthandler.enabled": "false",
}
# What the processes of a run are called on their command lines; each is killed in turn.
VICTIMS = {
    "Python worker": "pyspark.daemon",
    "executor": "CoarseGrainedExecutorBackend",
    "driver's JVM": "SparkSubmit",
    "driver": "huhang.config",
}
READ = "SELECT coalesce((SELECT seq FROM journey_watchcursor), 0), (SELECT max(seq) FROM journey_segment)"
SWEPT = """
SELECT c.seq = (SELECT max(seq) FROM journey_segment)
   AND c.due_until > (SELECT max(received_at) FROM journey_segment) FROM journey_watchcursor c
"""
FACTS = "SELECT task_name, args FROM procrastinate_jobs WHERE args ? 'hit_ids' OR args ? 'waybills'"


class Runner:
    """`huhang watch spark`, started again whenever it falls."""

    def __init__(self, house: Installation) -> None:
        self.house = house
        self.process: psutil.Popen | None = None
        self.starts = 0

    def tend(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        self._bury()
        words = [word for pair in SMALL.items() for word in ("--conf", "=".join(pair))]
        kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        with (self.house.var / "spark.txt").open("ab") as said:
            self.process = psutil.Popen(
                [
                    *(sys.executable, "-m", "huhang.config", "watch", "spark", "--master", MASTER),
                    *("--shards", "2", "--segments", "2", "--seconds", "1", *words),
                ],
                cwd=ROOT,
                env={**kept, "HUHANG_VAR": str(self.house.var)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.starts += 1

    def until(self, is_true: Callable[[], bool], *, seconds: float = 1200) -> None:
        deadline = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < deadline, f"waited too long\n{self.house.said('spark')}"
            time.sleep(0.1)
            self.tend()

    def find(self, mark: str) -> psutil.Process | None:
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            for process in [self.process, *self.process.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    if any(mark in word for word in process.cmdline()):
                        return process
        return None

    def _bury(self) -> None:
        """What a killed driver leaves notices by itself, but the next one should not have to wait for it."""
        for process in psutil.process_iter(["environ"]):
            theirs = (process.info["environ"] or {}).get("HUHANG_VAR") == str(self.house.var)
            with suppress(psutil.NoSuchProcess):
                if theirs and any("spark" in word for word in process.cmdline()):
                    process.kill()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._bury()


def import_(house: Installation, file: Path) -> None:
    done = house.call("import", "scans", str(file))
    assert done.returncode == 0, done.stderr


def files(folder: Path) -> list[Path]:
    """The senders' batches, some to a file, in the order in which they were sent."""
    told = [batch for number in range(parcels.SENDERS) for batch in parcels.batches(number)]
    told.sort(key=lambda batch: batch.number)
    size = -(-len(told) // (KILLS + 2))
    return [
        _file(folder / f"{start}.parquet", told[start : start + size]) for start in range(0, len(told), size)
    ]


def _file(path: Path, batches: list[parcels.Batch]) -> Path:
    pq.write_table(pa.Table.from_pylist([row for batch in batches for row in batch.good]), path)
    return path


def found(house: Installation) -> dict[str, Counter[tuple[Any, ...]]]:
    return {name: Counter(house.rows(OUTCOME[name])) for name in ("hits", "parcels counted")}


def told(house: Installation) -> dict[str, Counter[str]]:
    """Which hits were told to whom, and how often; whose trouble was said to be over."""
    names = dict(house.rows("SELECT id, waybill_no || ' ' || rule_id || ' ' || anchor_at FROM journey_hit"))
    heard: dict[str, Counter[str]] = {}
    for task, args in house.rows(FACTS):
        those = (names[pk] for pk in args["hit_ids"]) if "hit_ids" in args else args["waybills"]
        heard.setdefault(task, Counter()).update(those)
    return heard


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kills")  # a name that no process of Spark has in its words
    in_peace, disturbed = folder / "a", folder / "b"
    token = prepare(in_peace, disturbed)
    both = Installation(in_peace, token), Installation(disturbed, token)
    for house in both:
        embedded.ensure_running(house.var)
    yield both
    for house in both:
        house.end()


def test_kills_change_nothing(houses, tmp_path: Path) -> None:
    in_peace, disturbed = houses
    runner, chance = Runner(disturbed), random.Random(SEED)
    first, *rest = files(tmp_path)
    kills: Counter[str] = Counter()
    try:
        for house in houses:
            import_(house, first)
        runner.tend()
        runner.until(lambda: has_read(disturbed))
        for number, file in enumerate(rest):
            for house in houses:
                import_(house, file)
            if number < KILLS:
                kills[kill(runner, list(VICTIMS)[number % len(VICTIMS)], chance)] += 1
        runner.until(lambda: disturbed.rows(SWEPT) == [(True,)])
    finally:
        runner.end()
    assert in_peace.call("watch", "run", "--once").returncode == 0
    print(
        f"\n{kills.total()} kills {dict(kills)}, {runner.starts} starts; {found(in_peace)['hits'].total()} hits"
    )
    assert kills.total() == KILLS
    assert found(disturbed) == found(in_peace)
    assert found(in_peace)["hits"]
    here, there = told(disturbed), told(in_peace)
    assert here.keys() == there.keys()
    for task in here:
        if "clear" in task:  # a parcel is named once in a round, however much of it was cleared
            assert set(here[task]) == set(there[task])
        else:
            assert here[task] == there[task]
            assert max(here[task].values()) == 1


def has_read(house: Installation) -> bool:
    read, last = house.rows(READ)[0]
    return bool(read == last)


def kill(runner: Runner, name: str, chance: random.Random) -> str:
    """`kill -9` one of them soon after new scans came."""
    time.sleep(chance.uniform(0, 2))
    runner.until(lambda: runner.find(VICTIMS[name]) is not None)
    victim = runner.find(VICTIMS[name])
    assert victim is not None
    with suppress(psutil.NoSuchProcess):
        victim.kill()
    return name
