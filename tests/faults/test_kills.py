"""`kill -9` of web, workers, watch, import and replay at random moments, beside an installation left in peace.

Nothing that was acknowledged is lost, nothing is doubled, and both find the same. HUHANG_KILLS=30 kills more
often, HUHANG_SEED=n at other moments. See `parcels` for why the clock cannot make a difference.
"""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults import parcels
from tests.faults.installation import Installation, prepare
from tests.faults.ledger import assert_sums_are_right, doctor, log_of, outcome, told_of
from tests.faults.parcels import SENDERS, UNTIL, Batch
from tests.faults.sending import Pace, Sender

pytestmark = [pytest.mark.slow, pytest.mark.alone]

KILLS = int(os.environ.get("HUHANG_KILLS", "10"))
SEED = int(os.environ.get("HUHANG_SEED", "7"))
# Of all kills, these shares fall into the first and second part of the sending; the rest into the replay.
SHARES = (0.6, 0.2)


class Play:
    """One installation going through the whole story, disturbed by so many kills."""

    def __init__(self, house: Installation, file: Path, kills: int) -> None:
        self.house, self.file = house, file
        first, second = (round(kills * share) for share in SHARES)
        self.kills = (first, second, kills - first - second)
        self.chance = random.Random(SEED)
        self.acknowledged: list[Batch] = []
        self.attempts = 0
        self.found: dict[str, Any] = {}
        self.seconds = 0.0

    def run(self) -> "Play":
        begun = time.monotonic()
        self.house.start()
        self.house.send_out("import", "import", "scans", str(self.file))
        self._part(0)
        self._part(1)
        self.found["watch"] = outcome(self.house)
        self._replay()
        self.found["replay"] = outcome(self.house)
        self.seconds = time.monotonic() - begun
        return self

    def _part(self, part: int) -> None:
        pace = Pace(self.kills[part])
        senders = [
            Sender(self.house, (parcels.batches(number)[n] for n in parcels.PARTS[part]), pace, SEED + number)
            for number in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        try:
            for _ in range(self.kills[part]):
                self.house.kill_one(self.chance)
                pace.give()
            self.house.tend_until(lambda: not any(sender.is_alive() for sender in senders))
        finally:
            pace.end()
        assert not any(sender.failure for sender in senders), [sender.failure for sender in senders]
        self.house.tend_until(lambda: self.house.is_back("import"))
        self.house.fall_quiet()
        self.acknowledged += [batch for sender in senders for batch in sender.acknowledged]
        self.attempts += sum(sender.attempts for sender in senders)

    def _replay(self) -> None:
        words = ("watch", "replay", "--until", UNTIL.isoformat())
        for number in range(self.kills[2]):
            if self.house.is_back("replay"):
                self.house.send_out("replay", *words)
            self.house.tend_until(lambda: "replay" in self.house.at_work() or self.house.is_back("replay"))
            self.house.kill_one(self.chance, among="replay" if number % 2 == 0 else "")
        if self.house.is_back("replay"):
            self.house.send_out("replay", *words)
        self.house.tend_until(lambda: self.house.is_back("replay"))
        self.house.fall_quiet()


@pytest.fixture(scope="module")
def plays(tmp_path_factory):
    """The same story twice at the same time: in peace, and disturbed."""
    folder = tmp_path_factory.mktemp("faults")
    file = folder / "scans.parquet"
    parcels.write_file(file)
    in_peace, disturbed = folder / "a", folder / "b"
    token = prepare(in_peace, disturbed)
    houses = [Installation(in_peace, token), Installation(disturbed, token)]
    try:
        with ThreadPoolExecutor(2) as stages:
            running = [
                stages.submit(Play(house, file, kills).run)
                for house, kills in zip(houses, (0, KILLS), strict=True)
            ]
            yield [play.result() for play in running]
    finally:
        for house in houses:
            house.end()


def test_kills_change_nothing(plays: list[Play]) -> None:
    in_peace, disturbed = plays
    tell(in_peace, disturbed)
    assert sum(disturbed.house.kills.values()) == KILLS
    for play in plays:
        assert len(play.acknowledged) == SENDERS * (parcels.FIRST + parcels.SECOND)
        assert log_of(play.house) == told_of(play.acknowledged, play.file)
        assert doctor(play.house)["扫描日志"] == [True]
        assert doctor(play.house)["任务队列"] == [True]
        assert_sums_are_right(play.house)
    for moment in ("watch", "replay"):
        for what, there in in_peace.found[moment].items():
            here = disturbed.found[moment][what]
            assert there, f"{what} after the {moment}: nothing to compare"
            missing, surplus = list(there - here), list(here - there)
            assert not missing and not surplus, (
                f"{what} after the {moment}: {len(missing)} missing, such as {missing[:3]},"
                f" {len(surplus)} too much, such as {surplus[:3]}"
            )


def tell(in_peace: Play, disturbed: Play) -> None:
    """Print the figures."""
    house = disturbed.house
    segments, rows = house.rows("SELECT count(*), sum(rows) FROM journey_segment")[0]
    found = disturbed.found["watch"]
    hits, tickets = found["hits"].total(), found["tickets"].total()
    again = house.rows("SELECT count(*) FROM procrastinate_events WHERE type = 'deferred_for_retry'")[0][0]
    print(
        f"\n{sum(house.kills.values())} kills {dict(house.kills)} in {disturbed.seconds:.0f} s"
        f" (in peace {in_peace.seconds:.0f} s): {len(disturbed.acknowledged)} batches acknowledged after"
        f" {disturbed.attempts} attempts, {segments} segments, {rows} scans;"
        f" {hits} hits, {tickets} cases, {again} jobs run again"
    )
