"""Scans per second of the watch with all shipped rules, beside DuckDB and beside reading the log."""

import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.parcels import HOUR, START, places, traffic
from bench.report import Report, seconds
from huhang.journey.rules.watch import Rule, RuleKind
from huhang.journey.watch.log import FOLDED, read_segment, write_segment
from huhang.journey.watch.pack import read_rules
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World

ROOT = Path(__file__).resolve().parent.parent
PARCELS = 120_000
UNTIL = START + 60 * 24 * HOUR
SEGMENT = 50_000
SQL = (ROOT / "bench" / "watch.sql").read_text()


def main() -> None:
    """Measure the whole log at once and as it arrives, and check that both find the same."""
    rules = read_rules(ROOT / "packs" / "watch_rules.yaml")
    report = Report("watch")
    with tempfile.TemporaryDirectory() as folder:
        scans = traffic(PARCELS)
        path = write_segment(scans, Path(folder))
        scans = read_segment(path, FOLDED)
        rows = scans.num_rows
        ours = per_rule(Watch(rules).keep_up([scans]).hits())
        report.add("rows", rows, "scans")
        raw = rows / seconds(lambda: pq.read_table(path))
        report.add("raw Parquet read", raw, "scans/s")
        for name, size in (("at once", rows), (f"in segments of {SEGMENT:,}", SEGMENT)):
            parts = [scans.slice(start, size) for start in range(0, rows, size)]
            theirs = Query(rules).keep_up(parts)
            report.add(f"DuckDB, the log {name}", rows / theirs.spent, "scans/s")
            mine = min((Watch(rules).keep_up(parts) for _ in range(5)), key=lambda watch: watch.spent)
            report.add(
                f"advance, the log {name}", rows / mine.spent, "scans/s", beside=f"DuckDB, the log {name}"
            )
            if not ours == per_rule(mine.hits()) == per_rule(theirs.hits()):
                raise SystemExit(f"they disagree: {ours} {per_rule(mine.hits())} {per_rule(theirs.hits())}")
        whole = rows / seconds(lambda: Watch(rules).keep_up([read_segment(path, FOLDED)]))
        report.add("read and advance", whole, "scans/s", beside="raw Parquet read")
    report.add("hits, the same in all", ours.total(), "hits")
    report.finish()


class Watch:
    """The watch, told the log part by part."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.shard = Shard(World(rules, places()))
        self.told: list[pa.Table] = []
        self.spent = 0.0

    def keep_up(self, parts: list[pa.Table]) -> "Watch":
        """Take the parts one after the other, and in the end what ran out."""
        start = time.perf_counter()
        self.told = [self.shard.advance(part).hits for part in parts]
        self.told.append(self.shard.due(UNTIL).hits)
        self.spent = time.perf_counter() - start
        return self

    def hits(self) -> list[int]:
        """Return the rule of every hit."""
        return [int(rule) for rule in pa.concat_tables(self.told)["rule"].to_numpy()]


class Query:
    """The same in DuckDB: the log and the hits are tables in memory, the rules are `watch.sql`."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.base = duckdb.connect()
        self.spent = 0.0
        kinds, cities, _ = zip(*places().values(), strict=True)
        given = {
            "nodes": pa.table([list(places()), kinds, cities], names=["code", "kind", "city"]),
            "expect": expect_rows(rules),
        }
        for name, rows in given.items():
            self.base.register(f"given_{name}", rows)
            self.base.execute(f"CREATE TABLE {name} AS FROM given_{name}")
        self.base.execute("SET TimeZone = 'UTC'")
        self.base.execute("CREATE TABLE hits (waybill TEXT, rule INT, anchor TIMESTAMPTZ)")

    def keep_up(self, parts: list[pa.Table]) -> "Query":
        """Take the parts one after the other, and in the end what ran out."""
        self.base.register("part", parts[0].slice(0, 0))
        self.base.execute("CREATE TABLE scans AS FROM part")
        start = time.perf_counter()
        for part in parts:
            self.base.register("part", part)
            self.base.execute("INSERT INTO scans FROM part")
            if len(parts) > 1:
                self._judge("part", pc.max(part["event_time"]).as_py())
        self._judge("scans", datetime.fromtimestamp(UNTIL / 1e6, UTC))
        self.spent = time.perf_counter() - start
        return self

    def _judge(self, touched: str, until: datetime) -> None:
        self.base.execute(f"CREATE OR REPLACE TEMP VIEW touched AS SELECT DISTINCT waybill FROM {touched}")
        self.base.execute(SQL, {"until": until})

    def hits(self) -> list[int]:
        """Return the rule of every hit."""
        return [rule for (rule,) in self.base.execute("SELECT rule FROM hits").fetchall()]


def per_rule(hits: list[int]) -> Counter[int]:
    """Return the number of hits of each rule."""
    return Counter(hits)


def expect_rows(rules: tuple[Rule, ...]) -> pa.Table:
    """Return the EXPECT rules as rows for the query, one per code."""
    rows = [
        {
            "number": rule.number,
            "after": int(code),
            "kind": next(iter(rule.node_kinds), None),
            "product": next(iter(rule.products), None),
            "not_products": sorted(rule.except_products) or None,
            "remote": True if rule.routes else False if rule.except_routes else None,
            "within_minutes": rule.within_minutes,
            "by_minute": rule.by_time and rule.by_time.hour * 60 + rule.by_time.minute + 1440 * rule.days,
        }
        for rule in rules
        if rule.kind is RuleKind.EXPECT
        for code in sorted(rule.after)
    ]
    return pa.Table.from_pylist(rows)


if __name__ == "__main__":
    main()
