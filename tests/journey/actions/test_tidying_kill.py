"""`kill -9` in the middle of appending, merging, removing and writing indexes, while a reader looks parcels up.

At every moment every acknowledged scan is found, once. HUHANG_KILLS=30 kills more often.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from huhang.journey.actions import compaction, scan_log
from huhang.journey.models import Removal, Segment
from huhang.journey.queries.scans import told_of
from tests.journey.actions import tidying
from tests.journey.actions.tidying import KEPT, PER_BATCH, WAYBILLS, is_over

KILLS = int(os.environ.get("HUHANG_KILLS", "6"))
ROOT = Path(__file__).resolve().parents[3]
STARTS_WITHIN = 120.0  # seconds; a hang, not a measure


class Victim:
    """A process that does its work again and again, and says so."""

    def __init__(self, word: str, var: Path) -> None:
        self.word, self.var = word, var
        self.said = var / f"{word}.txt"
        self.said.touch()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "huhang.config.settings"),
            "HUHANG_VAR": str(SERVER),
            "HUHANG_TEST_DATABASE": connection.settings_dict["NAME"],
            "HUHANG_TEST_VAR": str(self.var),
        }
        with self.said.open("ab") as said, (self.var / "errors.txt").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.journey.actions.tidying", self.word],
                cwd=ROOT,
                env=env,
                stdout=said,
                stderr=errors,
            )

    def lines(self) -> list[str]:
        return self.said.read_text().split("\n")[:-1]

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


SERVER = configured.VAR


def acknowledged(appending: Victim) -> list[int]:
    return sorted({int(line) for line in appending.lines()})


def look(appending: Victim, waybill: str) -> None:
    """What was acknowledged before the look-up is in it; nothing is in it twice."""
    expected = {minute for n in acknowledged(appending) for no, minute in tidying.told(n) if no == waybill}
    told = told_of(waybill)
    found = [int(scan.text) for scan in told.scans]
    assert told.unread == 0
    assert len(found) == len(set(found))
    assert expected <= set(found)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_moment_loses_no_scan(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    chance = random.Random(11)
    victims = [Victim("append", tmp_path), Victim("tidy", tmp_path)]
    appending, _ = victims
    for victim in victims:
        victim.start()
    try:
        for _ in range(KILLS):
            victim = chance.choice([appending, *[victims[1]] * 3])
            _until_at_work(victim, appending, chance)
            victim.kill()
            victim.start()
        _until_at_work(victims[1], appending, chance)
    finally:
        for victim in victims:
            victim.kill()
    _check_books(appending)


def _until_at_work(victim: Victim, appending: Victim, chance: random.Random) -> None:
    """Look parcels up until this process has done something, and some moments longer."""
    before, begun = len(victim.lines()), time.monotonic()
    while len(victim.lines()) == before:
        look(appending, f"{KEPT}{chance.randrange(WAYBILLS)}")
        errors = victim.var / "errors.txt"
        is_dead = victim.process is not None and victim.process.poll() is not None
        assert not is_dead and time.monotonic() - begun < STARTS_WITHIN, errors.read_text()[-3000:]
    for _ in range(chance.randrange(60)):
        look(appending, f"{KEPT}{chance.randrange(WAYBILLS)}")


def _check_books(appending: Victim) -> None:
    """Every row is in the log or in the record of removals, and a tidy log finds all that is kept."""
    numbers = set(map(int, Segment.objects.filter(seq__gt=0).values_list("batch_key", flat=True)))
    assert {n for n in acknowledged(appending) if not is_over(n)} <= numbers
    held = Segment.objects.filter(merged_into=None).aggregate(rows=Sum("rows"))["rows"]
    removed = Removal.objects.aggregate(rows=Sum("rows"))["rows"] or 0
    assert removed > 0
    assert (held + removed) % PER_BATCH == 0
    assert (held + removed) // PER_BATCH == max(numbers) + 1
    compaction.tidy(now=timezone.now() + 2 * compaction.FORGOTTEN)
    named = set(Segment.objects.filter(merged_into=None).values_list("path", flat=True))
    assert {str(file.relative_to(scan_log.root())) for file in scan_log.root().rglob("*.parquet")} == named
    assert not list(scan_log.root().rglob("*.tmp"))
    for number in range(WAYBILLS):
        look(appending, f"{KEPT}{number}")
