"""EPCIS over the API: captured, told again in the standard's words, and taken back when it was wrong."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from huhang.journey.actions import feed_intake, withdrawing
from huhang.journey.actions.replaying import replay
from huhang.journey.actions.watching import Watch
from huhang.journey.models import Hit, IntakeCount, Parked, Segment
from huhang.journey.queries.scans import scans_of
from huhang.journey.rules.codes import Code
from huhang.kit.models import AuditEntry
from tests.cast import Cast
from tests.data import shared
from tests.factories import journey as factory
from tests.factories.network import api_token

pytestmark = pytest.mark.django_db
NO = "YT1234567890123"
URL = "/api/v1/epcis"


@pytest.fixture
def client(cast: Cast, tmp_path: Any, settings: Any) -> Client:
    settings.VAR = tmp_path
    api_token(cast.hua, "token-of-hua", timezone.now())
    return Client(headers={"authorization": "Bearer token-of-hua"})


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)


def event(step: str = "departing", *, ago: float = 5, **changes: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": step, "eventTime": hours_ago(ago).isoformat(),
        "eventTimeZoneOffset": "+08:00", "epcList": [f"urn:huhang:waybill:{NO}"],
        "readPoint": {"id": "urn:huhang:unit:SZ-HUB"},
    } | changes  # fmt: skip


def document(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-11-20T12:00:00Z", "epcisBody": {"eventList": list(events)},
    }  # fmt: skip


def capture(client: Client, told: Any, **headers: str) -> Any:
    content = told if isinstance(told, bytes) else json.dumps(told).encode()
    answer = client.post(f"{URL}/capture", content, content_type="application/ld+json", headers=headers)
    feed_intake.work_all_in(now=timezone.now())
    return answer


class TestCapture:
    def test_is_a_job_that_can_be_asked(self, client: Client) -> None:
        answer = capture(client, document(event("arriving", ago=6), event()))
        assert (answer.status_code, answer.json()["running"]) == (202, True)
        job = client.get(answer["Location"]).json()
        assert (job["running"], job["success"], job["accepted"], job["errors"]) == (False, True, 2, [])
        assert [scan.code for scan in scans_of(NO)] == [Code.ARRIVED, Code.DEPARTED]

    def test_a_single_event_and_gzip_come_in(self, client: Client) -> None:
        assert capture(client, gzip.compress(json.dumps(event()).encode())).status_code == 202
        assert len(scans_of(NO)) == 1

    def test_the_same_document_again_is_the_same_job(self, client: Client) -> None:
        told = document(event())
        assert capture(client, told)["Location"] == capture(client, told)["Location"]
        assert sum(Segment.objects.values_list("rows", flat=True)) == 1

    def test_the_same_event_in_another_document_is_no_second_scan(self, client: Client) -> None:
        told = event()
        capture(client, document(told))
        capture(client, document(told, event("arriving", ago=3)))
        assert len(scans_of(NO)) == 2

    def test_what_cannot_enter_is_named_and_put_aside(self, client: Client) -> None:
        answer = capture(client, document(
            event(epcList=["urn:epc:id:sscc:0614141.1234567890"]), event(ago=24 * 3650), event(ago=-8), event(),
            event(eventTime="2026-11-20T12:00:00"), event(epcList=[]),
        ))  # fmt: skip
        job = client.get(answer["Location"]).json()
        assert (job["accepted"], job["success"]) == (1, False)
        assert sorted((error["event"], error["code"]) for error in job["errors"]) == [
            (1, "unknown_identifier"), (2, "long_ago"), (3, "wrong_zone"), (5, "no_zone"), (6, "not_a_parcel"),
        ]  # fmt: skip
        assert Parked.objects.count() == 5

    def test_an_identifier_that_gets_a_name_enters(self, client: Client) -> None:
        capture(client, document(event(epcList=["urn:epc:id:sscc:0614141.1234567890"])))
        factory.feed_word("identifier", "urn:epc:id:sscc:0614141.*", "SSCC*")
        ids = list(Parked.objects.values_list("pk", flat=True))
        assert feed_intake.try_again(ids=ids, by="hua", now=timezone.now()) == (1, 0)
        assert len(scans_of("SSCC1234567890")) == 1

    @pytest.mark.parametrize(("content", "reason"), [
        (b'{"type": "EPCISDocument"', "broken_json"),
        (b"<EPCISDocument/>", "broken_xml"),
        (gzip.compress(b"{}", mtime=0)[:-5], "broken_gzip"),
        ('{"type": "事件"}'.encode("gb18030"), "wrong_encoding"),
    ])  # fmt: skip
    def test_a_broken_document_is_refused_and_shown(
        self, client: Client, content: bytes, reason: str
    ) -> None:
        assert capture(client, content).status_code == 400
        assert Parked.objects.get().reason == reason
        assert IntakeCount.objects.get(what="refused").reason == reason

    def test_a_job_is_its_senders_own(self, client: Client, cast: Cast) -> None:
        answer = capture(client, document(event()))
        api_token(cast.gao, "token-of-gao", timezone.now())
        other = Client(headers={"authorization": "Bearer token-of-gao"})
        assert other.get(answer["Location"]).status_code in {403, 404}


class TestTelling:
    def test_events_fit_the_standards_schema_and_come_back_as_they_were(self, client: Client) -> None:
        capture(client, document(event("arriving", ago=6), event()))
        told = client.get(f"{URL}/events", {"MATCH_epc": f"urn:huhang:waybill:{NO}"}).json()
        schema = json.loads((shared("epcis_examples") / "EPCIS-JSON-Schema.json").read_text())
        jsonschema_rs.validator_for(schema).validate(told)
        events = told["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        assert [entry["bizStep"] for entry in events] == ["arriving", "departing"]
        assert {entry["readPoint"]["id"] for entry in events} == {"urn:huhang:unit:SZ-HUB"}

    def test_asks_by_step_and_time_page_by_page(self, client: Client) -> None:
        capture(client, document(event("arriving", ago=6), event(), event("arriving", ago=2)))
        asked = {"MATCH_epc": NO, "EQ_bizStep": "arriving", "perPage": "1"}
        first = client.get(f"{URL}/events", asked)
        assert 'rel="next"' in first["Link"]
        late = asked | {"GE_eventTime": hours_ago(3).isoformat()}
        found = client.get(f"{URL}/events", late).json()["epcisBody"]["queryResults"]["resultsBody"][
            "eventList"
        ]
        assert len(found) == 1

    def test_the_whole_log_is_not_walked_through(self, client: Client) -> None:
        assert client.get(f"{URL}/events").status_code == 413

    def test_a_stranger_hears_nothing(self, client: Client, cast: Cast) -> None:
        capture(client, document(event()))
        api_token(cast.qian, "token-of-qian", timezone.now())
        other = Client(headers={"authorization": "Bearer token-of-qian"})
        told = other.get(f"{URL}/events", {"MATCH_epc": NO}).json()
        assert told["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []

    def test_the_command_tells_a_document(self, client: Client, capsys: Any) -> None:
        capture(client, document(event()))
        call_command("trace", NO, format="epcis")
        assert json.loads(capsys.readouterr().out)["type"] == "EPCISDocument"


def wrong(told: dict[str, Any]) -> dict[str, Any]:
    declared = {"declarationTime": hours_ago(0).isoformat(), "reason": "did_not_occur"}
    return told | {"errorDeclaration": declared}


class TestWithdrawing:
    def test_a_scan_that_never_was_is_left_out_and_the_log_keeps_both(self, client: Client) -> None:
        told = event("receiving", ago=2)
        capture(client, document(event("arriving"), told))
        assert [scan.code for scan in scans_of(NO)] == [Code.ARRIVED, Code.SIGNED]
        job = client.get(capture(client, document(wrong(told)))["Location"]).json()
        assert (job["withdrawn"], job["accepted"]) == (1, 0)
        assert [scan.code for scan in scans_of(NO)] == [Code.ARRIVED]
        assert sum(Segment.objects.values_list("rows", flat=True)) == 3
        state = client.get(f"/api/v1/waybills/{NO}").json()
        assert state["status"] == "IN_TRANSIT"

    def test_counts_also_for_a_scan_that_comes_later(self, client: Client) -> None:
        told = event("receiving", ago=2)
        capture(client, document(wrong(told)))
        capture(client, document(told, event("arriving")))
        assert [scan.code for scan in scans_of(NO)] == [Code.ARRIVED]

    def test_a_corrected_event_stands_beside_the_withdrawn_one(self, client: Client) -> None:
        told = event("receiving", ago=2)
        capture(client, document(told))
        capture(
            client,
            document(wrong(told), event("receiving", ago=2, readPoint={"id": "urn:huhang:unit:SZ-WZ"})),
        )
        assert [scan.node for scan in scans_of(NO)] == ["SZ-WZ"]

    def test_trouble_found_only_by_it_is_taken_back_with_the_reason(self, client: Client) -> None:
        """Out for delivery long ago and never signed: a hit, until the scan is taken back."""
        told = event("transporting", ago=72, readPoint={"id": "urn:huhang:unit:SZ-WZ"})
        capture(client, document(told))
        watch = Watch()
        watch.round()
        assert Hit.objects.filter(waybill_no=NO).exists()
        capture(client, document(wrong(told)))
        watch.round()
        judged = withdrawing.judge(waybill=NO, now=timezone.now())
        assert judged.taken_back >= 1
        assert not Hit.objects.filter(waybill_no=NO).exists()
        assert AuditEntry.objects.filter(verb="journey.hits.take_back", subject=NO).exists()
        assert withdrawing.judge(waybill=NO, now=timezone.now()).taken_back == 0

    def test_the_running_watch_goes_on_as_if_it_had_never_been(self, client: Client) -> None:
        """Signed by mistake, so nobody waited for it; taken back, it is missed like any other."""
        day = timezone.localtime() - timedelta(days=3)  # by day, as a hit of the evening would be corrected
        at = {hour: day.replace(hour=hour, minute=0, second=0, microsecond=0).isoformat() for hour in (9, 10)}
        place = {"id": "urn:huhang:unit:SZ-WZ"}
        out = event("transporting", eventTime=at[9], readPoint=place)
        told = event("receiving", eventTime=at[10], readPoint=place)
        capture(client, document(out, told))
        watch = Watch()
        watch.round()
        assert not Hit.objects.filter(waybill_no=NO, rule__slug="out_not_signed").exists()
        capture(client, document(wrong(told)))
        watch.round()
        fresh = set(
            Hit.objects.filter(waybill_no=NO, cleared_at__isnull=True).values_list("rule__slug", flat=True)
        )
        assert fresh, "it was never signed for"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [withdrawing.JUDGE]
            )
            assert cursor.fetchone()[0] == 2, "asked for when it came, and when the watch had read it"
        before = set(Hit.objects.values_list("waybill_no", "rule_id", "anchor_at"))
        replay(until=timezone.now())
        assert set(Hit.objects.values_list("waybill_no", "rule_id", "anchor_at")) == before
