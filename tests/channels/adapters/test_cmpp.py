"""A CMPP line against a gateway that misbehaves: nothing goes out twice, nothing that came in is lost or doubled."""

import threading
from datetime import UTC, datetime

import pytest

from huhang.channels.adapters.cmpp import Cmpp, pdu
from huhang.channels.adapters.cmpp.journal import Journal
from huhang.channels.adapters.cmpp.pdu import V20, V30
from huhang.channels.adapters.cmpp.plan import Plan
from huhang.channels.adapters.cmpp.session import NotWritten, Session
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused, Letter, NotTaken
from huhang.channels.rules.outgoing import Medium, State
from tests.channels.fakes.cmpp_gateway import SECRET, SP_ID, SRC_ID, running
from tests.channels.fakes.shelf import MemoryShelf
from tests.config.processes import wait_until

NOW = datetime.now(UTC)
LONG = "您的快件" * 40  # 160 characters: three parts


def letter(key="k1", text="您的快件已到", **given):
    return Letter(key, Medium.SMS, "19900001234", text, NOW, **given)


@pytest.fixture(params=["2.0", "3.0"])
def version(request):
    return request.param


@pytest.fixture
def gateway(version):
    with running(newest=V30 if version == "3.0" else V20) as made:
        yield made


@pytest.fixture
def account(gateway, version, tmp_path):
    made = []

    def account(**changed):
        settings = {
            "name": "sms-cmpp", "host": "127.0.0.1", "port": str(gateway.port), "sp_id": SP_ID, "secret": SECRET,
            "src_id": SRC_ID, "version": version, "folder": str(tmp_path / "line"), "pause": "0.05",
            "longest_pause": "0.2", "patience": "20", "join_wait": "30", **changed,
        }  # fmt: skip
        made.append(Cmpp(settings, _no_wire, MemoryShelf()))
        return made[-1]

    yield account
    for each in made:
        each.close()


def _no_wire(ask):
    raise AssertionError("CMPP asks nothing over HTTP")


def collected(adapter, *, until, reports=False):
    """What collect brings until so many have come."""
    found = []

    def enough():
        for post in adapter.collect():
            found.extend(post.reports if reports else post.answers)
        return len(found) >= until

    wait_until(enough, seconds=60)
    return found


def holding(adapter):
    """The adapter once it holds the line and is logged in."""
    list(adapter.collect())
    return adapter


class TestLogin:
    def test_happens_once_for_many_adapters(self, gateway, account):
        for _ in range(5):
            holding(account()).send(letter(), again=False)
        assert gateway.logins == [SP_ID]
        assert len(gateway.submitted) == 1

    def test_with_a_wrong_secret_waits_and_says_why(self, gateway, account):
        adapter = holding(account(secret="wrong", patience="0.5"))
        wait_until(lambda: gateway.refused > 1)
        with pytest.raises(NotTaken, match="认证错"):
            adapter.send(letter(), again=False)

    def test_without_settings_takes_nothing_and_breaks_nothing(self, account):
        adapter = account(port="many")
        assert list(adapter.collect()) == []
        with pytest.raises(NotTaken, match="port"):
            adapter.send(letter(), again=False)

    def test_nobody_there(self, gateway, account):
        gateway.stop()
        with pytest.raises(NotTaken):
            holding(account(patience="0.1")).send(letter(), again=False)

    def test_says_good_bye(self, gateway, account):
        adapter = holding(account())
        adapter.send(letter(), again=False)
        adapter.close()
        wait_until(lambda: gateway.good_byes == 1 and not gateway.open_lines())

    def test_a_changed_setting_logs_in_anew(self, gateway, account):
        holding(account()).send(letter(), again=False)
        holding(account(service_id="HH")).send(letter("k2"), again=False)
        assert len(gateway.logins) == 2
        assert [s.service_id for s in gateway.submitted] == ["", "HH"]


