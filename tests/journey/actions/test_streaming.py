"""A Redis stream, on a real server: nothing acknowledged before the log has it, nothing lost, nothing twice."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from huhang.journey.actions import scan_log, streaming
from huhang.journey.actions.streaming import Consumer
from huhang.journey.models import IntakeCount, Parked, Segment
from tests.cast import Cast

redis = pytest.importorskip("redis", reason="no Redis client: pip install huhang[redis]")
pytestmark = pytest.mark.django_db
WITHIN = 120  # seconds that a busy machine may take


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own, gone afterwards."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no redis-server on this machine: apt-get install redis-server", pytrace=False)
        pytest.skip("no redis-server on this machine: apt-get install redis-server")
    folder = tmp_path_factory.mktemp("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--dir", str(folder), "--save", "", "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for(port)
    yield f"redis://127.0.0.1:{port}/0"
    process.kill()
    process.wait()


def _wait_for(port: int) -> None:
    client, end = redis.Redis(port=port), time.monotonic() + WITHIN
    while time.monotonic() < end:
        try:
            if client.ping():
                return
        except redis.ConnectionError:
            time.sleep(0.05)
    pytest.fail("redis-server does not answer")


@pytest.fixture
def stream(server: str, cast: Cast, tmp_path: Path, settings: Any) -> str:
    settings.VAR = tmp_path
    redis.Redis.from_url(server).flushall()
    return f"{server}?stream=scans"


def consumer(stream: str, name: str = "one") -> Consumer:
    made = streaming.consumer_of(stream, name=name)
    made.prepare()
    return made


def scan(number: int, **changes: str) -> dict[str, str]:
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    return {"waybill": f"YT{number:013}", "code": "ARRIVED", "event_time": at, "node": "SZ-WZ"} | changes


def send(reader: Consumer, *scans: dict[str, str]) -> None:
    reader.client.xadd(reader.stream, {"scans": json.dumps(scans)})


def work(reader: Consumer, **more: Any) -> int:
    return streaming.work(reader, now=timezone.now, wait_ms=1, **more)


def waiting(reader: Consumer) -> int:
    return int(reader.client.xpending(reader.stream, streaming.GROUP)["pending"])


def in_log() -> int:
    return sum(Segment.objects.values_list("rows", flat=True))


def test_messages_enter_and_are_acknowledged(stream: str) -> None:
    reader = consumer(stream)
    send(reader, scan(1), scan(2))
    reader.client.xadd(reader.stream, scan(3))  # a scan of plain fields
    assert work(reader) == 2
    assert (in_log(), waiting(reader), work(reader)) == (3, 0, 0)
    assert IntakeCount.objects.get(source="stream:scans", what="accepted").amount == 3


def test_nothing_is_acknowledged_before_the_log_has_it(stream: str, monkeypatch: Any) -> None:
    reader = consumer(stream)
    send(reader, scan(1))
    with monkeypatch.context() as away, pytest.raises(OSError, match="disk"):
        away.setattr(scan_log, "append", _full_disk)
        work(reader)
    assert (waiting(reader), in_log()) == (1, 0)
    work(reader)
    assert (waiting(reader), in_log()) == (0, 1)


def _full_disk(*_: Any, **__: Any) -> None:
    raise OSError("disk is full")


def test_what_a_dead_consumer_left_is_claimed_and_enters_once(stream: str) -> None:
    dead, heir = consumer(stream, "dead"), consumer(stream, "heir")
    send(dead, scan(1))
    entries = dead.fresh(wait_ms=1)
    streaming.take(dead.source, entries, now=timezone.now())  # in the log, and killed before it acknowledged
    assert waiting(heir) == 1
    assert work(heir, idle_ms=0) == 1
    assert (waiting(heir), in_log()) == (0, 1)


def test_a_consumer_goes_on_with_its_own_after_a_restart(stream: str) -> None:
    send(consumer(stream), scan(1))
    consumer(stream).fresh(wait_ms=1)
    assert work(consumer(stream)) == 1
    assert in_log() == 1


def test_poison_is_put_aside_and_stops_nobody(stream: str) -> None:
    reader = consumer(stream)
    for content in (b'[{"waybill": ', '[{"waybill": "快件到达苏州"}]'.encode("gb18030"), b"\x00\xff"):
        reader.client.xadd(reader.stream, {"scans": content})
    send(
        reader,
        scan(1),
        scan(2, code="跳舞"),
        scan(3, node="火星"),
        scan(4, event_time="2016-01-01T00:00:00Z"),
    )
    work(reader)
    assert (waiting(reader), in_log()) == (0, 1)
    assert sorted(Parked.objects.values_list("reason", flat=True)) == [
        "broken_json", "long_ago", "unknown_code", "unknown_place", "wrong_encoding", "wrong_encoding",
    ]  # fmt: skip


def test_an_address_without_a_stream_is_refused() -> None:
    for url in ("redis://127.0.0.1/0", "http://x?stream=a", "?"):
        with pytest.raises(streaming.BadStreamUrl):
            streaming.consumer_of(url)
