"""Answers of carriers that we have no parser for are understood all the same."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from huhang.journey.feeds import documents, packs, tracking, words
from huhang.journey.rules.codes import SIGNED_CODES, Code
from huhang.journey.rules.status import Scan, Status, fold
from tests.data import shared
from tests.journey.feeds import answers

RULES = packs.raw("intl")["rules"] + packs.raw("intl")["last_resort"]


@pytest.mark.parametrize(("code", "text"), [(r["code"], text) for r in RULES for text in r.get("like", ())])
def test_a_rule_understands_its_own_example(code, text):
    assert words.meaning(text).code.name == code, packs.texts("intl").soften(words.plain(text))


LINES = yaml.safe_load((Path(__file__).parent / "status_lines.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    "line", [line for group in LINES.values() for line in group], ids=lambda line: line[-1]
)
def test_a_line_it_never_saw(line):
    assert words.meaning(line[-1]).code == Code[line[0]], packs.texts("intl").soften(words.plain(line[-1]))


@pytest.mark.parametrize(
    ("answer", "waybill", "codes"),
    [
        ("UPS_LIKE", "1Z0000000000000001", "ORDER_CREATED OUT_FOR_DELIVERY SIGNED"),
        ("FEDEX_LIKE", "770000000001", "PICKED_UP OUT_FOR_DELIVERY DELIVERY_FAILED"),
        ("DHL_EXPRESS_LIKE", "8000000001", "PICKED_UP CUSTOMS SIGNED"),
        ("CANADA_POST_LIKE", "7000000000000001", "OUT_FOR_DELIVERY SIGNED"),
        ("TNT_LIKE", "100000001", "OUT_FOR_DELIVERY SIGNED"),
        ("DPD_LIKE", "", "PICKED_UP"),  # a step that is still to come is no event
        ("PUROLATOR_LIKE", "3000000000001", "PICKED_UP SIGNED"),
        ("ARAMEX_LIKE", "500000001", "DELIVERY_FAILED SIGNED_AT_AGENT"),
        ("ROYAL_MAIL_LIKE", "090000000001GB", "PROBLEM"),  # the summary repeats the last event
        ("AMAZON_LIKE", "TBA000000000001", "PICKED_UP ARRIVED OUT_FOR_DELIVERY"),
        ("GEODIS_LIKE", "1YN00000001", "OUT_FOR_DELIVERY SIGNED"),
        ("HERMES_LIKE", "H1000000000001", "ORDER_CREATED OUT_FOR_DELIVERY SIGNED"),
        ("LAST_MILE_LIKE", "", "OUT_FOR_DELIVERY"),
        ("UNDECLARED_PREFIX", "", "OUT_FOR_DELIVERY"),
        ("DOTNET_LIKE", "AB12345678", "SIGNED"),
        ("POLISH_LIKE", "600000000000000000000001", "ARRIVED OUT_FOR_DELIVERY AT_AGENT SIGNED"),
    ],
)
def test_an_answer_in_any_shape(answer, waybill, codes):
    found = tracking.events(getattr(answers, answer))
    assert [(event.code.name) for event in found] == codes.split(), found
    assert {event.waybill for event in found} == {waybill}


def test_times_carry_their_zone():
    by_code = {event.code: event.at for event in tracking.events(answers.UPS_LIKE)}
    assert by_code[Code.SIGNED] == datetime(2026, 3, 5, 13, 15, tzinfo=UTC)
    canadian = tracking.events(answers.CANADA_POST_LIKE)[-1]
    assert canadian.at == datetime(2026, 3, 5, 16, 59, 59, tzinfo=UTC)


def test_entities_are_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(documents.UnreadableDocument):
        tracking.events(bomb)


@pytest.mark.parametrize("broken", ["", "{", "<a>", "[" * 100_000, b"\xff\xfe\x00"])
def test_a_broken_answer_is_refused(broken):
    with pytest.raises(documents.UnreadableDocument):
        tracking.events(broken)


@pytest.mark.parametrize("empty", ["{}", "[]", "3", '"x"', "null", '{"errors": [{"code": 1}]}', "<a/>"])
def test_an_answer_without_events_has_none(empty):
    assert tracking.events(empty) == []


# What the fixtures' own parser calls a parcel's state → what ours may be called for it.
AGREES = {
    "delivered": {Status.SIGNED, Status.SIGNED_AFTER_EXCEPTION},
    "in_transit": {Status.IN_TRANSIT, Status.PICKED_UP, Status.CUSTOMS},
    "pending": {Status.ORDERED},
    "out_for_delivery": {Status.OUT_FOR_DELIVERY},
}


@pytest.mark.shared_data
def test_real_answers_of_ten_carriers(capsys):
    """Print the share of understood events and the agreement of the final state with the fixtures' own."""
    raw: dict[tuple[str, str], Any] = {}
    parsed: dict[tuple[str, str], Any] = {}
    with gzip.open(
        shared("carrier_tracking_payloads") / "fixtures.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        for row in map(json.loads, lines):
            if "Error" in row["name"] or "Response" not in row["name"]:
                continue
            (parsed if row["name"].startswith("Parsed") else raw)[_key(row)] = row["value"]
    codes: Counter[Code] = Counter()
    agreed, compared = 0, []
    for key, answer in raw.items():
        events = [event for event in tracking.events(answer, carrier=key[0]) if event.text != "string"]
        codes.update(event.code for event in events)
        for theirs in parsed[key][0]:
            if expected := "delivered" if theirs.get("delivered") else theirs.get("status"):
                ours = _state(events, theirs)
                agreed += ours in AGREES[expected]
                compared.append((key, expected, ours.value))
    known = 1 - codes[Code.OTHER] / codes.total()
    with capsys.disabled():
        print(
            f"\n{codes.total()} events, {known:.1%} have a code; final state agrees: {agreed}/{len(compared)}"
        )
    assert known >= 0.97
    assert agreed >= 0.9 * len(compared), compared
    assert codes.keys() & SIGNED_CODES


def _key(row):
    shape = row["name"].removeprefix("Parsed").replace("TrackingResponse", "").removesuffix("XML")
    return row["carrier"], shape.removeprefix("Tracking")


def _state(events, theirs):
    """The state of their parcel among our events: by its number, else by the moments of its events."""
    own = [event for event in events if event.waybill == theirs["tracking_number"]] or events
    return fold(Scan(event.at, event.code, event.reason) for event in own).status


NAMES = ["events", "date", "time", "status", "trackingNumber", "location", "zone", "description", "code", "x"]
ODD = [
    "2026-03-05",
    "delivered",
    "11:00",
    "1Z000000001",
    "20260305",
    "+99:99",
    "/Date(99999999999999)/",
    "/Date(9999999999999999999)/",
]
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats()
    | st.text(max_size=20) | st.sampled_from(ODD)
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


@given(st.lists(trees, max_size=3))
def test_no_answer_breaks_it(tree):
    for event in tracking.events(tree):
        assert event.at.tzinfo is not None
