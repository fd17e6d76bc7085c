"""Did the customer have to come again?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from huhang.quality.rules.repeats import Contact, first_repeat, is_repeat
from tests.cast import NOON

DAY, WEEK, MINUTE = timedelta(days=1), timedelta(days=7), timedelta(minutes=1)
FIRST = Contact(1, frozenset({"tel:138"}), NOON, NOON + MINUTE, "SX1", "call:urge")


def later(after=DAY, people=("tel:138",), waybill_no="SX1", topic="call:urge", **more):
    began = FIRST.ended_at + after
    return Contact(2, frozenset(people), began, began + MINUTE, waybill_no, topic, **more)


@pytest.mark.parametrize(
    ("other", "again"),
    [
        (later(), True),
        (later(after=WEEK), True),  # exactly seven days still counts
        (later(after=WEEK + MINUTE), False),
        (later(after=-MINUTE / 2), False),  # the same visit: it began before the other was over
        (later(people=("tel:139",)), False),
        (later(people=("contact:5", "tel:138")), True),  # known by one of two keys
        (later(waybill_no="SX2"), False),
        (later(waybill_no="SX1", topic="call:fee"), True),  # the parcel decides
        (later(waybill_no="1"), True),  # typed on a telephone, which has no letters
        (later(waybill_no="YT1"), False),
        (later(waybill_no="", topic="call:fee"), False),
        (later(waybill_no="", topic="call:urge"), True),
        (later(waybill_no="", topic="case:complaint"), True),  # words of two lists: unknown
        (later(waybill_no="", topic=""), True),
        (later(after=30 * MINUTE, is_written_up=True), False),  # the agent wrote the case of that call
        (later(after=2 * 60 * MINUTE, is_written_up=True), True),
    ],
)
def test_is_repeat(other, again):
    assert is_repeat(FIRST, other, within=WEEK) is again


def test_who_comes_while_the_case_is_open_comes_again_however_late():
    waiting = replace(FIRST, open_until=FIRST.ended_at + 20 * DAY)
    assert [is_repeat(waiting, later(after=n * DAY), within=WEEK) for n in (1, 20, 21)] == [True, True, False]


def test_a_case_is_one_visit_only_for_its_first_days():
    case = Contact(1, frozenset({"tel:138"}), NOON, NOON + 20 * DAY, "SX1", "case:urge", is_written_up=True)
    days = {n: replace(later(), began_at=NOON + n * DAY) for n in (3, 10, 27, 28)}
    assert [n for n, other in days.items() if is_repeat(case, other, within=WEEK)] == [10, 27]


def test_what_nobody_named_can_be_left_out():
    assert not is_repeat(FIRST, later(waybill_no="", topic=""), within=WEEK, unknown_is_same=False)


def test_the_first_of_several_is_named():
    second, third = later(after=2 * DAY), later(after=DAY)
    assert first_repeat(FIRST, [FIRST, second, third], within=WEEK) == third
