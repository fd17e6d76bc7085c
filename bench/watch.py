"""Scans per second of the watch with all shipped rules, beside DuckDB and beside reading the log; and what it
costs with millions in flight: memory, time per scan, restart. HUHANG_BENCH_SCALE=0.01 tries it quickly."""

import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.parcels import HOUR, START, places, traffic
from bench.report import Report, beside, seconds
from huhang.journey.rules.codes import Code
from huhang.journey.rules.watch import Rule, RuleKind
from huhang.journey.watch import snapshot
from huhang.journey.watch.columns import MOMENT
from huhang.journey.watch.log import FOLDED, read_segment, write_segment
from huhang.journey.watch.pack import read_rules
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World

ROOT = Path(__file__).resolve().parent.parent
SCALE = float(os.environ.get("HUHANG_BENCH_SCALE", "1"))
PARCELS = int(120_000 * SCALE)
MILLION = int(1_000_000 * SCALE)
IN_FLIGHT = (MILLION, 3 * MILLION, 10 * MILLION)
# What the query knows; the kinds that came later and parcels of value are judged by the watch alone.
BOTH = {
    RuleKind.EXPECT,
    RuleKind.FORBIDDEN,
    RuleKind.TWICE,
    RuleKind.TWO_PLACES,
    RuleKind.CONSENT,
    RuleKind.PROMISE,
}
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
        shared = shared_rules(rules)
        ours = per_rule(Watch(shared).keep_up([scans]).hits())
        report.add("rows", rows, "scans")
        raw = rows / seconds(lambda: pq.read_table(path))
        report.add("raw Parquet read", raw, "scans/s")
        for name, size in (("at once", rows), (f"in segments of {SEGMENT:,}", SEGMENT)):
            parts = [scans.slice(start, size) for start in range(0, rows, size)]
            theirs = Query(shared).keep_up(parts)
            report.add(f"DuckDB, the log {name}", rows / theirs.spent, "scans/s")
            mine = min((Watch(rules).keep_up(parts) for _ in range(5)), key=lambda watch: watch.spent)
            report.add(
                f"advance, the log {name}", rows / mine.spent, "scans/s", beside=f"DuckDB, the log {name}"
            )
            found = Counter({rule: n for rule, n in per_rule(mine.hits()).items() if rule in numbers(shared)})
            if not ours == found == per_rule(theirs.hits()):
                raise SystemExit(f"they disagree: {ours} {found} {per_rule(theirs.hits())}")
        whole = rows / seconds(lambda: Watch(rules).keep_up([read_segment(path, FOLDED)]))
        report.add("read and advance", whole, "scans/s", beside="raw Parquet read")
    report.add("hits, the same in all", ours.total(), "hits")
    grow(report, rules)
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
        kinds, cities, *_ = zip(*places().values(), strict=True)
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


def grow(report: Report, rules: tuple[Rule, ...]) -> None:
    """Let millions of parcels wait, and measure what one more batch costs, what they weigh, how soon they are back."""
    shard, chance = Shard(World(rules, places())), np.random.default_rng(7)
    first = f"one scan, {IN_FLIGHT[0]:,} in flight"
    for goal in IN_FLIGHT:
        heaviest = 0.0
        while len(shard) < goal:
            shard.advance(waiting(np.arange(len(shard), min(goal, len(shard) + SEGMENT)), Code.ARRIVED, 0))
            heaviest = max(heaviest, shard.nbytes / len(shard)) if len(shard) >= goal // 4 else 0.0
        report.add(f"memory, the worst up to {goal:,} in flight", heaviest, "bytes")
        spent = min(_one_segment(shard, chance, turn) for turn in range(5))
        report.add(
            f"one scan, {goal:,} in flight",
            spent * 1e9 / SEGMENT,
            "ns",
            beside=None if goal == IN_FLIGHT[0] else first,
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "0.watch"
        snapshot.save(path, shard)
        world = shard.survey.world
        del shard
        raw, back = beside(
            lambda: np.fromfile(path, np.uint8), lambda: snapshot.restore(path, world), times=3
        )
        report.add("the snapshot read raw", raw, "s")
        report.add(f"restart with {IN_FLIGHT[-1]:,} in flight", back, "s", beside="the snapshot read raw")


def _one_segment(shard: Shard, chance: np.random.Generator, turn: int) -> float:
    """Time a segment about parcels from anywhere, with the sweep before it."""
    scans = waiting(chance.integers(0, len(shard), SEGMENT), Code.DEPARTED, turn + 1)
    start = time.perf_counter()
    shard.due(START + (turn + 1) * HOUR)
    shard.advance(scans)
    return time.perf_counter() - start


def waiting(who: "np.ndarray[tuple[int], np.dtype[np.int64]]", code: Code, hours: int) -> pa.Table:
    """Return one scan each of these parcels, at hubs."""
    count, nothing = len(who), pa.nulls(len(who), pa.string())
    hubs = [f"H{n:02}" for n in range(16)]
    return pa.table(
        {
            "waybill": pa.array([f"YT{8_800_000_000_000 + n}" for n in who.tolist()], pa.string()),
            "code": pa.array(np.full(count, code), pa.uint8()),
            "event_time": pa.array(np.full(count, START + hours * HOUR)).cast(MOMENT),
            "node": pa.array(hubs)
            .take(pa.array(np.asarray(who % 16, np.int64), pa.int64()))
            .dictionary_encode(),
            "operator": nothing,
            "promised_at": pa.nulls(count, MOMENT),
            "product": nothing,
            "origin": nothing,
            "dest": nothing,
            "flags": pa.nulls(count, pa.uint8()),
        }
    )


def shared_rules(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return those that the query judges too."""
    return tuple(
        rule for rule in rules if rule.kind in BOTH and not rule.flags and rule.id != "pickup_skipped"
    )


def numbers(rules: tuple[Rule, ...]) -> set[int]:
    """Return the rules' numbers."""
    return {rule.number for rule in rules}


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
