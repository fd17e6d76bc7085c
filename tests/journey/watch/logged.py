"""Files of the log for tests: rows by number, some parcels in many rows and files, each row telling which it is."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from huhang.journey.rules.codes import Code
from huhang.journey.watch import log
from huhang.journey.watch.columns import MOMENT

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def rows(told: Sequence[tuple[str, int]]) -> pa.Table:
    """Scans by waybill and minute; the minute is also told by the text."""
    count = len(told)
    known = {
        "waybill": pa.array([waybill for waybill, _ in told], pa.string()),
        "carrier": pa.array(["sto"] * count).dictionary_encode().cast(log.WORD),
        "code": pa.array([int(Code.ARRIVED)] * count, pa.uint8()),
        "reason": pa.array([0] * count, pa.uint8()),
        "event_time": pa.array([START + timedelta(minutes=minute) for _, minute in told], MOMENT),
        "text": pa.array([str(minute) for _, minute in told], pa.string()),
        "node": pa.array(["SZ-WZ"] * count, pa.string()),
        "operator": pa.array([""] * count, pa.string()),
    }
    nothing = (name for name in log.SCHEMA.names if name not in known and name != "identity")
    return pa.table(known | {name: pa.nulls(count, log.SCHEMA.field(name).type) for name in nothing})


def segment(folder: Path, told: Sequence[tuple[str, int]]) -> Path:
    """A file as it arrives."""
    return log.write_segment(rows(told), folder)


def told_by(table: pa.Table) -> list[tuple[str, int]]:
    """What rows tell, as it was given to `rows`."""
    pairs = zip(table["waybill"].to_pylist(), table["text"].to_pylist(), strict=True)
    return [(str(waybill), int(str(text))) for waybill, text in pairs]


def minutes_of(tables: Iterable[pa.Table]) -> list[int]:
    """The minutes of some rows of one parcel, sorted."""
    return sorted(minute for table in tables for _, minute in told_by(table))
