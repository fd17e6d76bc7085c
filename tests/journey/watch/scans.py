"""Scans for tests: Arrow tables from plain scans, and a small country to send parcels through."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from huhang.journey.watch.pack import read_rules
from huhang.journey.watch.program import SECOND
from huhang.journey.watch.world import Place, World
from tests.journey.watch.plain import Scan

MOMENT = pa.timestamp("us", "UTC")
RULES = read_rules(Path(__file__).resolve().parents[3] / "packs" / "watch_rules.yaml")
NUMBER = {rule.id: rule.number for rule in RULES}
DAYTIME = sum(1 << hour for hour in range(7, 22))
PLACES = {
    "HQ": Place("hq", "", "", "/HQ/"),
    "JS": Place("province", "", "江苏", "/HQ/JS/"),
    "ZJ": Place("province", "", "浙江", "/HQ/ZJ/"),
    "XJ": Place("province", "", "新疆", "/HQ/XJ/"),
    "SZ": Place("city", "苏州", "江苏", "/HQ/JS/SZ/"),
    "HZ": Place("city", "杭州", "浙江", "/HQ/ZJ/HZ/"),
    "SZ-WZ": Place("outlet", "苏州", "江苏", "/HQ/JS/SZ/SZ-WZ/", DAYTIME),
    "SZ-HUB": Place("hub", "苏州", "江苏", "/HQ/JS/SZ/SZ-HUB/"),
    "NJ-HUB": Place("hub", "南京", "江苏", "/HQ/JS/NJ-HUB/"),
    "HZ-XH": Place("outlet", "杭州", "浙江", "/HQ/ZJ/HZ/HZ-XH/", 1 << 9 | 1 << 18),
    "HZ-HUB": Place("hub", "杭州", "浙江", "/HQ/ZJ/HZ/HZ-HUB/"),
    "NB-HUB": Place("hub", "", "浙江", "/HQ/ZJ/NB-HUB/"),  # in no city
    "XJ-1": Place("outlet", "乌鲁木齐", "新疆", "/HQ/XJ/XJ-1/"),
}
ROUTES = {
    ("JS", "ZJ", ""): frozenset({"SZ-HUB", "HZ-HUB"}),
    ("JS", "ZJ", "economy"): frozenset({"NJ-HUB"}),
    ("SZ-WZ", "ZJ", ""): frozenset({"NB-HUB"}),
    ("SZ", "HZ-XH", "standard"): frozenset({"SZ-HUB"}),
    ("HQ", "XJ", ""): frozenset({"NJ-HUB", "HZ-HUB"}),
}
WORLD = World(RULES, PLACES, ROUTES)


def table(scans: list[Scan]) -> pa.Table:
    """Return scans as the log has them."""
    facts = [scan.facts for scan in scans]
    return pa.table(
        {
            "waybill": pa.array([scan.waybill for scan in scans], pa.string()),
            "code": pa.array([int(scan.code) for scan in scans], pa.uint8()),
            "event_time": pa.array([scan.at for scan in scans], MOMENT),
            "node": pa.array([scan.node for scan in scans], pa.string()),
            "operator": pa.array([scan.operator for scan in scans], pa.string()),
            "promised_at": pa.array([fact and fact.promised_at for fact in facts], MOMENT),
            "product": pa.array([fact and fact.product for fact in facts], pa.string()),
            "origin": pa.array([fact and fact.origin for fact in facts], pa.string()),
            "dest": pa.array([fact and fact.dest for fact in facts], pa.string()),
            "flags": pa.array([fact and fact.flags for fact in facts], pa.uint8()),
        }
    )


def us(at: datetime) -> int:
    """Return a moment as the kernel counts it."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
