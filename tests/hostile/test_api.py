"""The API, as its own description invites: whatever fits it, and much that does not, never breaks it."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings

from huhang.config.wsgi import application
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import network

pytestmark = pytest.mark.django_db
TOKEN = "hh_hostile"
EXAMPLES = 12
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def robot(cast: Cast, tmp_path: Path, settings: Any) -> Iterator[Cast]:
    """A program that may do everything, and a case to do it to; the server keeps the test's own connection."""
    settings.VAR = tmp_path
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    network.api_token(cast.hua, TOKEN, timezone.now())
    a_ticket(cast)
    yield cast
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_never_breaks(case: Any, robot: Cast) -> None:
    response = case.call(headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code < 500, response.text


def _client() -> Client:
    return Client(headers={"Authorization": f"Bearer {TOKEN}"}, raise_request_exception=False)


@pytest.mark.parametrize("body", [
    b"", b"[", b"{}", b"[]", b"null", b"[null]", b'["x"]', b'[[["x"]]]', b"\x00", b"[" * 100_000, b'{"a":' * 100_000,
    b'[{"waybill":"A\\u0000B12345","code":"ARRIVED","event_time":"2026-11-20T00:00:00Z"}]',
    b'[{"waybill":"AB12345","code":"ARRIVED","event_time":"2026-11-20T00:00:00Z","text":"\\u0000"}]',
    b'[{"waybill":"AB12345","code":"\\u0000","event_time":"\\u0000","node":"\\u0000","operator":"\\u0000"}]',
    b'[{"waybill":"AB12345","code":99999999999999999999999,"event_time":1e300}]',
    b'[{"waybill":"AB12345","code":-1,"event_time":-1}]',
    b'[{"waybill":"AB12345","code":4,"event_time":253402300800}]',
    b'[{"waybill":"AB12345","code":4,"event_time":9007199254740991}]',
    b'[{"waybill":"AB12345","code":4,"event_time":"0000-00-00T00:00:00Z"}]',
    b'[{"waybill":"AB12345","code":4,"event_time":"0001-01-01T00:00:00+14:00"}]',
    b'[{"waybill":"AB12345","code":4,"event_time":"9999-12-31T23:59:59-14:00"}]',
    b'[{"waybill":"AB12345","code":4,"event_time":"99999-12-31T23:59:59"}]',
    b'[{"waybill":"AB12345","code":4,"event_time":{"a":[1]}}]',
    b'[{"waybill":"AB12345","code":4,"event_time":"2026-11-20T00:00:00Z","node":' + b"[" * 500 + b"]" * 500 + b"}]",
    b'[{"waybill":"AB12345","WAYBILL":"CD12345","Waybill":1,"code":4,"event_time":"2026-11-20T00:00:00Z"}]',
    '[{"waybill":"AB12345","text":"\u202e签收𠮷😀","event_time":"2026-11-20T00:00:00Z"}]'.encode(),
    b'{"waybill":"AB12345"}\n\xff\xfe\n{"waybill":1}',
    '[{"waybill":"AB12345"}]'.encode("utf-16"),
    "[{\"waybill\":\"AB12345\",\"text\":\"签收\"}]".encode("gb18030"),
    gzip.compress(b'[{"waybill":"AB12345"}]', mtime=0)[:-9],
    b"\x1f\x8b" + b"\x00" * 50,
])  # fmt: skip
def test_scans_that_are_none(robot: Cast, body: bytes) -> None:
    answer = _client().post("/api/v1/scans", body, content_type="application/json")
    assert answer.status_code in (202, 400, 413, 422), answer.content
    if answer.status_code == 202:
        receipt = answer.json()
        assert receipt["accepted"] + len({row["row"] for row in receipt["rejected"]}) >= 1
        page = Client(raise_request_exception=False)
        page.force_login(robot.hua, backend="django.contrib.auth.backends.ModelBackend")
        assert page.get("/journey/intake/").status_code == 200


@pytest.mark.parametrize("address", [
    "/api/v1/tickets?cursor=WyIyMDI2LTExLTIwVDAwOjAwOjAwKzAwOjAwIiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
    "/api/v1/tickets?cursor=%F0%9F%98%80", "/api/v1/tickets?cursor=W10", "/api/v1/tickets?cursor=WzEsMl0",
    "/api/v1/tickets?limit=99999999999999999999", "/api/v1/tickets?q=%00",
    "/api/v1/tickets?q=%27%20OR%201=1--",
    "/api/v1/tickets?unit=%00", "/api/v1/tickets?owner__password__startswith=p",
    "/api/v1/tickets?sort=owner__password",
    "/api/v1/hits?day=9999-12-31&state=all", "/api/v1/hits?day=0001-01-01", "/api/v1/hits?unit=%25",
    "/api/v1/hits?rule=%00",
    "/api/v1/hits?cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgMV0",
    "/api/v1/metrics/response_15min?from=0001-01-01T00:00:00Z&grain=minute",
    "/api/v1/metrics/response_15min?from=0001-01-01T00:00:00%2B14:00&grain=month",
    "/api/v1/metrics/response_15min?from=0001-01-01&to=9999-12-31&grain=day",
    "/api/v1/metrics/response_15min?to=9999-12-31T23:59:59-14:00", "/api/v1/metrics/%00",
    "/api/v1/metrics/x?version=9999999999999999999999",
    "/api/v1/waybills/%00", "/api/v1/waybills/%F0%9F%98%80", "/api/v1/waybills/..%2F..%2Fetc%2Fpasswd",
])  # fmt: skip
def test_questions_that_are_none(robot: Cast, address: str) -> None:
    assert _client().get(address).status_code in (200, 400, 404, 422)


@pytest.mark.parametrize("body", [
    {"kind": "complaint", "title": "a\x00b"}, {"kind": "complaint",
    "title": "x" * 121}, {"kind": "nonsense", "title": "x"},
    {"kind": "complaint", "title": "x", "owner": "hua"}, {"kind": "complaint", "title": "x",
    "state": "resolved"},
    {"kind": "complaint", "title": "  "}, {"kind": "complaint", "title": ["x"]}, [], None, 1,
    {"kind": "complaint", "title": "\ud800", "unit": "SZ-WZ"}, {"kind": "complaint", "title": "x",
    "source_ref": "\x00"},
])  # fmt: skip
def test_cases_that_are_none(robot: Cast, body: Any) -> None:
    assert _client().post("/api/v1/tickets", body, content_type="application/json").status_code in (
        400,
        404,
        422,
    )


def test_the_same_key_for_other_words_is_refused(robot: Cast) -> None:
    client = _client()
    for title, wanted in (("一", 201), ("一", 201), ("二", 422)):
        body = {"kind": "complaint", "title": title, "unit": "SZ-WZ"}
        answer = client.post(
            "/api/v1/tickets", body, content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == wanted


def test_words_too_long_for_a_hit_do_not_stop_the_watch(robot: Cast) -> None:
    """An accepted scan is read by the watch for ever: nothing in it may be more than a hit can hold."""
    long_ago = (timezone.now() - timedelta(days=3)).isoformat()
    scans = [
        {"waybill": f"SX77300000{n:04d}", "code": "OUT_FOR_DELIVERY", "event_time": long_ago, "node": "SZ-WZ",
         "operator": operator, "text": "x" * 100_000}
        for n, operator in enumerate(["张" * 500, "a\x00b", "\u202e张😀"])
    ]  # fmt: skip
    answer = _client().post("/api/v1/scans", scans, content_type="application/json")
    assert (answer.status_code, answer.json()["accepted"]) == (202, 3)
    Watch().round(until=timezone.now())
    assert Hit.objects.filter(waybill_no__startswith="SX77300000").count() >= 3


def test_a_body_without_a_length_is_not_taken_for_an_empty_one(robot: Cast) -> None:
    answer = _client().generic("POST", "/api/v1/scans", b"", headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411


def test_too_much_is_refused_in_the_apis_own_words(robot: Cast) -> None:
    answer = _client().post("/api/v1/tickets", b" " * (17 << 20), content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_an_error_of_ours_is_a_problem_too(robot: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("13812345678")

    monkeypatch.setattr("huhang.desk.queries.tickets.listed", broken)
    answer = _client().get("/api/v1/tickets")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["reference"]
    assert "13812345678" not in answer.content.decode()
