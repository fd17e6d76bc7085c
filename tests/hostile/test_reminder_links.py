"""The page behind a courier's link, and replies by digit: to guessers, phones that look ahead, and forged numbers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from huhang.channels.actions import tokens
from huhang.journey.actions import acknowledging
from huhang.journey.models import Reminder
from tests.cast import Cast
from tests.factories import channels, journey
from tests.hostile.ground import browser, scene
from tests.hostile.watched import HELD, TOKEN_OF

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(cast: Cast) -> str:
    scene(cast)
    return f"/r/{tokens.token_of(TOKEN_OF)}"


def waiting() -> Reminder:
    return Reminder.objects.get(hit__waybill_no=HELD)


def test_looking_ahead_says_no_word(address: str) -> None:
    """Phones and mail scanners open every address of a message before anybody has read it."""
    before = Reminder.objects.values("acknowledged_at", "next_at", "courier", "rung").get(pk=waiting().pk)
    for method in ("get", "head", "options"):
        for end in ("", "/handle", "/not-mine", "?reminder=1&do=handle"):
            getattr(Client(), method)(address + end, {"reminder": waiting().pk})
    assert Reminder.objects.values(*before).get(pk=waiting().pk) == before
    assert Client().post(f"{address}/handle", {"reminder": waiting().pk}).status_code == 302
    assert waiting().acknowledged_how == "link"


def test_guessing_is_slowed_down(address: str) -> None:
    answers = [Client().get(f"/r/guess{n}").status_code for n in range(30)]
    assert answers.count(429) >= 9


@pytest.mark.parametrize("end", ["", "/handle", "x", "/../../desk/"])
def test_is_kept_by_nobody_on_the_way(address: str, end: str) -> None:
    for answer in (Client().get(address + end), Client().post(address + end, {"reminder": 1})):
        if answer.request["PATH_INFO"].startswith(address) and not end.startswith("/.."):
            assert answer["Cache-Control"] == "no-store"
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "noindex" in answer["X-Robots-Tag"]


def test_opens_only_what_it_spoke_of(address: str, cast: Cast) -> None:
    foreign = journey.reminder(journey.hit(waiting().hit.rule, cast.unit("SZ-GS")))
    Client().post(f"{address}/handle", {"reminder": [foreign.pk, 10**30 % 2**63]})
    foreign.refresh_from_db()
    assert foreign.acknowledged_at is None


@pytest.mark.parametrize("given", [
    {"reminder": str(10**30)}, {"reminder": "-1"}, {"reminder": "\x00"}, {"reminder": "²"}, {},
    {"reminder": ["1"] * 600}, {f"f{n}": "1" for n in range(3000)},
])  # fmt: skip
def test_a_form_that_is_none(address: str, given: dict[str, Any]) -> None:
    answer = Client(raise_request_exception=False).post(f"{address}/handle", given)
    assert answer.status_code in (302, 400, 422)
    assert waiting().acknowledged_at is None


@pytest.mark.parametrize("far", ["/journey/reminders/mine/handle/", "/journey/reminders/mine/not-mine/"])
def test_a_number_too_large_is_nobodys(address: str, cast: Cast, far: str) -> None:
    answer = browser(cast.gao, raising=False).post(far, {"reminder": str(10**30)})
    assert answer.status_code < 500


def test_ends_with_its_days(address: str) -> None:
    message = waiting().sends.get().outgoing
    message.link_expires_at = timezone.now() - timedelta(seconds=1)
    message.save()
    assert Client().get(address).status_code == 404
    assert Client().post(f"{address}/handle", {"reminder": waiting().pk}).status_code == 404


@pytest.mark.parametrize("number", ["", "19900009999"])
def test_a_digit_from_elsewhere_acknowledges_nothing(address: str, cast: Cast, number: str) -> None:
    """Notices inside the house have no number: a reply from nowhere must not be taken for theirs."""
    now = timezone.now()
    notice = channels.outgoing(cast.unit("SZ-WZ"), at=now - timedelta(minutes=1), medium="in_app", number="")
    journey.reminder_send(waiting(), notice)
    word = channels.inbound(at=now, number=number)
    assert acknowledging.take_reply(inbound_id=word.pk, now=now) == "unknown"
    assert waiting().acknowledged_at is None
