"""A carrier's tracking answer, whoever the carrier is → canonical events.

No carrier has a parser of its own. An event is any record that bears a moment and says something; the words are
understood by `packs/codes/intl.yaml` (`zh.yaml` where they are Chinese), bare codes by the code tables.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from huhang.journey.feeds import documents, fields, times, words
from huhang.journey.feeds.documents import Tree
from huhang.journey.feeds.record import Record
from huhang.journey.rules.codes import Code, Reason

_NUMBER = re.compile(r"(?=.*\d)[0-9A-Za-z-]{6,40}")
_NO_NUMBER = re.compile(r"url|link|event|ref|status", re.IGNORECASE)
# Parcel numbers of eight figures can be read as days (20260304): those are too short to be sure of.
_SURELY_A_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Event:
    """One canonical event of one parcel; `waybill` is '' where the answer does not name it."""

    waybill: str
    at: datetime
    code: Code
    reason: Reason
    node: str
    text: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one answer is to be read: its carrier's codes, its zone and its order of day and month."""

    carrier: str
    zone: tzinfo
    day_first: bool


def events(document: str | bytes | Tree, *, carrier: str = "", zone: tzinfo = UTC) -> list[Event]:
    """Return the events of a JSON or XML answer, each once, oldest first.

    `zone` holds for times that name none. Raises UnreadableDocument when the answer cannot be parsed.
    """
    tree = documents.read(document) if isinstance(document, str | bytes) else document
    reading = _Reading(carrier, zone, _day_first(tree))
    found = list(_walk(tree, "", reading, is_root=True)) or list(_summaries(tree, reading))
    # The newest event often stands twice, in the list and in a summary; the list tells more and comes last.
    once = {(event.waybill, event.at, event.code): event for event in found}
    return sorted(once.values(), key=lambda event: (event.waybill, event.at, event.code))


def _walk(tree: Tree, waybill: str, reading: _Reading, *, is_root: bool = False) -> Iterator[Event]:
    """Events below first; a record that holds events is a shipment, not an event."""
    if isinstance(tree, list):
        for entry in tree:
            yield from _walk(entry, waybill, reading)
    if not isinstance(tree, dict):
        return
    waybill = _waybill(tree) or waybill
    below = [
        event
        for key, value in tree.items()
        if isinstance(value, dict | list) and not fields.NOT_BELOW.search(key)
        for event in _walk(value, waybill, reading)
    ]
    if below:
        yield from below
    elif not is_root and (event := _event(tree, waybill, reading)):
        yield event


def _summaries(tree: Tree, reading: _Reading) -> Iterator[Event]:
    """An answer without any list of events may still tell a state and since when."""
    for entry in tree if isinstance(tree, list) else [tree]:
        if isinstance(entry, dict) and (event := _event(entry, _waybill(entry), reading)):
            yield event


def _event(tree: dict[str, Any], waybill: str, reading: _Reading) -> Event | None:
    record = Record(tree)
    at = record.moment(default=reading.zone, day_first=reading.day_first)
    texts, codes = record.texts(), record.codes()
    if at is None or record.is_still_to_come() or not (texts or codes):
        return None
    meaning = words.understood(texts or codes, codes=codes, carrier=reading.carrier)
    if not texts and meaning.code is Code.OTHER:
        return None  # a date beside some number is not an event
    return Event(waybill, at, meaning.code, meaning.reason, record.place(), (texts or codes)[0][:500])


def _waybill(record: dict[str, Any]) -> str:
    named = {
        key: text
        for key, value in record.items()
        if fields.NUMBER.search(key) and not _NO_NUMBER.search(key) and (text := _number(value))
    }
    tracking = (text for key, text in named.items() if "track" in key.lower())
    return next(tracking, next(iter(named.values()), ""))


def _number(value: object) -> str:
    """Return a parcel's number, plain or wrapped ({"Value": "300…"}); '' when it is none."""
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    text = str(value) if isinstance(value, str | int) else ""
    if not _NUMBER.fullmatch(text):
        return ""
    return text if len(text) >= _SURELY_A_NUMBER or times.moment(text) is None else ""


def _day_first(tree: Tree) -> bool:
    """One date that can be read only one way settles all dates of the answer; else the day comes first."""
    answers = (times.day_comes_first(leaf) for leaf in _strings(tree))
    return next((answer for answer in answers if answer is not None), True)


def _strings(tree: Tree) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict | list):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from _strings(value)
