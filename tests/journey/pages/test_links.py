"""延误环节: ranked within one's rights, filtered by the URL, the file equal to the screen, down to the parcel."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from huhang.journey.models import DelayDay, LinkStandard
from huhang.journey.rules.links import SHANGHAI
from huhang.kit.models import AuditEntry
from huhang.network.models import Person
from tests.cast import Cast
from tests.factories import journey as factory
from tests.journey.pages.scenes import get, signed_in, text

pytestmark = pytest.mark.django_db


def day(ago: int = 0):
    return (timezone.now().astimezone(SHANGHAI) - timedelta(days=ago)).date()


@pytest.fixture
def counted(cast: Cast) -> Cast:
    """Today 吴中 delivered late, last week 西湖 did more so; the hub of 苏州 lost a little, and did not scan."""
    wz, xh, hub = (cast.unit(code) for code in ("SZ-WZ", "HZ-XH", "SZ-HUB"))
    factory.link_day(wz, day=day(), n=10, late=3, lost_minutes=300, product="standard", counts={"40": 10})
    factory.link_day(xh, day=day(5), n=20, late=10, lost_minutes=4000)
    factory.link_day(hub, day=day(5), kind="destination_hub", n=50, late=1, lost_minutes=30, unscanned=7)
    factory.link_day(xh, day=day(20), n=100, late=0, lost_minutes=0)
    factory.late_link(wz, day=day(), waybill_no="YT1", lost_minutes=200)
    factory.late_link(wz, day=day(), waybill_no="YT2", lost_minutes=100)
    return cast


def exported(person: Person, query: str = "") -> list[dict[str, str]]:
    content = signed_in(person).get(f"/journey/links.csv{query}").content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(content)))


def places(person: Person, query: str = "") -> list[str]:
    rows = exported(person, query)
    return [row.get("起点") or row["单位"] for row in rows]


class TestRanking:
    def test_an_empty_page_says_what_will_come(self, cast: Cast) -> None:
        assert "哪个环节损失的时间最多" in text(get(cast.gao, "journey:links"))

    def test_the_worst_comes_first(self, counted: Cast) -> None:
        assert places(counted.hua) == ["西湖网点", "吴中网点", "苏州分拨中心"]

    def test_is_within_ones_rights(self, counted: Cast) -> None:
        assert places(counted.gao) == ["吴中网点"]
        assert places(counted.qian) == []
        assert get(counted.nobody, "journey:links").status_code == 403

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?period=today", ["吴中网点"]),
            ("?period=yesterday", []),
            ("?period=nonsense", ["西湖网点", "吴中网点", "苏州分拨中心"]),
            ("?kind=destination_hub", ["苏州分拨中心"]),
            ("?product=standard", ["吴中网点"]),
            ("?unit=JS", ["吴中网点", "苏州分拨中心"]),
            ("?sort=-late", ["西湖网点", "吴中网点", "苏州分拨中心"]),
            ("?sort=share&period=30", ["苏州分拨中心", "西湖网点", "吴中网点"]),
            ("?sort=-unscanned", ["苏州分拨中心", "吴中网点", "西湖网点"]),
            ("?level=province", ["浙江省区", "江苏省区"]),
            ("?level=city", ["杭州", "苏州"]),
            ("?level=unit&unit=JS", ["吴中网点", "苏州分拨中心"]),
        ],
    )
    def test_filters_and_order_live_in_the_url(self, counted: Cast, query: str, expected: list[str]) -> None:
        assert places(counted.hua, query) == expected

    def test_the_file_says_what_the_screen_says(self, counted: Cast) -> None:
        page, rows = text(get(counted.hua, "journey:links")), exported(counted.hua)
        for row in rows:
            assert all(shown in page for shown in (row["起点"], row["责任单位"], row["环节"], row["延误率"]))
        assert (rows[0]["票数"], rows[0]["延误票"], rows[0]["损失分钟"]) == ("20", "10", "4000")

    def test_xlsx_holds_the_same_rows(self, counted: Cast) -> None:
        answer = signed_in(counted.hua).get("/journey/links.xlsx")
        sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
        assert sheet is not None
        told = [
            ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
        assert [dict(zip(told[0], row, strict=True)) for row in told[1:]] == exported(counted.hua)
        assert signed_in(counted.hua).get("/journey/links.pdf").status_code == 404

    def test_asks_the_database_a_fixed_number_of_times(self, counted: Cast) -> None:
        client, counts = signed_in(counted.hua), []
        client.get("/journey/links/")
        for level in ("link", "province"):
            with CaptureQueriesContext(connection) as asked:
                client.get(f"/journey/links/?level={level}")
            counts.append(len(asked))
        factory.link_day(counted.unit("SZ-GS"), day=day())
        with CaptureQueriesContext(connection) as asked:
            client.get("/journey/links/")
        assert len(asked) == counts[0]
        assert max(counts) <= 14


class TestOneLink:
    WZ = "?node=SZ-WZ&to="

    def test_names_its_parcels_and_their_loss(self, counted: Cast) -> None:
        page = text(get(counted.gao, "journey:link", "delivery", query=self.WZ))
        assert "/journey/w/YT1/" in page
        assert "3 小时 20 分" in page

    def test_is_not_there_for_others(self, counted: Cast) -> None:
        assert get(counted.qian, "journey:link", "delivery", query=self.WZ).status_code == 404
        assert get(counted.gao, "journey:link", "nonsense", query=self.WZ).status_code == 404
        assert get(counted.hua, "journey:link", "delivery", query="?node=%00&to=x").status_code in (404, 422)

    def test_its_file_lists_them_worst_first(self, counted: Cast) -> None:
        answer = get(counted.gao, "journey:link_file", "delivery", "csv", query=self.WZ)
        rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
        assert [(row["运单号"], row["超出分钟"]) for row in rows] == [("YT1", "200"), ("YT2", "100")]


class TestStandards:
    FORM = {"kind": "delivery", "origin": "SZ-WZ", "minutes": "300", "from_hour": "0", "to_hour": "24"}

    def save(self, person: Person, **changes: str) -> int:
        return signed_in(person).post("/journey/links/standards/", self.FORM | changes).status_code

    def test_shows_the_assumed_ones_first(self, cast: Cast) -> None:
        page = text(get(cast.gao, "journey:link_standards"))
        assert "假定" in page
        assert "任何地方" in page

    def test_who_edits_a_unit_sets_what_begins_there(self, cast: Cast) -> None:
        assert self.save(cast.gao) == 302
        row = LinkStandard.objects.get(origin=cast.unit("SZ-WZ"))
        assert row.minutes == 300
        assert self.save(cast.gao, minutes="240") == 302
        row.refresh_from_db()
        assert row.minutes == 240
        assert AuditEntry.objects.filter(verb="journey.link_standard.save").count() == 2

    def test_others_do_not(self, cast: Cast) -> None:
        assert self.save(cast.qian) == 404
        assert self.save(cast.lin) in (403, 404)
        assert self.save(cast.gao, origin="") == 403
        assert self.save(cast.hua, origin="") == 409  # there is one for 0–10 already
        assert LinkStandard.objects.filter(origin__isnull=False).count() == 0

    @pytest.mark.parametrize(
        "wrong", [{"minutes": "0"}, {"minutes": "x"}, {"from_hour": "9", "to_hour": "9"}, {"kind": "x"}]
    )
    def test_refuses_what_is_unclear(self, cast: Cast, wrong: dict[str, str]) -> None:
        assert self.save(cast.gao, **wrong) == 422
        assert not LinkStandard.objects.filter(origin__isnull=False).exists()

    def test_a_change_has_the_last_days_counted_again(self, cast: Cast) -> None:
        factory.delay_day(day=day(), is_dirty=False, built_at=timezone.now())
        self.save(cast.gao)
        assert DelayDay.objects.get().is_dirty

    def test_can_be_taken_away(self, cast: Cast) -> None:
        self.save(cast.gao)
        row = LinkStandard.objects.get(origin=cast.unit("SZ-WZ"))
        url = f"/journey/links/standards/{row.pk}/remove/"
        assert signed_in(cast.qian).post(url).status_code == 404
        assert signed_in(cast.gao).post(url).status_code == 302
        assert not LinkStandard.objects.filter(pk=row.pk).exists()


class TestForecasts:
    def test_says_how_often_they_held(self, cast: Cast) -> None:
        assert "还没有可检验的预计" in text(get(cast.gao, "journey:forecasts"))
        factory.eta_check(day=day(1), n=100, inside=83)
        assert "83%" in text(get(cast.gao, "journey:forecasts"))
