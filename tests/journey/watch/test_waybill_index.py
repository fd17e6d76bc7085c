"""The index of a merged file: it points at every waybill, and is never believed when it is not whole and its own."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.journey.watch import finder, footer, merging, waybill_index
from huhang.journey.watch.log import Unreadable
from huhang.journey.watch.waybill_index import HELD, PAGE, CannotIndex, Entries, Index, IndexIsWrong
from tests.journey.watch.logged import minutes_of, segment

MANY = [(f"W{number:06}", minute) for number in range(9_000) for minute in (1, 2)]
HOT = [("HOT", minute) for minute in range(20_000)]
WRITTEN = [17665956581633026203, 7248688808703408876, 9772475661917067472]
NUMBERS = st.text(min_size=1, max_size=40)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    return merging.merge([(1, segment(folder, [*MANY, *HOT]))], folder)


@pytest.fixture
def merged(original: Path, tmp_path: Path) -> Path:
    copied = Path(shutil.copy(original, tmp_path / original.name))
    shutil.copy(waybill_index.path_of(original), waybill_index.path_of(copied))
    return copied


def found(waybill: str, merged: Path) -> list[int]:
    return minutes_of(finder.rows_of(waybill, merged))


@settings(deadline=None)
@given(st.lists(NUMBERS, max_size=30))
def test_a_hash_is_the_same_alone_and_in_a_column(numbers: list[str]) -> None:
    column = pa.chunked_array([pa.array(numbers, pa.string())])
    assert waybill_index.hashes(column).tolist() == [waybill_index.hash_of(number) for number in numbers]


def test_a_hash_stays_what_it_is_on_disk() -> None:
    assert [waybill_index.hash_of(no) for no in ("", "773120047514", "运单")] == WRITTEN


def test_numbers_in_a_row_are_spread_over_the_pages() -> None:
    entries = Entries()
    entries.add(pa.chunked_array([pa.array([f"773120{number:06}" for number in range(100_000)])]), 0)
    assert len(entries.pages()) < 1.1 * 100_000 / (HELD * waybill_index.FILLED) + 2


def test_everything_is_found_and_nothing_else(merged: Path) -> None:
    assert found("W000000", merged) == found("W008999", merged) == [1, 2]
    assert found("HOT", merged) == list(range(20_000))  # over several row groups
    assert finder.rows_of("W009000", merged) == []


def test_what_is_not_there_is_not_looked_for(merged: Path) -> None:
    index = Index(merged)
    pointed_at = [index.find(waybill_index.hash_of(f"X{number:06}")) for number in range(2_000)]
    assert sum(map(len, pointed_at)) == 0


def test_a_lookup_knows_one_row_group_and_not_the_whole_footer(merged: Path) -> None:
    index = Index(merged)
    with merged.open("rb") as file:
        end = pq.read_metadata(pa.BufferReader(index.end_of(file, 1)))
    whole = pq.read_metadata(merged)
    assert end.num_row_groups == 1
    assert end.row_group(0).column(4).to_dict() == whole.row_group(1).column(4).to_dict()


class TestWrong:
    """A file that lies about itself: the answer stays right."""

    def spoil(self, merged: Path, kind: str) -> None:
        index = waybill_index.path_of(merged)
        content = bytearray(index.read_bytes())
        if kind == "missing":
            index.unlink()
            return
        if kind == "cut off":
            del content[len(content) // 2 :]
        elif kind == "empty":
            content.clear()
        elif kind == "holes":
            content[PAGE:] = bytes(len(content) - PAGE)
        elif kind == "one bit":
            for page in range(PAGE, len(content), 512):
                content[page + 9] ^= 1
        elif kind == "foreign":
            other = segment(merged.parent, [("A", 1)])
            alone = merging.merge([(1, other)], merged.parent)
            content = bytearray(waybill_index.path_of(alone).read_bytes())
        index.write_bytes(content)

    KINDS = ("missing", "cut off", "empty", "holes", "one bit", "foreign")

    @pytest.mark.parametrize("is_open", [False, True])
    @pytest.mark.parametrize("kind", KINDS)
    def test_index_is_left_out_and_can_be_made_again(self, merged: Path, kind: str, is_open: bool) -> None:
        if is_open:
            found("W000777", merged)
        self.spoil(merged, kind)
        assert found("W000777", merged) == [1, 2]
        assert finder.rows_of("W009000", merged) == []
        waybill_index.build(merged)
        Index(merged).check()
        assert found("W000777", merged) == [1, 2]

    @pytest.mark.parametrize("kind", KINDS[1:])
    def test_index_is_noticed(self, merged: Path, kind: str) -> None:
        self.spoil(merged, kind)
        with pytest.raises(IndexIsWrong):
            Index(merged).check()

    def test_segment_under_a_good_index_is_told_apart(self, merged: Path) -> None:
        content = bytearray(merged.read_bytes())
        content[1000:50_000] = bytes(49_000)
        merged.write_bytes(content)
        with pytest.raises(Unreadable):
            finder.rows_of("HOT", merged)
        merged.unlink()
        with pytest.raises(FileNotFoundError):
            finder.rows_of("HOT", merged)
        assert finder.rows_of("W009000", merged) == []  # its index is enough for that


def test_made_up_numbers_of_one_hash_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        waybill_index, "hashes", lambda waybills: np.arange(len(waybills), dtype=np.uint64) % np.uint64(2**20)
    )
    entries = Entries()
    entries.add(pa.array([str(number) for number in range(2 * HELD)]), 0)
    with pytest.raises(CannotIndex):
        entries.pages()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 100, b"PAR1" + b"\xff" * 50 + b"\x32\0\0\0PAR1"])
def test_what_is_no_parquet_file_is_not_cut(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    path.write_bytes(content)
    with pytest.raises((footer.UnknownFooter, OSError)):
        footer.cut(path)
