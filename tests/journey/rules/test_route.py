"""The way as a line: stops, rides, and what was late, by the rules that the watch itself uses."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from huhang.journey.rules.codes import Code
from huhang.journey.rules.route import Parcel, Stop, line
from huhang.journey.rules.status import Scan
from huhang.journey.rules.watch import Addressed, Link, Rule, RuleKind

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai
KINDS = {"WZ": "outlet", "HUB": "hub"}


def rule(after: Code, **limits) -> Rule:
    given: dict[str, Any] = {
        "id": f"r{after}",
        "number": int(after),
        "kind": RuleKind.EXPECT,
        "name_zh": "",
        "name_en": "",
    }
    return Rule(**given, addressed=Addressed.HUB, link=Link.LINEHAUL, after=frozenset({after}), **limits)


RULES = [
    rule(Code.DEPARTED, within_minutes=600),
    rule(Code.ARRIVED, within_minutes=120, node_kinds=frozenset({"hub"})),
    rule(Code.OUT_FOR_DELIVERY, by_time=time(21), expects=frozenset({Code.DELIVERY_FAILED})),
]


def hours(n: float) -> datetime:
    return START + timedelta(hours=n)


def scan(n: float, code: Code, node: str = "") -> Scan:
    return Scan(hours(n), code, node=node)


def draw(*scans: Scan) -> list[Stop]:
    return line(scans, KINDS, RULES, Parcel())


WAY = (
    scan(0, Code.PICKED_UP, "XH"), scan(1, Code.DEPARTED, "XH"),
    scan(4, Code.ARRIVED, "HUB"), scan(9, Code.DEPARTED, "HUB"),
    scan(10, Code.ARRIVED, "WZ"), scan(11, Code.OUT_FOR_DELIVERY, "WZ"),
)  # fmt: skip


def test_each_place_is_one_stop_in_the_order_of_events():
    assert [stop.node for stop in draw(*reversed(WAY), *WAY)] == ["XH", "HUB", "WZ"]


def test_a_scan_without_a_place_belongs_to_the_stop_before():
    assert [len(stop.scans) for stop in draw(*WAY, scan(12, Code.PROBLEM))] == [2, 2, 3]


def test_rides_have_the_time_that_the_rule_allows():
    ride = draw(*WAY)[1].ride
    assert ride is not None
    assert (ride.length, ride.allowed, ride.late_by(hours(99))) == (
        timedelta(hours=3),
        timedelta(hours=10),
        None,
    )


def test_a_stay_beyond_its_time_is_late_by_the_difference():
    assert [stop.late_by(hours(11)) for stop in draw(*WAY)] == [None, timedelta(hours=3), None]


def test_what_lasts_is_counted_until_now():
    (stop,) = draw(scan(4, Code.ARRIVED, "HUB"))
    assert stop.waiting is not None
    assert stop.late_by(hours(5)) is None
    assert stop.late_by(hours(9)) == timedelta(hours=3)


def test_a_ride_that_has_begun_has_no_end():
    last = draw(*WAY[:4])[-1]
    assert last.onward is not None
    assert (last.onward.until, last.onward.due) == (None, hours(19))
    assert draw(*WAY)[-1].onward is None


@pytest.mark.parametrize(("at", "due"), [(2, 13), (12.9, 13), (13.5, 37)])
def test_by_the_evening_means_the_next_one_for_a_later_scan(at, due):
    waiting = draw(scan(at, Code.OUT_FOR_DELIVERY, "WZ"))[0].waiting
    assert waiting is not None
    assert waiting.due == hours(due)


def test_only_what_the_rule_expects_ends_the_wait_and_a_signature_always_does():
    out = scan(1, Code.OUT_FOR_DELIVERY, "WZ")
    assert draw(out, scan(2, Code.ARRIVED, "WZ"))[0].waits[0].until is None
    assert draw(out, scan(2, Code.DELIVERY_FAILED, "WZ"))[0].waits[0].until == hours(2)
    assert draw(out, scan(3, Code.SIGNED, "WZ"))[0].waits[0].until == hours(3)


def test_notes_and_orders_are_no_places():
    assert draw(scan(0, Code.REGISTERED), scan(0, Code.ORDER_CREATED, "SHOP"), scan(1, Code.OTHER)) == []
