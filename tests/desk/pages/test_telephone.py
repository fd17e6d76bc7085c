"""The telephone on the workbench over the wire: one's own calls, the whole picture, the report, call-backs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huhang.channels.models import Account, Call, CallbackDue, CallReport
from huhang.desk.models import Ticket
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import calls as made
from tests.factories import channels, journey

NUMBER, WAYBILL = "13812345678", "773100000001"


@pytest.fixture
def switch(cast: Cast) -> Account:
    return made.switch(cast.unit("HQ-CS"))


@pytest.fixture
def lin(cast: Cast) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(cast.lin)
    return client


def talking(switch: Account, cast: Cast, **facts: Any) -> Call:
    at = timezone.now() - timedelta(seconds=40)
    given = {
        "phase": "talking",
        "answered_at": at,
        "outcome": "answered",
        "number": NUMBER,
        "person": cast.lin,
    }
    return made.waiting(switch, at=at, **(given | {"digits": f"1{WAYBILL}#"} | facts))


def url(name: str, *parts: Any) -> str:
    return reverse(f"desk:{name}", args=parts)


class TestTheCall:
    def test_pops_up_with_parcels_cases_and_history(self, cast: Cast, switch: Account, lin: Client) -> None:
        row = talking(switch, cast)
        unit = cast.unit("SZ-WZ")
        journey.waybill(WAYBILL, origin=unit, dest=unit, receiver_phone="13900000000")
        journey.waybill("773100000002", origin=unit, dest=unit, receiver_phone=NUMBER)
        case = a_ticket(cast, title="外箱压坏", contact_phone=NUMBER)
        earlier = channels.call(switch, at=row.arrived_at - timedelta(days=1), number=NUMBER, person=cast.hua)
        channels.call_report(earlier, cast.hua, at=row.arrived_at, note="昨天来催过")
        bar = lin.get(url("bench_phone")).content.decode()
        assert f'data-call="{row.pk}"' in bar and NUMBER not in bar
        card = lin.get(url("bench_call", row.pk)).content.decode()
        assert f'value="{WAYBILL}"' in card
        picture = lin.get(url("bench_call_picture", row.pk)).content.decode()
        numbers = [picture.find(reverse("journey:trace", args=[no])) for no in (WAYBILL, "773100000002")]
        assert -1 < numbers[0] < numbers[1]  # the one that was typed comes first
        assert case.title in picture and "昨天来催过" in picture

    def test_finds_the_parcel_whose_letters_no_telephone_can_type(
        self, cast: Cast, switch: Account, lin: Client
    ) -> None:
        unit, digits = cast.unit("SZ-WZ"), "1234567890123"
        row = talking(switch, cast, digits=f"1{digits}#")
        for letters in ("YT", "SF", "JD9"):
            phone = NUMBER if letters == "SF" else "13900000000"
            journey.waybill(f"{letters}{digits}", origin=unit, dest=unit, receiver_phone=phone)
        card = lin.get(url("bench_call", row.pk)).content.decode()
        assert f'value="SF{digits}"' in card  # the caller's own
        picture = lin.get(url("bench_call_picture", row.pk)).content.decode()
        shown = [
            reverse("journey:trace", args=[f"{letters}{digits}"]) in picture
            for letters in ("SF", "YT", "JD9")
        ]
        assert shown == [True, True, False]  # JD9… is another number
        journey.waybill(digits, origin=unit, dest=unit, receiver_phone="13900000000")
        assert (
            f'value="{digits}"' in lin.get(url("bench_call", row.pk)).content.decode()
        )  # exactly what was typed

    def test_finds_the_case_of_a_parcel_that_nobody_scanned(
        self, cast: Cast, switch: Account, lin: Client
    ) -> None:
        row = talking(switch, cast, digits="1234567890123#")
        case = a_ticket(cast, title="外箱压坏", waybill_no="SF1234567890123", contact_phone="13900000000")
        assert case.title in lin.get(url("bench_call_picture", row.pk)).content.decode()

    def test_is_written_down_and_makes_a_case(self, cast: Cast, switch: Account, lin: Client) -> None:
        row = talking(switch, cast, phase="over")
        facts = {"reason": "urge", "result": "solved", "note": "今天要用", "opens_case": "true"}
        page = lin.post(url("bench_call_report", row.pk), facts)
        assert page.status_code == 200 and Ticket.objects.get().no in page.content.decode()
        assert CallReport.objects.get().result == "case"
        assert lin.post(url("bench_call_report", row.pk), {"reason": "urge"}).status_code == 422

    @pytest.mark.parametrize("who", ["hua", "qian", "nobody"])
    def test_is_there_for_whoever_talks_alone(self, cast: Cast, switch: Account, who: str) -> None:
        row, client = talking(switch, cast), Client()
        client.force_login(cast.people[who])
        for name in ("bench_call", "bench_call_picture"):
            assert client.get(url(name, row.pk)).status_code in (403, 404)
        facts = {"reason": "urge", "result": "solved"}
        assert client.post(url("bench_call_report", row.pk), facts).status_code in (403, 404)
        assert not CallReport.objects.exists()

    def test_asks_as_often_for_many_as_for_one(
        self, cast: Cast, switch: Account, lin: Client, django_assert_max_num_queries: Any
    ) -> None:
        at = timezone.now()
        for number in range(6):
            talking(switch, cast, phase="over" if number % 2 else "talking")
            channels.callback_due(switch, at=at, number=f"1990000000{number}")
            journey.waybill(f"77310000010{number}", receiver_phone=NUMBER)
        for name, most in (("bench_phone", 12), ("bench_call_picture", 14)):
            parts = [Call.objects.latest("pk").pk] if name != "bench_phone" else []
            lin.get(url(name, *parts))
            with django_assert_max_num_queries(most):
                lin.get(url(name, *parts))


class TestCallBacks:
    def test_the_next_one_is_taken_and_done(self, cast: Cast, switch: Account, lin: Client) -> None:
        at = timezone.now()
        for minutes in (3, 25):
            channels.callback_due(switch, at=at - timedelta(minutes=minutes), number=f"139000000{minutes:02}")
        taken = lin.post(url("bench_owed_next"), follow=True)
        row = CallbackDue.objects.get(owner=cast.lin)
        assert row.number == "13900000025" and f"owed/{row.pk}" in taken.content.decode()
        assert "13900000025" not in taken.content.decode()
        assert lin.get(url("bench_owed_picture", row.pk)).status_code == 200
        assert lin.post(url("bench_owed_work", row.pk, "not-needed"), {"note": ""}).status_code == 422
        assert lin.post(url("bench_owed_work", row.pk, "called"), {"note": ""}).status_code == 200
        assert CallbackDue.objects.get(pk=row.pk).closed_because == "called"
        assert lin.post(url("bench_owed_work", row.pk, "shout"), {"note": ""}).status_code == 404

    def test_nobody_waits(self, cast: Cast, lin: Client) -> None:
        assert lin.post(url("bench_owed_next")).status_code == 204

    def test_a_foreign_one_is_not_there(self, cast: Cast, switch: Account) -> None:
        row, client = channels.callback_due(switch, at=timezone.now()), Client()
        client.force_login(cast.qian)
        for name in ("bench_owed", "bench_owed_picture"):
            assert client.get(url(name, row.pk)).status_code == 404
        assert client.post(url("bench_owed_work", row.pk, "claim"), {"note": ""}).status_code == 404
