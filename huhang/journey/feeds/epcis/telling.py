"""Our scans told as EPCIS events, for partners who ask in their own language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from huhang.journey.feeds import packs
from huhang.journey.feeds.epcis import event_id
from huhang.journey.feeds.epcis.scans import OURS, UNIT
from huhang.journey.rules.codes import Reason
from huhang.journey.rules.status import Scan

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"huhang": "urn:huhang:"}]
PLACE = "urn:huhang:place:"
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be told of a scan: names and phones as the asker may see them."""

    scan: Scan
    operator: str
    text: str
    is_unit: bool


def event(waybill: str, shown: Shown) -> dict[str, Any]:
    """Return one scan as an ObjectEvent; `huhang:` fields hold what CBV has no word for."""
    scan = shown.scan
    at = scan.at.astimezone(ZONE)
    step, disposition = packs.feeds()["epcis"]["told"].get(scan.code.name, ("other", "in_progress"))
    told: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": at.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": f"{at:%z}"[:3] + ":" + f"{at:%z}"[3:],
        "epcList": [OURS + waybill],
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "huhang:code": scan.code.name,
    }
    if scan.node:
        told["readPoint"] = {"id": UNIT + quote(scan.node) if shown.is_unit else PLACE + quote(scan.node)}
    told |= _extras(shown)
    return {"eventID": event_id.of(told), **told}


def document(events: Iterable[dict[str, Any]], *, now: datetime) -> dict[str, Any]:
    """Return events as an EPCISDocument."""
    return _head("EPCISDocument", now) | {"epcisBody": {"eventList": list(events)}}


def answer(events: Iterable[dict[str, Any]], *, now: datetime) -> dict[str, Any]:
    """Return events as the answer to a query."""
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return _head("EPCISQueryDocument", now) | {"epcisBody": {"queryResults": results}}


def _head(kind: str, now: datetime) -> dict[str, Any]:
    created = now.astimezone(ZONE).isoformat(timespec="milliseconds")
    return {"@context": CONTEXT, "type": kind, "schemaVersion": "2.0", "creationDate": created}


def _extras(shown: Shown) -> dict[str, str]:
    reason = shown.scan.reason
    told = {
        "huhang:reason": reason.name if reason is not Reason.NONE else "",
        "huhang:operator": shown.operator,
        "huhang:text": shown.text,
    }
    return {name: value for name, value in told.items() if value}
