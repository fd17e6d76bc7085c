"""Real worker processes that post to a real receiver, killed at random: every message arrives, known by its id."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from huhang.channels.actions import posting, webhooks
from huhang.channels.models import Delivery
from huhang.channels.rules import webhooks as rules
from huhang.channels.rules.webhooks import State
from tests.cast import Cast
from tests.channels.test_webhooks import LOOPBACK, Receiver, receiver
from tests.config.processes import wait_until
from tests.factories import channels as factory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.alone]
MESSAGES = 120
__all__ = ["receiver"]


def start_worker() -> subprocess.Popen[bytes]:
    kwargs = connection.get_connection_params()
    login = f"{kwargs['user']}:{kwargs['password']}" if kwargs.get("password") else kwargs["user"]
    host, port = kwargs["host"], kwargs.get("port", 5432)
    url = f"postgresql://{login}@/{kwargs['dbname']}?host={host}&port={port}"
    allowed = {"DATABASE_URL": url, "HUHANG_WEBHOOK_NETWORKS": ",".join(LOOPBACK)}
    return subprocess.Popen([sys.executable, "-m", "huhang.config", "worker"], env={**os.environ, **allowed})


def test_every_message_arrives_and_a_repeat_bears_the_same_id(cast: Cast, receiver: Receiver) -> None:
    now = datetime.now(UTC)
    hook = factory.webhook(cast.unit("HQ"), at=now, url=receiver.url)
    told = {f"msg_case-{number}" for number in range(MESSAGES)}
    for number in range(MESSAGES):
        webhooks.tell(key=f"case-{number}", event="ticket.opened", paths=["/HQ/"], body={}, now=now)
    workers, chance, kills = [start_worker(), start_worker()], random.Random(7), 0
    try:
        wait_until(lambda: len(receiver.got) > 0)
        while kills < 3 and len(receiver.got) < MESSAGES:
            victim = chance.randrange(len(workers))  # the other one lives on
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim], kills = start_worker(), kills + 1
            time.sleep(chance.uniform(0.2, 1))
        wait_until(lambda: Delivery.objects.exclude(tries=None).count() + kills * posting.AT_ONCE >= MESSAGES)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    # What the killed ones held goes out when their lease is over.
    later: Any = datetime.now(UTC) + rules.LEASE + timedelta(seconds=1)
    while posting.post_due(now=later):
        pass
    counted = Counter(headers["webhook-id"] for headers, _ in receiver.got)
    assert set(counted) == told
    assert set(hook.deliveries.values_list("state", flat=True)) == {State.DELIVERED}
    again = sum(count - 1 for count in counted.values())
    assert again <= (kills + len(workers)) * posting.AT_ONCE
    print(f"{MESSAGES} messages, {kills} kills: {again} came twice")
