"""What keys of a menu say of a parcel, and which case a reason makes."""

import re

import pytest

from huhang.channels.rules.call_reports import CallReason
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.telephone import KINDS, LONGEST, typed_alone, waybills_in, written_with_letters


@pytest.mark.parametrize(("digits", "number"), [
    ("773100000001", "773100000001"),         # typed and nothing else
    ("1773100000001#", "773100000001"),       # after one key of the menu
    ("12*773100000001#0", "773100000001"),    # between keys of the menu
    ("2317731000000019", "773100000001"),     # the switch keeps no #, and one key followed
])  # fmt: skip
def test_the_number_of_a_parcel_is_among_the_keys(digits: str, number: str) -> None:
    assert number in waybills_in(digits)


@pytest.mark.parametrize("digits", ["", "1", "12*0#", "95543"])
def test_keys_of_a_menu_are_no_parcel(digits: str) -> None:
    assert waybills_in(digits) == []


def test_what_was_typed_whole_comes_first() -> None:
    assert waybills_in("773100000001")[0] == "773100000001"


def test_a_row_of_keys_asks_for_few_numbers() -> None:
    """However long somebody leans on the telephone."""
    assert len(waybills_in("1" * 64)) <= 21
    assert all(len(number) <= LONGEST for number in waybills_in("0123456789" * 6))


@pytest.mark.parametrize(("number", "is_it"), [
    ("SF1234567890123", True),
    ("jd1234567890123", True),
    ("1234567890123", False),                 # found as it is
    ("JD91234567890123", False),              # another number
    ("SF1234567890123456", False),
])  # fmt: skip
def test_letters_in_front_are_all_that_may_be_missing(number: str, is_it: bool) -> None:
    pattern = written_with_letters(typed_alone(["1234567890123", "SF1234567890123", "12345"]))
    assert bool(re.search(pattern, number)) is is_it


def test_every_reason_makes_a_case_that_asks_for_nothing() -> None:
    assert KINDS.keys() == set(CallReason)
    assert Kind.CLAIM not in KINDS.values()
