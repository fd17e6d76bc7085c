"""`kill -9` of intake and watch at random moments: nothing acknowledged is lost, nothing is found twice.

HUHANG_KILLS=30 makes it as many kills of each; the usual run has a few.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection

from huhang.journey.actions import scan_log
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, Segment
from huhang.journey.watch import log
from huhang.metrics.models import Tally
from tests.cast import assemble
from tests.journey.actions import killed

KILLS = int(os.environ.get("HUHANG_KILLS", "4"))
ROOT = Path(__file__).resolve().parents[3]


class Victims:
    """Starts processes on the test's database and kills them."""

    def __init__(self, var: Path) -> None:
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "huhang.config.settings"),
            "HUHANG_VAR": str(self.server),
            "HUHANG_TEST_DATABASE": connection.settings_dict["NAME"],
            "HUHANG_TEST_VAR": str(var),
        }
        self.output = var / "said.txt"

    server = configured.VAR

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.journey.actions.killed", *words],
                cwd=ROOT,
                env=self.env,
                stdout=output,
            )

    def acknowledged(self) -> int:
        """How many batches were acknowledged, one after the other."""
        said = self.output.read_text().split("\n") if self.output.exists() else []
        numbers = {int(line) for line in said[:-1] if line.isdigit()}
        return next(number for number in range(killed.BATCHES + 1) if number not in numbers)


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def finish(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a process to do all its work; when it cannot, tell who is in its way."""
    try:
        assert process.wait(120) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, state, wait_event_type, wait_event, now() - state_change, left(query, 90),"
                " array(SELECT objid FROM pg_locks l WHERE l.pid = a.pid AND locktype = 'advisory' AND granted)"
                " FROM pg_stat_activity a WHERE datname = current_database()"
            )
            pytest.fail("\n".join(map(str, cursor.fetchall())))


@pytest.mark.alone
@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_moment_changes_nothing(tmp_path: Path, settings) -> None:
    assemble()
    victims = Victims(tmp_path)
    settings.VAR = tmp_path
    chance = random.Random(7)
    for _ in range(KILLS):
        watch, intake = victims.start("watch"), victims.start("write", str(victims.acknowledged()))
        time.sleep(chance.uniform(0.8, 4.0))
        kill(chance.choice([watch, intake]))
        time.sleep(chance.uniform(0.0, 0.5))
        kill(watch)
        kill(intake)
    finish(victims.start("write", str(victims.acknowledged())))
    finish(victims.start("watch", "--once"))

    assert logged() == Counter(
        (row["waybill"], row["code"], row["event_time"])
        for number in range(killed.BATCHES)
        for row in killed.batch(number).to_pylist()
    )
    disturbed = found()
    assert disturbed["hits"]
    assert told() == Counter(Hit.objects.filter(pk__in=told()).values_list("pk", flat=True))
    start_afresh(tmp_path)
    run_in_peace()
    assert found() == disturbed


def logged() -> Counter[tuple[Any, ...]]:
    rows = Counter[tuple[Any, ...]]()
    for segment in Segment.objects.all():
        for row in log.read_segment(scan_log.root() / segment.path).to_pylist():
            rows[row["waybill"], row["code"], row["event_time"]] += 1
    return rows


def found() -> dict[str, Any]:
    fields = ("waybill_no", "rule__slug", "anchor_at", "raised_at", "cleared_at", "node", "path")
    return {
        "hits": sorted(map(str, Hit.objects.values_list(*fields))),
        "counts": sorted(Tally.objects.values_list("measure", "path", "key", "amount")),
    }


def told() -> Counter[int]:
    """How often each hit was announced to the desk."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT jsonb_array_elements_text(args->'hit_ids')::bigint FROM procrastinate_jobs"
            " WHERE task_name = 'desk.listeners.on_watch_hits'"
        )
        return Counter(row[0] for row in cursor.fetchall())


def start_afresh(var: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE journey_hit, metrics_tally, journey_watchcursor CASCADE")
    for snapshot in (var / "watch").glob("*"):
        snapshot.unlink()


def run_in_peace() -> None:
    watch = Watch()
    while watch.round().segments:
        pass
