"""`huhang log`: what the keeper of the machine sees and does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from huhang.journey.actions import scan_log
from huhang.journey.models import Segment
from tests.factories.journey import removal
from tests.journey.watch.logged import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    settings.VAR = tmp_path
    for number in range(8):
        scan_log.append(rows([("A", number)]), batch_key=str(number))

    def say(word: str) -> str:
        call_command("log", word)
        return capsys.readouterr().out

    return say


def test_status_lists_files_by_size(said: Any) -> None:
    removal()
    told = said("status")
    assert "每个小于 1 万条：8 个文件，8 条" in told
    assert "8 个待合并" in told
    assert "已清除 1000 条" in told
    assert "保存 1096 天" in told


def test_status_names_a_lost_file(said: Any) -> None:
    path = Segment.objects.earliest("seq").path
    (scan_log.root() / path).unlink()
    assert f"！文件不见了：{path}" in said("status")


def test_compact_does_what_is_due(said: Any) -> None:
    Segment.objects.update(received_at=timezone.now() - timedelta(hours=1))
    assert "合并了 1 次" in said("compact")
    assert "每个小于 1 万条：1 个文件，8 条" in said("status")


def test_keep_removes_what_is_over(said: Any) -> None:
    assert "清除 0 条" in said("keep")
