"""SMS accounts from end to end: replies and receipts by callback and by line, 退订 first, nothing twice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huhang.channels.actions import accounts, comparing, inbox, outgoing, receiving, sessions
from huhang.channels.models import Account, Inbound, InboxItem, OptOut, Outgoing
from huhang.channels.rules.gateway import GatewayAway, NotTaken
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.wire import Callback
from tests.cast import Cast
from tests.channels.fakes.cmpp_gateway import SECRET, SP_ID, SRC_ID, Gateway, running
from tests.channels.fakes.sms_servers import KEY_ID, serving
from tests.channels.fakes.sms_servers import SECRET as SECRET_KEY
from tests.config.processes import wait_until
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def aliyun(cast: Cast) -> Account:
    return factory.account(
        cast.unit("HQ"),
        adapter="aliyun_sms",
        settings={"template": "SMS_1"},
        secrets={"callback_secret": "s"},
    )


def call_back(account: Account, *rows: object) -> None:
    inbox.called_back(account, Callback("POST", {"s": "s"}, {}, json.dumps(rows).encode(), NOW))


def reply(text: str, sequence: int) -> dict[str, object]:
    return {"phone_number": "19900001234", "content": text, "sequence_id": sequence, "dest_code": "1"}


def sms(account: Account, key: str = "k1", **facts: object) -> Outgoing:
    given = {"medium": Medium.SMS, "account": account, "address": "19900001234", "number": "", "key": key}
    return factory.outgoing(account.unit, at=NOW, **given, **facts)


class TestCallbacks:
    def test_a_reply_told_three_times_is_one_fact(self, cast: Cast) -> None:
        account = aliyun(cast)
        for _ in range(3):
            call_back(account, reply("我的快递呢", 7), reply("在吗", 8))
        assert InboxItem.objects.filter(account=account).count() == 2

    def test_a_receipt_moves_the_letter_on(self, cast: Cast) -> None:
        account = aliyun(cast)
        row = sms(account, state=State.SENT, next_at=None, gateway=account.key, external_id="ours")
        call_back(account, {"success": True, "out_id": "ours", "report_time": "2026-11-22 13:00:00"})
        row.refresh_from_db()
        assert row.state == State.DELIVERED

    def test_stop_is_honoured_before_it_means_anything(self, cast: Cast) -> None:
        account = aliyun(cast)
        call_back(account, reply("TD", 9))
        assert OptOut.objects.get().number == "19900001234"
        assert (InboxItem.objects.count(), Inbound.objects.get().taken_as) == (0, "stop")
        row = sms(account)
        outgoing.deliver_due(now=NOW)
        row.refresh_from_db()
        assert (row.state, row.reason) == (State.FAILED, outgoing.OPTED_OUT)
        call_back(account, reply("恢复", 10))
        assert not OptOut.objects.exists()


class TestReconciliation:
    """A callback was lost; every hour Tencent's queue is asked, where people had it opened."""

    def waiting(self, text: str, at: int) -> dict[str, object]:
        return {
            "CountryCode": "86", "ReplyContent": text, "SubscriberNumber": "19900001234", "ExtendCode": "1",
            "ReplyTime": at, "PhoneNumber": "+8619900001234", "SignName": "护航",
        }  # fmt: skip

    def test_finds_what_no_callback_told_and_doubles_nothing(self, cast: Cast) -> None:
        at = int(NOW.timestamp()) - 600
        with serving("tencent") as server:
            settings = {"endpoint": server.url, "secret_id": KEY_ID, "app_id": "1400006666"}
            secrets = {"callback_secret": "s", "secret_key": SECRET_KEY}
            account = factory.account(
                cast.unit("HQ"), adapter="tencent_sms", settings=settings, secrets=secrets
            )
            server.replies = [self.waiting(text, at) for text in ("我的快递呢", "在吗", "TD")]
            assert (comparing.compare_due(now=NOW), inbox.pull_due(now=NOW)) == (0, 0)  # not arranged
            account.settings |= {"pull_replies": "1"}
            account.save()
            told = {"extend": "1", "mobile": "19900001234", "nationcode": "86", "text": "在吗", "time": at}
            call_back(account, told)
            assert (comparing.compare_due(now=NOW), inbox.pull_due(now=NOW)) == (1, 1)
        account.refresh_from_db()
        assert (InboxItem.objects.count(), account.found_missing) == (2, 1)
        assert Inbound.objects.get().taken_as == "stop"


