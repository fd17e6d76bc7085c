"""A parcel on its way from 西湖 to 吴中, stuck at the hub of 苏州; Zhang delivers it."""

from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from huhang.journey.models import Hit, WatchRule, Waybill
from huhang.journey.queries import trace
from huhang.journey.queries.scans import Told
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.status import Scan
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.factories import journey as factory

NO = "773120047514"


def hours_ago(n: float) -> datetime:
    return NOON - timedelta(hours=n)


WAY = [
    Scan(hours_ago(40), Code.PICKED_UP, node="HZ-XH"),
    Scan(hours_ago(38), Code.DEPARTED, node="HZ-XH"),
    Scan(hours_ago(30), Code.ARRIVED, node="SZ-HUB"),
    Scan(hours_ago(6), Code.DEPARTED, node="SZ-HUB"),
    Scan(hours_ago(5), Code.ARRIVED, node="SZ-WZ"),
    Scan(
        hours_ago(4), Code.OUT_FOR_DELIVERY, node="SZ-WZ", operator="ZHANG", text="张师傅 19900001234 派件中"
    ),
]
FAILED = Scan(hours_ago(3), Code.DELIVERY_FAILED, Reason.UNREACHABLE, node="SZ-WZ", operator="ZHANG")
SIGNED = Scan(hours_ago(2), Code.SIGNED, node="SZ-WZ", operator="ZHANG")


def a_parcel(cast: Cast, no: str = NO) -> Waybill:
    return factory.waybill(
        no,
        origin=cast.unit("HZ-XH"),
        dest=cast.unit("SZ-WZ"),
        sender_name="陈先生",
        sender_phone="13800001111",
        receiver_address="江苏省苏州市吴中区宝带东路99号2幢601室",
        promised_at=NOON + timedelta(hours=2),
        registered_at=hours_ago(40),
    )


def a_hit(
    cast: Cast, rule: str = "hub_not_departed", unit: str = "SZ-HUB", no: str = NO, ago: float = 18
) -> Hit:
    return factory.hit(
        WatchRule.objects.get(slug=rule),
        cast.unit(unit),
        no,
        anchor_at=hours_ago(ago + 12),
        raised_at=hours_ago(ago),
    )


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> list[Scan]:
    """The scans that the log tells of every number; change the list to change the way."""
    scans = list(WAY)
    monkeypatch.setattr(trace, "told_of", lambda no: Told(scans if no == NO else []))
    return scans


def signed_in(person: Person) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person)
    return client


def get(person: Person, name: str, *args: object, query: str = "", **headers: str) -> HttpResponse:
    return signed_in(person).get(reverse(name, args=args) + query, headers=headers)  # type: ignore[return-value]


def post(person: Person, name: str, *args: object, **fields: object) -> HttpResponse:
    url = reverse(name, args=args)
    return signed_in(person).post(url, fields, headers={"HX-Request": "true"})  # type: ignore[return-value]


def text(response: HttpResponse) -> str:
    return response.content.decode()
