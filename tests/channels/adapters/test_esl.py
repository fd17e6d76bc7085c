"""FreeSWITCH, as it says things and as it is talked to."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.esl import EslSession, read_record
from huhang.channels.adapters.esl.frames import Frame, Frames, event_of
from huhang.channels.adapters.esl.words import Plan, events_of
from huhang.channels.adapters.line import Line
from huhang.channels.replays.freeswitch import record_of
from huhang.channels.rules.call_life import Outcome, Phase, life
from huhang.channels.rules.calls import CallKind
from huhang.channels.rules.phone import NotAWord, SwitchRefused
from huhang.channels.rules.wire import Callback, Forged, Unreadable, WireAway
from tests.channels.fakes.esl import SAID_AT, Switch, channel, example

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CALL = "b77c49c2-a732-11df-9438-e7d9456f8886"
K = CallKind
ANY = Plan()


def small(told):
    return {name.lower(): value for name, value in told.items()}


def heard(*told, plan=ANY):
    return [event for one in told for event in events_of(small(one), plan, now=NOW)]


def second(epoch):
    return datetime.fromtimestamp(epoch, UTC)


class TestWords:
    @pytest.mark.parametrize(
        ("name", "kinds"),
        [
            ("member-queue-start", [K.QUEUED]),
            ("agent-offering", [K.RINGING]),
            ("bridge-agent-start", [K.QUEUED, K.ANSWERED]),
            ("bridge-agent-end", [K.QUEUED, K.ANSWERED, K.AGENT_LEFT]),
            ("bridge-agent-fail", [K.NOT_ANSWERED]),
            ("member-queue-end terminated", [K.QUEUED, K.ANSWERED]),
            # The reason tells who gave up: TIMEOUT is our doing, BREAK_OUT the caller's.
            ("member-queue-end timeout", [K.QUEUED, K.LEFT_QUEUE]),
            ("member-queue-end break", [K.QUEUED, K.ABANDONED]),
            ("members-count", []),
            ("agent-status-change", [K.AGENT_STATE]),
            ("agent-state-change", [K.AGENT_STATE]),
        ],
    )
    def test_the_published_example(self, name, kinds):
        events = heard(example(name))
        assert [event.kind for event in events] == kinds
        assert {event.call_id for event in events} <= {CALL, ""}

    def test_the_published_moments(self):
        assert heard(channel("CHANNEL_CREATE"))[0].at == SAID_AT
        queued, answered, left = heard(example("bridge-agent-end"))
        assert (queued.at, answered.at, left.at) == (second(9000), second(10009), second(10500))
        assert (answered.agent, answered.queue, answered.ani) == (
            "AgentNameHere", "support@default", "4385551212",
        )  # fmt: skip

    def test_a_fact_is_one_however_it_is_told(self):
        told = [
            example("bridge-agent-start"),
            example("bridge-agent-end"),
            example("member-queue-end terminated"),
        ]
        events = heard(*told, *told)
        assert len(events) > len({event.external_id for event in events}) == 3

    def test_the_end_of_the_channel_tells_the_queue_s_part_again(self):
        variables = {
            "variable_cc_queue": "support@default", "variable_cc_side": "member",
            "variable_cc_queue_joined_epoch": "9000", "variable_cc_queue_answered_epoch": "10009",
            "variable_cc_agent": "AgentNameHere", "variable_cc_queue_terminated_epoch": "10500",
        }  # fmt: skip
        end = heard(channel("CHANNEL_HANGUP_COMPLETE", **variables))
        live = heard(example("bridge-agent-end"))
        assert {e.external_id for e in live} < {e.external_id for e in end}
        assert end[-1].kind == K.ENDED
        assert life(end).talk == timedelta(seconds=491)

    def test_the_agent_s_channel_neither_comes_nor_ends_as_a_call(self):
        agent = {"Unique__ID": "leg-2", "Call__Direction": "outbound", "variable_cc_side": "agent"}
        assert heard(channel("CHANNEL_CREATE", **agent), channel("CHANNEL_HANGUP_COMPLETE", **agent)) == []

    def test_a_line_without_a_queue_offers_with_its_first_ring(self):
        leg = {"Unique__ID": "leg-2", "Call__Direction": "outbound", "Other__Leg__Unique__ID": CALL}
        told = [
            channel("CHANNEL_CREATE"),
            channel("CHANNEL_CREATE", number=2, Caller__Destination__Number="2001", **leg),
        ]
        assert life(heard(*told)).phase == Phase.RINGING
        bridged = channel(
            "CHANNEL_BRIDGE", number=3, Other__Leg__Unique__ID="leg-2", Other__Leg__Destination__Number="2001"
        )
        answered = life(heard(*told, bridged))
        assert (answered.phase, answered.agent) == (Phase.TALKING, "2001")

    def test_a_call_that_we_place_is_outbound_and_belongs_to_the_number(self):
        ours = {
            "variable_huhang_number": "13800001234", "Caller__Destination__Number": "1001",
            "Call__Direction": "outbound",
        }  # fmt: skip
        told = [channel("CHANNEL_CREATE", **ours)]
        assert life(heard(*told)).is_outbound
        bridged = channel("CHANNEL_BRIDGE", number=2, Other__Leg__Unique__ID="leg-2", **ours)
        ended = channel("CHANNEL_HANGUP_COMPLETE", number=3, **ours)
        call = life(heard(*told, bridged, ended))
        assert (call.outcome, call.dnis, call.agent) == (Outcome.ANSWERED, "13800001234", "1001")
        assert life(heard(*told, ended)).outcome == Outcome.NOT_REACHED

    def test_a_key_may_ask_to_be_called_back(self):
        left = example("member-queue-end timeout")
        left |= {"CC-Cancel-Reason": "EXIT_WITH_KEY", "variable_cc_exit_key": "1"}
        assert heard(left)[-1].kind == K.LEFT_QUEUE
        assert heard(left, plan=Plan(frozenset("1")))[-1].kind == K.CALL_BACK_ASKED

    def test_keys_holding_and_recordings(self):
        told = [
            channel("DTMF", number=1, **{"DTMF-Digit": "7"}),
            channel("DTMF", number=2, **{"DTMF-Digit": "7"}),
            channel("CHANNEL_HOLD", number=3),
            channel("CHANNEL_UNHOLD", number=4),
            channel("RECORD_STOP", number=5, **{"Record-File-Path": "/rec/a.wav"}),
        ]
        call = life(heard(*told))
        assert (call.digits, call.recordings) == ("77", ("/rec/a.wav",))

    @given(
        st.dictionaries(
            st.sampled_from(sorted(small(channel("DTMF") | example("bridge-agent-end")))), st.text()
        )
    )
    def test_whatever_is_in_the_headers_means_something_or_nothing(self, odd):
        for base in (channel("CHANNEL_HANGUP_COMPLETE"), example("bridge-agent-end"), channel("DTMF")):
            for event in events_of(small(base) | odd, now=NOW):
                assert len(event.external_id) <= 200 and len(event.call_id) <= 100


def json_frame(told):
    body = json.dumps(told).encode()
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n" % len(body) + body


def plain_frame(told):
    body = ("".join(f"{k}: {quote(v)}\n" for k, v in told.items()) + "\n").encode()
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n" % len(body) + body


class TestFrames:
    @pytest.mark.parametrize("frame", [json_frame, plain_frame])
    @given(
        told=st.dictionaries(
            st.text("ABCdef-", min_size=1),
            st.text(st.characters(codec="utf-8", exclude_characters="\0")).map(str.strip),
        ),
        cut=st.integers(1, 50),
    )
    def test_give_back_what_was_said_wherever_it_is_cut(self, frame, told, cut):
        sent = frame(told) * 2
        frames = Frames()
        got = [one for i in range(0, len(sent), cut) for one in frames.feed(sent[i : i + cut])]
        assert [event_of(one) for one in got] == [small(told)] * 2

    @given(st.binary(max_size=300))
    def test_of_any_bytes_are_read_or_refused(self, data):
        session = EslSession("secret")
        try:
            list(session.receive(data, now=NOW))
        except (Unreadable, SwitchRefused):
            return

    @pytest.mark.parametrize("length", ["-1", "1e3", "99999999999", "٣"])
    def test_of_an_impossible_length_are_refused(self, length):
        with pytest.raises(Unreadable):
            list(Frames().feed(f"Content-Length: {length}\n\n".encode()))

    @pytest.mark.parametrize("body", [b"[1]", b"{", b"[" * 100_000])
    def test_that_hold_no_event_are_refused(self, body):
        with pytest.raises(Unreadable):
            event_of(Frame({"content-type": "text/event-json"}, body))


@pytest.fixture
def switch():
    made = Switch("ClueCon")
    yield made
    made.close()


def line_to(switch, password="ClueCon", words="json"):
    return Line(
        "127.0.0.1", switch.port, lambda: EslSession(password, words=words), lambda: datetime.now(UTC)
    )


def opened(line):
    while not line.is_open:
        line.poll(0.1)


def listen(line, number=1, polls=100):
    got = []
    for _ in range(polls):
        got += line.poll(0.1)
        if len(got) >= number:
            break
    return got


class TestLine:
    @pytest.mark.parametrize("words", ["json", "plain"])
    def test_signs_in_and_hears(self, switch, words):
        line = line_to(switch, words=words)
        opened(line)
        assert switch.tell(example("bridge-agent-start")) == 1
        assert switch.tell({"Event-Name": "HEARTBEAT"}) == 0, "nobody asked for that"
        assert [event.kind for event in listen(line, 2)] == [K.QUEUED, K.ANSWERED]
        line.close()

    def test_with_a_wrong_password_is_refused(self, switch):
        with pytest.raises(SwitchRefused, match="password"):
            listen(line_to(switch, password="wrong"))

    def test_that_is_torn_mends_itself(self, switch):
        moment = [NOW]
        line = Line("127.0.0.1", switch.port, lambda: EslSession("ClueCon"), lambda: moment[0])
        opened(line)
        switch.hang_up()
        with pytest.raises(WireAway):
            listen(line)
        assert line.poll(0) == [], "not again at once"
        moment[0] += timedelta(seconds=40)
        opened(line)
        switch.tell(example("member-queue-start"))
        assert len(listen(line)) == 1
        line.close()

    def test_to_nobody_is_away(self, switch):
        line = line_to(switch)
        switch.close()
        with pytest.raises(WireAway):
            line.poll(0)

    def test_that_is_silent_is_asked_and_then_torn(self, switch):
        moment = [NOW]
        line = Line("127.0.0.1", switch.port, lambda: EslSession("ClueCon"), lambda: moment[0])
        opened(line)
        moment[0] += timedelta(seconds=31)
        while "bgapi status" not in switch.commands:
            line.poll(0.02)
        line.poll(0.2)
        moment[0] += timedelta(seconds=61)
        with pytest.raises(WireAway, match="says nothing"):
            line.poll(0)

    def test_gives_commands(self, switch):
        line = line_to(switch)
        opened(line)
        session = line.session
        session.call("1001", "13800001234", key="abc")
        session.pause("1001@default")
        session.resume("1001@default")
        session.transfer(CALL, "2001")
        line.send()
        while len(switch.commands) < 5:
            line.poll(0.05)
        assert switch.commands[1:] == [
            "bgapi originate {origination_uuid=abc,huhang_number=13800001234,ignore_early_media=true}user/1001"
            " 13800001234 XML default",
            "bgapi callcenter_config agent set status 1001@default 'On Break'",
            "bgapi callcenter_config agent set status 1001@default Available",
            f"bgapi uuid_transfer {CALL} 2001 XML default",
        ]
        line.close()

    @pytest.mark.parametrize(
        "odd", ["", "1001\n\nexit", "1001 &system(rm)", "1,2", "a{b}", "x" * 101, "1001'"]
    )
    def test_gives_no_command_that_holds_another(self, odd):
        session = EslSession("ClueCon")
        with pytest.raises(NotAWord):
            session.call(odd, "13800001234", key="k")
        with pytest.raises(NotAWord):
            session.transfer(CALL, odd)

    def test_hears_only_what_it_filters(self, switch):
        line = line_to(switch)
        opened(line)
        line.session.only("CC-Queue", "claims@default")
        line.send()
        while len(switch.commands) < 2:
            line.poll(0.05)
        assert switch.tell(example("member-queue-start")) == 0
        assert switch.tell(example("member-queue-start", **{"CC-Queue": "claims@default"})) == 1
        line.close()


class TestRecord:
    ENDED = channel(
        "CHANNEL_HANGUP_COMPLETE", **{"variable_cc_queue": "support@default", "variable_cc_side": "member",
        "variable_cc_queue_joined_epoch": "9000", "variable_cc_queue_canceled_epoch": "9040",
        "variable_cc_cancel_reason": "BREAK_OUT", "Hangup-Cause": "ORIGINATOR_CANCEL"},
    )  # fmt: skip

    def posted(self, body=None, credentials="aHVoYW5nOnNlY3JldA=="):
        headers = {"authorization": f"Basic {credentials}"}
        return Callback("POST", {}, headers, body or record_of(self.ENDED), NOW)

    def read(self, callback):
        return read_record(callback, user="huhang", password="secret")

    def test_tells_the_same_as_the_socket(self):
        record, socket = self.read(self.posted()), heard(self.ENDED)
        assert {e.external_id for e in socket} <= {e.external_id for e in record}
        assert life(record).outcome == Outcome.ABANDONED
        assert life(record).wait == timedelta(seconds=40)
        assert life(record).ani == "4385551212"

    def test_may_come_as_a_form(self):
        form = b"cdr=" + quote(record_of(self.ENDED).decode()).encode()
        assert self.read(self.posted(form)) == self.read(self.posted())

    def test_of_somebody_else_is_forged(self):
        with pytest.raises(Forged):
            self.read(self.posted(credentials="eDp5"))

    @pytest.mark.parametrize("body", [b"{", b"cdr=", b"[]", b"{}", b'{"variables": {}}', b"cdr=%00", b"\xff"])
    def test_that_is_no_record_is_refused(self, body):
        with pytest.raises(Unreadable):
            self.read(self.posted(body))
