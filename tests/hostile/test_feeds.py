"""Bad input for every feed: refused or put aside with a reason, and shown on the page of the intake."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.journey.actions import drops, feed_intake, feed_reading
from huhang.journey.models import FeedAccount, IntakeCount, Parked, Push, Segment
from huhang.journey.queries import words
from tests.cast import Cast
from tests.factories import journey as factory
from tests.factories.network import api_token
from tests.hostile.ground import browser
from tests.journey.feeds import partners

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
NO = "YT1234567890123"


@pytest.fixture
def house(cast: Cast, tmp_path: Path, settings: Any) -> Cast:
    """Every feed is open."""
    settings.VAR, settings.DROP = tmp_path, tmp_path / "drop"
    (settings.DROP / "scans").mkdir(parents=True)
    factory.feed_account("main", "kuaidi100", key="kd")
    factory.feed_account("bird", "kdniao", key="bird", partner_no="1237100")
    api_token(cast.hua, "hh_hua", timezone.now())
    return cast


def at(hours: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)


# --- feeds -------------------------------------------------------------------------------------------


def kuaidi100(body: bytes) -> None:
    Client().post("/journey/in/kd/", body, content_type=FORM)


def kdniao(body: bytes) -> None:
    Client().post("/journey/in/bird/", body, content_type=FORM)


def api(body: bytes) -> None:
    Client(headers={"authorization": "Bearer hh_hua"}).post(
        "/api/v1/scans", body, content_type="application/json"
    )


def epcis(body: bytes) -> None:
    client = Client(headers={"authorization": "Bearer hh_hua"})
    client.post("/api/v1/epcis/capture", body, content_type="application/ld+json")


def drop(body: bytes, name: str = "a.csv") -> None:
    folder = drops.root() / "scans"
    (folder / name).write_bytes(body)
    drops.take(feed=b"scans".hex(), file=os.fsencode(name).hex(), now=timezone.now())


def line(moment: datetime, **changes: str) -> list[dict[str, str]]:
    return [
        {
            "context": "快件到达【苏州分拨中心】",
            "ftime": partners.local(moment),
            "time": partners.local(moment),
        }
        | changes
    ]


def kd(moment: datetime, **result: str) -> bytes:
    return partners.kuaidi100_body(partners.param(line(moment), result=result))


def bird(moment: datetime, **parcel: Any) -> bytes:
    return partners.kdniao_body(partners.kdniao_told(line(moment), parcel=parcel))


def rows(moment: datetime, **changes: str) -> bytes:
    row = {"waybill": NO, "code": "ARRIVED", "node": "SZ-HUB", "event_time": moment.isoformat()} | changes
    return json.dumps([row]).encode()


def sheet(moment: datetime, **changes: str) -> bytes:
    row = {"waybill": NO, "code": "ARRIVED", "event_time": partners.local(moment), "node": "SZ-HUB"} | changes
    return f"{','.join(row)}\n{','.join(row.values())}\n".encode()


def event(moment: datetime, **changes: Any) -> bytes:
    told = {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "arriving", "eventTime": moment.isoformat(),
        "eventTimeZoneOffset": "+08:00", "epcList": [f"urn:huhang:waybill:{NO}"],
    } | changes  # fmt: skip
    return json.dumps(told).encode()


FORGED_KD = kd(at(-1)).replace(b"sign=", b"sign=0")
FOREIGN = partners.kuaidi100_body(partners.param([]), secret="x")
STALE = partners.kdniao_body(partners.kdniao_told(line(at(-1)), PushTime=partners.local(at(-24 * 8))))
GBK = '{"lastResult": {"message": "快件到达苏州"}}'.encode("gb18030")
BROKEN = b'{"status": "polling", "lastResult": {'

BAD: list[tuple[str, Callable[[bytes], None], bytes, str, str]] = [
    # kuaidi100
    ("forged signature", kuaidi100, FORGED_KD, "kuaidi100:main", "forged"),
    ("another's secret", kuaidi100, FOREIGN, "kuaidi100:main", "forged"),
    ("no signature", kuaidi100, b"param=%7B%7D", "kuaidi100:main", "forged"),
    ("no form", kuaidi100, b"\x00\xff" * 100, "kuaidi100:main", "broken_form"),
    ("wrong zone", kuaidi100, kd(at(8)), "kuaidi100:main", "wrong_zone"),
    ("ten years old", kuaidi100, kd(at(-24 * 3650)), "kuaidi100:main", "long_ago"),
    ("unknown carrier", kuaidi100, kd(at(-1), com="feiniu"), "kuaidi100:main", "unknown_carrier"),
    ("broken JSON", kuaidi100, partners.kuaidi100_body(BROKEN), "kuaidi100:main", "broken_json"),
    ("wrong encoding", kuaidi100, partners.kuaidi100_body(GBK), "kuaidi100:main", "wrong_encoding"),
    ("XML", kuaidi100, partners.kuaidi100_body(b"<a/>"), "kuaidi100:main", "broken_json"),
    ("gzip", kuaidi100, gzip.compress(kd(at(-1))), "kuaidi100:main", "broken_form"),
    ("deep JSON", kuaidi100, partners.kuaidi100_body(b"[" * 100_000), "kuaidi100:main", "broken_json"),
    ("a bad waybill", kuaidi100, kd(at(-1), nu="…"), "kuaidi100:main", "bad_waybill"),
    ("other shapes", kuaidi100, partners.kuaidi100_body({"lastResult": [1]}), "kuaidi100:main", "bad_event"),
    # kdniao
    ("forged signature", kdniao, bird(at(-1)).replace(b"DataSign=", b"DataSign=A"), "kdniao:bird", "forged"),
    ("replayed", kdniao, STALE, "kdniao:bird", "stale_push"),
    ("wrong zone", kdniao, bird(at(8)), "kdniao:bird", "wrong_zone"),
    ("ten years old", kdniao, bird(at(-24 * 3650)), "kdniao:bird", "long_ago"),
    ("unknown carrier", kdniao, bird(at(-1), ShipperCode="FEINIU"), "kdniao:bird", "unknown_carrier"),
    ("broken JSON", kdniao, partners.kdniao_body(BROKEN), "kdniao:bird", "broken_json"),
    ("wrong encoding", kdniao, partners.kdniao_body(GBK), "kdniao:bird", "wrong_encoding"),
    ("XML", kdniao, partners.kdniao_body(b"<a/>"), "kdniao:bird", "broken_json"),
    ("gzip", kdniao, gzip.compress(bird(at(-1))), "kdniao:bird", "broken_form"),
    # the API
    ("wrong zone", api, rows(at(8)), "api:hua", "wrong_zone"),
    ("ten years old", api, rows(at(-24 * 3650)), "api:hua", "long_ago"),
    ("broken JSON", api, b'[{"waybill": ', "api:hua", "broken_json"),
    ("broken gzip", api, gzip.compress(rows(at(-1)))[:-9], "api:hua", "broken_gzip"),
    ("wrong encoding", api, '[{"waybill": "快件到达苏州"}]'.encode("gb18030"), "api:hua", "wrong_encoding"),
    ("XML", api, b"<scans/>", "api:hua", "bad_json"),
    ("unknown word", api, rows(at(-1), code="跳舞"), "api:hua", "unknown_code"),
    ("a withdrawal", api, rows(at(-1), code="WITHDRAWN"), "api:hua", "unknown_code"),
    # EPCIS
    ("wrong zone", epcis, event(at(8)), "epcis:hua", "wrong_zone"),
    ("no zone", epcis, event(at(-1), eventTime="2026-11-20T12:00:00"), "epcis:hua", "no_zone"),
    ("ten years old", epcis, event(at(-24 * 3650)), "epcis:hua", "long_ago"),
    ("unknown parcel", epcis, event(at(-1), epcList=["urn:epc:id:sscc:1.2"]), "epcis:hua", "unknown_identifier"),
    ("broken JSON", epcis, event(at(-1))[:-5], "epcis:hua", "broken_json"),
    ("broken gzip", epcis, gzip.compress(event(at(-1)))[:-9], "epcis:hua", "broken_gzip"),
    ("XML", epcis, b"<epcis:EPCISDocument/>", "epcis:hua", "broken_xml"),
    ("wrong encoding", epcis, '{"type": "事件"}'.encode("gb18030"), "epcis:hua", "wrong_encoding"),
    # the drop folder
    ("wrong zone", drop, sheet(at(8)), "drop:scans", "wrong_zone"),
    ("ten years old", drop, sheet(at(-24 * 3650)), "drop:scans", "long_ago"),
    ("broken gzip", drop, gzip.compress(sheet(at(-1)) * 1000)[:-20], "drop:scans", "broken_file"),
    ("unknown word", drop, sheet(at(-1), code="跳舞"), "drop:scans", "unknown_code"),
    ("bytes of no encoding", drop, b"waybill,code\n\xff\xff,\xff\n", "drop:scans", "broken_row"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("feed", "body", "source", "reason"),
    [bad[1:] for bad in BAD],
    ids=[f"{bad[1].__name__}: {bad[0]}" for bad in BAD],
)
def test_is_refused_or_put_aside_with_its_reason(
    house: Cast, feed: Callable[[bytes], None], body: bytes, source: str, reason: str
) -> None:
    feed(body)
    feed_intake.work_all_in(now=timezone.now())
    counted = IntakeCount.objects.filter(source=source, what__in=["refused", "parked"])
    assert [row.reason for row in counted] == [reason]
    assert not IntakeCount.objects.filter(what="accepted").exists()
    assert sum(Segment.objects.values_list("rows", flat=True)) == 0
    page = browser(house.hua).get(f"/journey/intake/source/?source={source}").content.decode()
    assert str(words.INTAKE_REASONS[reason]) in page


@pytest.mark.parametrize(("feed", "body"), [
    (kuaidi100, kd(at(-1))), (kdniao, bird(at(-1))), (api, rows(at(-1))), (epcis, event(at(-1))), (drop, sheet(at(-1))),
], ids=["kuaidi100", "kdniao", "api", "epcis", "drop"])  # fmt: skip
def test_a_replay_changes_nothing_and_is_counted(
    house: Cast, feed: Callable[[bytes], None], body: bytes
) -> None:
    for _ in range(3):
        feed(body)
        feed_intake.work_all_in(now=timezone.now())
    assert sum(Segment.objects.values_list("rows", flat=True)) == 1
    assert sum(IntakeCount.objects.filter(what="doubled").values_list("amount", flat=True)) == 2


class TestAFlood:
    def test_of_forgeries_is_counted_and_kept_once(self, house: Cast) -> None:
        for number in range(20):
            kuaidi100(partners.kuaidi100_body(partners.param([], message=str(number)), secret="wrong"))
        assert sum(IntakeCount.objects.filter(reason="forged").values_list("amount", flat=True)) == 20
        assert Parked.objects.get().times == 20
        assert not Push.objects.exists()

    def test_of_bytes_is_cut_off(self, house: Cast) -> None:
        kuaidi100(b"param=" + b"x" * (33 * 1024 * 1024))
        assert Parked.objects.get().reason == "too_large"
        assert len(Parked.objects.get().raw) < 5000

    def test_of_fields_is_cut_off(self, house: Cast) -> None:
        kuaidi100(b"&".join(b"a%d=1" % n for n in range(100_000)))
        assert Parked.objects.get().reason == "broken_form"

    def test_of_scans_in_one_message_is_put_aside(self, house: Cast) -> None:
        kuaidi100(partners.kuaidi100_body(partners.param(line(at(-1)) * 6000)))
        feed_intake.work_all_in(now=timezone.now())
        assert Parked.objects.get().reason == "too_large"


def test_a_rested_account_takes_nothing(house: Cast) -> None:
    FeedAccount.objects.update(is_enabled=False)
    kuaidi100(kd(at(-1)))
    assert Parked.objects.get().reason == "account_off"


def test_a_message_that_breaks_the_reader_stops_nobody_else(house: Cast, monkeypatch: Any) -> None:
    read = feed_reading.read

    def breaking(kind: str, content: bytes, *args: Any, **named: Any) -> Any:
        if b"poison" in content:
            raise KeyError("poison")
        return read(kind, content, *args, **named)

    monkeypatch.setattr(feed_reading, "read", breaking)
    for told in ("poison", "good"):
        kuaidi100(partners.kuaidi100_body(partners.param(line(at(-1)), message=told)))
    feed_intake.work_all_in(now=timezone.now())
    assert sum(Segment.objects.values_list("rows", flat=True)) == 1
    assert Parked.objects.get().reason == "bad_event"
    assert not Push.objects.filter(processed_at__isnull=True).exists()


def test_nul_and_surrogates_in_words_are_survived(house: Cast) -> None:
    told = partners.param(line(at(-1), context="到达\x00【苏州】\ud800"), message="\x00")
    kuaidi100(partners.kuaidi100_body(json.dumps(told).encode()))
    kuaidi100(
        partners.kuaidi100_body(
            json.dumps(partners.param(line(at(-1)), result={"com": "\x00\ud800"})).encode()
        )
    )
    feed_intake.work_all_in(now=timezone.now())
    assert not Push.objects.filter(processed_at__isnull=True).exists()
