"""The customer's door: what a token opens, whose pages may frame it, and how long a customer may disagree."""

from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from huhang.desk.rules.kinds import State

# 128 bits are 22 letters and figures. A shorter address could be guessed, so the one in a message is this very one.
TOKEN_BYTES, TOKEN_LENGTH = 16, 22
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
REOPEN_WITHIN = timedelta(days=7)


class Purpose(StrEnum):
    """Where a token opens the case: on a page of its own, or inside the page of a business customer."""

    PAGE = "page"
    EMBED = "embed"


def spelled(secret: bytes) -> str:
    """Random bytes in letters and figures alone: telephones cut an address off at `-` or `_`."""
    number, letters = int.from_bytes(secret), []
    while number:
        number, rest = divmod(number, len(LETTERS))
        letters.append(LETTERS[rest])
    return "".join(reversed(letters)).rjust(TOKEN_LENGTH, LETTERS[0])


def may_disagree(state: State, resolved_at: datetime | None, *, now: datetime) -> bool:
    """May the customer still say that it is not solved?"""
    return state == State.RESOLVED and resolved_at is not None and now - resolved_at <= REOPEN_WITHIN


def origin_of(address: str) -> str:
    """The origin of a website as a browser spells it; empty for what is none, or not encrypted."""
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    is_plain = all(letter.isascii() and (letter.isalnum() or letter in "-.") for letter in host)
    if parts.scheme != "https" or "." not in host or not is_plain or parts.username or parts.password:
        return ""
    return f"https://{host}" + (f":{port}" if port and port != 443 else "")
