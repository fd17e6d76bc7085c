"""What stands in an installation's books: its log, its hits and cases, its counts."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from huhang.journey.rules.codes import Code
from huhang.journey.watch import log
from huhang.journey.watch.identity import identities
from tests.faults.installation import Installation
from tests.faults.parcels import Batch


def outcome(house: Installation) -> dict[str, Counter[tuple[Any, ...]]]:
    """What stands in the tables, without the numbers and times of this machine."""
    return {name: Counter(house.rows(query)) for name, query in OUTCOME.items()}


OUTCOME = {
    "hits": """
        SELECT h.waybill_no, r.slug, h.anchor_at, h.raised_at, h.cleared_at, h.link, h.node, h.operator, h.path
        FROM journey_hit h JOIN journey_watchrule r ON r.id = h.rule_id""",
    "tickets": """
        SELECT t.waybill_no, t.kind, t.title, t.path, t.at_path, t.state, t.courier_id,
            (SELECT string_agg(c.obligation || ' ' || c.state, ', ' ORDER BY c.obligation, c.state)
             FROM desk_clock c WHERE c.ticket_id = t.id),
            (SELECT string_agg(s."order" || ' ' || s.path || ' ' || s.state, ', ' ORDER BY s."order")
             FROM desk_step s WHERE s.ticket_id = t.id),
            (SELECT string_agg(e.kind || ' ' || e.text, ', ' ORDER BY e.kind, e.text)
             FROM desk_entry e WHERE e.ticket_id = t.id)
        FROM desk_ticket t""",
    # By event time for the parcel's measures; the desk counts by the wall clock, which differs.
    "parcels counted": """
        SELECT measure, minute, path, sum(amount) FROM metrics_tally WHERE measure LIKE 'journey.%'
        GROUP BY measure, minute, path""",
    "cases counted": """
        SELECT measure, path, sum(amount) FROM metrics_tally WHERE measure LIKE 'desk.ticket.%'
        GROUP BY measure, path""",
}


def log_of(house: Installation) -> Counter[bytes]:
    """Every identity in the log and how often it is there."""
    folder = house.var / "log" / "segments"
    paths = house.rows("SELECT path FROM journey_segment WHERE merged_into_id IS NULL")
    return Counter(
        identity
        for (path,) in paths
        for identity in plain(log.read_segment(folder / path, ["identity"])["identity"])
    )


def told_of(batches: Iterable[Batch], file: Path | None = None) -> Counter[bytes]:
    """Every identity that should be in the log, once."""
    rows = [
        {name: row[name] for name in TOLD} | {"event_time": datetime.fromisoformat(row["event_time"])}
        for batch in batches
        for row in batch.good
    ]
    told = [pa.Table.from_pylist(rows, TOLD_SCHEMA)]
    if file is not None:
        told.append(pq.read_table(file).select(TOLD).cast(TOLD_SCHEMA))
    table = pa.concat_tables(told)
    codes = pa.array([int(Code[name]) for name in plain(table["code"])], pa.uint8())
    nothing = pa.array([""] * table.num_rows)
    columns = {name: table[name] for name in TOLD} | {"code": codes, "carrier": nothing, "text": nothing}
    return Counter(plain(identities(pa.table(columns))))


def plain(column: Any) -> list[Any]:
    """A column without Arrow's type of "this or nothing"."""
    values: list[Any] = column.to_pylist()
    return values


TOLD = ["waybill", "code", "event_time", "node", "operator"]
TOLD_SCHEMA = pa.schema({name: pa.string() for name in TOLD} | {"event_time": pa.timestamp("us", "UTC")})


def doctor(house: Installation) -> dict[str, list[bool]]:
    """What the installation's own doctor says, check by check."""
    told: dict[str, list[bool]] = {}
    for row in json.loads(house.call("doctor", "--json").stdout):
        told.setdefault(row["check"], []).append(row["is_well"])
    return told


def assert_sums_are_right(house: Installation) -> None:
    """Every count went into headquarters' sum once, whoever died while settling."""
    counted = house.rows("SELECT measure, sum(amount) FROM metrics_tally GROUP BY measure")
    summed = house.rows(
        "SELECT measure, sum(amount) FROM metrics_tallysum WHERE path = '/HQ/' AND grain = 'hour' GROUP BY measure"
    )
    assert Counter(counted) == Counter(summed)
