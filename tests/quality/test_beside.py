"""What an agent is told of how a customer last judged us, and why they are likely to come."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from huhang.desk.queries import picture
from tests.cast import Cast
from tests.desk.scenes import a_ticket
from tests.factories import network
from tests.factories import quality as make

pytestmark = pytest.mark.django_db
NUMBER = "13800001234"  # of everybody whom the factory asks


def judged(cast: Cast, *, days_ago: int = 2, **facts: Any) -> Any:
    at = timezone.now() - timedelta(days=days_ago)
    survey = make.answered(cast.unit("SZ-WZ"), at=at, **{"score": 1, "is_solved": False} | facts)
    make.touch(cast.unit("SZ-WZ"), at=at, survey=survey)
    return survey


def told(person: Any, number: str = NUMBER) -> list[tuple[str, str]]:
    return [(one.text, one.url) for one in picture.of_number(person, number).known]


def test_says_when_somebody_was_not_satisfied(cast: Cast) -> None:
    survey = judged(cast, words="打13812345678没人接")
    [(text, url)] = told(cast.hua)
    assert text == f"{timezone.localtime(survey.answered_at):%m-%d} 非常不满意 没有解决：打138******78没人接"
    assert url == ""


def test_leads_to_the_call_that_is_owed(cast: Cast) -> None:
    owed = make.call_back(judged(cast), at=timezone.now())
    assert [url for _, url in told(cast.hua)] == [f"/desk/t/{owed.ticket.no}/"]


@pytest.mark.parametrize("facts", [{"score": 5, "is_solved": True}, {"days_ago": 40}])
def test_says_nothing_of_the_satisfied_and_the_long_past(cast: Cast, facts: dict[str, Any]) -> None:
    judged(cast, **facts)
    assert told(cast.hua) == []


def test_is_for_those_who_see_what_it_was_about(cast: Cast) -> None:
    judged(cast)
    elsewhere = network.person("elsewhere")
    network.grant(elsewhere, "agent", cast.unit("ZJ"))
    assert told(elsewhere) == []
    assert told(cast.hua, "13999999999") == []


def test_guesses_why_they_come(cast: Cast) -> None:
    assert picture.of_number(cast.hua, NUMBER).likely == ""
    a_ticket(cast, title="外箱压坏", contact_phone=NUMBER)
    assert picture.of_number(cast.hua, NUMBER).likely == "催办工单"
