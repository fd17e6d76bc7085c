"""The log's own promise when the database breaks off."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError

from huhang.journey.actions import scan_log
from huhang.journey.models import Segment
from tests.journey.actions import killed

pytestmark = pytest.mark.django_db


def test_a_connection_that_breaks_after_the_commit_loses_nothing(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR = tmp_path
    enter = scan_log._enter

    def enter_and_break_off(*args: Any) -> Segment:
        enter(*args)
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as broken, pytest.raises(OperationalError):
        broken.setattr(scan_log, "_enter", enter_and_break_off)
        scan_log.append(killed.batch(1), batch_key="one")
    segment = scan_log.append(killed.batch(1), batch_key="one")
    assert (scan_log.root() / segment.path).is_file()
    assert Segment.objects.count() == 1
