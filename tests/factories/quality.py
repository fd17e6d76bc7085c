"""Rows of quality for tests."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from huhang.channels.actions.tokens import hash_of, token_of
from huhang.desk.models import Ticket
from huhang.network.models import OrgUnit
from huhang.quality.models import CallBack, Survey, SurveyTerms, Touch
from tests.factories import desk

_numbers = count(1)


def survey_terms(**facts: Any) -> SurveyTerms:
    """The settings, with what a scene changes."""
    return SurveyTerms.objects.update_or_create(pk=1, defaults=facts)[0]


def survey(unit: OrgUnit, *, at: datetime, **facts: Any) -> Survey:
    """Somebody was asked a moment ago and has not answered."""
    key = f"survey:{next(_numbers)}"
    given = {
        "key": key, "token_hash": hash_of(token_of(key)), "sort": "case", "way": "sms", "people": ["tel:13800001234"],
        "planned_at": at, "invited_at": at, "expires_at": at + timedelta(days=7),
    }  # fmt: skip
    return Survey.objects.create(unit=unit, path=unit.path, **(given | facts))


def answered(unit: OrgUnit, *, at: datetime, score: int | None = 5, **facts: Any) -> Survey:
    """Somebody has answered; what they said may still be changed."""
    given = {"score": score, "answered_at": at, "changed_at": at, "settles_at": at + timedelta(minutes=5)}
    return survey(unit, at=at, **(given | facts))


def call_back(survey: Survey, *, at: datetime, ticket: Ticket | None = None, **facts: Any) -> CallBack:
    """A call that we owe."""
    case = ticket or desk.ticket(survey.unit, now=at, kind="follow_up", title="客户不满意，请回访")
    return CallBack.objects.create(survey=survey, ticket=case, opened_at=at, **facts)


def touch(unit: OrgUnit, *, at: datetime, **facts: Any) -> Touch:
    """A case that ended a moment ago; the customer's own number is on it."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "ref": f"case:F{number}:0", "sort": "case", "began_at": at, "ended_at": at, "people": ["tel:13800001234"],
        "is_served": True,
    }  # fmt: skip
    given |= facts
    if given["sort"] == "case" and "ticket" not in given:
        over = {"state": "resolved", "resolved_at": at}
        given["ticket"] = desk.ticket(
            unit, now=at, contact_phone="13800001234", contact_name="王小明", **over
        )
    return Touch.objects.create(unit=unit, path=unit.path, **given)
