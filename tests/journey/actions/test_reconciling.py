"""Hour by hour the counts, the manifest, the files and the pushes must say the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.utils import timezone

from huhang.journey.actions import reconciling, scan_log
from huhang.journey.models import IntakeCount, Reconciliation, Segment
from huhang.journey.rules.codes import Code
from huhang.journey.tasks import intake_is_well
from tests.factories import journey as factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def fed(tmp_path: Path, settings: Any, db: None) -> Segment:
    """Two scans came in just now."""
    settings.VAR = tmp_path
    scans = pa.table({
        "waybill": ["YT1", "YT2"], "code": pa.array([int(Code.ARRIVED)] * 2, pa.uint8()),
        "event_time": pa.array([timezone.now() - timedelta(hours=1)] * 2, pa.timestamp("us", "UTC")),
        "reason": pa.array([0, 0], pa.uint8()), "carrier": ["yto"] * 2, "node": ["SZ-WZ"] * 2,
        "operator": [""] * 2, "text": [""] * 2, "source": ["api:hua"] * 2,
    })  # fmt: skip
    return scan_log.append(scans, batch_key="one", source="api:hua", rejected=[{"row": 3, "code": "missing"}])


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1, minutes=10)


def test_an_hour_that_adds_up_is_well_and_not_asked_again(fed: Segment) -> None:
    assert reconciling.reconcile(now=later()) == 1
    [row] = Reconciliation.objects.all()
    assert (row.counted, row.manifest, row.in_files, row.is_well) == (2, 2, 2, True)
    assert reconciling.reconcile(now=later()) == 0
    assert all(finding.is_well for finding in intake_is_well())


def test_an_hour_that_still_runs_is_left_alone(fed: Segment) -> None:
    assert reconciling.reconcile(now=datetime.now(UTC)) == 0


@pytest.mark.parametrize("damage", ["file", "manifest", "count"])
def test_whatever_book_is_wrong_is_noticed(fed: Segment, damage: str) -> None:
    if damage == "file":
        (scan_log.root() / fed.path).unlink()
    elif damage == "manifest":
        Segment.objects.update(rows=3)
    else:
        IntakeCount.objects.filter(what="accepted").update(amount=1)
    reconciling.reconcile(now=later())
    assert Reconciliation.objects.get().is_well is False
    assert not all(finding.is_well for finding in intake_is_well())


def test_a_push_that_waits_is_not_well_until_it_entered(fed: Segment) -> None:
    push = factory.push("kuaidi100:main", received_at=datetime.now(UTC))
    reconciling.reconcile(now=later())
    assert Reconciliation.objects.get(source="kuaidi100:main").is_well is False
    push.processed_at = timezone.now()
    push.save()
    reconciling.reconcile(now=later())
    row = Reconciliation.objects.get(source="kuaidi100:main")
    assert (row.pushes, row.pushes_entered, row.is_well) == (1, 1, True)


def test_refused_rows_are_counted_once_each_by_reason(fed: Segment) -> None:
    assert dict(IntakeCount.objects.values_list("what", "amount")) == {
        "received": 3,
        "accepted": 2,
        "refused": 1,
    }
    assert IntakeCount.objects.get(what="refused").reason == "missing"
