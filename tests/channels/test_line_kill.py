"""Real workers on one CMPP line, killed at random: no reply lost or doubled, no letter sent twice."""

import random
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huhang.channels.actions import accounts, inbox, outgoing, sessions
from huhang.channels.adapters.cmpp.sending import UNKNOWN
from huhang.channels.models import Account, Conversation, InboxItem, Message, Outgoing
from huhang.channels.rules.outgoing import LEASE, Medium, State
from tests.cast import Cast
from tests.channels.fakes.cmpp_gateway import SECRET, SP_ID, SRC_ID, Gateway, running
from tests.channels.test_two_posters import start_worker
from tests.config.processes import wait_until
from tests.factories import channels as factory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.alone]
SHORT, LONG, LETTERS, KILLS = 60, 12, 60, 5
LONG_TEXT = "我的快件三天没有动静" * 12  # two parts


def line_account(cast: Cast, gateway: Gateway, folder: Path) -> Account:
    settings = {
        "host": "127.0.0.1", "port": str(gateway.port), "sp_id": SP_ID, "src_id": SRC_ID, "version": "3.0",
        "pause": "0.05", "longest_pause": "0.5", "join_wait": "60", "folder": str(folder),
    }  # fmt: skip
    account = factory.account(cast.unit("HQ"), adapter="cmpp", settings=settings, secrets={"secret": SECRET})
    factory.entrance(cast.unit("HQ"), kind="sms", account=account)
    return account


def everybody_writes(gateway: Gateway) -> set[str]:
    """Many short replies of ten people, long ones of twelve others; returns what must be known in the end."""
    for number in range(SHORT):
        gateway.uplink(f"第 {number} 问", src=f"1990000{number % 10:04}")
    for number in range(LONG):
        gateway.uplink(f"{number:02}{LONG_TEXT}", src=f"1980000{number:04}")
    return {f"第 {n} 问" for n in range(SHORT)} | {f"{n:02}{LONG_TEXT}" for n in range(LONG)}


def letters(account: Account) -> None:
    now = datetime.now(UTC)
    for number in range(LETTERS):
        factory.outgoing(
            account.unit, at=now, key=f"letter-{number}", medium=Medium.SMS, account=account, number="",
            address=f"1970000{number:04}", text=f"第 {number} 封" + ("，请留意" * 30 if number % 5 == 0 else ""),
        )  # fmt: skip


def kill_at_random(workers: list[subprocess.Popen[bytes]], gateway: Gateway, chance: random.Random) -> int:
    """The other one lives on, and takes the line when the victim held it."""
    kills = 0
    while kills < KILLS:
        wait_until(lambda: gateway.open_lines() > 0)
        time.sleep(chance.uniform(0, 0.5))
        victim = kills % len(workers)
        workers[victim].send_signal(signal.SIGKILL)
        workers[victim].wait()
        workers[victim], kills = start_worker(), kills + 1
    return kills


def test_no_reply_is_lost_or_doubled_and_no_letter_sent_twice(cast: Cast, tmp_path: Path) -> None:
    with running(redeliver_after=0.5, receipts="DELIVRD", slow=0.1) as gateway:
        account = line_account(cast, gateway, tmp_path)
        letters(account)
        workers = [start_worker(), start_worker()]
        try:
            wait_until(lambda: gateway.open_lines() > 0)
            written = everybody_writes(gateway)
            kills = kill_at_random(workers, gateway, random.Random(7))
            wait_until(lambda: not gateway.waiting(), said=lambda: f"{gateway.waiting()} wait")
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
        # What the killed ones held goes out when their lease is over, by whoever holds the line now.
        later = datetime.now(UTC) + LEASE + timedelta(hours=1)
        # A reply that no worker came to is answered only now.
        while inbox.process_due(now=later):
            pass
        wait_until(lambda: _all_done(later))
        accounts.vendor(account).close()  # type: ignore[attr-defined]
        told = Counter(item.fact["text"] for item in InboxItem.objects.filter(account=account))
        assert told == dict.fromkeys(written, 1)
        assert Counter(Message.objects.filter(side="customer").values_list("text", flat=True)) == told
        sent = Counter((submit.numbers[0], submit.number) for submit in gateway.submitted)
        assert set(sent.values()) == {1}
        lost = Outgoing.objects.filter(state=State.FAILED)
        assert set(lost.values_list("reason", flat=True)) <= {UNKNOWN}
        assert lost.count() <= 2 * kills
        arrived = Outgoing.objects.filter(state=State.DELIVERED).count()
        # Each of our letters, and to each who wrote the one promise to answer.
        assert arrived + lost.count() == LETTERS + Conversation.objects.count()
        print(
            f"{kills} kills, {len(gateway.logins)} log-ins, {len(written)} replies once each of"
            f" {gateway.delivered} deliveries, {arrived} letters arrived once, {lost.count()} not to be known"
        )


def _all_done(later: datetime) -> bool:
    sessions.tend(now=lambda: later)
    outgoing.deliver_due(now=later)
    return not Outgoing.objects.exclude(state__in=[State.DELIVERED, State.FAILED]).exists()


def test_a_letter_whose_answer_died_with_its_worker_is_not_sent_again(cast: Cast, tmp_path: Path) -> None:
    with running() as gateway:
        account = line_account(cast, gateway, tmp_path)
        gateway.orders = ["silent"]
        row = factory.outgoing(
            account.unit, at=datetime.now(UTC), medium=Medium.SMS, account=account, number="", address="19700000001"
        )  # fmt: skip
        worker = start_worker()
        try:
            wait_until(lambda: len(gateway.submitted) == 1)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        later = datetime.now(UTC) + LEASE + timedelta(hours=1)
        wait_until(lambda: _all_done(later))
        accounts.vendor(account).close()  # type: ignore[attr-defined]
        row.refresh_from_db()
        assert (row.state, row.reason, len(gateway.submitted)) == (State.FAILED, UNKNOWN, 1)


def test_two_workers_log_in_once(cast: Cast, tmp_path: Path) -> None:
    with running() as gateway:
        account = line_account(cast, gateway, tmp_path)
        letters(account)
        workers = [start_worker(), start_worker()]
        try:
            wait_until(lambda: Outgoing.objects.filter(state=State.SENT).count() == LETTERS)
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            for worker in workers:
                worker.wait()
        wait_until(lambda: gateway.good_byes == 1)  # said, and heard by another thread
        assert (len(gateway.logins), gateway.most_open) == (1, 1)
