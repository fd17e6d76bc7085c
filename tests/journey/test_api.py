"""The parcel over the API: every kind of bad batch gets a clear answer, and nothing good is lost."""

import gzip
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from huhang.journey.feeds import bodies
from huhang.journey.models import Segment
from tests.factories.network import api_token
from tests.journey.feeds.test_bodies import bomb
from tests.journey.pages import scenes
from tests.journey.pages.scenes import way  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


def caller(person):
    token = f"token-of-{person.get_username()}"
    api_token(person, token, timezone.now())
    return Client(headers={"authorization": f"Bearer {token}"})


def scan(n=1, **changes):
    at = timezone.now() - timedelta(hours=1)
    return {
        "waybill": f"YT{n:013}",
        "code": "ARRIVED",
        "event_time": at.isoformat(),
        "node": "SZ-WZ",
    } | changes


@pytest.fixture
def send(cast):
    client = caller(cast.hua)

    def sending(content, content_type="application/json", **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return client.post("/api/v1/scans", body, content_type=content_type, headers=headers)

    return sending


def lines(*rows):
    return b"\n".join(json.dumps(row).encode() for row in rows)


def in_log():
    return sum(Segment.objects.values_list("rows", flat=True))


class TestScans:
    def test_an_array_comes_in_and_bad_rows_are_named(self, send):
        answer = send([scan(1), scan(2, code="跳舞"), scan(3, node="火星"), 7, scan(5)])
        said = answer.json()
        assert (answer.status_code, said["accepted"]) == (202, 2), said
        assert [(row["row"], row["code"]) for row in said["rejected"]] == [
            (2, "unknown_code"), (3, "unknown_node"), (4, "bad_json")
        ]  # fmt: skip
        assert "火星" in said["rejected"][1]["reason"]
        assert in_log() == 2

    def test_lines_come_in_and_a_cut_last_one_is_one_bad_row(self, send):
        said = send(lines(scan(1), scan(2), scan(3))[:-20], "application/x-ndjson").json()
        assert (said["accepted"], [row["row"] for row in said["rejected"]]) == (2, [3])

    def test_gzip_comes_in_with_or_without_its_header(self, send):
        packed = gzip.compress(json.dumps([scan(1)]).encode())
        assert send(packed, **{"content-encoding": "gzip"}).json()["accepted"] == 1
        assert send(packed).status_code == 202

    def test_time_in_the_future_is_refused(self, send):
        ahead = (timezone.now() + timedelta(minutes=11)).isoformat()
        [row] = send([scan(event_time=ahead)]).json()["rejected"]
        assert row["code"] == "time_in_future"

    def test_the_same_batch_twice_changes_nothing_and_says_the_same(self, send):
        batch = [scan(1), scan(2, node="火星")]
        first, again = send(batch).json(), send(batch).json()
        assert first == again
        assert in_log() == 1

    def test_the_same_key_with_other_content_is_refused(self, send):
        key = {"idempotency-key": "night-shift-1"}
        batch = [scan(1)]
        first, again = send(batch, **key), send(batch, **key)
        assert first.json() == again.json()
        other = send([scan(2)], **key)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
        assert in_log() == 1

    @pytest.mark.parametrize(
        ("content", "status", "code"),
        [
            (b"", 422, "batch_is_empty"),
            (b"[]", 422, "batch_is_empty"),
            (b"\n\n", 422, "batch_is_empty"),
            (json.dumps([{"waybill": "A"}] * 9).encode()[:-30], 400, "batch_is_broken"),
            (gzip.compress(b"[]" * 999, mtime=0)[:20], 400, "batch_is_broken"),
            (b"\x1f\x8b nonsense", 400, "batch_is_broken"),
            (b" " * (bodies.UNPACKED_LIMIT + 1), 413, "batch_too_large"),
        ],
    )
    def test_a_bad_body_is_refused_whole_with_a_reason(self, send, content, status, code):
        answer = send(content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["content-type"] == "application/problem+json"
        assert in_log() == 0

    def test_a_bomb_of_a_gigabyte_is_refused_with_the_limit(self, send):
        answer = send(b"".join(bomb(1024)), **{"content-encoding": "gzip"})
        assert (answer.status_code, answer.json()["limit"]) == (413, bodies.UNPACKED_LIMIT)
        assert "32 MB" in answer.json()["detail"]

    def test_the_place_of_a_break_is_told(self, send):
        body = json.dumps([scan(1), scan(2)]).encode()
        assert send(body[:-9]).json()["byte"] > 100

    def test_rows_that_are_all_bad_are_answered_not_written(self, send):
        said = send(b"hello\nworld", "application/x-ndjson").json()
        assert (said["accepted"], len(said["rejected"])) == (0, 2)

    @pytest.mark.parametrize("who", ["nobody", "gao"])
    def test_not_everybody_may_bring_scans(self, cast, who):
        answer = caller(getattr(cast, who)).post("/api/v1/scans", b"[]", content_type="application/json")
        assert answer.status_code == 403

    def test_a_stranger_may_not(self, db):
        assert Client().post("/api/v1/scans", b"[]", content_type="application/json").status_code == 401


class TestWaybill:
    def test_what_was_sent_in_can_be_asked_for(self, cast, send):
        hours = (4, 3, 3, 2, 1)  # doubled and disordered on purpose
        codes = ("SIGNED", "派件", "派件", "ARRIVED", "PICKED_UP")
        now = timezone.now()
        sent = [
            scan(1, code=code, event_time=(now - timedelta(hours=5 - hour)).isoformat())
            for code, hour in zip(codes, hours, strict=True)
        ]
        assert send(sent).json()["accepted"] == 5
        said = caller(cast.gao).get("/api/v1/waybills/YT0000000000001").json()
        assert (said["status"], said["how"], said["eta"]) == ("SIGNED", "SIGNED", None)
        assert [row["code"] for row in said["trace"]] == [
            "PICKED_UP",
            "ARRIVED",
            "OUT_FOR_DELIVERY",
            "SIGNED",
        ]
        assert said["trace"][0]["node_name"] == "吴中网点"

    def test_tells_state_trace_and_hits_without_private_data(self, cast, way):  # noqa: F811
        scenes.a_parcel(cast)
        scenes.a_hit(cast)
        said = caller(cast.gao).get(f"/api/v1/waybills/{scenes.NO}").json()
        assert (said["status"], said["status_label"], said["receiver"]) == (
            "OUT_FOR_DELIVERY",
            "派送中",
            "王*",
        )
        assert said["promised_at"] is not None
        assert (said["eta"], said["eta_window"]) == (None, None)  # a promise is not a forecast
        assert [row["code"] for row in said["trace"]][-1] == "OUT_FOR_DELIVERY"
        assert [hit["rule"] for hit in said["hits"]] == ["hub_not_departed"]
        assert "19900001234" not in json.dumps(said)
        assert "13812345678" not in json.dumps(said)

    def test_is_not_there_for_those_it_does_not_touch(self, cast, way):  # noqa: F811
        scenes.a_parcel(cast)
        assert caller(cast.qian).get(f"/api/v1/waybills/{scenes.NO}").status_code == 404
        assert caller(cast.nobody).get(f"/api/v1/waybills/{scenes.NO}").status_code == 403


class TestHits:
    def test_pages_shift_nothing_and_filters_hold(self, cast):
        for n in range(5):
            scenes.a_hit(cast, no=f"P{n}", ago=n + 1)
        client = caller(cast.hua)
        first = client.get("/api/v1/hits?limit=2").json()
        scenes.a_hit(cast, no="NEW", ago=0)
        second = client.get(f"/api/v1/hits?limit=3&cursor={first['next']}").json()
        assert [hit["waybill"] for hit in first["items"] + second["items"]] == ["P0", "P1", "P2", "P3", "P4"]
        assert second["next"] is None
        assert [hit["waybill"] for hit in client.get("/api/v1/hits?waybill=P3").json()["items"]] == ["P3"]
        assert client.get("/api/v1/hits?rule=nosuch").json()["items"] == []

    @pytest.mark.parametrize("query", ["cursor=nonsense", "state=sleeping", "limit=0"])
    def test_a_wrong_question_is_refused(self, cast, query):
        assert caller(cast.hua).get(f"/api/v1/hits?{query}").status_code == 422

    def test_others_hits_are_not_there(self, cast):
        scenes.a_hit(cast, unit="SZ-WZ", rule="hub_not_departed")
        assert caller(cast.qian).get("/api/v1/hits").json()["items"] == []
