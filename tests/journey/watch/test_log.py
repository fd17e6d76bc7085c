"""The scan log keeps every row, gives one parcel's rows quickly, and loses nothing when merged."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from huhang.journey.rules.codes import Code
from huhang.journey.watch import finder, log, merging
from huhang.journey.watch.identity import identities
from tests.journey.watch.plain import Scan
from tests.journey.watch.scans import table

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def logged(scans: list[Scan]) -> pa.Table:
    rows = table(scans)
    count = rows.num_rows
    rows = rows.append_column("carrier", pa.array(["sto"] * count).dictionary_encode())
    rows = rows.append_column("text", pa.array(["到件"] * count))
    rows = rows.append_column("identity", identities(rows))
    for name in ("reason", "source", "received_at"):
        rows = rows.append_column(name, pa.nulls(count, log.SCHEMA.field(name).type))
    return rows.select(log.SCHEMA.names)


def scan(waybill: str, code: Code, hour: int) -> Scan:
    return Scan(waybill, code, START + timedelta(hours=hour), "SZ-WZ", "w1")


MORNING = [scan("A", Code.ARRIVED, 1), scan("B", Code.ARRIVED, 1), scan("A", Code.PICKED_UP, 0)]
EVENING = [scan("A", Code.ARRIVED, 1), scan("A", Code.SIGNED, 9), scan("C", Code.SIGNED, 9)]


@pytest.fixture
def segments(tmp_path: Path) -> list[Path]:
    return [
        log.write_segment(logged(scans).drop_columns(["identity"]), tmp_path) for scans in (MORNING, EVENING)
    ]


def test_a_written_segment_is_read_as_it_was(segments: list[Path]) -> None:
    assert log.read_segment(segments[0]).cast(log.SCHEMA).equals(logged(MORNING).cast(log.SCHEMA))


def test_nothing_unfinished_is_left_behind(segments: list[Path]) -> None:
    assert sorted(segments[0].parent.iterdir()) == sorted(segments)


class TestTrace:
    def test_tells_each_event_once_in_order(self, segments: list[Path]) -> None:
        rows = finder.trace("A", segments)
        assert rows["code"].to_pylist() == [Code.PICKED_UP, Code.ARRIVED, Code.SIGNED]

    def test_of_an_unknown_waybill_is_empty(self, segments: list[Path]) -> None:
        assert finder.trace("Z", segments).num_rows == 0

    def test_finds_the_row_group_in_a_merged_segment(self, tmp_path: Path) -> None:
        many = [scan(f"W{number:05}", Code.ARRIVED, 1) for number in range(2 * merging.GROUP_ROWS)]
        merged = merging.merge(
            [(1, log.write_segment(logged(many).drop_columns(["identity"]), tmp_path))], tmp_path / "merged"
        )
        assert finder.trace("W10000", [merged])["waybill"].to_pylist() == ["W10000"]


class TestMerge:
    def test_gives_back_every_segment(self, segments: list[Path], tmp_path: Path) -> None:
        merged = merging.merge(zip((7, 9), segments, strict=True), tmp_path / "merged")
        window = merging.Window(merged, [(7, len(MORNING)), (9, len(EVENING))], ["waybill", "code"])
        for seq, scans in ((7, MORNING), (9, EVENING)):
            again = window.of(seq).to_pylist()
            assert sorted(map(str, again)) == sorted(
                map(str, ({"waybill": scan.waybill, "code": int(scan.code)} for scan in scans))
            )

    def test_traces_the_same(self, segments: list[Path], tmp_path: Path) -> None:
        merged = merging.merge(zip((7, 9), segments, strict=True), tmp_path / "merged")
        assert finder.trace("A", [merged]).equals(finder.trace("A", segments))
