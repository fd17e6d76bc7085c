"""EPCIS 2.0: every example of the standard, event by event, and what becomes of it here."""

import json
from pathlib import Path
from typing import Any

import pytest

from huhang.journey.feeds.epcis import document, event_id, scans
from huhang.journey.feeds.epcis.document import BadEvent
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.rules.codes import Code
from huhang.journey.rules.feed_words import Words
from huhang.journey.rules.feeds import Why
from tests.data import shared

# file → of each event: its type, our code, identifiers, and whether it withdraws
EXAMPLES = Path(__file__).parent / "epcis_examples.json"
WORDS = Words.of(
    [("urn:epc:id:sscc:0614141.*", "SSCC*"), ("urn:epc:id:sgtin:*", "G*"), ("https://id.gs1.org/01/*", "DL*")]
)


def outcome(raw: dict[str, Any]) -> list[Any]:
    try:
        event = document.read(raw)
    except BadEvent as error:
        return [str(error.why), error.detail]
    return [
        event.type,
        scans.code(event).name,
        len(event.identifiers),
        event.declared.reason if event.declared else "",
    ]


def examples() -> dict[str, list[Any]]:
    folder = shared("epcis_examples") / "JSON"
    return {
        str(file.relative_to(folder)): [outcome(raw) for raw in document.events(file.read_bytes())]
        for file in sorted(folder.rglob("*.jsonld"))
    }


def test_every_example_of_the_standard_is_read() -> None:
    found = examples()
    assert len(found) == 47
    assert found == json.loads(EXAMPLES.read_text())


def event(**changes: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "departing", "disposition": "in_transit",
        "eventTime": "2026-11-20T12:00:00.000+08:00", "eventTimeZoneOffset": "+08:00",
        "epcList": ["urn:epc:id:sscc:0614141.1234567890"], "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
    } | changes  # fmt: skip


def rows(raw: dict[str, Any]) -> scans.Found:
    places = {"urn:epc:id:sgln:0614141.00777.0": "SZ-HUB"}
    return scans.of_event(document.read(raw), waybill_of=WORDS.find, node_of=places.get)


class TestScans:
    @pytest.mark.parametrize(("changes", "code"), [
        ({}, Code.DEPARTED),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:arriving"}, Code.ARRIVED),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-accepting"}, Code.PICKED_UP),
        ({"bizStep": "shipping", "disposition": "returned"}, Code.RETURNING),
        ({"bizStep": "holding", "disposition": "non_conformant"}, Code.DELIVERY_FAILED),
        ({"bizStep": "retail_selling"}, Code.OTHER),
        ({"bizStep": "", "type": "AggregationEvent", "action": "ADD"}, Code.BAGGED),
        ({"bizStep": "receiving", "huhang:code": "SIGNED_BY_PROXY"}, Code.SIGNED_BY_PROXY),
        ({"huhang:code": "WITHDRAWN"}, Code.DEPARTED),  # nobody withdraws by a code
    ])  # fmt: skip
    def test_the_code(self, changes: dict[str, Any], code: Code) -> None:
        assert scans.code(document.read(event(**changes))) is code

    def test_parcels_places_and_moments(self) -> None:
        [row] = rows(event()).rows
        assert (row["waybill"], row["node"]) == ("SSCC1234567890", "SZ-HUB")
        assert row["event_time"] == "2026-11-20T12:00:00+08:00"

    def test_each_parcel_of_a_bag_is_scanned_and_the_unknown_one_is_named(self) -> None:
        found = rows(event(type="AggregationEvent", epcList=[], parentID="urn:epc:id:grai:1.2.3", childEPCs=[
            "urn:epc:id:sscc:0614141.1", "urn:huhang:waybill:YT1234567890123"]))  # fmt: skip
        assert [row["waybill"] for row in found.rows] == ["SSCC1", "YT1234567890123"]
        assert found.unknown == ["urn:epc:id:grai:1.2.3"]


@pytest.mark.parametrize(("changes", "why"), [
    ({"eventTime": "2026-11-20T12:00:00"}, Why.NO_ZONE),
    ({"eventTimeZoneOffset": "+25:00"}, Why.NO_ZONE),
    ({"eventTime": "yesterday"}, Why.BAD_EVENT),
    ({"type": "PartyEvent"}, Why.UNKNOWN_EVENT),
    ({"action": "DANCE"}, Why.BAD_EVENT),
    ({"epcList": "urn:x"}, Why.BAD_EVENT),
    ({"errorDeclaration": "yes"}, Why.BAD_EVENT),
])  # fmt: skip
def test_an_event_that_cannot_be_read_says_why(changes: dict[str, Any], why: Why) -> None:
    with pytest.raises(BadEvent) as refused:
        document.read(event(**changes))
    assert refused.value.why is why


@pytest.mark.parametrize(("content", "why"), [
    (b"<epcis:EPCISDocument/>", Why.BROKEN_XML),
    (b'{"type": "EPCISDocument"', Why.BROKEN_JSON),
    ('{"type": "事件"}'.encode("gb18030"), Why.WRONG_ENCODING),
    (b'{"type": "Party"}', Why.UNKNOWN_EVENT),
    (b'{"type": "EPCISDocument"}', Why.BAD_EVENT),
    (b'{"type": "EPCISDocument", "epcisBody": {"eventList": {}}}', Why.BAD_EVENT),
    (b"[" * 100_000, Why.BROKEN_JSON),
])  # fmt: skip
def test_a_document_that_cannot_be_read_says_why(content: bytes, why: Why) -> None:
    with pytest.raises(UnreadablePush) as refused:
        document.events(content)
    assert refused.value.why == why


def test_an_events_name_is_of_its_content_only() -> None:
    told = event()
    again = dict(reversed(list(told.items()))) | {
        "recordTime": "2026-11-20T12:00:01Z",
        "errorDeclaration": {},
    }
    assert event_id.of(told) == event_id.of(again) != event_id.of(event(action="ADD"))
