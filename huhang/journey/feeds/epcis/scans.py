"""An event → scans of the parcels it names."""

from collections.abc import Callable
from dataclasses import dataclass, field

from huhang.journey.feeds import packs
from huhang.journey.feeds.epcis.document import Event
from huhang.journey.rules.codes import PSEUDO_CODES, Code
from huhang.journey.rules.feeds import Why

OURS = "urn:huhang:waybill:"
UNIT = "urn:huhang:unit:"
LONGEST_PLACE = 64


@dataclass
class Found:
    """Rows in our columns, and the identifiers that are no parcel we know."""

    rows: list[dict[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def of_event(
    event: Event, *, waybill_of: Callable[[str], str | None], node_of: Callable[[str], str | None]
) -> Found:
    """Return one row for each parcel of the event."""
    found = Found()
    told = {
        "code": code(event).name,
        "event_time": event.at.isoformat(),
        "node": _node(event.place, node_of),
        "operator": _extra(event, "operator"),
        "reason": _extra(event, "reason"),
        "carrier": _extra(event, "carrier"),
        "text": _extra(event, "text") or " ".join(filter(None, [event.step, event.disposition, event.id])),
    }
    for identifier in event.identifiers:
        waybill = identifier[len(OURS) :] if identifier.startswith(OURS) else waybill_of(identifier)
        if waybill is None:
            found.unknown.append(identifier)
        else:
            found.rows.append({"waybill": waybill, **told})
    return found


def code(event: Event) -> Code:
    """What happened: our own extension, the step with its disposition, the step, or the event's kind and action."""
    own = _extra(event, "code")
    if own in Code.__members__ and Code[own] not in PSEUDO_CODES:
        return Code[own]
    steps = packs.feeds()["epcis"]["steps"]
    asked = [f"{event.step}/{event.disposition}", event.step] if event.step else []
    for name in [*asked, f"{event.type}/{event.action}"] if not event.step else asked:
        if name in steps:
            return Code[steps[name]]
    return Code.OTHER


def why_nothing(found: Found) -> Why:
    """Why an event without rows has none."""
    return Why.UNKNOWN_IDENTIFIER if found.unknown else Why.NOT_A_PARCEL


def _node(place: str, node_of: Callable[[str], str | None]) -> str:
    if place.startswith(UNIT):
        return place[len(UNIT) :]
    return node_of(place) or place[:LONGEST_PLACE]


def _extra(event: Event, name: str) -> str:
    value = event.raw.get(f"huhang:{name}", "")
    return value if isinstance(value, str) else ""
