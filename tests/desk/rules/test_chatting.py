"""Who gets a conversation: a table of cases, and what holds for any of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.desk.rules.assignment import Status
from huhang.desk.rules.chatting import Held, Talker, Waiting, can_take, choose

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
LIN = Talker(1, 101, Status.AVAILABLE, chats=5, scopes=("/HQ/",), idle_since=NOON)
WANG = replace(LIN, seat=2, person=102)
ASKED = Waiting("/HQ/HQ-CS/")


@pytest.mark.parametrize(
    ("talk", "lin", "wang", "chosen"),
    [
        pytest.param(ASKED, LIN, WANG, 1, id="the smaller number breaks a tie"),
        pytest.param(ASKED, replace(LIN, held=Held(1)), WANG, 2, id="who carries less"),
        pytest.param(ASKED, replace(LIN, held=Held(4), chats=10), replace(WANG, held=Held(3)), 1, id="by share"),
        pytest.param(ASKED, LIN, replace(WANG, idle_since=NOON - timedelta(hours=1)), 2, id="who waited longest"),
        pytest.param(replace(ASKED, before=101), replace(LIN, held=Held(4)), WANG, 1, id="who talked with them before"),
        pytest.param(replace(ASKED, before=101), replace(LIN, held=Held(5)), WANG, 2, id="but not over the limit"),
        pytest.param(replace(ASKED, skill="claims"), LIN, replace(WANG, skills=frozenset({"claims"})), 2, id="skill"),
        pytest.param(replace(ASKED, language="en"), replace(LIN, languages=frozenset({"zh-hans"})),
                     replace(WANG, languages=frozenset({"en"}), held=Held(3)), 2, id="language"),
        pytest.param(ASKED, replace(LIN, status=Status.WRAP_UP), WANG, 2, id="who writes up is left alone"),
        pytest.param(ASKED, replace(LIN, takes_by_itself=False), WANG, 2, id="who takes by hand is not given"),
        pytest.param(ASKED, replace(LIN, scopes=("/HQ/ZJ/",)), WANG, 2, id="whose reach it is not"),
        pytest.param(replace(ASKED, points=3), replace(LIN, held=Held(3)), replace(WANG, held=Held(3)), None,
                     id="nobody has room"),
        pytest.param(replace(ASKED, queue=7, at_once=2), replace(LIN, held=Held(2, {7: 2})),
                     replace(WANG, held=Held(3, {8: 3})), 2, id="who has enough of this queue"),
    ],
)  # fmt: skip
def test_the_best_of_two(talk: Waiting, lin: Talker, wang: Talker, chosen: int | None) -> None:
    for order in ((lin, wang), (wang, lin)):
        found = choose(talk, order)
        assert (found.seat if found else None) == chosen


def test_by_hand_one_takes_over_the_limit_but_not_without_the_skill() -> None:
    full = replace(LIN, held=Held(5), status=Status.BUSY)
    assert can_take(ASKED, full, by_itself=False)
    assert not can_take(replace(ASKED, skill="claims"), full, by_itself=False)
    assert not can_take(ASKED, replace(LIN, status=Status.OFFLINE), by_itself=False)


@given(
    st.lists(
        st.builds(
            Talker, seat=st.integers(1, 50), person=st.integers(1, 50), status=st.sampled_from(Status),
            chats=st.integers(0, 8), scopes=st.just(("/HQ/",)),
            takes_by_itself=st.booleans(),
            held=st.builds(Held, st.integers(0, 9), st.dictionaries(st.just(7), st.integers(0, 3))),
        ),
        unique_by=lambda one: one.seat,
    ),
    st.builds(Waiting, path=st.just("/HQ/"), points=st.integers(1, 3), before=st.integers(1, 50) | st.none(),
              queue=st.just(7), at_once=st.integers(0, 2)),
)  # fmt: skip
def test_nobody_is_ever_given_more_than_they_take(talkers: list[Talker], talk: Waiting) -> None:
    found = choose(talk, talkers)
    if found is None:
        assert not any(can_take(talk, one) for one in talkers)
    else:
        assert found.held.points + talk.points <= found.chats
        assert not talk.at_once or found.held.of_queue.get(7, 0) < talk.at_once
        assert found.status == Status.AVAILABLE
