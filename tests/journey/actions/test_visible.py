"""A scan is in its parcel's trace as soon as it was acknowledged, over real HTTP, among many small files."""

import json
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huhang.journey.actions import scan_log
from huhang.journey.models import Segment
from tests.cast import assemble
from tests.factories.network import api_token
from tests.journey.watch.logged import rows

SMALL = 300
SENT = 20
PROMISED = 2.0  # seconds


def call(url: str, token: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, content, headers), timeout=60) as answer:
        return json.loads(answer.read())


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.django_db(transaction=True)
def test_the_next_question_after_the_acknowledgement_is_told(
    live_server: Any, tmp_path: Path, settings: Any
) -> None:
    settings.VAR = tmp_path
    cast = assemble()
    api_token(cast.hua, "secret", timezone.now())
    for number in range(SMALL):
        scan_log.append(rows([(f"A{number}", number)]), batch_key=str(number))
    spent = []
    for number in range(SENT):
        at = timezone.now() - timedelta(minutes=SENT - number)
        scan = {
            "waybill": "YT0000000000007",
            "code": "ARRIVED",
            "node": "SZ-WZ",
            "event_time": at.isoformat(),
        }
        assert call(f"{live_server.url}/api/v1/scans", "secret", [scan])["accepted"] == 1
        acknowledged = time.perf_counter()
        told = call(f"{live_server.url}/api/v1/waybills/YT0000000000007", "secret")
        spent.append(time.perf_counter() - acknowledged)
        assert len(told["trace"]) == number + 1
    assert Segment.objects.filter(merged_into=None).count() == SMALL + SENT
    is_kept = "kept" if max(spent) < PROMISED else "NOT KEPT on this machine now"
    print(f"\nvisible {1000 * max(spent):.0f} ms after the acknowledgement at worst; {PROMISED} s: {is_kept}")
