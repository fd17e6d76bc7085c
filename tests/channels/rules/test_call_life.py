"""What a call is, from what was told of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.channels.rules.call_figures import Figures, Formula, figures
from huhang.channels.rules.call_life import NOTHING, Outcome, Phase, life
from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy

NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def told(second: float, kind: CallKind, **more) -> CallEvent:
    """Something that happened so many seconds after nine."""
    at = NINE + timedelta(seconds=second)
    return CallEvent(f"{kind}:{second}:{more.get('agent', '')}", "c1", kind, at, **more)


K = CallKind
ARRIVED = told(0, K.ARRIVED, ani="13800001234", dnis="95xxx")
QUEUED = told(10, K.QUEUED, queue="customers")
RINGS = told(15, K.RINGING, agent="1001")
ANSWERED = told(18, K.ANSWERED, agent="1001")
HELD, RESUMED = told(30, K.HELD), told(40, K.RESUMED)
LEFT = told(60, K.AGENT_LEFT, ended_by=EndedBy.AGENT)
ENDED = told(60.5, K.ENDED, cause="NORMAL_CLEARING")
WRITES = told(60.5, K.AGENT_STATE, agent="1001", extra={"state": "after_call"})
READY = told(75.5, K.AGENT_STATE, agent="1001", extra={"state": "ready"})
WHOLE = [ARRIVED, QUEUED, RINGS, ANSWERED, HELD, RESUMED, LEFT, ENDED, WRITES, READY]


class TestPhase:
    @pytest.mark.parametrize(
        ("events", "phase"),
        [
            ([ARRIVED], Phase.IVR),
            ([ARRIVED, QUEUED], Phase.WAITING),
            ([ARRIVED, QUEUED, RINGS], Phase.RINGING),
            ([ARRIVED, QUEUED, RINGS, told(16, K.NOT_ANSWERED, agent="1001")], Phase.WAITING),
            # Another one's silence does not stop this telephone.
            ([ARRIVED, QUEUED, RINGS, told(16, K.NOT_ANSWERED, agent="1002")], Phase.RINGING),
            ([ARRIVED, QUEUED, RINGS, ANSWERED], Phase.TALKING),
            # What the switch says late of a telephone that rang in vain changes nothing.
            ([QUEUED, RINGS, ANSWERED, told(19, K.NOT_ANSWERED, agent="1002")], Phase.TALKING),
            ([ARRIVED, QUEUED, ANSWERED, HELD], Phase.HELD),
            ([ARRIVED, QUEUED, ANSWERED, HELD, RESUMED], Phase.TALKING),
            ([ARRIVED, QUEUED, ANSWERED, LEFT, ENDED, WRITES], Phase.AFTER_CALL),
            (WHOLE, Phase.OVER),
            # Answered, and put back into a queue by the agent: the caller is in our hands still.
            ([ARRIVED, QUEUED, ANSWERED, LEFT], Phase.IVR),
            ([QUEUED, told(20, K.ABANDONED)], Phase.OVER),
            # Put back into a queue: waiting again, though answered once.
            ([QUEUED, ANSWERED, LEFT, told(70, K.QUEUED)], Phase.WAITING),
            # Asterisk says that the queue was left before it says to whom.
            ([QUEUED, told(15, K.LEFT_QUEUE)], Phase.IVR),
            # Rang off and rang on again within the time that the queue keeps the place.
            ([QUEUED, told(20, K.ABANDONED), told(25, K.QUEUED)], Phase.WAITING),
        ],
    )
    def test_of_what_was_told(self, events, phase):
        assert life(events).phase == phase


class TestOutcome:
    @pytest.mark.parametrize(
        ("events", "outcome"),
        [
            ([ARRIVED], None),
            ([ARRIVED, QUEUED], None),
            ([ARRIVED, ENDED], Outcome.IVR_ONLY),
            ([ARRIVED, QUEUED, ANSWERED], Outcome.ANSWERED),
            # Five seconds are short, six are not.
            ([QUEUED, told(15, K.ABANDONED), ENDED], Outcome.SHORT_ABANDON),
            ([QUEUED, told(16, K.ABANDONED), ENDED], Outcome.ABANDONED),
            # Nobody told us that the queue was left, but the line is down.
            ([ARRIVED, QUEUED, ENDED], Outcome.ABANDONED),
            ([QUEUED, told(20, K.ABANDONED), told(25, K.QUEUED), told(30, K.ANSWERED)], Outcome.ANSWERED),
            ([QUEUED, told(50, K.LEFT_QUEUE, cause="TIMEOUT"), ENDED], Outcome.TURNED_AWAY),
            # Still on the line: another queue may have them.
            ([QUEUED, told(50, K.LEFT_QUEUE, cause="TIMEOUT")], None),
            ([QUEUED, told(50, K.LEFT_QUEUE), told(55, K.ANSWERED)], Outcome.ANSWERED),
            ([QUEUED, told(50, K.LEFT_QUEUE), told(51, K.CALL_BACK_ASKED), ENDED], Outcome.CALL_BACK_ASKED),
            ([ARRIVED, told(5, K.CALL_BACK_ASKED), ENDED], Outcome.CALL_BACK_ASKED),
            ([told(0, K.ARRIVED, is_outbound=True), ENDED], Outcome.NOT_REACHED),
            ([told(0, K.ARRIVED, is_outbound=True), ANSWERED, ENDED], Outcome.ANSWERED),
        ],
    )
    def test_of_what_was_told(self, events, outcome):
        assert life(events).outcome == outcome


class TestLife:
    def test_counts_each_second_once(self):
        call = life(WHOLE)
        seconds = [span.total_seconds() for span in (call.talk, call.hold, call.after_call)]
        assert seconds == [32, 10, 15]
        assert call.wait == timedelta(seconds=8), "from the choice of a person, ringing included"
        assert (call.agent, call.queue, call.ani, call.ended_by) == (
            "1001", "customers", "13800001234", EndedBy.AGENT,
        )  # fmt: skip

    def test_a_second_agent_adds_to_the_talk_and_not_to_the_wait(self):
        second = [told(70, K.QUEUED, queue="claims"), told(100, K.ANSWERED, agent="1002"), told(130, K.ENDED)]
        call = life([QUEUED, ANSWERED, LEFT, *second])
        assert (call.wait, call.agent, call.queue) == (timedelta(seconds=8), "1001", "customers")
        assert call.talk == timedelta(seconds=42 + 30)

    def test_rings_at_somebody_s_telephone(self):
        assert life([QUEUED, RINGS]).agent == "1001"
        vain = told(16, K.NOT_ANSWERED, agent="1001")
        assert life([QUEUED, RINGS, vain, told(17, K.RINGING, agent="1002")]).agent == "1002"

    def test_of_nothing_is_refused(self):
        with pytest.raises(ValueError, match="no call"):
            life([])

    @given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=40), st.randoms())
    def test_is_the_same_in_any_order_and_however_often_told(self, heard, chance):
        shuffled = list(heard)
        chance.shuffle(shuffled)
        assert life(shuffled + heard[:5]) == life(heard)

    @given(
        st.lists(
            st.builds(
                told, st.integers(0, 200), st.sampled_from(CallKind), agent=st.sampled_from(["", "1", "2"])
            ),
            min_size=1,
            max_size=30,
        )
    )
    def test_of_any_events_adds_up(self, events):
        call = life(events)
        assert min(call.talk, call.hold, call.after_call) >= NOTHING
        assert call.wait is None or call.wait >= NOTHING
        counted = figures([call])
        assert counted.answered + counted.abandoned + counted.turned_away + counted.call_backs <= 1 or (
            counted.call_backs == 1
        )


def waits(answered, gave_up) -> Figures:
    calls = [life([QUEUED, told(10 + w, K.ANSWERED), told(500, K.ENDED)]) for w in answered]
    calls += [life([QUEUED, told(10 + w, K.ABANDONED), told(500, K.ENDED)]) for w in gave_up]
    return figures(calls)


class TestFigures:
    @pytest.mark.parametrize(
        ("formula", "level"),
        [(Formula.F1, 4 / 6), (Formula.F2, 2 / 3), (Formula.F3, 2 / 6), (Formula.F4, 2 / 4)],
    )
    def test_four_formulas_of_one_day(self, formula, level):
        # Twenty seconds are in time, twenty-one are not.
        assert waits([5, 20, 21], [3, 20, 60]).service_level(formula) == level

    def test_of_nobody_are_not_zero(self):
        nobody = Figures()
        assert nobody.connection_rate is None and nobody.service_level() is None
        assert nobody.speed_of_answer is None and nobody.handling_time is None

    def test_leave_out_who_never_asked_for_a_person_and_whom_we_called(self):
        machine = life([ARRIVED, ENDED])
        ours = life([told(0, K.ARRIVED, is_outbound=True), ANSWERED, ENDED])
        assert figures([machine, ours]) == Figures(ivr_only=1)

    def test_a_call_back_that_was_asked_for_is_not_given_up(self):
        asked = life([QUEUED, told(20, K.CALL_BACK_ASKED), ENDED])
        day = figures([asked, life(WHOLE)])
        assert (day.offered, day.abandoned, day.call_backs, day.connection_rate) == (2, 0, 1, 0.5)

    def test_handling_is_talk_hold_and_writing(self):
        assert figures([life(WHOLE)]).handling_time == timedelta(seconds=32 + 10 + 15)
        assert figures([life(WHOLE)]).speed_of_answer == timedelta(seconds=8)

    @given(st.lists(st.integers(0, 60)), st.lists(st.integers(0, 60)), st.integers(0, 20))
    def test_add_up_however_cut(self, answered, gave_up, cut):
        whole = waits(answered, gave_up)
        assert waits(answered[:cut], gave_up[:cut]) + waits(answered[cut:], gave_up[cut:]) == whole
