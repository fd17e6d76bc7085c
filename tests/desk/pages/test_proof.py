"""The page that proves prevention: an honest word, the same figures in the file, a known cost."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huhang.journey.models import WatchRule
from huhang.kit import facts
from tests.cast import Cast
from tests.factories import desk as factory
from tests.journey.pages.scenes import get, signed_in, text

pytestmark = pytest.mark.django_db


def days(slug: str, treated: tuple[int, int], control: tuple[int, int]) -> None:
    day = timezone.localdate() - timedelta(days=12)
    rule = WatchRule.objects.get(slug=slug)
    for is_control, (parcels, contacts) in ((False, treated), (True, control)):
        factory.proof_day(
            rule, day=day, is_control=is_control, parcels=parcels, contacts=contacts, complaints=0
        )


@pytest.mark.parametrize(
    ("control", "word"),
    [((500, 40), "有效"), ((500, 12), "尚不能断定"), ((5000, 10), "适得其反"), ((0, 0), "没有对照")],
)
def test_says_honestly_what_the_numbers_say(cast: Cast, control: tuple[int, int], word: str) -> None:
    days("hub_not_departed", (9500, 190), control)
    page = text(get(cast.hua, "desk:proof"))
    assert f">{word}</span>" in page
    assert ("估计避免了" in page) == (word == "有效")


def test_says_how_many_parcels_are_still_needed(cast: Cast) -> None:
    days("hub_not_departed", (950, 19), (50, 1))
    assert "对照还需约" in text(get(cast.hua, "desk:proof"))


def test_the_file_says_what_the_screen_says(cast: Cast) -> None:
    days("hub_not_departed", (9500, 190), (500, 40))
    rows = list(csv.DictReader(StringIO(get(cast.hua, "desk:proof_csv").content.decode("utf-8-sig"))))
    assert [row["结论"] for row in rows] == ["有效", "有效"]
    assert (rows[1]["已提醒每万件"], rows[1]["对照每万件"]) == ("200.0", "800.0")
    assert float(rows[1]["避免最少"]) > 0
    assert get(cast.hua, "desk:proof_xlsx").status_code == 200


def test_before_anything_is_counted_says_when(cast: Cast) -> None:
    assert "预警满 7 天后才能统计" in text(get(cast.hua, "desk:proof"))


def test_an_outlet_learns_why_it_sees_nothing(cast: Cast) -> None:
    days("hub_not_departed", (9500, 190), (500, 40))
    page = text(get(cast.gao, "desk:proof"))
    assert "按城市及以上统计" in page
    assert "有效</span>" not in page
    assert get(cast.nobody, "desk:proof").status_code == 403


def test_costs_the_same_for_one_rule_and_for_all(cast: Cast) -> None:
    facts.get("simulated")
    client, counts = signed_in(cast.hua), []
    for slugs in (
        ["hub_not_departed"],
        WatchRule.objects.exclude(slug="hub_not_departed").values_list("slug", flat=True),
    ):
        for slug in slugs:
            days(slug, (900, 9), (100, 3))
        client.get("/desk/proof/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/desk/proof/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 10
