"""Real parcels with a known end, as the watch would have met them.

**olist_orders** comes through the importer (`packs/mappings/olist_scans.yaml`): registered with its promise, ordered,
approved (a payment is, and no courier sent: rules about assigned pickups alone are not judged), handed to the carrier,
delivered. Harmed is what was delivered after its promise, or not at all; a warning counts only while the promise still
stands. Cancelled and unavailable orders are left out, because the table does not say when they ended, and so are
orders whose promise lies after the last known moment.

**changshu_parcels** has one row per parcel: the slot (of seven a day) in which the customer took it, and how many
slots after the courier's arrival that was. The arrival becomes OUT_FOR_DELIVERY and the receipt SIGNED. The hours of
the slots are not documented; we take two each from 08:00, the arrival at the beginning of its slot and the receipt half
an hour into its own. Harmed is what needed a second delivery. When the first one failed is not told: no scan says so
(it would give the answer away), and a lead reaches until the receipt: the second delivery cannot have been later.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.csv

from huhang.journey.feeds import mappings, times, words
from huhang.journey.rules.codes import Code
from huhang.journey.rules.intake import Terms, check

FOLDER = Path(os.environ.get("HUHANG_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)
BRAZIL = ZoneInfo("Etc/GMT+3")
MOMENT = pa.timestamp("us", "UTC")
APPROVED = {Code.PICKUP_ASSIGNED: "its PICKUP_ASSIGNED is the approval of a payment, no courier is sent"}
NEVER_SENT = ("canceled", "unavailable")
# Every row's own parcel; slots run on through the nights, seven a day.
CHANGSHU = """
    WITH parcels AS (
        SELECT 'CS' || lpad(row_number() OVER ()::TEXT, 7, '0') AS waybill, redelivered = 1 AS harmed,
               date::TIMESTAMP AS day, recv_code % 10 AS slot, slots_waited AS waited
        FROM read_csv({files}, union_by_name = true)
    )
    SELECT waybill, harmed,
           day + to_hours(8 + 2 * slot) + to_minutes(30) AS received_at,
           day + to_days(floor((slot - waited) / 7)::INT) + to_hours(8 + 2 * (((slot - waited) % 7 + 7) % 7)) AS came_at
    FROM parcels
"""


class Parcels(NamedTuple):
    """A set: its scans, until when a warning is one, and whom the harm met."""

    name: str
    harm: str
    scans: pa.Table
    until: dict[str, datetime]
    harmed: frozenset[str]
    stand_ins: dict[Code, str] = {}  # codes that say something else here, and what

    @property
    def base_rate(self) -> float:
        return len(self.harmed) / len(self.until)


def olist(folder: Path = FOLDER / "olist_orders") -> Parcels:
    """Return the orders whose end is known, and who was late."""
    table = pyarrow.csv.read_csv(folder / "orders.csv.gz")
    orders = table.to_pylist()
    told = (order["order_delivered_customer_date"] for order in orders)
    last_known = max(at for at in told if at)
    until, harmed = {}, set()
    for order in orders:
        promise, delivered = order["order_estimated_delivery_date"], order["order_delivered_customer_date"]
        if order["order_status"] in NEVER_SENT or (promise > last_known and not delivered):
            continue
        until[order["order_id"]] = promise.replace(tzinfo=BRAZIL)
        if not delivered or delivered > promise:
            harmed.add(order["order_id"])
    return Parcels("olist_orders", "late", _imported(table), until, frozenset(harmed), APPROVED)


def changshu(folder: Path = FOLDER / "changshu_parcels") -> Parcels:
    """Return every parcel of the lists, and which needed a second delivery."""
    files = [str(path) for path in sorted(folder.glob("*.csv.gz"))]
    told = duckdb.connect().sql(CHANGSHU.format(files=files)).to_arrow_table()
    waybills, harmed = told["waybill"].to_pylist(), told["harmed"].to_pylist()
    received_at = [_in_china(at) for at in told["received_at"].to_pylist()]
    came_at = [_in_china(at) for at in told["came_at"].to_pylist()]
    scans = pa.concat_tables(
        [_scans(waybills, Code.OUT_FOR_DELIVERY, came_at), _scans(waybills, Code.SIGNED, received_at)]
    )
    return Parcels(
        "changshu_parcels",
        "redelivered",
        scans,
        dict(zip(waybills, received_at, strict=True)),
        frozenset(waybill for waybill, was in zip(waybills, harmed, strict=True) if was),
    )


def present(name: str) -> bool:
    """Is this real set on this machine?"""
    return (FOLDER / name).is_dir()


def _imported(orders: pa.Table) -> pa.Table:
    mapping = mappings.find("olist_scans")
    numbers, table = mappings.reshape(mapping, range(2, len(orders) + 2), orders)
    terms = Terms("olist", words.by_carrier, times.moment, zone=mapping.zone, keep_case=mapping.keep_case)
    return check(table, terms, now=LONG_AFTER, numbers=numbers).good


def _in_china(local: datetime) -> datetime:
    return (local - timedelta(hours=8)).replace(tzinfo=UTC)


def _scans(waybills: list[str], code: Code, at: list[datetime]) -> pa.Table:
    nothing: dict[str, Any] = {name: pa.nulls(len(at), pa.string()) for name in ("product", "origin", "dest")}
    return pa.table(
        {
            "waybill": waybills,
            "code": pa.array([int(code)] * len(at), pa.uint8()),
            "event_time": pa.array(at, MOMENT),
            "node": [""] * len(at),
            "operator": [""] * len(at),
            "promised_at": pa.nulls(len(at), MOMENT),
            **nothing,
            "flags": pa.nulls(len(at), pa.uint8()),
        }
    )
