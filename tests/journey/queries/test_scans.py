"""The log tells a waybill's scans once each, in the order of events, from all its files."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from huhang.journey.models import Segment
from huhang.journey.queries.scans import scans_of
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.watch import log
from tests.cast import NOON

pytestmark = pytest.mark.django_db


def a_row(minutes: int, code: Code, waybill: str = "773", **values: Any) -> dict[str, Any]:
    """A row of the log; its identity is that of its content."""
    at = NOON + timedelta(minutes=minutes)
    row = {
        "waybill": waybill,
        "carrier": "HH",
        "code": int(code),
        "reason": 0,
        "event_time": at,
        "node": "SZ-WZ",
    }
    row |= {"operator": "", "text": "", "source": "test", "received_at": NOON} | values
    return row | {"identity": sha256(repr((waybill, code, at)).encode()).digest()[:16]}


def a_segment(root: Path, seq: int, *rows: dict[str, Any]) -> None:
    path = log.write_segment(pa.Table.from_pylist(list(rows), log.SCHEMA), root / "2026-11-20")
    Segment.objects.create(
        seq=seq, batch_key=str(seq), path=str(path.relative_to(root)), rows=len(rows), received_at=NOON
    )


def test_doubled_and_disordered_scans_are_told_once_and_in_order(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    root = tmp_path / "log/segments"
    out, arrived = a_row(60, Code.OUT_FOR_DELIVERY, operator="ZHANG"), a_row(10, Code.ARRIVED)
    a_segment(root, 1, out, a_row(5, Code.SIGNED, waybill="774"))
    a_segment(root, 2, arrived, out)
    a_segment(root, 3, a_row(90, Code.DELIVERY_FAILED, reason=int(Reason.REFUSED)), a_row(0, Code.REGISTERED))
    told = scans_of("773")
    assert [scan.code for scan in told] == [Code.ARRIVED, Code.OUT_FOR_DELIVERY, Code.DELIVERY_FAILED]
    assert (told[1].operator, told[2].reason, told[0].at) == (
        "ZHANG",
        Reason.REFUSED,
        NOON + timedelta(minutes=10),
    )


def test_an_unknown_number_has_no_scans(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    assert scans_of("773") == []
