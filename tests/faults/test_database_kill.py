"""`kill -9` of PostgreSQL itself under `huhang up`: what was acknowledged is in the log once."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from huhang.config.embedded import is_serving
from tests.config.processes import kill, of_folder, wait_until
from tests.faults import parcels
from tests.faults.installation import Installation, a_free_port, prepare
from tests.faults.ledger import log_of, told_of
from tests.faults.sending import Pace, Sender

pytestmark = [pytest.mark.slow, pytest.mark.alone]

KILLS = 3


@pytest.fixture
def house(tmp_path: Path):
    """`huhang up`, which starts a fallen database again."""
    var = tmp_path / "var"
    house = Installation(var, prepare(var), port=a_free_port())
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    with (var / "up.txt").open("wb") as said:
        up = subprocess.Popen(
            [sys.executable, "-m", "huhang.config", "up", "--port", str(house.port)],
            env={**kept, "HUHANG_VAR": str(var), "HUHANG_DEMO": "none"},
            stdout=said,
            stderr=said,
        )
    wait_until(house.answers)
    yield house
    up.kill()
    up.wait()
    kill(of_folder(var))


def servers(house: Installation) -> list[psutil.Process]:
    """PostgreSQL's processes, the eldest first."""
    found = [process for process in of_folder(house.var) if process.name() == "postgres"]
    return sorted(found, key=lambda process: process.create_time())


def test_a_killed_database_loses_nothing_acknowledged(house: Installation) -> None:
    chance = random.Random(7)
    pace = Pace(KILLS)
    senders = [Sender(house, parcels.batches(number)[:8], pace, number) for number in range(parcels.SENDERS)]
    for sender in senders:
        sender.start()
    try:
        for number in range(KILLS):
            time.sleep(chance.uniform(0.1, 0.8))
            kill(servers(house)[: 1 if number % 2 else None])  # the first is the parent of the others
            pace.give()  # the next share meets a server that is gone, or recovering
            wait_until(lambda: is_serving(house.var))
        wait_until(lambda: not any(sender.is_alive() for sender in senders))
    finally:
        pace.end()
    assert not any(sender.failure for sender in senders), [sender.failure for sender in senders]
    acknowledged = [batch for sender in senders for batch in sender.acknowledged]
    print(f"\n{len(acknowledged)} batches, {sum(sender.attempts for sender in senders)} attempts")
    assert len(acknowledged) == 8 * parcels.SENDERS
    assert log_of(house) == told_of(acknowledged)
    wait_until(house.has_read)  # the watch came back too
