"""On real parcels, too, the kernel tells what the plainly written watch tells."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from bench import real_parcels
from huhang.journey.feeds import mappings, times, words
from huhang.journey.rules.codes import Code
from huhang.journey.rules.intake import Terms, check
from huhang.journey.rules.storm import Storm
from huhang.journey.watch.world import Place, World
from tests.data import shared
from tests.journey.watch.plain import Facts, Scan
from tests.journey.watch.reference import Reference
from tests.journey.watch.scans import RULES
from tests.journey.watch.streams import Step
from tests.journey.watch.test_against_reference import Shards, live

pytestmark = pytest.mark.shared_data
LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)
HUB_WORDS = ("中心", "中转", "转运", "分拨", "集散", "处理")
DAY = timedelta(days=1)


def plain(table: pa.Table) -> list[Scan]:
    """The log's rows as plain scans."""
    return [_scan(row) for row in table.to_pylist()]


def _scan(row: dict[str, Any]) -> Scan:
    facts = Facts(*(row[name] for name in Facts._fields)) if row["code"] == Code.REGISTERED else None
    return Scan(row["waybill"], Code(row["code"]), row["event_time"], row["node"], row["operator"], facts)


def agree(world: World, lived: list[Step]) -> Reference:
    """Let the kernel, alone and in three shards, and the plain watch live it; they tell the same."""
    plainly, one, three = Reference(world), Shards(world, 1), Shards(world, 3)
    for watch in (plainly, one, three):
        live(watch, world, lived, start=lived_from(lived))
    assert one.told().hits == plainly.hits
    assert three.told().hits == plainly.hits
    assert one.told().counts == three.told().counts == plainly.counts
    return plainly


def lived_from(lived: list[Step]) -> datetime:
    return min(scan.at for step in lived for scan in step.scans or ())


def by_weeks(scans: list[Scan], weeks: int) -> list[Step]:
    """Batches as they would have come, and time passing before each."""
    start = min(scan.at for scan in scans)
    parts: dict[int, list[Scan]] = {}
    for scan in scans:
        parts.setdefault((scan.at - start) // (weeks * 7 * DAY), []).append(scan)
    steps = []
    for number in range(max(parts) + 1):
        steps += [Step(weeks * 168), Step(0, parts.get(number, []))]
    return steps


def test_orders_of_a_market() -> None:
    table = real_parcels.olist(shared("olist_orders")).scans
    told = agree(World(RULES), by_weeks(plain(table), 4))
    assert len(told.hits) > len(told.parcels)


@pytest.fixture(scope="module")
def traces() -> list[Scan]:
    lines = (shared("cn_scan_traces") / "traces.jsonl").read_text("utf-8").splitlines()
    mapping = mappings.find("cn_traces")
    flat = [scan for _, scan in mappings.unnest(mapping, enumerate(map(json.loads, lines)))]
    names = dict.fromkeys(name for scan in flat for name in scan)
    table = pa.table({name: pa.array([scan.get(name) for scan in flat], pa.string()) for name in names})
    terms = Terms("cn_traces", words.by_carrier, times.moment, zone=mapping.zone)
    checked = check(table, terms, now=LONG_AFTER)
    assert checked.refused == []
    return plain(checked.good)


def ground(scans: list[Scan]) -> dict[str, Place]:
    """Places from their names: who sounds like a hub is one; the first two letters are a city."""
    return {
        scan.node: Place(
            "hub" if any(word in scan.node for word in HUB_WORDS) else "outlet",
            scan.node[:2],
            "",
            f"/HQ/{scan.node[:2]}/",
            0b111111110000000000,
        )
        for scan in scans
        if scan.node
    }


@pytest.mark.parametrize("seed", range(20))
def test_traces_of_carriers_in_any_order(traces: list[Scan], seed: int) -> None:
    chance = random.Random(seed)
    told = traces + chance.sample(traces, len(traces) // 5)
    chance.shuffle(told)
    # Everything in one week, so that parcels meet the same storms.
    first: dict[str, datetime] = {}
    for scan in traces:
        first[scan.waybill] = min(scan.at, first.get(scan.waybill, scan.at))
    begin = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    moved = [scan._replace(at=begin + (scan.at - first[scan.waybill])) for scan in told]
    places = ground(traces)
    storm = Storm(
        id=1,
        path=chance.choice(list(places.values())).path,
        starts_at=begin,
        ends_at=begin + 2 * DAY,
        extra_minutes=600,
    )
    world = World(RULES, places)
    cut = sorted(chance.sample(range(len(moved)), 4))
    parts = [moved[a:b] for a, b in zip([0, *cut], [*cut, len(moved)], strict=True)]
    lived = [Step(chance.choice([0, 10, 30]), part) for part in parts]
    lived.insert(2, Step(9, world=replace(world, storms=(storm,)), restarts=True))
    assert agree(world, lived).hits
