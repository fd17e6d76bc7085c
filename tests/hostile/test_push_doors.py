"""The doors without a log-in: partners' addresses and the capture of EPCIS documents, tried by strangers."""

import gzip
import json
import socket
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.journey.actions import feed_intake
from huhang.journey.feeds.epcis.document import MOST_EVENTS
from huhang.journey.models import FeedAccount, Push, Segment
from tests.cast import Cast
from tests.factories import network
from tests.hostile.ground import scene
from tests.hostile.test_walls import leaks
from tests.journey.feeds import partners

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
KEY = "a-partners-key"


@pytest.mark.parametrize(
    "key", ["x", KEY[:-1], KEY.upper(), "%00", "%F0%9F%98%80", "x" * 5000, "kuaidi100:main", "1"]
)
def test_a_guessed_key_opens_nothing(cast: Cast, key: str) -> None:
    scene(cast)
    before = Push.objects.count()
    answer = Client(raise_request_exception=False).post(f"/journey/in/{key}/", b"param={}", content_type=FORM)
    assert answer.status_code in (400, 404, 414, 422)
    assert Push.objects.count() == before


def test_a_key_alone_is_not_enough_and_tells_nothing(cast: Cast) -> None:
    made, account = scene(cast), FeedAccount.objects.get()
    client = Client(raise_request_exception=False)
    forged = partners.kuaidi100_body(partners.param([]), secret="guessed")
    for body in (forged, b"", b"param=%7B%7D&sign=" + account.secret.encode(), b"sign=&param="):
        for method in ("POST", "GET", "PUT", "DELETE"):
            answer = client.generic(method, f"/journey/in/{KEY}/", body, content_type=FORM)
            assert answer.status_code in (400, 403, 405)
            assert not leaks(answer.content.decode(), made)
    assert not Push.objects.filter(source=account.source).exists()


def test_a_sent_form_field_is_not_parsed_as_an_upload(cast: Cast) -> None:
    scene(cast)
    answer = Client(raise_request_exception=False).post(
        f"/journey/in/{KEY}/", {f"f{n}": "x" for n in range(3000)}
    )
    assert answer.status_code == 400


@pytest.fixture
def robot(cast: Cast) -> Client:
    network.api_token(cast.hua, "hh_epcis", timezone.now())
    return Client(headers={"authorization": "Bearer hh_epcis"}, raise_request_exception=False)


def capture(robot: Client, body: bytes) -> int:
    answer = robot.post("/api/v1/epcis/capture", body, content_type="application/ld+json")
    return int(answer.status_code)


def document(**changes: Any) -> dict[str, Any]:
    return {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": []}} | changes


def test_no_address_in_a_document_is_ever_asked(
    robot: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any
) -> None:
    """A context is words to us: fetching it would let strangers make us call whomever they like."""
    settings.VAR = tmp_path
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **_: asked.append(where))
    monkeypatch.setattr(socket, "create_connection", lambda *where, **_: asked.append(where))
    at = timezone.now().isoformat()
    event = {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "http://evil.example/arriving", "eventTime": at,
        "eventTimeZoneOffset": "+08:00", "epcList": ["http://evil.example/01/1"], "@context": "http://evil.example/c",
    }  # fmt: skip
    whole = document(epcisBody={"eventList": [event]}) | {
        "@context": ["http://evil.example/c", {"@import": "file:///x"}]
    }
    assert capture(robot, json.dumps(whole).encode()) == 202
    feed_intake.work_all_in(now=timezone.now())
    assert not asked


@pytest.mark.parametrize("body", [
    b"[" * 200_000, b'{"a":' * 200_000,
    json.dumps(document(epcisBody={"eventList": [{}] * (MOST_EVENTS + 1)})).encode(),
    gzip.compress(b" " * (600 << 20), 1),
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    b'{"type":"EPCISDocument","epcisBody":{"eventList":' + b"[" * 900 + b"]" * 900 + b"}}",
    b'{"type":"EPCISDocument","epcisBody":{"eventList":{"a":1}}}', b"null", b"1" * 10_000, b"\x00",
], ids=["lists", "objects", "events", "bomb", "xml", "nested", "no list", "null", "digits", "nul"])  # fmt: skip
def test_a_document_made_to_break_the_reader(
    robot: Client, body: bytes, tmp_path: Any, settings: Any
) -> None:
    settings.VAR = tmp_path
    assert capture(robot, body) in (202, 400, 413, 422)
    feed_intake.work_all_in(now=timezone.now())
    assert not Push.objects.filter(processed_at__isnull=True).exists()
    assert not Segment.objects.exists()
