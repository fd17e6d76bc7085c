"""A case opens with the answer, where its parcel lost time; its customer reads in plain words when it will come."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huhang.desk.actions import progress
from huhang.desk.models import Ticket
from huhang.journey.models import Storm, WatchRule, Waybill
from huhang.journey.queries import trace
from huhang.journey.queries.scans import Told
from huhang.journey.rules.codes import Code
from huhang.journey.rules.links import SHANGHAI
from huhang.journey.rules.status import Scan
from huhang.network.models import Person
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import journey as factory
from tests.factories.network import transit_standard

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch, now: datetime) -> list[Scan]:
    """Stuck at the hub of 苏州 for twenty hours, now out for delivery."""
    way = [
        Scan(now - 30 * HOUR, Code.DEPARTED, node="HZ-XH"),
        Scan(now - 24 * HOUR, Code.ARRIVED, node="SZ-HUB"),
        Scan(now - 4 * HOUR, Code.DEPARTED, node="SZ-HUB"),
        Scan(now - 3 * HOUR, Code.ARRIVED, node="SZ-WZ"),
        Scan(now - 2 * HOUR, Code.OUT_FOR_DELIVERY, node="SZ-WZ", operator="ZHANG"),
    ]
    monkeypatch.setattr("huhang.journey.queries.trace.told_of", lambda no: Told(way))
    return way


@pytest.fixture
def case(cast: Cast, now: datetime) -> Ticket:
    ticket = a_ticket(cast, waybill_no="YT1")
    factory.waybill(
        "YT1",
        origin=cast.unit("HZ-XH"),
        dest=cast.unit("SZ-WZ"),
        promised_at=now + 2 * HOUR,
        registered_at=now - 40 * HOUR,
    )
    return ticket


def answer(person: Person, case: Ticket) -> str:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person)
    return client.get(reverse("desk:delay", args=[case.no])).content.decode()


def customers_page(case: Ticket) -> str:
    token = progress.issue_link(ticket=case, now=timezone.now())
    page = Client(headers={"accept-language": "zh-hans"}).get(reverse("progress:page", args=[token]))
    return " ".join(page.content.decode().split())


def known(now: datetime, *hours: float, milestone: str = "out") -> None:
    """Yesterday so many parcels took each of these from there on."""
    from huhang.journey.rules.spread import bin_of

    counts: dict[str, int] = {}
    for hour in hours:
        counts[str(bin_of(60 * hour))] = counts.get(str(bin_of(60 * hour)), 0) + 30
    yesterday = (now.astimezone(SHANGHAI) - timedelta(days=1)).date()
    factory.eta_day(day=yesterday, milestone=milestone, n=30 * len(hours), counts=counts)


class TestCase:
    def test_opens_with_link_minutes_and_owner(self, case: Ticket, scans: list[Scan], cast: Cast) -> None:
        said = " ".join(answer(cast.gao, case).split())
        assert "目的分拨 苏州分拨中心" in said
        assert "比标准多 <b>12 小时</b>" in said
        assert "责任单位 <b>苏州分拨中心</b>" in said
        assert "各环节与标准、平常相比" in said

    def test_asks_for_it_on_its_page(self, case: Ticket, scans: list[Scan], cast: Cast) -> None:
        client = Client()
        client.force_login(cast.gao)
        assert (
            reverse("desk:delay", args=[case.no])
            in client.get(reverse("desk:ticket", args=[case.no])).content.decode()
        )

    def test_tells_nothing_to_those_who_may_not_trace_it(
        self, case: Ticket, scans: list[Scan], cast: Cast
    ) -> None:
        for person in (cast.qian, cast.nobody):
            assert "苏州分拨中心" not in answer(person, case)

    def test_shows_what_was_judged_when_the_alarm_was_raised(
        self, case: Ticket, scans: list[Scan], cast: Cast, now: datetime
    ) -> None:
        rule = WatchRule.objects.get(slug="hub_not_departed")
        factory.hit(
            rule, cast.unit("SZ-HUB"), "YT1", late_link="linehaul", late_minutes=95, late_unit=cast.unit("JS-SZ"),
            explained_at=now,
        )  # fmt: skip
        assert "当时已判定干线慢了 1 小时 35 分，苏州" in answer(cast.gao, case)

    def test_without_scans_says_nothing(self, case: Ticket, scans: list[Scan], cast: Cast) -> None:
        scans.clear()
        assert answer(cast.gao, case).strip() == ""


class TestCustomer:
    def test_reads_an_interval_and_how_sure_it_is(
        self, case: Ticket, scans: list[Scan], now: datetime
    ) -> None:
        known(now, 3, 4, 5, 26, 28)
        page = customers_page(case)
        assert "把握约 80%" in page
        assert "包裹预计" in page

    def test_a_promise_is_not_shown_as_a_forecast(self, case: Ticket, scans: list[Scan]) -> None:
        assert "送达" not in customers_page(case)

    def test_reads_by_the_standard_while_little_is_known(
        self, case: Ticket, scans: list[Scan], cast: Cast
    ) -> None:
        transit_standard(origin=cast.unit("ZJ"), destination=cast.unit("JS"), hours=72)
        page = customers_page(case)
        assert "同线路的包裹通常在" in page
        assert "把握" not in page

    def test_reads_honest_words_when_nobody_can_tell(
        self, case: Ticket, scans: list[Scan], now: datetime
    ) -> None:
        known(now, 0.5, 0.6, 0.7)
        assert "暂时说不准哪天到" in customers_page(case)

    def test_reads_that_it_is_late(self, case: Ticket, scans: list[Scan], now: datetime) -> None:
        known(now, 3, 4, 5)
        Waybill.objects.update(promised_at=now - HOUR)
        assert "晚了，非常抱歉" in customers_page(case)

    def test_reads_that_it_may_become_late(self, case: Ticket, scans: list[Scan], now: datetime) -> None:
        known(now, 20, 22, 24)
        assert "可能会晚于承诺" in customers_page(case)

    def test_a_storm_is_counted_in(self, case: Ticket, scans: list[Scan], cast: Cast, now: datetime) -> None:
        known(now, 3, 4, 5)
        calm = trace.arrival_of("YT1", now=now)
        factory.storm(cast.unit("JS"), starts_at=now - HOUR, ends_at=now + 48 * HOUR)
        rough = trace.arrival_of("YT1", now=now)
        assert Storm.objects.count() == 1
        assert calm and rough and calm.forecast and rough.forecast
        assert calm.forecast.latest and rough.forecast.latest == calm.forecast.latest + timedelta(days=1)

    def test_reads_when_it_came(self, case: Ticket, scans: list[Scan], now: datetime) -> None:
        scans.append(Scan(now - HOUR, Code.SIGNED, node="SZ-WZ"))
        assert "包裹已送达" in customers_page(case)
