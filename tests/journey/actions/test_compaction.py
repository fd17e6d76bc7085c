"""Whatever is done to the log's files, at every moment every scan is found once, by traces and by the watch."""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huhang.journey.actions import compaction, scan_log
from huhang.journey.models import Segment, WatchCursor
from huhang.journey.queries import manifest
from huhang.journey.queries.scans import told_of
from huhang.journey.rules import log_levels
from huhang.journey.watch import waybill_index
from tests.journey.watch.logged import rows

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=2)
Append = Callable[..., Segment]


@pytest.fixture
def append(tmp_path: Path, settings: Any) -> Append:
    settings.VAR = tmp_path
    compaction._damaged.clear()
    sent = 0

    def one(*told: tuple[str, int]) -> Segment:
        nonlocal sent
        sent += 1
        return scan_log.append(rows(list(told)), batch_key=f"batch {sent}")

    return one


def minutes(waybill: str) -> list[int]:
    """The scans of a waybill, by the minute that each tells."""
    return [int(scan.text) for scan in told_of(waybill).scans]


def read() -> dict[int, list[tuple[str, str]]]:
    """The log as the watch reads it."""
    segments = Segment.objects.filter(seq__gt=0).select_related("merged_into").order_by("seq")
    return {
        segment.seq: sorted((row["waybill"], row["text"]) for row in table.to_pylist())
        for segment, table in scan_log.read(list(segments), ["waybill", "text"])
    }


def tidy() -> int:
    return compaction.tidy(now=timezone.now() + LATER)


def file_of(segment: Segment) -> Path:
    segment.refresh_from_db()
    return scan_log.root() / segment.path


class TestMerging:
    def test_at_every_moment_each_scan_is_found_once(
        self, append: Append, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Batches, merges and clearing in any order; the greatest sizes are small, so that all levels occur."""
        monkeypatch.setattr(log_levels, "MOST_ROWS", 400)
        monkeypatch.setattr(log_levels, "MOST_FRESH", 60)
        monkeypatch.setattr(scan_log, "FINGERPRINTED_AT_MOST", 12)
        chance = random.Random(3)
        expected: dict[str, list[int]] = {}
        batches: dict[int, list[tuple[str, str]]] = {}
        for step in range(150):
            told = [(f"W{chance.randrange(30)}", step * 100 + n) for n in range(chance.choice([1, 3, 20]))]
            batches[append(*told).seq] = sorted((waybill, str(minute)) for waybill, minute in told)
            for waybill, minute in told:
                expected.setdefault(waybill, []).append(minute)
            if chance.random() < 0.2:
                compaction.merge_old(now=timezone.now() + LATER)
            if chance.random() < 0.1:
                compaction.remove_strays(now=timezone.now() + LATER)
            some = chance.choice(sorted(expected))
            assert minutes(some) == expected[some]
        assert Segment.objects.filter(seq__lt=0).exists()
        assert {waybill: minutes(waybill) for waybill in expected} == expected
        assert read() == batches
        tidy()
        assert Segment.objects.filter(merged_into=None).count() < 20
        assert {waybill: minutes(waybill) for waybill in expected} == expected
        assert read() == batches

    def test_a_process_that_knew_the_files_before_learns_of_the_merge(self, append: Append) -> None:
        for minute in range(8):
            append(("A", minute))
        known = manifest.current()
        tidy()
        compaction.remove_strays(now=timezone.now() + LATER + LATER)
        assert [entry.seq for entry in manifest.current().that_may_hold("A")] == [-1]
        manifest._known = known  # as if it had asked a moment before the merge
        assert minutes("A") == list(range(8))

    def test_a_process_that_is_at_it_is_left_alone(
        self, append: Append, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for minute in range(8):
            append(("A", minute))
        monkeypatch.setattr(compaction, "only_one", _somebody_else)
        assert (compaction.is_due(now=timezone.now() + LATER), tidy()) == (False, 0)

    def test_what_a_watch_has_not_read_stays_readable_in_small_files(
        self, append: Append, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(log_levels, "MOST_UNREAD", 8)
        WatchCursor.objects.create(name="local", seq=0)
        for minute in range(24):
            append(("A", minute))
        tidy()
        assert Segment.objects.filter(merged_into=None).count() == 3

    def test_a_file_is_not_removed_while_somebody_may_read_it(self, append: Append) -> None:
        files = [file_of(append(("A", minute))) for minute in range(8)]
        for file in files:
            os.utime(file, (0, 0))
        assert compaction.merge_old(now=timezone.now() + LATER)
        compaction.remove_strays(now=timezone.now())
        assert all(file.exists() for file in files)


class _somebody_else:  # noqa: N801 - used as a function
    def __enter__(self) -> bool:
        return False

    def __exit__(self, *_: object) -> None:
        pass


class TestLostFiles:
    """A disk that loses a file: the rest goes on, and whoever looks is told."""

    def lose(self, segment: Segment, how: str) -> None:
        file = file_of(segment)
        if how == "gone":
            file.unlink()
        else:
            file.write_bytes(file.read_bytes()[:-20])

    @pytest.mark.parametrize("how", ["gone", "torn"])
    def test_a_trace_shows_what_is_left_and_says_so(self, append: Append, how: str) -> None:
        append(("A", 1))
        self.lose(append(("A", 2), ("B", 3)), how)
        told = told_of("A")
        assert ([scan.text for scan in told.scans], told.unread) == (["1"], 2)
        assert told_of("C").unread == 0

    @pytest.mark.parametrize("how", ["gone", "torn"])
    def test_others_are_merged_without_it(self, append: Append, how: str) -> None:
        segments = [append(("A", minute)) for minute in range(9)]
        self.lose(segments[4], how)
        assert tidy() == 1
        assert minutes("A") == [0, 1, 2, 3, 5, 6, 7, 8]
        assert Segment.objects.get(pk=segments[4].pk).merged_into is None

    def test_of_a_merged_file_the_index_still_says_who_is_not_in_it(self, append: Append) -> None:
        segments = [append(("A", minute)) for minute in range(8)]
        tidy()
        self.lose(segments[0], "gone")
        assert (told_of("A").unread, told_of("B").unread) == (8, 0)

    def test_a_lost_index_is_made_again(self, append: Append) -> None:
        segments = [append(("A", minute)) for minute in range(8)]
        tidy()
        index = waybill_index.path_of(file_of(segments[0]))
        index.unlink()
        assert minutes("A") == list(range(8))
        assert compaction.is_due(now=timezone.now())
        tidy()
        assert index.exists()

    def test_an_index_without_its_file_goes(self, append: Append) -> None:
        segments = [append(("A", minute)) for minute in range(8)]
        tidy()
        first = waybill_index.path_of(file_of(segments[0]))
        stray = first.with_name("stray.index")
        stray.write_bytes(first.read_bytes())
        compaction.remove_strays(now=timezone.now() + LATER)
        assert (stray.exists(), first.exists()) == (False, True)
