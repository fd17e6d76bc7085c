"""The list of hits: filters in the URL, the file equal to the screen, nobody's hits but one's own."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huhang.kit import facts
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.journey.pages.scenes import a_hit, get, signed_in, text

pytestmark = pytest.mark.django_db


def exported(person: Person, query: str = "") -> list[dict[str, str]]:
    answer = get(person, "journey:hits_csv", query=query)
    content = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(content)))


def numbers(person: Person, query: str = "") -> set[str]:
    return {row["运单号"] for row in exported(person, query)}


def test_an_empty_list_says_what_will_come(cast: Cast) -> None:
    assert "可能变成投诉的件会出现在这里" in text(get(cast.gao, "journey:hits"))
    assert "清除筛选" in text(get(cast.gao, "journey:hits", query="?rule=promise_passed"))


def test_shows_only_the_hits_of_ones_own_units(cast: Cast) -> None:
    a_hit(cast, unit="SZ-WZ", no="A1")
    a_hit(cast, unit="SZ-GS", no="A2")
    a_hit(cast, unit="HZ-XH", no="A3")
    assert numbers(cast.gao) == {"A1"}
    assert numbers(cast.qian) == {"A2"}
    assert numbers(cast.hua) == {"A1", "A2", "A3"}
    assert get(cast.nobody, "journey:hits").status_code == 403


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"A1", "A2"}),
        ("?state=cleared", {"A3"}),
        ("?state=all", {"A1", "A2", "A3"}),
        ("?state=nonsense", {"A1", "A2"}),
        ("?rule=promise_passed", {"A2"}),
        ("?link=delivery", {"A2"}),
        ("?unit=JS", {"A1", "A2"}),
        ("?unit=SZ-WZ", {"A2"}),
        ("?unit=SZ", set()),
        ("?day=2026-11-19", {"A1"}),
        ("?day=2026-11-20", {"A2"}),
        ("?day=soon", {"A1", "A2"}),
        ("?waybill=A1", {"A1"}),
    ],
)
def test_filters_live_in_the_url(cast: Cast, query: str, expected: set[str]) -> None:
    a_hit(cast, no="A1", ago=18)
    a_hit(cast, "promise_passed", unit="SZ-WZ", no="A2", ago=3)
    cleared = a_hit(cast, no="A3", ago=90)
    cleared.cleared_at = NOON - timedelta(hours=80)
    cleared.save()
    assert numbers(cast.hua, query) == expected


def test_the_file_says_what_the_screen_says(cast: Cast) -> None:
    a_hit(cast, no="A1")
    screen = text(get(cast.hua, "journey:hits"))
    (row,) = exported(cast.hua)
    for shown in (row["规则"], row["环节"], row["单位"], row["状态"]):
        assert shown in screen
    assert row["预警时间"] == "2026-11-19 18:00:00"


def test_a_formula_in_a_file_is_only_text(cast: Cast) -> None:
    hit = a_hit(cast, no="A1")
    hit.operator = "=1+1"
    hit.save()
    assert exported(cast.hua)[0]["责任人"] == "'=1+1"


def test_costs_the_same_for_one_row_and_for_fifty(cast: Cast) -> None:
    facts.get("simulated")
    client = signed_in(cast.hua)
    client.get("/journey/hits/")
    counts = []
    for row in range(60):
        a_hit(cast, no=f"B{row}", ago=row + 1)
        if row in (0, 59):
            with CaptureQueriesContext(connection) as asked:
                client.get("/journey/hits/")
            counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_pages_through_long_lists(cast: Cast) -> None:
    for row in range(55):
        a_hit(cast, no=f"B{row}", ago=row + 1)
    assert "下一页" in text(get(cast.hua, "journey:hits"))
    second = text(get(cast.hua, "journey:hits", query="?page=2"))
    assert second.count("data-row") == 5
    assert "上一页" in second
