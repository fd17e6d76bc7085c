"""`kill -9` of the worker at random moments: every rung is taken once, every message is in the outbox once.

HUHANG_KILLS=30 makes it as many kills; the usual run has a few.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection

from huhang.channels.models import Outgoing
from huhang.journey.models import Reminder, ReminderSend, WatchRule
from huhang.network.models import Courier, Person
from tests.cast import assemble
from tests.factories import journey as factory

KILLS = int(os.environ.get("HUHANG_KILLS", "4"))
ROOT = Path(__file__).resolve().parents[3]
PARCELS = 60
RUNGS = [1, 2, 3, 4]


def start(var: Path) -> "subprocess.Popen[bytes]":
    """A worker that goes on with the first minute that nobody finished."""
    said = var / "said.txt"
    finished = [int(line) for line in said.read_text().split("\n")[:-1]] if said.exists() else []
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "huhang.config.settings",
        "HUHANG_VAR": str(configured.VAR),
        "HUHANG_TEST_DATABASE": connection.settings_dict["NAME"],
        "HUHANG_TEST_VAR": str(var),
    }
    words = [sys.executable, "-m", "tests.journey.actions.reminding", str(max(finished, default=-1) + 1)]
    with said.open("ab") as output:
        return subprocess.Popen(words, cwd=ROOT, env=env, stdout=output)


@pytest.mark.alone
@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    set_the_stage()
    chance = random.Random(11)
    for _ in range(KILLS):
        # Two workers tick at the same time, as in earnest.
        workers = [start(tmp_path), start(tmp_path)]
        time.sleep(chance.uniform(1.0, 4.0))
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    assert start(tmp_path).wait(120) == 0

    assert Reminder.objects.count() == PARCELS
    assert Reminder.objects.filter(next_at__isnull=False).count() == 0
    taken = Counter(ReminderSend.objects.values_list("reminder", "position"))
    assert taken == {(pk, rung): 1 for pk in Reminder.objects.values_list("pk", flat=True) for rung in RUNGS}
    assert in_the_outbox(tmp_path) == Counter(
        Outgoing.objects.exclude(medium="in_app").values_list("key", flat=True)
    )


def set_the_stage() -> None:
    """Three couriers with twenty parcels each; what the watch finds comes within forty minutes."""
    cast = assemble()
    unit = cast.unit("SZ-WZ")
    Person.objects.filter(pk=cast.gao.pk).update(phone="19911112222")
    couriers = [
        Courier.objects.create(code=f"C{n}", name=f"快递员{n}", phone=f"1990000{n:04d}", unit=unit)
        for n in range(3)
    ]
    rule = WatchRule.objects.get(slug="out_without_result")
    for number in range(PARCELS):
        factory.hit(rule, unit, courier=couriers[number % 3])


def in_the_outbox(var: Path) -> Counter[str]:
    lines = [line for file in (var / "outbox").glob("*.jsonl") for line in file.read_text().splitlines()]
    return Counter(json.loads(line)["key"] for line in lines)
