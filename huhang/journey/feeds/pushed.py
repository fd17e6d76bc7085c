"""What a push of any aggregator tells: scans of parcels in the aggregator's own words, and notes beside them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from huhang.journey.feeds import tables, words
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.rules import particulars
from huhang.journey.rules.codes import Code
from huhang.journey.rules.feeds import Why

MOST_SCANS = 5_000  # of one message
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A scan as told. `carrier` and `word` are the aggregator's own; `at` is local time as written."""

    waybill: str
    carrier: str
    at: str
    text: str
    word: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is no scan, but that a person should see."""

    why: Why
    detail: str
    waybill: str = ""
    content: str = ""


@dataclass
class Message:
    """One push, read."""

    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def tree(content: bytes) -> dict[str, Any]:
    """Return the JSON object of a message; raises UnreadablePush for bytes of no encoding and for broken JSON."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadablePush(Why.WRONG_ENCODING, f"byte {error.start}") from error
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadablePush(Why.BROKEN_JSON, str(error)[:SHOWN]) from error
    if not isinstance(found, dict):
        raise UnreadablePush(Why.BROKEN_JSON, type(found).__name__)
    return found


def listed(value: Any) -> list[dict[str, Any]]:
    """The objects of a list that may be missing; whatever else stands there is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def word(value: Any) -> str:
    """A leaf as trimmed text."""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def rows(
    lines: Iterable[Line], *, table: str, carrier_of: Callable[[str], str], node_of: Callable[[str], str]
) -> Iterator[dict[str, str]]:
    """Return our columns of told scans. The text tells more than the aggregator's state, so it is asked first."""
    for line in lines:
        told = particulars.read(line.text)
        yield {
            "waybill": line.waybill,
            "carrier": carrier_of(line.carrier),
            "code": _code(line, table),
            "event_time": line.at,
            "node": node_of(told.node or line.place),
            "operator": told.courier,
            "text": line.text,
        }


def _code(line: Line, table: str) -> str:
    """The state's code where the text says nothing; '' lets the text speak."""
    if line.text and words.meaning(line.text).code is not Code.OTHER:
        return ""
    found = tables.look_up(table, line.word) if line.word else None
    return found.code.name if found and found.code is not Code.OTHER else ("" if line.text else "OTHER")