class TestSession:
    def test_can_be_asked_for_a_day_and_to_take_a_message_back(self, gateway, account):
        session = Session(Plan.of(account()._settings), lambda *heard: None, at=NOW)
        day = session.ask(pdu.Query("20261122")).result(60)
        assert day == pdu.QueryResp("20261122", 0, "", *[0] * 8)
        assert session.ask(pdu.Cancel(7)).result(60) == pdu.CancelResp(1)
        session.leave()
        assert session.ended.is_set()
        with pytest.raises(NotWritten):
            session.ask(pdu.ActiveTest())

    def test_a_full_disk_lets_nothing_leave(self, gateway, account, monkeypatch):
        adapter = holding(account())
        with monkeypatch.context() as full:
            full.setattr(Journal, "begin", _disk_full)
            with pytest.raises(NotTaken, match="no space"):
                adapter.send(letter(), again=False)
        assert gateway.submitted == []
        adapter.send(letter(), again=False)

    def test_an_answer_that_cannot_be_written_down_is_none(self, gateway, account, monkeypatch):
        adapter = holding(account())
        with monkeypatch.context() as full:
            full.setattr(Journal, "took", _disk_full)
            with pytest.raises(GatewayAway):
                adapter.send(letter(), again=False)
        with pytest.raises(GatewayRefused):
            adapter.send(letter(), again=True)
        assert len(gateway.submitted) == 1


def _disk_full(*args, **kwargs):
    raise OSError("no space left on device")


class TestHeartbeat:
    def test_a_quiet_line_is_tested_and_kept(self, gateway, account):
        holding(account(heartbeat="0.05"))
        wait_until(lambda: gateway.tests > 5)
        assert len(gateway.logins) == 1

    def test_a_dead_line_is_given_up_after_three_tries(self, gateway, account):
        gateway.mute = True
        holding(account(heartbeat="0.05", timeout="0.2"))
        wait_until(lambda: len(gateway.logins) >= 2)
        assert gateway.tests >= 3

    def test_the_gateways_own_test_is_answered(self, gateway, account):
        holding(account()).send(letter(), again=False)
        gateway.ask_alive()
        wait_until(lambda: gateway.alive == 1)


class TestSending:
    def test_a_short_letter(self, gateway, account):
        number = holding(account()).send(letter(door="77"), again=False)
        [sent] = gateway.submitted
        assert number == f"{gateway.numbers[0]:016x}"
        assert (sent.numbers, sent.src_id, sent.registered) == (("19900001234",), f"{SRC_ID}77", 1)
        assert sent.content.decode("utf-16-be") == "您的快件已到"

    def test_a_long_letter_goes_in_parts(self, gateway, account):
        holding(account()).send(letter(text=LONG), again=False)
        assert [(s.total, s.number, s.tp_udhi) for s in gateway.submitted] == [
            (3, 1, 1),
            (3, 2, 1),
            (3, 3, 1),
        ]
        assert "".join(s.content[6:].decode("utf-16-be") for s in gateway.submitted) == LONG
        assert len({s.content[3] for s in gateway.submitted}) == 1

    def test_more_parts_than_the_window_holds(self, gateway, account):
        holding(account(window="2")).send(letter(text="运" * 1000), again=False)
        assert len(gateway.submitted) == 15

    def test_an_answer_in_single_bytes(self, gateway, account):
        gateway.orders = ["split"]
        assert holding(account()).send(letter(), again=False)

    def test_the_gateway_asks_for_patience(self, gateway, account):
        gateway.orders = ["throttle"]
        holding(account()).send(letter(), again=False)
        assert len(gateway.submitted) == 1

    def test_and_for_more_than_we_have(self, gateway, account):
        gateway.orders = ["throttle"] * 3
        adapter = holding(account())
        with pytest.raises(NotTaken, match="流量"):
            adapter.send(letter(), again=False)
        adapter.send(letter(), again=True)
        assert len(gateway.submitted) == 1

    def test_results_are_sorted(self, gateway, account):
        adapter = holding(account())
        gateway.orders = ["refuse:13", "refuse:10", "refuse:99"]
        for key, error in (("a", GatewayRefused), ("b", NotTaken), ("c", GatewayRefused)):
            with pytest.raises(error) as raised:
                adapter.send(letter(key), again=False)
            assert type(raised.value) is error
        assert gateway.submitted == []

    def test_what_cannot_be_an_sms_is_refused(self, account):
        adapter = holding(account())
        with pytest.raises(GatewayRefused):
            adapter.send(Letter("k", Medium.SMS, "1" * 40, "x", NOW), again=False)
        with pytest.raises(GatewayRefused):
            adapter.send(letter(text="运" * 20000), again=False)


