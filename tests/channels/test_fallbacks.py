"""A vendor lets nothing through: the word reaches the same proven person by our own page, or its writer reads why."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from huhang.channels.actions import fallbacks, hearing, outgoing, talking
from huhang.channels.models import Account, Conversation, Message, Outgoing
from huhang.channels.rules.conversation import Stage
from huhang.channels.rules.fallbacks import Reach, Way, way_out
from huhang.channels.rules.gateway import WindowClosed
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.quotas import Closed
from tests.cast import Cast
from tests.channels.vendors import Scripted, answers, at, wechat, writes
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
PHONE = "19900001234"
CASES = [
    (Reach(has_page=True, phone=PHONE), Way.SMS),
    (Reach(has_page=True, phone=PHONE, is_on_page=True), Way.IN_TALK),
    (Reach(has_page=True, phone=PHONE, has_opted_out=True), Way.NONE),
    (Reach(has_page=True, phone=PHONE, has_opted_out=True, is_on_page=True), Way.IN_TALK),
    (Reach(has_page=True), Way.NONE),
    (Reach(has_page=True, is_on_page=True), Way.NONE),
    (Reach(has_page=False, phone=PHONE), Way.NONE),
]


@pytest.mark.parametrize(("reach", "way"), CASES, ids=lambda value: str(value))
def test_the_way_that_bothers_least(reach: Reach, way: Way) -> None:
    assert way_out(reach) == way


@pytest.fixture
def account(cast: Cast) -> Account:
    page = factory.entrance(cast.unit("HQ-CS"), kind="h5", key="h5-help")
    return wechat(cast, fallback=page)


def not_let_through(
    cast: Cast, account: Account, text: str = "包裹今天送到", *, is_proven: bool = True
) -> Message:
    talk = writes(account, 1).conversation
    if is_proven:
        hearing.prove(hearing.known_address(account, "o-1", now=at(0)), PHONE, now=at(0))
    message = answers(talk, text, cast.lin)
    outgoing.deliver_due(now=at(2), by=Scripted(WindowClosed(Closed.TOO_LATE)))
    assert message.outgoing is not None
    return message


def reason_of(message: Message) -> str:
    return Outgoing.objects.get(message=message).reason


def test_a_link_to_the_proven_phone_opens_the_very_word(cast: Cast, account: Account, client: Client) -> None:
    message = not_let_through(cast, account)
    assert fallbacks.take_another_way(message.outgoing.pk, now=at(3)) == Way.SMS  # type: ignore[union-attr]
    sms = Outgoing.objects.get(medium=Medium.SMS)
    assert (sms.number, sms.state, reason_of(message)) == (PHONE, State.QUEUED, fallbacks.BY_SMS)
    gateway = Scripted()
    outgoing.deliver_due(now=at(3), by=gateway)
    [secret] = re.findall(r"/c/h5-help/#s=([\w-]{22})", gateway.sent[0])
    door: Any = {"headers": {"X-Visitor": secret}}
    told = client.get(reverse("talk:news", args=["h5-help"]), **door).json()
    assert [(m["side"], m["text"]) for m in told["messages"]] == [("agent", "包裹今天送到")]
    # Whoever answers a person wants a person.
    client.post(
        reverse("talk:say", args=["h5-help"]), {"no": told["no"], "key": "k" * 8, "text": "好"}, **door
    )
    assert Conversation.objects.get(no=told["no"]).stage == Stage.WAITING


def test_told_twice_it_is_one_word_and_one_sms(cast: Cast, account: Account) -> None:
    message = not_let_through(cast, account)
    for _time in range(3):
        fallbacks.take_another_way(message.outgoing.pk, now=at(3))  # type: ignore[union-attr]
    assert Outgoing.objects.filter(medium=Medium.SMS).count() == 1
    assert Message.objects.filter(side="agent", text="包裹今天送到").count() == 2


def test_the_second_word_goes_where_the_first_one_went(cast: Cast, account: Account) -> None:
    first = not_let_through(cast, account)
    fallbacks.take_another_way(first.outgoing.pk, now=at(3))  # type: ignore[union-attr]
    second = talking.say(first.conversation.no, text="请放心", by=cast.lin, key="k2", now=at(4))
    outgoing.deliver_due(now=at(5), by=Scripted())
    assert fallbacks.take_another_way(second.outgoing.pk, now=at(5)) == Way.IN_TALK  # type: ignore[union-attr]
    there = Conversation.objects.get(entrance__key="h5-help")
    assert [m.text for m in there.messages.all()] == ["包裹今天送到", "请放心"]
    assert Outgoing.objects.filter(medium=Medium.SMS).count() == 1


def test_who_proved_no_phone_is_not_guessed(cast: Cast, account: Account) -> None:
    message = not_let_through(cast, account, is_proven=False)
    assert fallbacks.take_another_way(message.outgoing.pk, now=at(3)) == Way.NONE  # type: ignore[union-attr]
    assert reason_of(message) == Closed.TOO_LATE


def test_who_asked_for_no_sms_gets_none(cast: Cast, account: Account) -> None:
    factory.opt_out(PHONE, at=at(0))
    message = not_let_through(cast, account)
    fallbacks.take_another_way(message.outgoing.pk, now=at(3))  # type: ignore[union-attr]
    assert not Outgoing.objects.filter(medium=Medium.SMS).exists()


def test_an_account_without_a_page_only_says_why(cast: Cast, account: Account) -> None:
    Account.objects.update(fallback=None)
    account.refresh_from_db()
    message = not_let_through(cast, account)
    fallbacks.take_another_way(message.outgoing.pk, now=at(3))  # type: ignore[union-attr]
    assert reason_of(message) == Closed.TOO_LATE
