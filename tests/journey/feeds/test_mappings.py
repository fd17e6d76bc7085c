"""Foreign files become rows of ours, each with the number of the row it came from."""

import gzip
import json

import pyarrow as pa
import pyarrow.csv
import pytest

from huhang.journey.feeds import mappings
from huhang.journey.feeds.mappings import Join
from tests.data import shared


@pytest.mark.parametrize("name", mappings.names())
def test_every_mapping_reads(name):
    assert mappings.find(name).kind in {"scans", "waybills"}


@pytest.mark.parametrize("name", ["", "nosuch", "../codes/zh"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(mappings.UnknownMapping):
        mappings.find(name)


def test_columns_are_found_by_chinese_or_english_names():
    table = pa.table({" 运单号": ["A"], "操作时间": ["2026-03-05"], "Status": ["派件"], "颜色": ["红"]})
    numbers, mine = mappings.reshape(mappings.find("default"), [2], table)
    assert numbers == [2]
    assert mine.to_pylist() == [{"waybill": "A", "code": "派件", "event_time": "2026-03-05"}]


def test_a_row_of_moments_becomes_scans_in_time_order():
    orders = pa.table(
        {
            "order_id": ["a", "b"],
            "order_purchase_timestamp": ["2018-01-02 10:00:00", "2018-01-01 10:00:00"],
            "order_approved_at": ["", "2018-01-01 11:00:00"],
            "order_delivered_carrier_date": ["", None],
            "order_delivered_customer_date": ["", ""],
            "order_estimated_delivery_date": ["2018-02-01 00:00:00", "2018-02-02 00:00:00"],
        }
    )
    numbers, mine = mappings.reshape(mappings.find("olist_scans"), [2, 3], orders)
    assert numbers == [3, 3, 3, 2, 2]
    assert mine["code"].to_pylist() == [
        "REGISTERED", "ORDER_CREATED", "PICKUP_ASSIGNED", "REGISTERED", "ORDER_CREATED"
    ]  # fmt: skip
    assert mine["promised_at"].to_pylist()[0] == "2018-02-02 00:00:00"
    assert set(mine["carrier"].to_pylist()) == {"olist"}


def test_a_join_takes_the_first_match():
    orders = pa.table({"customer_id": ["x", "y", "z"]})
    beside = pa.table({"customer_id": ["y", "x", "y"], "state": ["SP", "RJ", "MG"]})
    found = mappings.joined(orders, Join("customers", "customer_id", {"dest": "state"}), beside)
    assert found["dest"].to_pylist() == ["RJ", "SP", None]


def test_a_trace_becomes_scans_with_place_and_courier():
    trace = {
        "trace": "T-1",
        "carrier": "zhongtong",
        "events": [
            {"time": "2026-03-05 09:00:00", "text": "【苏州市】【吴中】的王明（13000000005）正在第1次派件"}
        ],
    }
    [(number, scan)] = mappings.unnest(mappings.find("cn_traces"), [(1, trace)])
    assert number == 1
    assert (scan["node"], scan["operator"], scan["waybill"]) == ("吴中", "王明", "T-1")


def test_an_answer_that_cannot_be_read_is_said_so():
    rows = [(1, {"name": "TrackingResponse", "carrier": "x", "value": "<a>"})]
    [(_, scan)] = mappings.unnest(mappings.find("carrier_payloads"), rows)
    assert set(scan) == {"unreadable"}


@pytest.mark.shared_data
def test_all_real_orders_give_their_moments(capsys):
    orders = pyarrow.csv.read_csv(shared("olist_orders") / "orders.csv.gz")
    numbers, mine = mappings.reshape(mappings.find("olist_scans"), range(2, len(orders) + 2), orders)
    with capsys.disabled():
        print(f"\n{len(orders)} orders → {len(mine)} scans")
    assert len(mine) == len(numbers)
    assert mine["code"].to_pylist().count("REGISTERED") == len(orders)


@pytest.mark.shared_data
def test_all_real_answers_are_read():
    with gzip.open(shared("carrier_tracking_payloads") / "fixtures.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = list(enumerate(map(json.loads, file), 1))
    scans = [scan for _, scan in mappings.unnest(mappings.find("carrier_payloads"), rows)]
    assert len(scans) > 90
    assert not [scan for scan in scans if "unreadable" in scan]
