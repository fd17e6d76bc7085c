"""Merging in streams gives what sorting everything at once gives."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huhang.journey.watch import finder, log, merging
from huhang.journey.watch.log import Unreadable
from huhang.journey.watch.merging import Window
from tests.journey.watch.logged import minutes_of, segment, told_by

WAYBILLS = st.sampled_from([*"ABCDE", "运单1", "A" * 30, "A1", "B0"])
BATCH = st.lists(st.tuples(WAYBILLS, st.integers(0, 500)), min_size=1, max_size=40)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups and stretches so short that a few rows have many borders."""
    monkeypatch.setattr(merging, "GROUP_ROWS", 4)
    monkeypatch.setattr(merging, "STRETCH_ROWS", 16)
    monkeypatch.setattr(merging, "WINDOW_ROWS", 50)


@pytest.mark.usefixtures("small")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.lists(BATCH, min_size=1, max_size=3), min_size=1, max_size=4), BATCH)
def test_a_merge_of_merges_and_fresh_files_holds_every_row(
    tmp_path: Path, merges: list[list[list[tuple[str, int]]]], late: list[tuple[str, int]]
) -> None:
    seq, batches, sources = 0, {}, []
    for number, some in enumerate(merges):
        files = []
        for batch in some:
            seq += 1
            batches[seq] = batch
            files.append((seq, segment(tmp_path, batch)))
        sources.append((-1 - number, merging.merge(files, tmp_path)))
    seq += 1
    batches[seq] = late
    merged = merging.merge([*sources, (seq, segment(tmp_path, late))], tmp_path)

    everything = sorted((waybill.encode(), minute) for batch in batches.values() for waybill, minute in batch)
    assert [(w.encode(), m) for w, m in told_by(log.read_segment(merged))] == everything
    for waybill in {*"ABCDE", "A1", "Z"}:
        expected = sorted(m for w, m in everything if w == waybill.encode())
        assert minutes_of(finder.rows_of(waybill, merged)) == expected
    sizes = [(number, len(batch)) for number, batch in batches.items()]
    for number, batch in batches.items():
        window = Window(merged, [size for size in sizes if size[0] >= number], ["waybill", "text"])
        assert sorted(told_by(window.of(number))) == sorted(batch)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    good, bad = segment(tmp_path, [("A", 1)]), segment(tmp_path, [("B", 1)])
    bad.write_bytes(bad.read_bytes()[:-20])
    with pytest.raises(Unreadable) as caught:
        merging.merge([(1, good), (2, bad)], tmp_path)
    assert caught.value.args == (bad,)


def test_a_merge_that_breaks_leaves_no_file_of_that_name(tmp_path: Path) -> None:
    bad = segment(tmp_path, [("B", 1)])
    bad.write_bytes(b"")
    with pytest.raises(Unreadable):
        merging.merge([(2, bad)], tmp_path / "merged")
    assert not list((tmp_path / "merged").glob("*.parquet"))
