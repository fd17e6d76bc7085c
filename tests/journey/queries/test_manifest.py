"""What a process knows of the manifest stays true, and asking for news costs one statement."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huhang.journey.actions import scan_log
from huhang.journey.models import Segment
from huhang.journey.queries import manifest
from huhang.journey.queries.scans import told_of
from tests.journey.watch.logged import rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path


def append(number: int, waybill: str = "A") -> Segment:
    return scan_log.append(rows([(waybill, number)]), batch_key=str(number))


def asked(waybill: str = "A") -> int:
    with CaptureQueriesContext(connection) as queries:
        told_of(waybill)
    return len(queries)


def test_a_lookup_asks_once_whether_there_is_news(settings: Any) -> None:
    append(1)
    told_of("A")
    assert asked() == 1
    append(2)
    assert asked() == 1
    assert len(told_of("A").scans) == 2


def test_only_files_that_hold_the_waybill_are_opened() -> None:
    for number in range(50):
        append(number, f"W{number % 10}")
    assert [entry.seq for entry in manifest.current().that_may_hold("W3")] == [4, 14, 24, 34, 44]
    assert manifest.current().that_may_hold("W10") == []


def test_big_batches_are_asked_whatever_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_log, "FINGERPRINTED_AT_MOST", 0)
    append(1, "A")
    assert len(manifest.current().that_may_hold("B")) == 1
    assert (len(told_of("A").scans), told_of("B").scans) == (1, [])


def test_a_database_that_was_set_back_is_noticed() -> None:
    for number in range(3):
        append(number)
    assert len(told_of("A").scans) == 3
    Segment.objects.filter(seq__gt=1).delete()
    append(7, "B")  # takes the number of another batch
    assert [scan.text for scan in told_of("A").scans] == ["0"]
    assert [scan.text for scan in told_of("B").scans] == ["7"]


def test_an_empty_log_is_asked_again() -> None:
    assert told_of("A").scans == []
    append(1)
    assert len(told_of("A").scans) == 1
