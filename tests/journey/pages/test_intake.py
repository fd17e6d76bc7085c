"""The health of the intake: what came, what was refused, how far the watch has read."""

import pytest

from tests.cast import Cast
from tests.factories.journey import segment, watch_cursor
from tests.journey.pages.scenes import get, text

pytestmark = pytest.mark.django_db


def test_an_empty_log_says_how_to_feed_it(cast: Cast) -> None:
    assert "POST /api/v1/scans" in text(get(cast.hua, "journey:intake"))


def test_shows_how_far_the_watch_is_behind(cast: Cast) -> None:
    for seq in range(1, 6):
        segment(seq)
    assert "未启动" in text(get(cast.hua, "journey:intake"))
    cursor = watch_cursor(seq=2)
    assert "落后 3 批" in text(get(cast.hua, "journey:intake"))
    cursor.seq = 5
    cursor.save()
    assert "最新一批" in text(get(cast.hua, "journey:intake"))


def test_merged_files_are_nobodys_batch(cast: Cast) -> None:
    segment(1)
    segment(-1, source="merged")
    assert "merged" not in text(get(cast.hua, "journey:intake"))


def test_refused_rows_can_be_fetched_with_their_reasons(cast: Cast) -> None:
    segment(1)
    segment(2, rejected=[{"row": 3, "reason": "时间在未来", "waybill": "=773"}])
    page = text(get(cast.hua, "journey:intake", query="?only=refused"))
    assert "#2" in page
    assert "#1<" not in page
    file = get(cast.hua, "journey:intake_rejects", 2).content.decode("utf-8-sig")
    assert file.splitlines() == ["行,原因,waybill", "3,时间在未来,'=773"]
    assert get(cast.hua, "journey:intake_rejects", 9).status_code == 404


def test_is_only_for_those_who_feed_it(cast: Cast) -> None:
    assert get(cast.gao, "journey:intake").status_code == 403
