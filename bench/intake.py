"""Rows per second of intake (judge, identify, write, fsync), beside writing the same rows raw with fsync."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.parcels import HOUR, START, places, traffic
from bench.report import Report, beside
from huhang.journey.feeds import times, words
from huhang.journey.rules.codes import Code
from huhang.journey.rules.intake import Terms, check
from huhang.journey.watch.identity import identities
from huhang.journey.watch.log import SCHEMA, write_segment

PARCELS = 90_000
NOW = datetime.fromtimestamp((START + 90 * 24 * HOUR) / 1e6, UTC)


def main() -> None:
    """Measure intake as a whole and its parts."""
    report = Report("intake")
    given = as_sent(traffic(PARCELS))
    rows = given.num_rows
    terms = Terms("bench", words.by_carrier, times.moment, {code: code for code in places()} | {"": ""})
    checked = check(given, terms, now=NOW)
    if checked.refused:
        raise SystemExit(f"the traffic should be good, but: {checked.refused[0]}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ready = complete(checked.good)
        raw, whole, judging, identifying, writing = beside(
            lambda: write_raw(given, folder),
            lambda: write_segment(complete(check(given, terms, now=NOW).good), folder),
            lambda: check(given, terms, now=NOW),
            lambda: identities(checked.good),
            lambda: write_segment(ready, folder),
        )
    report.add("rows", rows, "scans")
    report.add("raw Parquet write with fsync", rows / raw, "scans/s")
    report.add("intake", rows / whole, "scans/s", beside="raw Parquet write with fsync")
    report.add("of it: judging", rows / judging, "scans/s")
    report.add("of it: identities", rows / identifying, "scans/s")
    report.add("of it: identities and writing", rows / writing, "scans/s")
    report.finish()


def as_sent(scans: pa.Table) -> pa.Table:
    """Return rows as a carrier sends them: plain columns, codes by name, no facts of the waybill."""
    scans = scans.filter(pc.not_equal(scans["code"], pa.scalar(int(Code.REGISTERED), pa.uint8())))
    names = pa.array([Code(n).name if n in set(Code) else "" for n in range(32)])
    code = names.take(scans["code"].combine_chunks())
    columns = ("waybill", "carrier", "event_time", "node", "operator", "text")
    kinds = {name: SCHEMA.field(name).type for name in columns} | {"carrier": pa.string()}
    sent = {name: scans[name].combine_chunks().cast(kind) for name, kind in kinds.items()}
    return pa.table({"code": code, **sent})


def complete(good: pa.Table) -> pa.Table:
    """Add what the log keeps besides what was sent."""
    received = pa.repeat(pa.scalar(NOW, SCHEMA.field("received_at").type), good.num_rows)
    return good.append_column("received_at", received)


def write_raw(table: pa.Table, folder: Path) -> None:
    """Write the rows as they came, with the library's own settings."""
    with (folder / "raw.parquet").open("wb") as file:
        pq.write_table(table, file)
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
