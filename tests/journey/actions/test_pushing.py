"""Partners push: signed, whole lists, again and again; only what is new enters, and each answer is in their words."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.journey.actions import feed_intake
from huhang.journey.models import FeedAccount, IntakeCount, Parked, Push, Segment
from huhang.journey.queries.scans import scans_of
from huhang.journey.rules.codes import Code
from tests.cast import Cast
from tests.factories import journey as factory
from tests.journey.feeds import partners

pytestmark = pytest.mark.django_db
NO = "YT1234567890123"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def kuaidi100(cast: Cast, tmp_path: Any, settings: Any) -> FeedAccount:
    settings.VAR = tmp_path
    return factory.feed_account("kd", "kuaidi100")


@pytest.fixture
def kdniao(cast: Cast, tmp_path: Any, settings: Any) -> FeedAccount:
    settings.VAR = tmp_path
    return factory.feed_account("bird", "kdniao", partner_no="1237100")


def send(account: FeedAccount, body: bytes) -> tuple[int, dict[str, Any]]:
    answer = Client().post(f"/journey/in/{account.key}/", body, content_type=FORM)
    return answer.status_code, json.loads(answer.content)


def work() -> None:
    feed_intake.work_all_in(now=timezone.now())


def counted(source: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for what, amount in IntakeCount.objects.filter(source=source).values_list("what", "amount"):
        found[what] = found.get(what, 0) + amount
    return found


class TestKuaidi100:
    def test_a_push_enters_with_codes_places_and_local_times(self, kuaidi100: FeedAccount) -> None:
        entries = partners.data(3)
        assert send(kuaidi100, partners.kuaidi100_body(partners.param(entries))) == (
            200,
            {"result": True, "returnCode": "200", "message": "成功"},
        )
        work()
        scans = scans_of(NO)
        assert [scan.code for scan in scans] == [Code.PICKED_UP, Code.DEPARTED, Code.ARRIVED]
        assert scans[-1].node == "SZ-HUB", "a place that bears the name of a unit is the unit"
        assert partners.local(scans[0].at) == entries[-1]["ftime"]

    def test_the_whole_list_again_brings_only_what_is_new(self, kuaidi100: FeedAccount) -> None:
        end = partners.now() - timedelta(hours=1)
        send(
            kuaidi100,
            partners.kuaidi100_body(partners.param(partners.data(2, last=end - timedelta(hours=1)))),
        )
        work()
        send(kuaidi100, partners.kuaidi100_body(partners.param(partners.data(3, last=end))))
        work()
        assert [segment.rows for segment in Segment.objects.order_by("seq")] == [2, 1]
        assert counted(kuaidi100.source) == {"received": 5, "accepted": 3, "doubled": 2}

    def test_the_same_push_twice_changes_nothing(self, kuaidi100: FeedAccount) -> None:
        body = partners.kuaidi100_body(partners.param(partners.data(2)))
        assert send(kuaidi100, body) == send(kuaidi100, body)
        work()
        send(kuaidi100, body)
        work()
        assert (Push.objects.count(), sum(Segment.objects.values_list("rows", flat=True))) == (1, 2)
        assert counted(kuaidi100.source)["doubled"] == 2

    def test_two_pushes_of_one_parcel_that_wait_together_enter_once(self, kuaidi100: FeedAccount) -> None:
        end = partners.now() - timedelta(hours=1)
        send(
            kuaidi100,
            partners.kuaidi100_body(partners.param(partners.data(2, last=end - timedelta(hours=1)))),
        )
        send(kuaidi100, partners.kuaidi100_body(partners.param(partners.data(3, last=end))))
        work()
        assert len(scans_of(NO)) == 3
        assert counted(kuaidi100.source) == {"received": 5, "accepted": 3, "doubled": 2}

    def test_a_small_letter_sign_is_the_same_sign(self, kuaidi100: FeedAccount) -> None:
        body = partners.kuaidi100_body(partners.param(partners.data(1)))
        sign = body.split(b"sign=")[1].split(b"&")[0]
        assert send(kuaidi100, body.replace(sign, sign.lower()))[1]["result"] is True

    def test_an_end_of_tracking_is_shown_and_answered_well(self, kuaidi100: FeedAccount) -> None:
        told = partners.param([], status="abort", message="3天查询无记录", comNew="")
        assert send(kuaidi100, partners.kuaidi100_body(told))[1]["result"] is True
        work()
        [row] = Parked.objects.all()
        assert (row.reason, row.waybill_no, "3天" in row.detail) == ("polling_stopped", NO, True)

    def test_all_sent_again_on_request_is_an_ordinary_list(self, kuaidi100: FeedAccount) -> None:
        send(kuaidi100, partners.kuaidi100_body(partners.param(partners.data(2), status="updateall")))
        work()
        assert len(scans_of(NO)) == 2

    def test_nobody_lives_at_another_address(self, kuaidi100: FeedAccount) -> None:
        assert Client().post("/journey/in/nobody/", b"", content_type=FORM).status_code == 404
        assert Client().get(f"/journey/in/{kuaidi100.key}/").status_code == 405


class TestKdniao:
    def test_a_push_enters_and_is_answered_in_its_words(self, kdniao: FeedAccount) -> None:
        status, said = send(kdniao, partners.kdniao_body(partners.kdniao_told(partners.data(3))))
        assert (status, said["Success"], said["EBusinessID"], said["Reason"]) == (200, True, "1237100", "")
        assert len(said["UpdateTime"]) == len("2026-11-20 12:00:00")
        work()
        assert [scan.code for scan in scans_of(NO)] == [Code.PICKED_UP, Code.DEPARTED, Code.ARRIVED]

    def test_a_value_encoded_twice_is_read(self, kdniao: FeedAccount) -> None:
        from urllib.parse import quote

        from huhang.journey.feeds import kdniao as protocol

        content = json.dumps(partners.kdniao_told(partners.data(2)), ensure_ascii=False).encode()
        twice = quote(quote(content, safe=""), safe="")
        sign = quote(quote(protocol.signature(content, "salt"), safe=""), safe="")
        body = f"RequestData={twice}&DataSign={sign}&RequestType=101".encode()
        assert send(kdniao, body)[1]["Success"] is True

    def test_what_is_no_trace_is_taken_and_shown(self, kdniao: FeedAccount) -> None:
        body = partners.kdniao_body({"EBusinessID": "1237100", "Data": []}, RequestType="107")
        assert send(kdniao, body)[1]["Success"] is True, "or it would come again and again"
        assert Parked.objects.get().reason == "unknown_event"

    def test_another_customers_push_is_refused(self, kdniao: FeedAccount) -> None:
        told = partners.kdniao_told(partners.data(1), EBusinessID="999")
        assert send(kdniao, partners.kdniao_body(told))[0] == 403
        assert Parked.objects.get().reason == "not_for_us"


class TestMendingTheCause:
    def test_a_carrier_that_gets_a_name_enters(self, kuaidi100: FeedAccount) -> None:
        told = partners.param(partners.data(2), result={"com": "feiniu"})
        send(kuaidi100, partners.kuaidi100_body(told))
        work()
        assert set(Parked.objects.values_list("reason", "state")) == {("unknown_carrier", "parked")}
        ids = list(Parked.objects.values_list("pk", flat=True))
        assert feed_intake.try_again(ids=ids, by="hua", now=timezone.now()) == (0, 2)
        factory.feed_word("carrier", "feiniu", "feiniu")
        assert feed_intake.try_again(ids=ids, by="hua", now=timezone.now()) == (2, 0)
        assert feed_intake.try_again(ids=ids, by="hua", now=timezone.now()) == (0, 0)
        assert len(scans_of(NO)) == 2

    def test_a_list_repeated_parks_nothing_twice(self, kuaidi100: FeedAccount) -> None:
        for count in (1, 2):
            told = partners.param(
                partners.data(count, last=partners.now() - timedelta(hours=3 - count)),
                result={"com": "feiniu"},
            )
            send(kuaidi100, partners.kuaidi100_body(told))
            work()
        assert Parked.objects.count() == 2
        assert counted(kuaidi100.source) == {"received": 3, "parked": 2, "doubled": 1}

    def test_an_accounts_own_carrier_is_taken_where_none_is_named(self, kuaidi100: FeedAccount) -> None:
        kuaidi100.carrier = "yto"
        kuaidi100.save()
        send(kuaidi100, partners.kuaidi100_body(partners.param(partners.data(1), result={"com": ""})))
        work()
        assert len(scans_of(NO)) == 1
