"""What a tap makes of an answer."""

from datetime import timedelta

import pytest

from huhang.quality.rules.answers import Answer, Said, after, is_bad, is_good, settles_at
from tests.cast import NOON

SECOND = timedelta(seconds=1)


def link(score):
    return Said(score=score, is_auto=True)


class TestAfter:
    def test_the_first_tap_answers(self):
        answer = after(Answer(), Said(score=4), now=NOON)
        assert (answer.score, answer.answered_at, answer.is_auto) == (4, NOON, False)

    def test_a_second_tap_changes_the_same_answer_and_not_its_moment(self):
        answer = after(after(Answer(), Said(score=5), now=NOON), Said(score=1), now=NOON + SECOND)
        assert (answer.score, answer.answered_at, answer.changed_at) == (1, NOON, NOON + SECOND)

    def test_what_is_left_out_stays(self):
        answer = after(Answer(), Said(score=2), now=NOON)
        answer = after(answer, Said(is_solved=False), now=NOON)
        answer = after(answer, Said(words="还没送到"), now=NOON)
        assert (answer.score, answer.is_solved, answer.words) == (2, False, "还没送到")

    def test_a_link_answers_like_a_button(self):
        assert after(Answer(), link(5), now=NOON).score == 5

    def test_links_that_contradict_each_other_at_once_are_no_person(self):
        answer = Answer()
        for n, score in enumerate((5, 4, 3, 2, 1)):
            answer = after(answer, link(score), now=NOON + n * SECOND)
        assert answer.is_doubtful
        assert (answer.score, answer.answered_at) == (None, None)

    def test_a_hand_speaks_after_all(self):
        doubtful = after(after(Answer(), link(5), now=NOON), link(1), now=NOON)
        answer = after(doubtful, Said(score=1), now=NOON + SECOND)
        assert (answer.score, answer.is_doubtful) == (1, False)

    def test_the_same_link_twice_is_one_answer(self):
        once = after(Answer(), link(5), now=NOON)
        assert after(once, link(5), now=NOON + SECOND) == once

    def test_another_link_a_while_later_is_a_change_of_mind(self):
        answer = after(after(Answer(), link(5), now=NOON), link(2), now=NOON + 60 * SECOND)
        assert (answer.score, answer.is_doubtful) == (2, False)

    def test_no_link_takes_back_what_a_hand_has_pressed(self):
        pressed = after(after(Answer(), link(5), now=NOON), Said(score=1), now=NOON + SECOND)
        assert after(pressed, link(5), now=NOON + 90 * SECOND) == pressed


@pytest.mark.parametrize(
    ("score", "is_solved", "bad"),
    [
        (1, None, True),
        (2, True, True),  # not satisfied, though solved
        (3, None, False),
        (5, False, True),  # kindly said, and not solved
        (None, False, True),
        (None, None, False),
    ],
)
def test_is_bad(score, is_solved, bad):
    assert is_bad(score, is_solved) is bad


def test_good_begins_at_four():
    assert [is_good(score) for score in (None, 1, 2, 3, 4, 5)] == [False, False, False, False, True, True]


def test_nothing_settles_before_it_is_answered():
    assert settles_at(Answer(), may_change=timedelta(minutes=5)) is None
