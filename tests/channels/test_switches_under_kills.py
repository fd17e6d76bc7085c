"""Readers of a switch are killed and started again while it talks: no call is lost, none is counted twice."""

import os
import random
import signal
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from huhang.channels.actions.call_replays import disturbed
from huhang.channels.models import Account, Call
from huhang.channels.queries import calls as queries
from huhang.channels.replays import bank
from huhang.channels.replays.freeswitch import Switch, in_time
from huhang.network.models import OrgUnit
from tests.data import shared

ROOT = Path(__file__).resolve().parent.parent.parent
CALLS = 300


@pytest.fixture
def file():
    return shared("anonymous_bank_calls") / "calls_aug_01_15.csv.gz"


@pytest.fixture
def switch():
    made = Switch("geheim")
    yield made
    made.close()


@pytest.fixture
def account(transactional_db, switch):
    secrets: Any = {"password": "geheim", "record_password": "geheim"}
    unit = OrgUnit.objects.create(code="HQ", name="总部", kind="hq", level=1, path="/HQ/")
    return Account.objects.create(
        key="bank", name="银行总机", adapter="esl", unit=unit, path=unit.path, settings={"port": switch.port},
        secrets=secrets,
    )  # fmt: skip


@pytest.fixture
def reader(account):
    """Start a process that listens, on the database of this test."""
    database = connection.settings_dict
    url = (
        f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"
    )
    started = []

    def start():
        env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "huhang.config.settings"}
        process = subprocess.Popen(
            [sys.executable, "-m", "huhang.config", "calls", "listen"], env=env, cwd=ROOT
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()


def played(file):
    """A stretch of the first day, as the switch says it: shuffled within minutes, a fifth of it twice."""
    calls = sorted(bank.read(file, days=1), key=lambda call: call.arrived_at)[800 : 800 + CALLS]
    return calls, list(disturbed(in_time(calls), random.Random(5)))


def wanted(calls):
    answered = [call for call in calls if call.agent]
    gave_up = [call for call in calls if call.queued_at and not call.agent]
    return (
        len(answered) + len(gave_up),
        len(answered),
        len(gave_up),
        sum(c.wait.seconds <= 20 for c in answered),
    )


def counted():
    figures = queries.total(Call.objects.all()).figures
    return figures.offered, figures.answered, figures.abandoned, figures.answered_in_time


def until(is_so, seconds=240):
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)
    assert is_so()


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.shared_data
class TestKills:
    def test_of_one_of_two_readers_lose_nothing(self, file, switch, reader):
        calls, words = played(file)
        readers = [reader(), reader()]
        assert switch.wait_for(2, 120)
        for number, told in enumerate(words):
            switch.tell(told)
            if number in {len(words) // 4, len(words) // 2}:
                victim = readers.pop(0)
                victim.send_signal(signal.SIGKILL)
                victim.wait()
                readers.append(reader())
                assert switch.wait_for(2, 120)
        until(lambda: Call.objects.live().count() == 0 and Call.objects.count() == len(calls))
        assert counted() == wanted(calls)

    def test_of_the_only_reader_lose_nothing_that_the_records_do_not_bring_back(
        self, file, switch, reader, client, account
    ):
        calls, words = played(file)
        only = reader()
        assert switch.wait_for(1, 120)
        for number, told in enumerate(words):
            switch.tell(told)
            if number == len(words) // 4:
                only.send_signal(signal.SIGKILL)
                only.wait()
            if number == len(words) // 2:
                only = reader()
                assert switch.wait_for(1, 120)
        credentials = "Basic " + b64encode(b"huhang:geheim").decode()
        url = reverse("channels:calls_posted", args=[account.key])
        for record in [*switch.records, *switch.records[:50]]:
            answer = client.post(url, record, "application/json", headers={"Authorization": credentials})
            assert answer.status_code == 200
        until(lambda: Call.objects.live().count() == 0 and Call.objects.count() == len(calls))
        assert counted() == wanted(calls)
