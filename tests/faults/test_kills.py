"""`kill -9` of web, workers, watch, import and replay at random moments, beside an installation left in peace.

Nothing that was acknowledged is lost, nothing is doubled, and both find the same. HUHANG_KILLS=30 kills more
often, HUHANG_SEED=n at other moments. See `parcels` for why the clock cannot make a difference.
"""

import json
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huhang.journey.rules.codes import Code
from huhang.journey.watch import log
from huhang.journey.watch.identity import identities
from tests.faults import parcels
from tests.faults.installation import Installation, prepare
from tests.faults.parcels import SENDERS, UNTIL, Batch
from tests.faults.sending import Pace, Sender

pytestmark = [pytest.mark.slow, pytest.mark.alone]

KILLS = int(os.environ.get("HUHANG_KILLS", "10"))
SEED = int(os.environ.get("HUHANG_SEED", "7"))
# Of all kills, these shares fall into the first and second part of the sending; the rest into the replay.
SHARES = (0.6, 0.2)


class Play:
    """One installation going through the whole story, disturbed by so many kills."""

    def __init__(self, house: Installation, file: Path, kills: int) -> None:
        self.house, self.file = house, file
        first, second = (round(kills * share) for share in SHARES)
        self.kills = (first, second, kills - first - second)
        self.chance = random.Random(SEED)
        self.acknowledged: list[Batch] = []
        self.attempts = 0
        self.found: dict[str, Any] = {}
        self.seconds = 0.0

    def run(self) -> "Play":
        begun = time.monotonic()
        self.house.start()
        self.house.send_out("import", "import", "scans", str(self.file))
        self._part(0)
        self._part(1)
        self.found["watch"] = outcome(self.house)
        self._replay()
        self.found["replay"] = outcome(self.house)
        self.seconds = time.monotonic() - begun
        return self

    def _part(self, part: int) -> None:
        pace = Pace(self.kills[part])
        senders = [
            Sender(self.house, (parcels.batches(number)[n] for n in parcels.PARTS[part]), pace, SEED + number)
            for number in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        try:
            for _ in range(self.kills[part]):
                self._kill_soon()
                pace.give()
            self.house.tend_until(lambda: not any(sender.is_alive() for sender in senders), seconds=120)
        finally:
            pace.end()
        assert not any(sender.failure for sender in senders), [sender.failure for sender in senders]
        self.house.tend_until(lambda: self.house.is_back("import"), seconds=120)
        self.house.fall_quiet()
        self.acknowledged += [batch for sender in senders for batch in sender.acknowledged]
        self.attempts += sum(sender.attempts for sender in senders)

    def _replay(self) -> None:
        for number in range(self.kills[2]):
            self.house.send_out(f"replay{number}", "watch", "replay", "--until", UNTIL.isoformat())
            self._kill_soon()
        self.house.send_out("replay", "watch", "replay", "--until", UNTIL.isoformat())
        self.house.tend_until(
            lambda: all(self.house.is_back(name) for name in self.house.members if name.startswith("replay")),
            seconds=120,
        )
        self.house.fall_quiet()

    def _kill_soon(self) -> None:
        until = time.monotonic() + self.chance.uniform(0.1, 1.5)
        self.house.tend_until(lambda: time.monotonic() >= until, seconds=10)
        self.house.kill_one(self.chance)


@pytest.fixture(scope="module")
def plays(tmp_path_factory):
    """The same story twice at the same time: in peace, and disturbed."""
    folder = tmp_path_factory.mktemp("faults")
    file = folder / "scans.parquet"
    parcels.write_file(file)
    in_peace, disturbed = folder / "a", folder / "b"
    token = prepare(in_peace, disturbed)
    houses = [Installation(in_peace, token), Installation(disturbed, token)]
    try:
        with ThreadPoolExecutor(2) as stages:
            running = [
                stages.submit(Play(house, file, kills).run)
                for house, kills in zip(houses, (0, KILLS), strict=True)
            ]
            yield [play.result() for play in running]
    finally:
        for house in houses:
            house.end()


def test_kills_change_nothing(plays: list[Play]) -> None:
    in_peace, disturbed = plays
    tell(in_peace, disturbed)
    assert sum(disturbed.house.kills.values()) == KILLS
    for play in plays:
        assert len(play.acknowledged) == SENDERS * (parcels.FIRST + parcels.SECOND)
        assert log_of(play.house) == sent(play)
        assert doctor(play.house)["扫描日志"] == [True]
        assert doctor(play.house)["任务队列"] == [True]
        assert_sums_are_right(play.house)
    for moment in ("watch", "replay"):
        for what, there in in_peace.found[moment].items():
            here = disturbed.found[moment][what]
            assert there, f"{what} after the {moment}: nothing to compare"
            missing, surplus = list(there - here), list(here - there)
            assert not missing and not surplus, (
                f"{what} after the {moment}: {len(missing)} missing, such as {missing[:3]},"
                f" {len(surplus)} too much, such as {surplus[:3]}"
            )


def tell(in_peace: Play, disturbed: Play) -> None:
    """Print the figures."""
    house = disturbed.house
    segments, rows = house.rows("SELECT count(*), sum(rows) FROM journey_segment")[0]
    found = disturbed.found["watch"]
    hits, tickets = found["hits"].total(), found["tickets"].total()
    again = house.rows("SELECT count(*) FROM procrastinate_events WHERE type = 'deferred_for_retry'")[0][0]
    print(
        f"\n{sum(house.kills.values())} kills {dict(house.kills)} in {disturbed.seconds:.0f} s"
        f" (in peace {in_peace.seconds:.0f} s): {len(disturbed.acknowledged)} batches acknowledged after"
        f" {disturbed.attempts} attempts, {segments} segments, {rows} scans;"
        f" {hits} hits, {tickets} cases, {again} jobs run again"
    )


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
        for identity in log.read_segment(folder / path, ["identity"])["identity"].to_pylist()
    )


def sent(play: Play) -> Counter[bytes]:
    """Every identity that was acknowledged, once."""
    rows = [
        row | {"event_time": datetime.fromisoformat(row["event_time"])}
        for batch in play.acknowledged
        for row in batch.good
    ]
    file = pq.read_table(play.file)
    told = pa.concat_tables([pa.Table.from_pylist(rows).select(file.column_names).cast(file.schema), file])
    codes = pa.array([int(Code[name]) for name in told["code"].to_pylist()], pa.uint8())
    nothing = pa.array([""] * told.num_rows)
    told = told.drop_columns(["code"]).append_column("code", codes)
    return Counter(
        identities(told.append_column("carrier", nothing).append_column("text", nothing)).to_pylist()
    )


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
