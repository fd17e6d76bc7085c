"""Who usually speaks at this hour and does not is silent; who never did is only quiet."""

from datetime import datetime, timedelta

import pytest

from huhang.journey.rules.silence import is_silent
from tests.cast import NOON


def days(*back: int, hours: float = 0) -> list[datetime]:
    return [NOON - timedelta(days=day, hours=hours) for day in back]


@pytest.mark.parametrize(("spoke", "last", "silent"), [
    (days(1, 2, 3, 4, 5, 6, 7), timedelta(hours=3), True),
    (days(1, 2, 3, 4, 5, 6, 7), timedelta(hours=1), False),  # it spoke an hour ago
    (days(1, 2, 3, 4, 5), timedelta(hours=3), True),
    (days(1, 2, 3, 4), timedelta(hours=3), False),  # four days of seven are no habit
    (days(1, 2, 3, 4, 5, 6, 7, hours=1), timedelta(hours=3), True),  # an hour earlier is about now
    (days(1, 2, 3, 4, 5, 6, 7, hours=5), timedelta(hours=5), False),  # it speaks in the morning
    ([], timedelta(hours=3), False),
])  # fmt: skip
def test_is_silent(spoke: list[datetime], last: timedelta, silent: bool) -> None:
    assert is_silent(spoke, NOON - last, now=NOON) is silent


def test_who_never_spoke_is_not_silent() -> None:
    assert not is_silent([], None, now=NOON)
