"""What people really type into a phone."""

import pytest

from huhang.channels.rules.numbers import digit_of, is_stop, plain
from huhang.channels.rules.outgoing import sms_parts


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+86 199-0000-1234", "19900001234"),
        ("008619900001234", "19900001234"),
        ("8619900001234", "19900001234"),
        ("0512-66668888", "051266668888"),
        ("86123", "86123"),  # not a mobile with its country
        ("", ""),
        ("no number", ""),
    ],
)
def test_plain(given: str, kept: str) -> None:
    assert plain(given) == kept


@pytest.mark.parametrize(
    ("said", "digit"),
    [
        ("1", "1"),
        (" １。", "1"),
        ("1 好的马上", "1"),
        ("“2”", "2"),
        ("12", ""),
        ("好的", ""),
        ("", ""),
        ("1单", "1"),
    ],
)
def test_digit_of(said: str, digit: str) -> None:
    assert digit_of(said) == digit


@pytest.mark.parametrize(
    ("said", "stops"), [("T", True), ("td", True), ("退订。", True), ("TD1", False), ("", False)]
)
def test_is_stop(said: str, stops: bool) -> None:
    assert is_stop(said) is stops


@pytest.mark.parametrize(("length", "parts"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_sms_parts(length: int, parts: int) -> None:
    assert sms_parts("字" * length) == parts