class TestNeverTwice:
    @pytest.mark.parametrize("fault", ["lose", "cut"])
    def test_an_answer_that_was_lost_is_never_repeated(self, gateway, account, fault):
        gateway.orders = [fault]
        adapter = holding(account())
        with pytest.raises(GatewayAway) as away:
            adapter.send(letter(), again=False)
        assert not isinstance(away.value, NotTaken)
        with pytest.raises(GatewayRefused, match="不明"):
            adapter.send(letter(), again=True)
        adapter.send(letter("another"), again=False)
        assert [s.content.decode("utf-16-be") for s in gateway.submitted] == ["您的快件已到"] * 2
        assert len(gateway.logins) == 2

    def test_silence_ends_the_session(self, gateway, account):
        gateway.orders = ["silent"]
        adapter = holding(account(timeout="0.5"))
        with pytest.raises(GatewayAway):
            adapter.send(letter(), again=False)
        with pytest.raises(GatewayRefused):
            adapter.send(letter(), again=True)
        wait_until(lambda: len(gateway.logins) == 2)
        assert len(gateway.submitted) == 1

    def test_a_repetition_is_known_whatever_again_says(self, gateway, account):
        adapter = holding(account())
        number = adapter.send(letter(), again=False)
        assert adapter.send(letter(), again=True) == adapter.send(letter(), again=False) == number
        assert len(gateway.submitted) == 1

    def test_it_is_known_after_a_restart(self, gateway, account):
        adapter = holding(account())
        number = adapter.send(letter(), again=False)
        adapter.close()
        assert holding(account()).send(letter(), again=True) == number
        assert len(gateway.submitted) == 1

    def test_an_again_of_a_letter_that_never_left_is_sent(self, gateway, account):
        """A worker died before it came to it: only the journal knows."""
        holding(account()).send(letter(), again=True)
        assert len(gateway.submitted) == 1

    def test_only_the_missing_parts_follow(self, gateway, account):
        gateway.orders = ["", "refuse:10", ""]
        adapter = holding(account())
        with pytest.raises(NotTaken):
            adapter.send(letter(text=LONG), again=False)
        adapter.send(letter(text=LONG), again=True)
        assert sorted(s.number for s in gateway.submitted) == [1, 2, 3]

    def test_many_at_once_share_the_window(self, gateway, account):
        adapter, found = holding(account(window="4")), []

        def send(number):
            found.append(adapter.send(letter(f"key-{number}"), again=False))

        threads = [threading.Thread(target=send, args=[number]) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == len(gateway.submitted) == 40


class TestReceipts:
    def test_name_the_letter(self, gateway, account):
        gateway.receipts = "DELIVRD"
        adapter = holding(account())
        number = adapter.send(letter(), again=False)
        [report] = collected(adapter, until=1, reports=True)
        assert (report.state, report.key, report.external_id) == (State.DELIVERED, "k1", number)
        assert report.at == datetime(2026, 11, 22, 5, 6, tzinfo=UTC)
        wait_until(lambda: not gateway.waiting())

    def test_say_why_it_failed(self, gateway, account):
        gateway.receipts = "MK:0001"
        adapter = holding(account())
        adapter.send(letter(), again=False)
        [report] = collected(adapter, until=1, reports=True)
        assert (report.state, report.reason) == (State.FAILED, "MK:0001")

    def test_of_a_long_letter_are_one(self, gateway, account):
        gateway.receipts = "DELIVRD"
        adapter = holding(account())
        adapter.send(letter(text=LONG), again=False)
        reports = collected(adapter, until=1, reports=True)
        wait_until(lambda: not gateway.waiting())
        assert [(r.key, r.state) for r in reports + collected(adapter, until=0, reports=True)] == [
            ("k1", State.DELIVERED)
        ]

    def test_of_which_one_part_failed_say_so(self, gateway, account):
        adapter = holding(account())
        adapter.send(letter(text=LONG), again=False)
        for stat, submit, number in zip(
            ["DELIVRD", "UNDELIV", "DELIVRD"], gateway.submitted, gateway.numbers, strict=True
        ):
            gateway.report(submit, number, stat)
        reports = collected(adapter, until=1, reports=True)
        wait_until(lambda: not list(adapter.collect()) and not gateway.waiting())
        assert {(r.state, r.reason) for r in reports} == {(State.FAILED, "UNDELIV")}

    def test_on_the_way_is_no_report(self, gateway, account):
        adapter = holding(account())
        adapter.send(letter(), again=False)
        gateway.report(gateway.submitted[0], gateway.numbers[0], "ACCEPTD")
        wait_until(lambda: not list(adapter.collect()) and not gateway.waiting())
        gateway.report(gateway.submitted[0], gateway.numbers[0], "DELIVRD")
        assert collected(adapter, until=1, reports=True)[0].state == State.DELIVERED

    def test_find_their_letter_after_a_reconnect(self, gateway, account):
        adapter = holding(account())
        adapter.send(letter(), again=False)
        gateway.hang_up()
        gateway.report(gateway.submitted[0], gateway.numbers[0], "DELIVRD")
        assert collected(adapter, until=1, reports=True)[0].key == "k1"
        assert len(gateway.logins) == 2

    def test_and_after_a_restart(self, gateway, account):
        adapter = holding(account())
        adapter.send(letter(), again=False)
        adapter.close()
        gateway.report(gateway.submitted[0], gateway.numbers[0], "DELIVRD")
        assert collected(account(), until=1, reports=True)[0].key == "k1"

    def test_that_overtake_the_answer_wait_for_it(self, gateway, account):
        gateway.receipts, gateway.orders = "DELIVRD", ["early"]
        adapter = holding(account())
        sending = threading.Thread(target=adapter.send, args=[letter()], kwargs={"again": False})
        sending.start()
        [report] = collected(adapter, until=1, reports=True)
        sending.join()
        assert report.key == "k1"

    def test_of_what_we_never_sent_are_told_by_their_number(self, gateway, account):
        submit = pdu.Submit(("19900001234",), b"", SRC_ID, SP_ID)
        gateway.report(submit, 5, "DELIVRD")
        [report] = collected(account(patience="0.1"), until=1, reports=True)
        assert (report.key, report.external_id) == ("", f"{5:016x}")


class TestReplies:
    def test_are_acknowledged_after_they_were_taken(self, gateway, account):
        adapter = holding(account())
        gateway.uplink("1", code="77")
        posts, before = [], []

        def take():
            for post in adapter.collect():  # to ask for the next one is to have taken this one
                before.append(list(gateway.acknowledged))
                posts.append(post)
            return posts

        wait_until(take, seconds=60)
        [said] = posts[0].answers
        assert (said.number, said.text, said.door) == ("19900001234", "1", "77")
        assert before == [[]]
        wait_until(lambda: len(gateway.acknowledged) == 1)

    def test_that_were_not_taken_are_told_again(self, gateway, account):
        adapter = holding(account())
        gateway.uplink("1")
        first = _not_taken(adapter)
        assert gateway.acknowledged == []
        [again] = collected(adapter, until=1)
        assert again.external_id == first.answers[0].external_id

    def test_delivered_twice_are_one_fact(self, gateway, account):
        gateway.duplicate = True
        adapter = holding(account())
        gateway.uplink("TD")
        found = collected(adapter, until=1)
        wait_until(lambda: not gateway.waiting())
        assert {said.external_id for said in found + collected(adapter, until=0)} == {found[0].external_id}

    def test_more_than_the_window_holds(self, gateway, account):
        adapter = holding(account())
        for number in range(100):
            gateway.uplink(f"第 {number} 条", src=f"199{number:08}")
        assert len({said.external_id for said in collected(adapter, until=100)}) == 100

    @pytest.mark.parametrize(
        "order", [[1, 2, 3], [3, 1, 2], [2, 2, 1, 3]], ids=["in order", "mixed", "twice"]
    )
    def test_long_ones_are_joined(self, gateway, account, order):
        adapter = holding(account())
        gateway.uplink(LONG, order=order)
        [said] = collected(adapter, until=1)
        assert said.text == LONG

    def test_a_part_that_never_comes_is_a_gap(self, gateway, account):
        adapter = holding(account(join_wait="0.1"))
        gateway.uplink(LONG, order=[1, 3])
        [said] = collected(adapter, until=1)
        assert said.text == f"{LONG[:67]}……{LONG[134:]}"
        wait_until(lambda: not gateway.waiting())

    def test_two_people_write_at_length_at_once(self, gateway, account):
        adapter = holding(account())
        gateway.uplink(LONG, order=[1, 2])
        gateway.uplink(LONG[::-1], src="19900009999")
        [said] = collected(adapter, until=1)
        assert (said.number, said.text) == ("19900009999", LONG[::-1])

    def test_a_part_that_comes_again_after_a_crash_is_only_acknowledged(self, gateway, account):
        adapter = holding(account())
        ids = gateway.uplink(LONG)
        [said] = collected(adapter, until=1)
        wait_until(lambda: len(gateway.acknowledged) == 3)
        adapter.close()
        parts = list(_delivered(LONG, ids))
        gateway.deliver(parts[1])  # its acknowledgement was lost with the process
        later = account()
        wait_until(lambda: not list(later.collect()) and not gateway.waiting())
        assert said.text == LONG

    def test_what_nobody_can_read_is_sent_back(self, gateway, account):
        """A reply announced longer than it is."""
        adapter = holding(account())
        adapter.send(letter(), again=False)
        [line] = gateway._lines
        frame = bytearray(pdu.encode(pdu.Deliver(9, SRC_ID, "199", b"ab"), 5, line.version))
        frame[frame.index(b"ab") - 1] = 200
        line.send(bytes(frame))
        gateway.uplink("1")
        assert [said.text for said in collected(adapter, until=1)] == ["1"]
        assert len(gateway.logins) == 1


class TestOneLineForAllProcesses:
    def test_another_process_hands_its_letters_in(self, gateway, account, tmp_path):
        holding(account())
        other = _other_process(account)
        number = other.send(letter())
        assert number == f"{gateway.numbers[0]:016x}"
        assert not other.hold()
        assert list(other.posts()) == []
        assert gateway.most_open == 1

    def test_and_hears_what_the_gateway_said(self, gateway, account):
        holding(account())
        gateway.orders = ["refuse:13", "refuse:10"]
        with pytest.raises(GatewayRefused, match="目的号码错"):
            _other_process(account).send(letter("a"))
        with pytest.raises(NotTaken):
            _other_process(account).send(letter("b"))

    def test_without_anybody_who_holds_the_line_nothing_is_taken(self, account):
        with pytest.raises(NotTaken, match="没有工作进程"):
            account().send(letter(), again=False)

    def test_a_stranger_on_this_machine_sends_nothing(self, gateway, account, tmp_path):
        holding(account())
        file = tmp_path / "line" / "hatch.json"
        assert file.stat().st_mode & 0o777 == 0o600
        file.write_text(file.read_text().replace('"key": "', '"key": "0'))
        with pytest.raises(NotTaken):
            _other_process(account).send(letter())
        assert gateway.submitted == []

    def test_the_line_passes_to_whoever_is_there(self, gateway, account):
        first = holding(account())
        first.send(letter(), again=False)
        other = _other_process(account)
        assert not other.hold()
        first.close()
        assert other.hold()
        other.send(letter("k2"))
        other.close()
        assert gateway.most_open == 1
        assert len(gateway.logins) == 2


def _other_process(account):
    """A station of its own, as another process would have: it shares nothing but the folder."""
    from huhang.channels.adapters.cmpp.station import Station

    return Station(Plan.of(account()._settings))


def _not_taken(adapter):
    """The first Post, whose taker failed before it asked for the next one."""
    while True:
        for post in adapter.collect():
            return post


def _delivered(text, ids):
    from huhang.channels.adapters.cmpp import texts

    for content, msg_id in zip(texts.split(text, 7), ids, strict=True):
        yield pdu.Deliver(msg_id, SRC_ID, "19900001234", content, tp_udhi=1)
