"""Scans are kept as long as they must be: removed whole, read by all before, in a safe order, with a record."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huhang.journey.actions import compaction, keeping, scan_log
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Removal, Segment
from huhang.journey.queries.scans import told_of
from tests.cast import Cast
from tests.factories import journey as factory
from tests.journey.pages.scenes import get, text
from tests.journey.watch.logged import rows

pytestmark = pytest.mark.django_db
OLD = timedelta(days=1100)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def merged() -> Callable[[timedelta], Segment]:
    """Eight batches in one file, received so long ago."""
    sent = 0

    def one(ago: timedelta) -> Segment:
        nonlocal sent
        for minute in range(8):
            sent += 1
            scan_log.append(rows([("A", minute + sent * 10)]), batch_key=f"batch {sent}")
        fresh = Segment.objects.filter(merged_into=None, seq__gt=0)
        last = max(fresh.values_list("seq", flat=True))
        Segment.objects.filter(merged_into=None, seq__gt=0).update(received_at=timezone.now() - ago)
        compaction.tidy(now=timezone.now() + HOUR)
        kept = Segment.objects.get(seq=last).merged_into
        assert kept is not None
        return kept

    return one


def remove() -> list[Removal]:
    scan_log.append(rows([("Z", 1)]), batch_key="newest")
    return keeping.remove_old(now=timezone.now())


class TestRemoveOld:
    def test_takes_whole_files_and_leaves_a_record(self, merged: Callable[[timedelta], Segment]) -> None:
        old = merged(OLD)
        young = merged(timedelta(days=1000))
        [removal] = remove()
        assert (removal.path, removal.rows, removal.batches) == (old.path, 8, 8)
        assert (removal.first_seq, removal.last_seq) == (1, 8)
        assert young in Segment.objects.filter(merged_into=None)
        assert not Segment.objects.filter(pk=old.pk).exists()
        assert len(told_of("A").scans) == 8
        assert told_of("A").unread == 0
        assert remove() == []

    def test_the_file_goes_an_hour_later(self, merged: Callable[[timedelta], Segment]) -> None:
        file = scan_log.root() / merged(OLD).path
        remove()
        compaction.remove_strays(now=timezone.now())
        assert file.exists()
        compaction.remove_strays(now=timezone.now() + 2 * HOUR)
        assert not file.exists()
        assert not file.with_suffix(".index").exists()

    def test_waits_for_every_watch(self, merged: Callable[[timedelta], Segment], cast: Cast) -> None:
        merged(OLD)
        cursor = factory.watch_cursor("spark", seq=7)
        assert remove() == []
        cursor.seq = 8
        cursor.save()
        assert len(remove()) == 1

    def test_waits_for_every_state_that_a_watch_may_start_from(
        self, merged: Callable[[timedelta], Segment], cast: Cast, settings: Any
    ) -> None:
        merged(OLD)
        watch = Watch()
        watch.save()  # before anything was read
        watch.round()
        assert remove() == []
        watch.save()
        next((settings.VAR / "watch").glob(f"{0:012}.*")).unlink()
        assert len(remove()) == 1

    def test_a_watch_goes_on_afterwards(self, merged: Callable[[timedelta], Segment], cast: Cast) -> None:
        merged(OLD)
        Watch().round()
        remove()
        merged(timedelta())
        assert Watch().round().segments == 9

    def test_the_newest_stays_for_its_number(self, merged: Callable[[timedelta], Segment]) -> None:
        """Or the next batch would get a number that the watch has passed."""
        merged(OLD)
        assert keeping.remove_old(now=timezone.now()) == []

    @pytest.mark.parametrize(("days", "kept"), [(0, None), (1096, 1096), (5, keeping.LEAST_DAYS)])
    def test_for_how_long_is_a_setting(self, days: int, kept: int | None, settings: Any) -> None:
        settings.KEEP_SCANS_DAYS = days
        assert keeping.kept_days() == kept

    def test_for_ever_removes_nothing(self, merged: Callable[[timedelta], Segment], settings: Any) -> None:
        settings.KEEP_SCANS_DAYS = 0
        merged(OLD)
        assert remove() == []


class TestTracePage:
    def test_says_that_earlier_scans_were_removed(
        self, merged: Callable[[timedelta], Segment], cast: Cast
    ) -> None:
        factory.waybill("A", registered_at=timezone.now() - OLD - HOUR)
        factory.waybill("B", registered_at=timezone.now())
        merged(OLD)
        remove()
        assert "已到保存期限" in text(get(cast.hua, "journey:trace", "A"))
        assert "已到保存期限" not in text(get(cast.hua, "journey:trace", "B"))

    def test_says_that_an_archive_cannot_be_read_now(
        self, merged: Callable[[timedelta], Segment], cast: Cast
    ) -> None:
        lost = merged(timedelta())
        scan_log.append(rows([("A", 1)]), batch_key="fresh")
        (scan_log.root() / lost.path).write_bytes(b"torn")
        answer = get(cast.hua, "journey:trace", "A")
        assert answer.status_code == 200
        assert "8 条扫描" in text(answer)
        assert "暂时无法读取" in text(answer)
