"""Phone numbers and the two words that a carrier of messages must understand before anything else."""

import re

# 退订 must be honoured before any meaning of ours; 恢复 takes it back.
STOP_WORDS = frozenset({"T", "TD", "退", "退订", "N"})
START_WORDS = frozenset({"DY", "订", "订阅", "恢复"})
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")


def plain(number: str) -> str:
    """A number as we keep it: digits alone, without the country code of a mobile."""
    digits = re.sub(r"[^\d+]", "", number.translate(_FULL_WIDTH))
    return _COUNTRY.sub("", digits).lstrip("+")[:32]


def is_mobile(number: str) -> bool:
    return _MOBILE.fullmatch(number) is not None


def is_stop(text: str) -> bool:
    return _word(text) in STOP_WORDS


def is_start(text: str) -> bool:
    return _word(text) in START_WORDS


def digit_of(text: str) -> str:
    """`1` of "1", "１。", " 1 好的": the digit that a reply begins with, unless another follows; else nothing."""
    found = re.match(r"\s*[\"“'【\[(（]?(\d)(?!\d)", text.translate(_FULL_WIDTH))
    return found[1] if found else ""


def _word(text: str) -> str:
    return text.strip().strip("。.!！ ").upper()
