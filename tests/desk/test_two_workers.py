"""Real worker processes, killed at random: every level once, never before its second; prints how long after."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from huhang.channels.models import Notice
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Clock, ClockEvent, Entry
from huhang.desk.queries import replaying
from huhang.desk.rules.kinds import Level
from tests.cast import Cast
from tests.config.processes import wait_until
from tests.desk.scenes import opening

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.alone]
# Where a case must begin so that this level of its first response falls due in a moment.
BEFORE = {
    Level.OWNER: timedelta(minutes=7.5),
    Level.BREACH: timedelta(minutes=15),
    Level.PROVINCE: timedelta(minutes=30),
}
CASES = 20
WORKERS = 3


def start_worker() -> subprocess.Popen[bytes]:
    kwargs = connection.get_connection_params()
    url = f"postgresql://{kwargs['user']}@/{kwargs['dbname']}?host={kwargs['host']}&port={kwargs.get('port', 5432)}"
    if kwargs.get("password"):
        url = f"postgresql://{kwargs['user']}:{kwargs['password']}@{kwargs['host']}:{kwargs['port']}/{kwargs['dbname']}"
    return subprocess.Popen(
        [sys.executable, "-m", "huhang.config", "worker"], env={**os.environ, "DATABASE_URL": url}
    )


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [start_worker() for _ in range(WORKERS)]
    time.sleep(4)
    yield running
    for worker in running:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def test_every_level_fires_once_and_in_time(cast: Cast, workers: list[subprocess.Popen[bytes]]) -> None:
    ready = datetime.now(UTC)
    for number in range(CASES):
        for level, before in BEFORE.items():
            moment = ready - before + timedelta(seconds=2 + number * 0.3)
            open_ticket(opening(cast, source_ref=f"{level}-{number}"), by=None, now=moment)
    chance = random.Random(7)
    until = time.monotonic() + 2 + CASES * 0.3 + 4
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.8, 1.6))
        victim = chance.randrange(WORKERS)  # the others live on
        workers[victim].send_signal(signal.SIGKILL)
        workers[victim].wait()
        workers[victim] = start_worker()
        time.sleep(2.5)
    due = ClockEvent.objects.filter(
        clock__obligation="first_response", due_at__gt=ready + timedelta(seconds=1)
    )
    wait_until(lambda: due.count() >= CASES * len(BEFORE))
    events = list(due)
    assert len(events) == CASES * len(BEFORE)
    late = max(event.fired_at - event.due_at for event in events)
    print(
        f"{len(events)} levels fell due under three workers with kills; latest {late.total_seconds():.2f} s after"
    )
    assert {event.fired_at >= event.due_at for event in events} == {True}
    # What a call leaves behind came with it, once: killed halfway, a worker leaves neither.
    calls = ClockEvent.objects.filter(clock__obligation="first_response")
    notices = Notice.objects.filter(key__in=[f"clock:{call.clock_id}:{call.level}" for call in calls])
    lines = Entry.objects.filter(words__obligation="首次响应")
    assert calls.count() == notices.count() == lines.count()
    assert replaying.differing(Clock.objects.all(), now=datetime.now(UTC)) == {}
