"""An EPCIS document, a query answer or a single event → its events, each read or refused by itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huhang.journey.feeds import pushed
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.feeds.pushed import word
from huhang.journey.rules.feeds import Why

EVENT_TYPES = {
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
}
DOCUMENTS = {"EPCISDocument", "EPCISQueryDocument"}
ACTIONS = {"ADD", "OBSERVE", "DELETE", ""}
MOST_EVENTS = 20_000
_OFFSET = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)")
_CBV = re.compile(
    r"^(?:urn:epcglobal:cbv:(?:bizstep|disp):|https?://(?:ref|ns)\.gs1\.org/cbv/(?:BizStep|Disp)-|cbv:(?:BizStep|Disp)-)"
)


class BadEvent(ValueError):
    """This event cannot be read; `why` is a word of `rules.feeds.Why`."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(f"{why}: {detail}")
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Declared:
    """The event, told before, is said to have been wrong."""

    at: str
    reason: str
    corrected_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What of an event matters to parcels; `raw` is all of it."""

    type: str
    id: str
    action: str
    at: datetime
    offset: str
    step: str
    disposition: str
    place: str
    identifiers: tuple[str, ...]
    declared: Declared | None
    raw: dict[str, Any]


def events(content: bytes) -> list[dict[str, Any]]:
    """Return the raw events of a document; raises UnreadablePush when it is none."""
    if content.lstrip()[:1] == b"<":
        raise UnreadablePush(Why.BROKEN_XML, "JSON-LD")
    tree = pushed.tree(content)
    kind = word(tree.get("type") or tree.get("@type"))
    if kind in EVENT_TYPES:
        return [tree]
    if kind not in DOCUMENTS:
        raise UnreadablePush(Why.UNKNOWN_EVENT, kind[:60])
    found = _event_list(tree, kind)
    if len(found) > MOST_EVENTS:
        raise UnreadablePush(Why.TOO_LARGE, str(len(found)))
    return found


def read(raw: dict[str, Any]) -> Event:
    """Return one event; raises BadEvent."""
    kind = word(raw.get("type"))
    if kind not in EVENT_TYPES:
        raise BadEvent(Why.UNKNOWN_EVENT, kind[:60])
    action = word(raw.get("action"))
    if action not in ACTIONS:
        raise BadEvent(Why.BAD_EVENT, f"action {action[:20]}")
    return Event(
        type=kind,
        id=word(raw.get("eventID")),
        action=action,
        at=_moment(word(raw.get("eventTime"))),
        offset=_offset(raw),
        step=bare(word(raw.get("bizStep"))),
        disposition=bare(word(raw.get("disposition"))),
        place=_place(raw),
        identifiers=tuple(dict.fromkeys(_identifiers(raw))),
        declared=_declared(raw),
        raw=raw,
    )


def bare(name: str) -> str:
    """A step or disposition without its namespace."""
    return _CBV.sub("", name)


def _event_list(tree: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    body = tree.get("epcisBody")
    if isinstance(body, dict) and kind == "EPCISQueryDocument":
        answer = body.get("queryResults")
        body = answer.get("resultsBody") if isinstance(answer, dict) else None
    if not isinstance(body, dict) or not isinstance(body.get("eventList", []), list):
        raise UnreadablePush(Why.BAD_EVENT, "eventList")
    found = body.get("eventList") or ([body["event"]] if "event" in body else [])
    # What is no object stays in its place, so that errors name the right number.
    return [entry if isinstance(entry, dict) else {} for entry in found]


def _identifiers(raw: dict[str, Any]) -> Iterator[str]:
    """Parents, contents, what went in and what came out: each may be a parcel of ours."""
    yield from filter(None, [word(raw.get("parentID"))])
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        listed = raw.get(name, [])
        if not isinstance(listed, Sequence) or isinstance(listed, str):
            raise BadEvent(Why.BAD_EVENT, name)
        yield from filter(None, map(word, listed))


def _moment(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise BadEvent(Why.BAD_EVENT, f"eventTime {written[:40]}") from error
    if at.tzinfo is None:
        raise BadEvent(Why.NO_ZONE, f"eventTime {written[:40]}")
    return at


def _offset(raw: dict[str, Any]) -> str:
    """The zone of the place; only its form can be checked, for the moment itself may be told in any zone."""
    offset = word(raw.get("eventTimeZoneOffset"))
    if offset == "Z":
        return "+00:00"
    if offset and not _OFFSET.fullmatch(offset):
        raise BadEvent(Why.NO_ZONE, f"eventTimeZoneOffset {offset[:20]}")
    return offset


def _place(raw: dict[str, Any]) -> str:
    for name in ("readPoint", "bizLocation"):
        place = raw.get(name)
        found = word(place.get("id")) if isinstance(place, dict) else word(place)
        if found:
            return found
    return ""


def _declared(raw: dict[str, Any]) -> Declared | None:
    told = raw.get("errorDeclaration")
    if told is None:
        return None
    if not isinstance(told, dict):
        raise BadEvent(Why.BAD_EVENT, "errorDeclaration")
    others = told.get("correctiveEventIDs", [])
    return Declared(
        at=word(told.get("declarationTime")),
        reason=word(told.get("reason")).rsplit(":", 1)[-1],
        corrected_by=tuple(map(word, others)) if isinstance(others, list) else (),
    )
