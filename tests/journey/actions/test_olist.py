"""Real orders through mapping, intake and watch: who was promised and not served, by two independent ways."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest

from huhang.journey.feeds import mappings, times, words
from huhang.journey.rules.intake import Terms, check
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World
from tests.data import shared
from tests.journey.watch.scans import NUMBER, RULES, us

LONG_AFTER = datetime(2019, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def orders():
    return pyarrow.csv.read_csv(shared("olist_orders") / "orders.csv.gz")


@pytest.fixture(scope="module")
def scans(orders):
    """The log's rows, by event time."""
    mapping = mappings.find("olist_scans")
    numbers, table = mappings.reshape(mapping, range(2, len(orders) + 2), orders)
    terms = Terms("olist", words.by_carrier, times.moment, zone=mapping.zone, keep_case=mapping.keep_case)
    checked = check(table, terms, now=LONG_AFTER, numbers=numbers)
    assert checked.refused == []
    return checked.good.sort_by("event_time")


def raised(scans):
    """What the watch raises when the days pass one after another: rule → waybill → when."""
    shard = Shard(World(RULES))
    found: dict[int, dict[str, datetime]] = {number: {} for number in NUMBER.values()}
    days = pc.floor_temporal(scans["event_time"], unit="day")
    for day in sorted(set(days.to_pylist())):
        today = scans.filter(pc.equal(days, pa.scalar(day, days.type)))
        for outcome in (shard.due(us(day)), shard.advance(today)):
            note(found, outcome)
    note(found, shard.due(us(LONG_AFTER)))
    return found


def note(found, outcome):
    for hit in outcome.raised():
        found[hit.rule].setdefault(hit.waybill, hit.raised_at)


@pytest.mark.shared_data
def test_promise_passed_is_raised_for_exactly_the_late_orders(orders, scans, capsys):
    found = raised(scans)
    passed, at_risk = found[NUMBER["promise_passed"]], found[NUMBER["promise_at_risk"]]
    # The independent line: delivered after the promised moment, or never.
    late = {
        row["order_id"]
        for row in orders.to_pylist()
        if not row["order_delivered_customer_date"]
        or row["order_delivered_customer_date"] > row["order_estimated_delivery_date"]
    }
    before = sum(1 for waybill in late if waybill in at_risk and at_risk[waybill] < passed[waybill])
    with capsys.disabled():
        print(f"\npromise passed: watch {len(passed)}, independent {len(late)}; at risk before it: {before}")
    assert set(passed) == late
    assert before > 0.5 * len(late)
