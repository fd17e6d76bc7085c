"""Firing due clocks: how late each call is with 500 due per second and two workers, and the work beside bare SQL."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import breaches, ground
from bench.report import Report

AT_ONCE = 2500
UNIT = "SZ-WZ"
PROMISE = "promised: seconds from due to called"


def main() -> None:
    with tempfile.TemporaryDirectory() as var:
        _prepare(Path(var))
        report = Report("clocks")
        _work(report)
        report.add(PROMISE, 2.0, "s")
        for name, late in breaches.lateness(UNIT):
            report.add(name, late, "s", beside=PROMISE)
        report.remark(breaches.REMARK)
        report.finish()
        ground.leave()


def _prepare(var: Path) -> None:
    ground.lay(var)
    from tests.cast import assemble

    assemble()


def _work(report: Report) -> None:
    """The same calls by hand and by us, one process, one after another."""
    from django.db import connection

    from huhang.desk.actions import clocks

    statement = Path(__file__).with_suffix(".sql").read_text()
    breaches.load(UNIT, 2 * AT_ONCE, lambda number: datetime.now(UTC) - timedelta(seconds=5))

    def by_hand() -> int:
        total = 0
        while total < AT_ONCE:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                total += cursor.fetchone()[0]
        return total

    bare = "bare SQL, the same rows"
    report.add(bare, _rate(by_hand), "calls/s")
    report.add("fire_due", _rate(lambda: clocks.fire_due(now=datetime.now(UTC))), "calls/s", beside=bare)


def _rate(work: Callable[[], int]) -> float:
    start = time.perf_counter()
    return work() / (time.perf_counter() - start)