class TestAsTheHousesOwnGateway:
    def test_reminders_leave_by_the_account_and_their_answers_are_taken(self, cast: Cast, settings) -> None:
        with running(receipts="DELIVRD") as gateway:
            account = line_account(cast, gateway)
            settings.HUHANG_GATEWAY = f"account:{account.key}"
            try:
                row = factory.outgoing(
                    account.unit, at=NOW, medium=Medium.SMS, number="19900001234", person=cast.hua
                )
                sessions.tend(now=lambda: NOW)
                outgoing.deliver_due(now=NOW)
                gateway.uplink("1")
                wait_until(lambda: not sessions.tend(now=lambda: NOW) and not gateway.waiting())
                row.refresh_from_db()
                assert (row.state, row.gateway, row.is_real) == (State.ANSWERED, account.key, True)
                assert (Inbound.objects.get().answers, InboxItem.objects.count()) == (row, 0)
                assert receiving.collect(now=NOW) == 0
            finally:
                accounts.vendor(account).close()  # type: ignore[attr-defined]


class Fussy:
    """A gateway that raises in turn what it is told to, and remembers how it was asked."""

    name, is_real = "fussy", True

    def __init__(self, *troubles: Exception | None) -> None:
        self.troubles, self.asked = list(troubles), list[bool]()

    def send(self, letter, *, again):
        self.asked.append(again)
        if trouble := self.troubles.pop(0):
            raise trouble
        return "theirs"

    def collect(self):
        return iter(())


# What earlier attempts said, and whether the last one may be a repetition.
ATTEMPTS = [
    ([NotTaken("busy")], [False, False], "surely not taken: a first attempt again"),
    ([GatewayAway("?")], [False, True], "nobody knows"),
    ([NotTaken("busy"), GatewayAway("?")], [False, False, True], "the second one may have arrived"),
    (
        [GatewayAway("?"), NotTaken("busy")],
        [False, True, True],
        "what was said of the second says nothing of the first",
    ),
    ([NotTaken("busy"), NotTaken("busy")], [False, False, False], "twice surely not taken"),
]


@pytest.mark.parametrize(("troubles", "asked", "why"), ATTEMPTS, ids=[row[2] for row in ATTEMPTS])
def test_only_what_may_have_left_is_a_repetition(cast: Cast, troubles, asked, why) -> None:
    row, gateway = sms(aliyun(cast)), Fussy(*troubles, None)
    for attempt in range(len(asked)):
        outgoing.deliver_due(now=NOW + timedelta(hours=attempt), by=gateway)
    row.refresh_from_db()
    assert (gateway.asked, row.state) == (asked, State.SENT), why


def line_account(cast: Cast, gateway: Gateway, **facts: object) -> Account:
    given = {
        "host": "127.0.0.1", "port": str(gateway.port), "sp_id": SP_ID, "src_id": SRC_ID, "version": "3.0",
        "pause": "0.05", "patience": "20",
    }  # fmt: skip
    return factory.account(
        cast.unit("HQ"), adapter="cmpp", settings=given, secrets={"secret": SECRET}, **facts
    )


class TestLines:
    @pytest.fixture(autouse=True)
    def journal(self, settings: Any, tmp_path: Any) -> None:
        """Of this run alone: what was given to a line once is not given to it again."""
        settings.VAR = tmp_path

    def test_what_comes_by_the_line_is_kept_and_then_acknowledged(self, cast: Cast) -> None:
        with running(receipts="DELIVRD") as gateway:
            account = line_account(cast, gateway)
            try:
                row = sms(account)
                sessions.tend(now=lambda: NOW)
                outgoing.deliver_due(now=NOW)
                gateway.uplink("我的快递呢", code="77")
                gateway.uplink("退订", src="19900005678")
                wait_until(lambda: bool(sessions.tend(now=lambda: NOW)) or not gateway.waiting())
                wait_until(lambda: not sessions.tend(now=lambda: NOW) and not gateway.waiting())
                row.refresh_from_db()
                assert (row.state, row.is_real, row.gateway) == (State.DELIVERED, True, account.key)
                [item] = InboxItem.objects.all()
                assert (item.address, item.fact["text"], item.fact["door"]) == (
                    "19900001234",
                    "我的快递呢",
                    "77",
                )
                assert OptOut.objects.get().number == "19900005678"
            finally:
                Account.objects.update(is_active=False)
                sessions.tend(now=lambda: NOW)
            wait_until(lambda: gateway.good_byes == 1)  # said, and heard by another thread

    def test_what_could_not_be_stored_is_not_acknowledged(self, cast: Cast, monkeypatch) -> None:
        with running() as gateway:
            account = line_account(cast, gateway)
            try:
                sessions.tend(now=lambda: NOW)
                gateway.uplink("在吗")
                with monkeypatch.context() as broken:
                    broken.setattr(inbox, "keep", _disk_full)
                    wait_until(lambda: _fails(sessions.tend))
                    assert gateway.acknowledged == []
                wait_until(lambda: not sessions.tend(now=lambda: NOW) and not gateway.waiting())
                assert InboxItem.objects.filter(account=account).count() == 1
            finally:
                accounts.vendor(account).close()  # type: ignore[attr-defined]


def _disk_full(*args: object, **kwargs: object) -> int:
    raise OSError("no space left on device")


def _fails(tend) -> bool:
    try:
        tend(now=lambda: NOW)
    except OSError:
        return True
    return False
