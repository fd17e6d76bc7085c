"""What all ways of sending SMS share: our number for a letter, the signature, local times, what vendors post to us."""

import hmac
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from huhang.channels.rules.wire import Callback, Forged, Unreadable

CHINA = ZoneInfo("Asia/Shanghai")
LONGEST_NUMBER, LONGEST_TEXT, LONGEST_ID = 32, 2000, 100
_SIGNATURE = re.compile(r"^\s*【[^【】]{1,30}】")
Fact = TypeVar("Fact")


def our_id(key: str) -> str:
    """Our number for a letter as vendors take it: 32 characters, the same at every attempt."""
    return sha256(key.encode()).hexdigest()[:32]


def unsigned(text: str) -> str:
    """Without the 【signature】 in front: vendors put the approved one there themselves."""
    return _SIGNATURE.sub("", text, count=1)


def moment(text: Any, fallback: datetime) -> datetime:
    """`2026-11-22 13:05:00` by the clock in China, or seconds since 1970; `fallback` where it makes no sense."""
    try:
        if isinstance(text, int | float) and not isinstance(text, bool):
            at = datetime.fromtimestamp(text, UTC)
        else:
            at = datetime.fromisoformat(str(text).strip()).replace(tzinfo=CHINA).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return fallback
    return at if 2000 < at.year < 2200 else fallback


def believe(callback: Callback, secret: str) -> None:
    """Vendors that sign nothing call an address that only they know: `…?s=<callback_secret>`. Raises Forged."""
    given = callback.query.get("s", "")
    if not secret or not hmac.compare_digest(
        given.encode("utf8", "replace"), secret.encode("utf8", "replace")
    ):
        raise Forged("the callback's secret is wrong, or none is set")


def posted(body: bytes) -> list[dict[str, Any]]:
    """The objects of a posted JSON array (or the one object). Raises Unreadable."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise Unreadable("not a list of objects")
    return rows


def each(rows: Iterable[dict[str, Any]], read: Callable[[dict[str, Any]], Fact]) -> list[Fact]:
    """Every row on its own: a bad one costs only itself, unless all are bad (Unreadable)."""
    facts, trouble = [], ""
    for row in rows:
        try:
            facts.append(read(row))
        except (KeyError, TypeError, ValueError) as error:
            trouble = f"{type(error).__name__}: {str(error)[:100]}"
    if trouble and not facts:
        raise Unreadable(trouble)
    return facts


def words(value: Any, longest: int) -> str:
    """A posted value as text that a table can keep."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).encode("utf8", "replace").decode().replace("\x00", "")[:longest]
