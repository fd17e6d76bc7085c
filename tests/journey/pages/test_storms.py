"""Storm mode on its pages: declared where one may, told to everybody below, changed and ended on the record."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huhang.journey.models import Storm
from huhang.journey.pages.storm_form import filled_in, fresh
from huhang.journey.queries import storms
from huhang.kit.models import AuditEntry, Outbox
from huhang.network.models import Grant, Person
from tests.cast import NOON, Cast
from tests.factories import journey as factory
from tests.journey.pages.scenes import get, post, signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(cast: Cast) -> Person:
    """Who runs the province of Jiangsu."""
    person = Person.objects.create_user(username="jiang", password="pass-1234", display_name="江总")
    Grant.objects.create(person=person, role="province_lead", unit=cast.unit("JS"))
    return person


def form(**changes: Any) -> dict[str, Any]:
    return fresh(now=timezone.now()) | {"unit": "JS"} | changes


def now_storm(cast: Cast, unit: str = "JS", **values: Any) -> Storm:
    now = timezone.now()
    return factory.storm(
        cast.unit(unit),
        **{"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=1)} | values,
    )


class TestDeclaring:
    def test_lets_a_province_relax_its_limits(self, cast: Cast, lead: Person) -> None:
        answer = post(lead, "journey:storm_new", **form(ready="暴雪冰冻影响，道路封闭", extra_hours="12"))
        assert answer.headers["HX-Redirect"].endswith("?saved=declared")
        storm = Storm.objects.get()
        assert (storm.path, storm.extra_minutes, storm.declared_by) == (cast.unit("JS").path, 720, lead)
        assert storm.reason_en.startswith("Snow and ice")
        assert AuditEntry.objects.get(subject=storms.subject_of(storm.pk)).actor == "jiang"
        assert Outbox.objects.filter(kind="journey.storm", path=storm.path).exists()

    def test_takes_own_words(self, cast: Cast, lead: Person) -> None:
        post(lead, "journey:storm_new", **form(ready="other", reason_zh="桥梁检修", reason_en="Bridge works"))
        assert Storm.objects.get().reason_zh == "桥梁检修"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"unit": "ZJ"}, "请选择区域"),  # not hers
            ({"unit": "HQ"}, "请选择区域"),
            ({"unit": ""}, "请选择区域"),
            ({"starts_at": "soon"}, "请填写日期和时间"),
            ({"starts_at": "2020-01-01T00:00"}, "最多可以早一小时"),
            ({"ends_at": "2020-01-01T00:00"}, "结束应晚于开始"),
            ({"ends_at": "9999-12-31T23:59"}, "最长 30 天"),
            ({"extra_hours": "-3"}, "1 分钟到 240 小时"),
            ({"extra_hours": "nan"}, "请填写数字"),
            ({"extra_hours": "1e400"}, "请填写数字"),
            ({"extra_hours": "241"}, "1 分钟到 240 小时"),
            ({"ready": "other"}, "请写明原因"),
        ],
    )
    def test_refuses_what_is_unclear_and_keeps_what_was_typed(
        self, cast: Cast, lead: Person, changes: dict[str, Any], reason: str
    ) -> None:
        answer = post(lead, "journey:storm_new", **form(reason_en="kept as typed", **changes))
        assert answer.status_code == 422
        assert reason in text(answer)
        assert "kept as typed" in text(answer)
        assert not Storm.objects.exists()

    @pytest.mark.parametrize("who", ["gao", "lin", "nobody"])
    def test_is_not_for_outlets_and_agents(self, cast: Cast, who: str) -> None:
        assert post(cast.people[who], "journey:storm_new", **form()).status_code == 403
        assert get(cast.people[who], "journey:storm_new").status_code == 403


class TestChanging:
    def test_moves_the_end_and_keeps_the_beginning(self, cast: Cast, lead: Person) -> None:
        storm = now_storm(cast)
        later = filled_in(storm) | {
            "ends_at": f"{timezone.localtime(storm.ends_at) + timedelta(days=1):%Y-%m-%dT%H:%M}"
        }
        assert post(lead, "journey:storm", storm.pk, **later).status_code == 204
        changed = Storm.objects.get()
        assert changed.ends_at > storm.ends_at + timedelta(hours=23)
        assert (changed.starts_at, changed.version) == (storm.starts_at, 2)

    def test_a_stale_form_does_not_overwrite(self, cast: Cast, lead: Person) -> None:
        storm = now_storm(cast)
        old = filled_in(storm)
        assert post(lead, "journey:storm", storm.pk, **old | {"extra_hours": "48"}).status_code == 204
        assert post(lead, "journey:storm", storm.pk, **old | {"extra_hours": "6"}).status_code == 409
        assert Storm.objects.get().extra_minutes == 48 * 60

    def test_is_for_those_above_it_only(self, cast: Cast, lead: Person) -> None:
        storm = now_storm(cast, "ZJ")
        assert post(lead, "journey:storm", storm.pk, **filled_in(storm)).status_code == 403
        assert post(lead, "journey:storm_end", storm.pk).status_code == 403
        assert post(cast.hua, "journey:storm_end", storm.pk).status_code == 204

    def test_ends_early_on_the_record(self, cast: Cast, lead: Person) -> None:
        storm = now_storm(cast)
        assert "现在结束" in text(get(lead, "journey:storm_ending", storm.pk))
        post(lead, "journey:storm_end", storm.pk)
        assert Storm.objects.get().ends_at <= timezone.now()
        before = AuditEntry.objects.get(verb="journey.storm.end").before or {}
        assert before["ends_at"] == storm.ends_at.isoformat()
        assert post(lead, "journey:storm_end", storm.pk).status_code == 409

    def test_one_that_is_still_to_come_never_begins(self, cast: Cast, lead: Person) -> None:
        start = timezone.now() + timedelta(days=1)
        storm = now_storm(cast, starts_at=start, ends_at=start + timedelta(days=1))
        post(lead, "journey:storm_end", storm.pk)
        assert not Storm.objects.holding(start).exists()


class TestList:
    def test_shows_what_concerns_ones_units(self, cast: Cast) -> None:
        now_storm(cast, "JS", reason_zh="江苏的雪")
        now_storm(cast, "ZJ", reason_zh="浙江的风")
        now_storm(cast, "SZ-GS", reason_zh="姑苏的雨")
        page = text(get(cast.gao, "journey:storms"))
        assert "江苏的雪" in page
        assert "浙江的风" not in page
        assert "姑苏的雨" not in page
        assert "姑苏的雨" in text(get(cast.hua, "journey:storms"))

    def test_says_where_each_stands(self, cast: Cast) -> None:
        now = timezone.now()
        now_storm(cast)
        now_storm(cast, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2))
        now_storm(cast, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
        page = text(get(cast.hua, "journey:storms"))
        assert page.index("进行中</span>") < page.index("未开始</span>") < page.index("已结束</span>")
        assert page.count("修改</a>") == 2

    def test_says_what_it_is_for_when_there_is_none(self, cast: Cast) -> None:
        assert "到时自动恢复" in text(get(cast.hua, "journey:storms"))

    def test_costs_the_same_for_one_and_for_many(self, cast: Cast) -> None:
        client, counts = signed_in(cast.hua), []
        for number in (1, 20):
            for _ in range(number):
                now_storm(cast)
            client.get("/journey/storms/")
            with CaptureQueriesContext(connection) as asked:
                client.get("/journey/storms/")
            counts.append(len(asked))
        assert counts[0] == counts[1]
        assert counts[0] <= 10


class TestBanner:
    def test_stands_above_the_work_of_the_region(self, cast: Cast) -> None:
        now_storm(cast, "JS", reason_zh="江苏的雪")
        assert "江苏的雪" in text(get(cast.gao, "journey:hits"))
        assert "江苏的雪" in text(get(cast.gao, "journey:storm_banner"))

    def test_is_gone_once_it_is_over(self, cast: Cast) -> None:
        now = timezone.now()
        now_storm(cast, starts_at=now - timedelta(days=2), ends_at=now - timedelta(minutes=1))
        assert "page-note" not in text(get(cast.gao, "journey:storm_banner"))

    def test_hears_of_storms_above(self, cast: Cast) -> None:
        assert storms.heard_at(["/HQ/JS/JS-SZ/"]) == ["/", "/HQ/", "/HQ/JS/", "/HQ/JS/JS-SZ/"]
        assert storms.heard_at(["/"]) == ["/"]


class TestParcels:
    @pytest.mark.parametrize(
        ("unit", "told"), [("SZ-WZ", True), ("JS", True), ("HQ", True), ("SZ-GS", False), ("ZJ", False)]
    )
    def test_are_in_a_storm_over_the_place_where_they_go(self, cast: Cast, unit: str, told: bool) -> None:
        factory.waybill("A1", dest=cast.unit("SZ-WZ"))
        factory.storm(cast.unit(unit))
        assert bool(storms.of_waybill("A1", at=NOON)) is told
        assert not storms.of_waybill("A1", at=NOON - timedelta(seconds=1))
        assert not storms.of_waybill("A1", at=NOON + timedelta(days=2))
        assert not storms.of_waybill("", at=NOON)

    def test_where_they_are_held_counts_too(self, cast: Cast) -> None:
        factory.storm(cast.unit("ZJ"))
        assert storms.of_parcel([cast.unit("HZ-XH").path, cast.unit("SZ-WZ").path], at=NOON)
        assert not storms.of_parcel(["", cast.unit("SZ-WZ").path], at=NOON)
