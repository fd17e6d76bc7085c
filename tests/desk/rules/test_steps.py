"""Which step is next, what its end counts as, and until when a case may be taken up again."""

from datetime import timedelta

import pytest

from huhang.desk.rules.kinds import StepState
from huhang.desk.rules.steps import (
    DEPARTMENTS,
    REOPEN_WITHIN,
    Place,
    Standing,
    Who,
    is_reopenable,
    nearest,
    next_order,
    outcomes,
)
from tests.cast import NOON

W, O, D, H, R = StepState.WAITING, StepState.OPEN, StepState.DONE, StepState.HANDED_OVER, StepState.REFUSED  # noqa: E741
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("steps", "following"),
    [
        ([(1, W), (2, W)], 1),
        ([(1, O), (2, W)], None),  # somebody is at it
        ([(1, D), (1, O), (2, W)], None),  # one lane is over, the other is not
        ([(1, D), (1, D), (2, W), (2, W)], 2),
        ([(1, H), (1, D), (3, W)], 3),  # what was handed over came to an end elsewhere
        ([(1, R), (1, O), (2, W)], None),  # sent back, and open again for the owner
        ([(1, D), (2, D)], None),
    ],
)
def test_next_order(steps, following):
    assert next_order([Standing(order, state) for order, state in steps]) == following


@pytest.mark.parametrize(
    ("state", "after", "counted"),
    [
        (D, 60, ["met"]),  # exactly on time is kept
        (D, 61, ["missed"]),
        (H, 10, []),  # passed on in time: neither
        (H, 61, ["missed"]),
        (R, 10, ["refused"]),
        (R, 61, ["missed", "refused"]),
        (StepState.DROPPED, 10, []),
        (StepState.DROPPED, 61, ["missed"]),
    ],
)
def test_outcomes(state, after, counted):
    assert outcomes(state, ended_at=NOON + after * MINUTE, due_at=NOON + 60 * MINUTE) == counted


def test_is_reopenable_for_seven_days_to_the_second():
    assert is_reopenable(NOON, now=NOON + REOPEN_WITHIN)
    assert not is_reopenable(NOON, now=NOON + REOPEN_WITHIN + timedelta(seconds=1))


PLACES = [
    Place("HQ-IT", "department", "/HQ/HQ-IT/"),
    Place("JS-IT", "department", "/HQ/JS/JS-IT/"),
    Place("JS", "province", "/HQ/JS/"),
    Place("ZJ", "province", "/HQ/ZJ/"),
]


@pytest.mark.parametrize(
    ("who", "path", "code"),
    [
        (Who.IT, "/HQ/JS/JS-SZ/SZ-WZ/", "JS-IT"),  # the nearest of its sort
        (Who.IT, "/HQ/ZJ/ZJ-HZ/HZ-XH/", "HQ-IT"),
        (Who.PROVINCE, "/HQ/ZJ/ZJ-HZ/HZ-XH/", "ZJ"),
        (Who.PROVINCE, "/HQ/HQ-CS/", None),  # no province is responsible there
        (Who.FINANCE, "/HQ/JS/", None),
    ],
)
def test_a_department_word_means(who, path, code):
    found = nearest(DEPARTMENTS[who], PLACES, path=path)
    assert (None if found is None else PLACES[found].code) == code
