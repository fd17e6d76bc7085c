"""A kept message → rows in our columns, each with what can be tried again, and what must be put aside."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from huhang.journey.actions.parking import Aside, readable
from huhang.journey.feeds import bodies, kdniao, kuaidi100, mappings, pushed
from huhang.journey.feeds.bodies import BodyIsBroken
from huhang.journey.feeds.epcis import document, event_id, scans
from huhang.journey.feeds.epcis.document import BadEvent, Declared
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.feeds.pushed import Line, Message
from huhang.journey.queries.feed_words import Dictionary
from huhang.journey.rules.feeds import Protocol, Why

EPCIS, SCANS = "epcis", "scans"
SHOWN = 120
COLUMNS = ("waybill", "carrier", "code", "reason", "event_time", "node", "operator", "text")


@dataclass(frozen=True, slots=True)
class Row:
    """A scan in our columns; `taken_back` when it is told only to say that it never was."""

    columns: dict[str, str]
    again: dict[str, Any]
    raw: str
    place: int
    taken_back: Declared | None = None


@dataclass
class Reading:
    """What a message tells."""

    rows: list[Row] = field(default_factory=list)
    asides: list[tuple[int, Aside]] = field(default_factory=list)

    def put_aside(self, place: int, aside: Aside) -> None:
        self.asides.append((place, aside))


def read(kind: str, content: bytes, words: Dictionary, *, carrier: str = "") -> Reading:
    """Read a message of any kind; a message that nobody can read is one aside."""
    found = Reading()
    try:
        if kind == EPCIS:
            _add_events(found, document.events(content), words)
        elif kind == SCANS:
            _add_scans(found, content, words)
        else:
            reader = kuaidi100 if kind == Protocol.KUAIDI100 else kdniao
            _add_lines(found, kind, reader.read(content), words, carrier)
    except UnreadablePush as error:
        return Reading(asides=[(0, Aside(error.why, error.detail, raw=readable(content)))])
    return found


def read_again(again: dict[str, Any], words: Dictionary) -> Reading:
    """Read what was put aside."""
    found = Reading()
    if again["kind"] == EPCIS:
        _add_events(found, [again["event"]], words)
    elif again["kind"] == SCANS:
        _add_scans(found, json.dumps([again["row"]]).encode(), words)
    else:
        message = Message(lines=[Line(**again["line"])])
        _add_lines(found, again["kind"], message, words, again.get("default", ""))
    return found


# --- aggregators -------------------------------------------------------------------------------------


def _add_lines(found: Reading, kind: str, message: Message, words: Dictionary, default: str) -> None:
    for place, line in enumerate(message.lines, 1):
        again = {"kind": kind, "line": _as_json(line), "default": default}
        carrier = words.carrier(line.carrier) if line.carrier else default
        if not carrier:
            found.put_aside(place, _carrier_unknown(line, again))
            continue
        [columns] = pushed.rows([line], table=kind, carrier_of=lambda _, c=carrier: c, node_of=words.node)  # type: ignore[misc]
        found.rows.append(Row(columns, again, _told(line), place))
    for note in message.notes:
        raw = f"{note.waybill} {note.detail} {note.content}".strip()
        found.put_aside(0, Aside(note.why, note.detail or note.waybill, note.waybill, raw))


def _carrier_unknown(line: Line, again: dict[str, Any]) -> Aside:
    return Aside(Why.UNKNOWN_CARRIER, line.carrier or "—", line.waybill, _told(line), again)


def _as_json(line: Line) -> dict[str, str]:
    return {name: getattr(line, name) for name in ("waybill", "carrier", "at", "text", "word", "place")}


def _told(line: Line) -> str:
    return " ".join(filter(None, [line.waybill, line.carrier, line.at, line.word, line.text]))


# --- our own shape ------------------------------------------------------------------------------------


def _add_scans(found: Reading, content: bytes, words: Dictionary) -> None:
    """A JSON array, or lines, of scans as `POST /api/v1/scans` takes them."""
    mapping = mappings.find("default")
    told = _told_rows(content)
    foreign = bodies.table(told.rows, [name for names in mapping.columns.values() for name in names])
    _places, table = mappings.reshape(mapping, told.numbers, foreign)
    for place, columns, raw in zip(told.numbers, table.to_pylist(), told.rows, strict=True):
        row = dict.fromkeys(COLUMNS, "") | {name: "" if v is None else str(v) for name, v in columns.items()}
        row["node"] = words.node(row["node"].strip()) if row["node"] else ""
        again = {"kind": SCANS, "row": raw}
        if row["node"] and row["node"] not in words.nodes:
            aside = Aside(Why.UNKNOWN_PLACE, row["node"], row["waybill"], _shown(raw), again)
            found.put_aside(place, aside)
        else:
            found.rows.append(Row(row, again, _shown(raw), place))
    for unread in told.unread:
        found.put_aside(unread.number, Aside("bad_json", unread.text, raw=unread.text))


def _told_rows(content: bytes) -> bodies.Rows:
    try:
        content.decode("utf-8")
        return bodies.rows(content)
    except UnicodeDecodeError as error:
        raise UnreadablePush(Why.WRONG_ENCODING, f"byte {error.start}") from error
    except BodyIsBroken as error:
        raise UnreadablePush(Why.BROKEN_JSON, f"{error.detail} ({error.byte})") from error


# --- EPCIS -------------------------------------------------------------------------------------------


def _add_events(found: Reading, events: list[dict[str, Any]], words: Dictionary) -> None:
    for place, raw in enumerate(events, 1):
        try:
            for row in _of_event(found, place, raw, words):
                found.rows.append(row)
        except BadEvent as error:
            found.put_aside(place, Aside(error.why, error.detail, raw=_shown(raw)))


def _of_event(found: Reading, place: int, raw: dict[str, Any], words: Dictionary) -> Iterator[Row]:
    event = document.read(raw if raw.get("eventID") else raw | {"eventID": event_id.of(raw)})
    told = scans.of_event(event, waybill_of=words.identifiers.find, node_of=words.node)
    again = {"kind": EPCIS, "event": raw}
    if told.unknown or not told.rows:
        value = "、".join(told.unknown)[:SHOWN] or event.type
        why = scans.why_nothing(told) if not told.rows else Why.UNKNOWN_IDENTIFIER
        can_enter = {} if why is Why.NOT_A_PARCEL else again
        found.put_aside(place, Aside(why, value, raw=_shown(raw), again=can_enter, sameness=event.id))
    for columns in told.rows:
        yield Row(columns, again, _shown(raw), place, event.declared)


def _shown(raw: dict[str, Any]) -> str:
    return json.dumps(raw, ensure_ascii=False)
