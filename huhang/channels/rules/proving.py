"""A phone is proven by a code that was sent to it: how long it holds, and how often it may be asked for and tried."""

import re
from datetime import datetime, timedelta

VALID_FOR = timedelta(minutes=10)
AGAIN_AFTER = timedelta(minutes=1)
DAY = timedelta(days=1)
# Codes in a day: to one telephone, whoever asks; and asked for at one address.
OF_NUMBER, OF_ADDRESS = 5, 10
TRIES = 5
_CODE = re.compile(r"(?:验证码|code)?[是为\W]*(\d{6})\W*", re.IGNORECASE)


def code_in(text: str) -> str:
    """The code of a word that says nothing else; empty for anything longer."""
    found = _CODE.fullmatch(text.strip())
    return found[1] if found else ""


def may_ask(of_number: list[datetime], of_address: list[datetime], *, now: datetime) -> bool:
    """May another code be sent, after those of the last day, the newest first?"""
    newest = max([*of_number[:1], *of_address[:1]], default=None)
    is_soon = newest is not None and newest > now - AGAIN_AFTER
    return not is_soon and len(of_number) < OF_NUMBER and len(of_address) < OF_ADDRESS
