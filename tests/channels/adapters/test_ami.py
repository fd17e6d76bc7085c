"""Asterisk, as it says things and as it is talked to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.adapters.ami import AmiSession
from huhang.channels.adapters.ami.frames import Packets
from huhang.channels.adapters.ami.session import key_of
from huhang.channels.adapters.ami.words import Plan, events_of, extension_of
from huhang.channels.adapters.line import Line
from huhang.channels.rules.call_life import Outcome, Phase, life
from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy
from huhang.channels.rules.phone import NotAWord, SwitchRefused
from huhang.channels.rules.wire import Unreadable
from tests.channels.fakes.ami import AGENT_LEG, CALLER, Asterisk, documented, example, packet

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
BEGAN = datetime(2025, 11, 20, 1, 0, tzinfo=UTC)
K = CallKind
NO_PLAN = Plan()
FIELDS = sorted(name.lower() for name in example("AgentComplete"))


def heard(*told, plan=NO_PLAN):
    small = [{name.lower(): value for name, value in one.items()} for one in told]
    return [event for one in small for event in events_of(one, plan, now=NOW)]


ANSWERED = [
    example("Newchannel", 0),
    example("QueueCallerJoin", 10),
    example("AgentCalled", 20),
    example("QueueCallerLeave", 30.1),
    example("AgentConnect", 30.2),
    example("Hold", 40),
    example("Unhold", 50),
    example("AgentComplete", 91.2),
    example("Hangup", 91.3, Uniqueid=AGENT_LEG),
    example("Hangup", 91.4),
]


class TestWords:
    @pytest.mark.parametrize(
        ("name", "kinds"),
        [
            ("Newchannel", [K.ARRIVED]),
            ("QueueCallerJoin", [K.QUEUED]),
            ("QueueCallerLeave", [K.LEFT_QUEUE]),
            ("QueueCallerAbandon", [K.ABANDONED]),
            ("AgentCalled", [K.RINGING]),
            ("AgentRingNoAnswer", [K.NOT_ANSWERED]),
            ("AgentConnect", [K.ANSWERED]),
            ("AgentComplete", [K.AGENT_LEFT]),
            ("Hangup", [K.ENDED]),
            ("DTMFEnd", [K.DIGITS]),
            ("Hold", [K.HELD]),
            ("Unhold", [K.RESUMED]),
            ("BlindTransfer", [K.TRANSFERRED]),
            ("QueueMemberPause", [K.AGENT_STATE]),
            ("VarSet", [K.RECORDED]),
            ("UserEvent", [K.CALL_BACK_ASKED]),
            # Telephones of a queue ring too: the queue tells.
            ("DialBegin", []),
            ("DialEnd", []),
        ],
    )
    def test_the_published_example(self, name, kinds):
        events = heard(example(name))
        assert [event.kind for event in events] == kinds
        assert {event.call_id for event in events} <= {CALLER, ""}

    def test_every_documented_event_has_a_row_above(self):
        assert len(documented) == 18

    def test_a_call_that_was_answered(self):
        call = life(heard(*ANSWERED))
        assert (call.outcome, call.phase, call.agent, call.queue) == (
            Outcome.ANSWERED, Phase.OVER, "1001", "support",
        )  # fmt: skip
        assert (call.ani, call.dnis, call.ended_by) == ("13800001234", "95500", EndedBy.CALLER)
        assert call.wait == timedelta(seconds=20.2)
        assert (call.talk, call.hold) == (timedelta(seconds=51), timedelta(seconds=10))

    def test_between_leaving_the_queue_and_being_answered_nobody_is_owed_anything(self):
        assert life(heard(*ANSWERED[:4])).outcome is None

    def test_a_caller_who_gave_up_also_leaves_the_queue(self):
        told = [example("QueueCallerAbandon", 30), example("QueueCallerLeave", 30.1), example("Hangup", 30.2)]
        assert life(heard(*ANSWERED[:2], *told)).outcome == Outcome.ABANDONED

    def test_a_caller_whom_nobody_took_was_turned_away(self):
        told = [example("QueueCallerLeave", 310), example("Hangup", 320)]
        assert life(heard(*ANSWERED[:2], *told)).outcome == Outcome.TURNED_AWAY

    def test_the_call_is_the_linked_id(self):
        other = example("Hold", 40, Uniqueid=AGENT_LEG)
        assert heard(other)[0].call_id == CALLER

    def test_two_readers_hear_the_same(self):
        later = NOW + timedelta(minutes=3)
        one = heard(*ANSWERED)
        two = [
            event
            for told in ANSWERED
            for event in events_of({k.lower(): v for k, v in told.items()}, NO_PLAN, now=later)
        ]
        assert one == two

    def test_a_line_that_rings_directly_offers_with_its_first_ring(self):
        plan = Plan(direct=frozenset({"from-trunk"}))
        told = [example("Newchannel"), example("DialBegin", 3), example("DialEnd", 8)]
        call = life(heard(*told, plan=plan))
        assert (call.phase, call.wait, call.agent) == (Phase.TALKING, timedelta(seconds=5), "1001")

    def test_calls_of_ours_are_known_by_their_name(self):
        ours = {
            "Uniqueid": "hh-7",
            "Linkedid": "hh-7",
            "Channel": "PJSIP/1001-00000001",
            "Exten": "13800001234",
        }
        told = [example("Newchannel", **ours), example("DialEnd", 5, **ours)]
        call = life(heard(*told))
        assert (call.is_outbound, call.dnis, call.agent) == (True, "13800001234", "1001")
        assert call.outcome == Outcome.ANSWERED

    @pytest.mark.parametrize(
        ("interface", "extension"),
        [
            ("PJSIP/1001", "1001"),
            ("SIP/1001-0000002a", "1001"),
            ("Local/1001@from-queue/n", "1001"),
            ("Agent/1001", "1001"),
            ("1001", "1001"),
            ("", ""),
        ],
    )
    def test_the_telephone_behind_an_interface(self, interface, extension):
        assert extension_of(interface) == extension

    @given(st.sampled_from(sorted(documented)), st.dictionaries(st.sampled_from(FIELDS), st.text()))
    def test_whatever_is_in_the_fields_means_something_or_nothing(self, name, odd):
        told = {k.lower(): v for k, v in example(name).items()} | odd
        for event in events_of(told, Plan(frozenset({"a"}), frozenset({"from-trunk"})), now=NOW):
            assert len(event.external_id) <= 200 and len(event.call_id) <= 100


class TestPackets:
    @given(
        st.lists(
            st.dictionaries(
                st.text("ABCdef-", min_size=1),
                st.text(st.characters(codec="utf-8", categories=["L", "N", "P"])),
                min_size=1,
            ),
            max_size=4,
        ),
        st.integers(1, 40),
    )
    def test_give_back_what_was_said_wherever_it_is_cut(self, told, cut):
        sent = b"Asterisk Call Manager/9.0.0\r\n" + b"".join(packet(one) for one in told)
        packets = Packets()
        got = [one for i in range(0, len(sent), cut) for one in packets.feed(sent[i : i + cut])]
        firsts = [{k.lower(): v for k, v in reversed(one.items())} for one in told]
        assert got == [{"banner": "Asterisk Call Manager/9.0.0"}, *firsts]

    @given(st.binary(max_size=300))
    def test_of_any_bytes_are_read_or_refused(self, data):
        session = AmiSession("huhang", "geheim")
        try:
            list(session.receive(b"Asterisk Call Manager/9.0.0\r\n" + data, now=NOW))
            list(AmiSession("huhang", "geheim").receive(data, now=NOW))
        except (Unreadable, SwitchRefused):
            return

    def test_without_end_are_refused(self):
        with pytest.raises(Unreadable):
            list(Packets().feed(b"Asterisk Call Manager/1\r\n" + b"x" * (1024 * 1024 + 1)))


@pytest.fixture
def asterisk():
    made = Asterisk()
    yield made
    made.close()


def open_line(asterisk, secret="geheim"):
    line = Line("127.0.0.1", asterisk.port, lambda: AmiSession("huhang", secret), lambda: datetime.now(UTC))
    while not line.is_open:
        line.poll(0.1)
    return line


class TestLine:
    def test_the_proof_is_that_of_the_reference(self):
        # Worked out with `openssl md5`: first the challenge, then the secret, in small hexadecimal letters.
        assert key_of("840415273", "geheim") == "ab6ef1a4129ccdd89d3b61212e7c7c48"

    def test_signs_in_without_saying_the_secret_and_hears(self, asterisk):
        line = open_line(asterisk)
        assert "geheim" not in str(asterisk.actions)
        assert asterisk.tell(example("QueueCallerJoin")) == 1
        got: list[CallEvent] = []
        while not got:
            got = line.poll(0.1)
        assert [event.kind for event in got] == [K.QUEUED]
        assert got[0].at == BEGAN
        line.close()

    def test_with_a_wrong_secret_is_refused(self, asterisk):
        with pytest.raises(SwitchRefused, match="Authentication failed"):
            open_line(asterisk, secret="falsch")

    def test_gives_commands(self, asterisk):
        line = open_line(asterisk)
        line.session.call("1001", "13800001234", key="abc")
        line.session.pause("1001", reason="开会\r\nAction: Logoff")
        line.session.resume("1001")
        line.session.transfer("PJSIP/trunk-00000036", "2001")
        line.send()
        while len(asterisk.actions) < 6:
            line.poll(0.05)
        given = [{k: v for k, v in action.items() if k != "ActionID"} for action in asterisk.actions[2:]]
        assert given == [
            {
                "Action": "Originate", "Channel": "PJSIP/1001", "Exten": "13800001234", "Async": "true",
                "Context": "from-internal", "Priority": "1", "ChannelId": "hh-abc",
            },
            {
                "Action": "QueuePause", "Interface": "PJSIP/1001", "Paused": "true",
                "Reason": "开会Action: Logoff",
            },
            {"Action": "QueuePause", "Interface": "PJSIP/1001", "Paused": "false", "Reason": ""},
            {
                "Action": "Redirect", "Channel": "PJSIP/trunk-00000036", "Exten": "2001",
                "Context": "from-internal", "Priority": "1",
            },
        ]  # fmt: skip
        line.close()

    @pytest.mark.parametrize("odd", ["", "1001\r\nAction: Logoff", "1 2", "a,b"])
    def test_gives_no_command_that_holds_another(self, odd):
        with pytest.raises(NotAWord):
            AmiSession("huhang", "geheim").call(odd, "1", key="k")
