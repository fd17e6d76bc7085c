"""The customer's door: how a token is spelled, what it opens, and whose pages may frame it."""

from enum import StrEnum
from urllib.parse import urlsplit

# 128 bits are 22 letters and figures. A shorter address could be guessed, so the one in a message is this very one.
TOKEN_BYTES, TOKEN_LENGTH = 16, 22
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# The line of the story by which colleagues and the page know that a customer waits for a human.
HUMAN_ASKED = "客户要求人工联系，请尽快打电话或回复"


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
