"""A parcel's state does not depend on the order or number in which its scans arrive."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.journey.feeds import packs
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.status import LABELS, Scan, Status, fold
from tests.data import shared

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def scans(*names, reason=Reason.NONE):
    """One scan an hour, in the order given."""
    return [
        Scan(NOON + timedelta(hours=hour), Code[name], reason if name == "HELD" else Reason.NONE)
        for hour, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ("", Status.UNKNOWN),
        ("REGISTERED", Status.UNKNOWN),  # the waybill's facts are not a scan
        ("ORDER_CREATED PICKUP_ASSIGNED PICKUP_FAILED", Status.ORDERED),
        ("ORDER_CREATED PICKED_UP", Status.PICKED_UP),
        ("PICKED_UP BAGGED DEPARTED ARRIVED SORTED", Status.IN_TRANSIT),
        ("PICKED_UP DEPARTED ORDER_CREATED", Status.IN_TRANSIT),  # a shop's late note
        ("DEPARTED CUSTOMS CUSTOMS_HELD", Status.CUSTOMS),
        ("DEPARTED CUSTOMS CUSTOMS_CLEARED", Status.IN_TRANSIT),
        ("ARRIVED OUT_FOR_DELIVERY AT_AGENT", Status.AT_AGENT),
        ("ARRIVED HELD", Status.HELD),
        ("OUT_FOR_DELIVERY DELIVERY_FAILED", Status.FAILED),
        ("OUT_FOR_DELIVERY SIGNED", Status.SIGNED),
        ("OUT_FOR_DELIVERY SIGNED_BY_PROXY", Status.SIGNED),
        ("AT_AGENT SIGNED_AT_AGENT SIGNED_AT_AGENT", Status.SIGNED),
        ("OUT_FOR_DELIVERY SIGNED ORDER_CREATED OTHER ARRIVED PROBLEM", Status.SIGNED),  # talk after the end
        ("OUT_FOR_DELIVERY DELIVERY_FAILED OUT_FOR_DELIVERY SIGNED", Status.SIGNED_AFTER_EXCEPTION),
        ("SIGNED DELIVERY_FAILED", Status.FAILED),
        ("SIGNED DELIVERY_FAILED SIGNED", Status.SIGNED_AFTER_EXCEPTION),
        ("SIGNED_AFTER_EXCEPTION", Status.SIGNED_AFTER_EXCEPTION),
        ("HELD OUT_FOR_DELIVERY SIGNED", Status.SIGNED),  # a hub's wait is no failed delivery
        ("DELIVERY_FAILED RETURNING DEPARTED ARRIVED", Status.RETURNING),
        ("RETURNING ARRIVED RETURN_SIGNED ARRIVED", Status.RETURN_SIGNED),
        ("RETURNING OUT_FOR_DELIVERY SIGNED", Status.RETURN_SIGNED),  # by the sender
        ("RETURNING FORWARDED OUT_FOR_DELIVERY SIGNED", Status.SIGNED),  # sent on after all
        ("ORDER_CREATED CANCELLED", Status.CANCELLED),
        ("ORDER_CREATED CANCELLED PICKED_UP", Status.PICKED_UP),  # it moves, so it was not cancelled
    ],
)
def test_fold(names, status):
    assert fold(scans(*names.split())).status is status


def test_held_because_of_the_door_counts_as_an_exception():
    verdict = fold(scans("HELD", "OUT_FOR_DELIVERY", "SIGNED", reason=Reason.REFUSED))
    assert verdict.status is Status.SIGNED_AFTER_EXCEPTION


def test_how_it_was_handed_over_is_kept_apart():
    verdict = fold(scans("OUT_FOR_DELIVERY", "SIGNED_BY_PROXY"))
    assert (verdict.how, verdict.label) == (Code.SIGNED_BY_PROXY, "已签收")


def test_every_status_has_a_label():
    assert set(LABELS) == set(Status)


any_scan = st.builds(
    Scan,
    at=st.integers(0, 5).map(lambda hour: NOON + timedelta(hours=hour)),  # few hours: many ties
    code=st.sampled_from(Code),
    reason=st.sampled_from(Reason),
    node=st.sampled_from(["", "A", "B"]),
)


@given(st.lists(any_scan, max_size=12), st.randoms())
def test_doubled_and_disordered_scans_change_nothing(some, random):
    messed = some + random.choices(some, k=len(some)) if some else []
    random.shuffle(messed)
    assert fold(messed) == fold(some)


@pytest.mark.shared_data
def test_real_traces_end_as_they_should(capsys):
    """Print how many real events are understood, and where each trace ends."""
    lines = (shared("cn_scan_traces") / "traces.jsonl").read_text("utf-8").splitlines()
    traces = [json.loads(line) for line in lines]
    codes = Counter(packs.meaning(event["text"]).code for trace in traces for event in trace["events"])
    ends = {trace["trace"]: _end(trace["events"]) for trace in traces}
    known = 1 - codes[Code.OTHER] / codes.total()
    with capsys.disabled():
        print(f"\n{codes.total()} events, {known:.1%} have a code; ends: {Counter(ends.values())}")
    assert known >= 0.97
    assert ends["yto-2016-11-fail"] is Status.SIGNED_AFTER_EXCEPTION
    for trace in traces:
        if trace["trace"] != "yto-2016-11-fail" and any(
            "签收" in e["text"][:40] for e in trace["events"][-1:]
        ):
            assert ends[trace["trace"]] is Status.SIGNED, trace["trace"]


def _end(events):
    def scan(event):
        meaning = packs.meaning(event["text"])
        at = datetime.fromisoformat(event["time"]).replace(tzinfo=UTC)
        return Scan(at, meaning.code, meaning.reason, text=event["text"])

    plain = [scan(event) for event in events]
    assert fold(plain[::-1] + plain) == fold(plain)
    return fold(plain).status
