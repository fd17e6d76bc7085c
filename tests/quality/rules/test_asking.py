"""Whom we ask, by which way, and when."""

from datetime import timedelta

import pytest

from huhang.quality.rules.asking import Contact, NotAsked, Sort, Terms, Way, is_drawn, send_at, why_not
from tests.cast import NOON

TERMS = Terms(kinds={"complaint"}, entrance_kinds={"web_chat", "hotline"}, entrances_off={"web-vip"})
TALK = Contact("talk:C1", Sort.TALK, True, NOON, entrance="web-home", entrance_kind="web_chat")


def case(kind):
    return Contact("case:T1:0", Sort.CASE, True, NOON, kind=kind)


@pytest.mark.parametrize(
    ("contact", "terms", "reason"),
    [
        (TALK, TERMS, None),
        (TALK, Terms(), NotAsked.OFF),  # no channel was chosen
        (Contact("talk:C1", Sort.TALK, True, NOON, "", "web-vip", "web_chat"), TERMS, NotAsked.OFF),
        (Contact("talk:C1", Sort.TALK, False, NOON, "", "web-home", "web_chat"), TERMS, NotAsked.NOT_SERVED),
        (Contact("call:1", Sort.CALL, True, NOON), TERMS, None),  # a line without an entrance is the hotline
        (case("complaint"), TERMS, None),
        (case("follow_up"), TERMS, NotAsked.OFF),  # never about the call-back itself
        (case("complaint"), Terms(is_on=False, kinds={"complaint"}), NotAsked.OFF),
        (case("complaint"), Terms(share=0, kinds={"complaint"}), NotAsked.NOT_DRAWN),
    ],
)
def test_why_not(contact, terms, reason):
    assert why_not(contact, terms, now=NOON) == reason


def test_what_ended_long_ago_is_not_asked_about():
    assert why_not(TALK, TERMS, now=NOON + timedelta(hours=24)) is None
    assert why_not(TALK, TERMS, now=NOON + timedelta(hours=24, seconds=1)) == NotAsked.TOO_LATE


def test_a_share_is_about_that_share_and_always_the_same():
    refs = [f"talk:C{n:08d}" for n in range(2000)]
    drawn = [ref for ref in refs if is_drawn(ref, 30)]
    assert 0.25 < len(drawn) / len(refs) < 0.35
    assert drawn == [ref for ref in refs if is_drawn(ref, 30)]
    assert set(drawn) <= {ref for ref in refs if is_drawn(ref, 50)}


NIGHT = NOON + timedelta(hours=10, minutes=30)  # 22:30 in Shanghai
MORNING = NOON + timedelta(hours=20)  # 08:00 the next day


@pytest.mark.parametrize(
    ("way", "ended", "delay", "leaves"),
    [
        (Way.SMS, NOON, 10, NOON + timedelta(minutes=10)),
        (Way.SMS, NIGHT, 0, MORNING),
        (Way.SMS, NIGHT - timedelta(hours=1, minutes=35), 10, MORNING),  # the delay ends in the night
        (Way.CHAT, NIGHT, 0, NIGHT),  # they have just been writing with us
        (Way.PAGE, NIGHT, 10, NIGHT),
    ],
)
def test_send_at(way, ended, delay, leaves):
    assert send_at(ended, way, Terms(delay=timedelta(minutes=delay)), now=ended) == leaves
