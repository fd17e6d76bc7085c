"""Messages out: stored, handed over once, reported on in any order; words back: taken once, 退订 first."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from huhang.channels.actions import notices, outgoing, receiving
from huhang.channels.actions.outgoing import Addressee, Link
from huhang.channels.actions.tokens import hash_of
from huhang.channels.adapters.outbox_file import OutboxFile
from huhang.channels.models import Inbound, OptOut, Outgoing
from huhang.channels.rules.gateway import Answer, GatewayAway, GatewayRefused, Letter, Report
from huhang.channels.rules.outgoing import LEASE, MOST_ATTEMPTS, Medium, State
from tests.cast import Cast
from tests.factories import channels as factory

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PHONE = "19900001234"
pytestmark = pytest.mark.django_db


class Vendor:
    """A gateway that does as the scene wants."""

    name = "vendor"
    is_real = True

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.sent: list[tuple[Letter, bool]] = []

    def send(self, letter: Letter, *, again: bool) -> str:
        self.sent.append((letter, again))
        if self.errors:
            raise self.errors.pop(0)
        return f"v-{letter.key}"

    def collect(self) -> Any:
        return iter(())


def send(cast: Cast, key: str = "k1", number: str = PHONE, **more: Any) -> Outgoing:
    to = Addressee(unit=cast.unit("SZ-WZ"), courier=cast.zhang, number=number)
    return outgoing.send(key=key, medium=Medium.SMS, to=to, text="请尽快处理", now=NOON, **more)


def written(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]


def drop(folder: Path, *rows: Any) -> None:
    (folder / "in").mkdir(parents=True, exist_ok=True)
    said = "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "in" / f"{len(list((folder / 'in').glob('**/*')))}.jsonl").write_text(said)


class TestSending:
    def test_a_repeated_key_is_one_message(self, cast: Cast) -> None:
        assert send(cast) == send(cast)
        assert Outgoing.objects.count() == 1

    def test_goes_out_once(self, cast: Cast) -> None:
        send(cast)
        vendor = Vendor()
        assert outgoing.deliver_due(now=NOON, by=vendor) == 1
        assert outgoing.deliver_due(now=NOON + LEASE * 2, by=vendor) == 0
        row = Outgoing.objects.get()
        assert (row.state, row.sent_at, row.external_id, row.is_real) == (State.SENT, NOON, "v-k1", True)
        assert len(vendor.sent) == 1

    def test_a_number_is_needed(self, cast: Cast) -> None:
        row = send(cast, number="")
        assert row.state == State.FAILED
        assert row.reason == outgoing.NO_NUMBER

    def test_is_offered_again_later_and_later(self, cast: Cast) -> None:
        send(cast)
        vendor = Vendor(GatewayAway("no route"), GatewayAway("no route"))
        outgoing.deliver_due(now=NOON, by=vendor)
        assert Outgoing.objects.get().next_at == NOON + MINUTE / 2
        assert outgoing.deliver_due(now=NOON, by=vendor) == 0
        outgoing.deliver_due(now=NOON + MINUTE, by=vendor)
        assert Outgoing.objects.get().next_at == NOON + 2 * MINUTE
        assert outgoing.deliver_due(now=NOON + 2 * MINUTE, by=vendor) == 1
        assert [again for _, again in vendor.sent] == [False, True, True]

    def test_is_given_up_at_last_and_says_why(self, cast: Cast) -> None:
        send(cast)
        vendor = Vendor(*[GatewayAway("no route")] * MOST_ATTEMPTS)
        for hour in range(MOST_ATTEMPTS + 2):
            outgoing.deliver_due(now=NOON + timedelta(hours=hour), by=vendor)
        row = Outgoing.objects.get()
        assert (row.state, row.reason, row.attempts) == (State.FAILED, "no route", MOST_ATTEMPTS)

    def test_a_refusal_is_final(self, cast: Cast) -> None:
        send(cast)
        outgoing.deliver_due(now=NOON, by=Vendor(GatewayRefused("isv.MOBILE_NUMBER_ILLEGAL")))
        assert Outgoing.objects.get().reason == "isv.MOBILE_NUMBER_ILLEGAL"

    def test_a_worker_that_died_with_it_costs_the_lease(self, cast: Cast) -> None:
        send(cast)
        outgoing._claim(NOON)  # … and dies
        vendor = Vendor()
        assert outgoing.deliver_due(now=NOON + LEASE / 2, by=vendor) == 0
        assert outgoing.deliver_due(now=NOON + LEASE, by=vendor) == 1
        assert vendor.sent[0][1] is True

    def test_a_link_is_spelled_out_only_on_the_way(self, cast: Cast) -> None:
        link = Link("/r/{token}", timedelta(days=3))
        to = Addressee(unit=cast.unit("SZ-WZ"), number=PHONE)
        row = outgoing.send(key="k", medium=Medium.SMS, to=to, text="请点 {link}", now=NOON, link=link)
        vendor = Vendor()
        outgoing.deliver_due(now=NOON, by=vendor)
        token = vendor.sent[0][0].text.rsplit("/", 1)[1]
        assert len(token) == 22
        assert hash_of(token) == row.token_hash
        assert token not in json.dumps(Outgoing.objects.values()[0], default=str)

    def test_who_opted_out_gets_no_sms(self, cast: Cast) -> None:
        factory.opt_out(PHONE, at=NOON)
        send(cast)
        vendor = Vendor()
        outgoing.deliver_due(now=NOON, by=vendor)
        assert vendor.sent == []
        assert Outgoing.objects.get().reason == outgoing.OPTED_OUT

    def test_the_table_refuses_what_waits_for_nothing(self, cast: Cast) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            factory.outgoing(cast.unit("SZ-WZ"), at=NOON, next_at=None)


class TestFile:
    def test_says_what_would_have_been_sent_once(self, cast: Cast, tmp_path: Path) -> None:
        send(cast)
        box = OutboxFile(tmp_path)
        letter = Outgoing.objects.get().letter("请尽快处理")
        assert box.send(letter, again=False) == box.send(letter, again=True)
        (line,) = written(tmp_path)
        assert (line["to"], line["text"]) == (PHONE, "请尽快处理")
        assert "未接入真实网关" in line["note"]
        assert next(tmp_path.glob("*.jsonl")).stat().st_mode & 0o077 == 0

    def test_whoever_was_held_up_until_another_had_sent_it_writes_nothing(self, tmp_path: Path) -> None:
        letters = [Letter(f"k{number}", Medium.SMS, "13800001234", "您好", NOON) for number in range(3)]
        held_up, other = OutboxFile(tmp_path), OutboxFile(tmp_path)
        held_up.send(letters[0], again=False)
        other.send(letters[1], again=True)
        for letter in (*letters, *letters):
            held_up.send(letter, again=False)
        lines = next(tmp_path.glob("*.jsonl")).read_text().splitlines()
        assert [json.loads(line)["key"] for line in lines] == ["k0", "k1", "k2"]

    def test_a_line_cut_off_by_a_crash_is_written_again(self, cast: Cast, tmp_path: Path) -> None:
        send(cast)
        box = OutboxFile(tmp_path)
        letter = Outgoing.objects.get().letter("请尽快处理")
        box.send(letter, again=False)
        file = next(tmp_path.glob("*.jsonl"))
        file.write_bytes(file.read_bytes()[:-30])
        box.send(letter, again=True)
        assert json.loads(file.read_text().splitlines()[-1])["key"] == "k1"
        assert len(file.read_text().splitlines()) == 2

    def test_a_folder_that_cannot_be_written_is_a_gateway_that_is_away(
        self, cast: Cast, tmp_path: Path
    ) -> None:
        (tmp_path / "box").write_text("not a folder")
        send(cast)
        outgoing.deliver_due(now=NOON, by=OutboxFile(tmp_path / "box"))
        assert Outgoing.objects.get().state == State.QUEUED

    def test_reads_reports_and_replies_and_keeps_bad_lines(self, cast: Cast, tmp_path: Path) -> None:
        send(cast)
        box = OutboxFile(tmp_path)
        outgoing.deliver_due(now=NOON, by=box)
        drop(
            tmp_path,
            {"report": "delivered", "key": "k1", "at": "2026-11-20T12:00:00+08:00"},
            {"reply": "1", "from": f"+86{PHONE}", "id": "mo-1", "at": "2026-11-20T12:03:00+08:00"},
            "not json",
            {"report": "delivered", "key": "k1", "at": "yesterday"},
            {"report": "delivered", "key": "k1", "at": "2026-11-20T12:00:00"},
            {"report": "queued", "key": "k1", "at": "2026-11-20T12:00:00+08:00"},
            {"reply": "\x00", "from": PHONE, "at": "2026-11-20T12:03:00+08:00"},
            '{"reply": "\\ud800", "from": "1", "at": "2026-11-20T12:03:00+08:00"}',
            {"reply": "1"},
            "[1]",
        )
        assert receiving.collect(now=NOON + 5 * MINUTE, by=box) == 2
        row = Outgoing.objects.get()
        assert row.state == State.ANSWERED
        assert (row.delivered_at, row.read_at) == (NOON, NOON + 3 * MINUTE)
        assert Inbound.objects.get().answers == row
        (rejected,) = (tmp_path / "in" / "rejected").iterdir()
        assert len(rejected.read_text().splitlines()) == 8
        assert receiving.collect(now=NOON + 5 * MINUTE, by=box) == 0

    def test_a_file_whose_taking_failed_is_taken_again(self, cast: Cast, tmp_path: Path, monkeypatch) -> None:
        box = OutboxFile(tmp_path)
        drop(tmp_path, {"reply": "1", "from": PHONE, "at": "2026-11-20T12:03:00+08:00"})
        with monkeypatch.context() as broken:
            broken.setattr(receiving, "_understand", _crash)
            with pytest.raises(RuntimeError):
                receiving.collect(now=NOON, by=box)
        assert Inbound.objects.count() == 0
        assert receiving.collect(now=NOON, by=box) == 1


def _crash(*_: object) -> None:
    raise RuntimeError


class TestReports:
    @pytest.mark.parametrize(
        ("reported", "stands"),
        [
            (["delivered", "read"], "read"),
            (["read", "delivered"], "read"),  # reports overtake each other
            (["failed", "delivered"], "delivered"),  # it did arrive after all
            (["delivered", "failed"], "delivered"),
            (["delivered", "delivered"], "delivered"),
        ],
    )
    def test_move_only_forward(self, cast: Cast, reported: list[str], stands: str) -> None:
        send(cast)
        outgoing.deliver_due(now=NOON, by=Vendor())
        for state in reported:
            receiving.take("vendor", reports=[Report(State(state), NOON, external_id="v-k1")], now=NOON)
        assert Outgoing.objects.get().state == stands

    def test_of_what_we_never_sent_change_nothing(self, cast: Cast) -> None:
        assert receiving.take("vendor", reports=[Report(State.READ, NOON, key="x")], now=NOON) == 0

    def test_from_the_future_count_as_now(self, cast: Cast) -> None:
        send(cast)
        receiving.take("vendor", reports=[Report(State.READ, NOON + timedelta(days=9), key="k1")], now=NOON)
        assert Outgoing.objects.get().read_at == NOON


class TestReplies:
    def test_a_repeat_is_one_reply(self, cast: Cast) -> None:
        answer = Answer("mo-1", PHONE, "1", NOON)
        assert [receiving.take("vendor", answers=[answer], now=NOON) for _ in range(3)] == [1, 0, 0]

    def test_stop_is_honoured_until_taken_back(self, cast: Cast) -> None:
        receiving.take("vendor", answers=[Answer("1", PHONE, " td。", NOON)], now=NOON)
        assert OptOut.objects.get().number == PHONE
        receiving.take("vendor", answers=[Answer("2", PHONE, "DY", NOON)], now=NOON)
        assert OptOut.objects.count() == 0


class TestInApp:
    def test_is_read_when_its_notice_is(self, cast: Cast) -> None:
        to = Addressee(unit=cast.unit("SZ-WZ"), person=cast.gao)
        row = outgoing.post(
            key="k", kind="journey.reminder", to=to, title="3 票待处理", body="", page="/journey/", now=NOON
        )
        assert row.state == State.DELIVERED
        assert row.notice_id
        notices.read(notice_id=row.notice_id, by=cast.gao, now=NOON + MINUTE)
        row.refresh_from_db()
        assert (row.state, row.read_at) == (State.READ, NOON + MINUTE)
