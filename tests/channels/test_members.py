"""Who is signed in at our website is known in the chat: what is signed joins, what is not joins nobody."""

from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huhang.channels.actions import hearing, members
from huhang.channels.models import Contact, Conversation, Entrance
from huhang.channels.rules.members import Member, member_of
from huhang.kit.models import AuditEntry
from tests.cast import NOON, Cast
from tests.channels.test_talk import Visitor
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
KEY, HOUR = "k" * 43, timedelta(hours=1)


@pytest.fixture
def door(cast: Cast) -> Entrance:
    return factory.entrance(cast.unit("HQ-CS"), key="web", greeting="")


@pytest.fixture
def key(cast: Cast, door: Entrance) -> str:
    return members.renew_key(door, by=cast.hua, now=timezone.now(), address="")


def signed(key: str, number: str = "8861", *, now: datetime | None = None, **claims: Any) -> str:
    ends = int(((now or timezone.now()) + HOUR).timestamp())
    return jwt.encode({"sub": number, "exp": ends, **claims}, key, algorithm="HS256")


def comes(key: str, number: str = "8861", **claims: Any) -> Visitor:
    visitor = Visitor()
    visitor.come()
    assert visitor.post("member", no=visitor.no, token=signed(key, number, **claims))[0] == 200
    return visitor


def talk_of(visitor: Visitor) -> Conversation:
    return Conversation.objects.select_related("contact", "follows").get(no=visitor.no)


class TestToken:
    def test_says_who_it_is(self) -> None:
        token = signed(KEY, now=NOON, phone="13800001234", name=" 王小明 ")
        assert member_of(token, KEY, now=NOON) == Member("8861", "13800001234", "王小明")

    @pytest.mark.parametrize(
        "token",
        [
            signed("another" * 7, now=NOON),
            signed(KEY, now=NOON)[:-2] + "xx",
            signed(KEY, now=NOON - 2 * HOUR),
            signed(KEY, now=NOON + 24 * HOUR),
            signed(KEY, "", now=NOON),
            signed(KEY, now=NOON, exp=True),
            jwt.encode({"sub": "8861"}, KEY, algorithm="HS256"),
            jwt.encode({"sub": "8861", "exp": int(NOON.timestamp()) + 60}, "", algorithm="none"),
            jwt.encode({"sub": "8861", "exp": int(NOON.timestamp()) + 60}, KEY * 2, algorithm="HS512"),
            "", "a.b.c", "会.员.号", "\x00", "x" * 5000,
        ],
    )  # fmt: skip
    def test_that_is_forged_over_or_nonsense_says_nothing(self, token: str) -> None:
        assert member_of(token, KEY, now=NOON) is None

    def test_without_a_key_says_nothing(self) -> None:
        assert member_of(signed(KEY, now=NOON), "", now=NOON) is None


class TestRecognising:
    def test_the_same_member_elsewhere_goes_on(self, cast: Cast, key: str) -> None:
        first = comes(key, name="王小明")
        first.post("say", no=first.no, key="k-00000001", text="我的快递呢")
        first.post("human", no=first.no)
        second = comes(key)
        later = talk_of(second)
        assert (later.contact, later.follows_id) == (talk_of(first).contact, talk_of(first).pk)
        assert (later.contact.member, later.contact.name) == ("8861", "王小明")
        assert Contact.objects.filter(member="8861").count() == 1

    def test_again_changes_nothing(self, key: str) -> None:
        visitor = comes(key)
        before = Contact.objects.get(member="8861").proven_at
        assert visitor.post("member", no=visitor.no, token=signed(key))[0] == 200
        assert Contact.objects.get(member="8861").proven_at == before
        assert talk_of(visitor).messages.count() == 0

    def test_a_phone_that_the_site_verified_joins_what_was_said_by_phone(self, cast: Cast, key: str) -> None:
        account = factory.account(cast.unit("HQ-CS"), adapter="outbox_file")
        hearing.prove(hearing.known_address(account, "o-1", now=NOON), "13800001234", now=NOON)
        contact = talk_of(comes(key, phone="13800001234")).contact
        assert (contact.member, contact.phone) == ("8861", "13800001234")
        assert contact.addresses.count() == 2
        assert talk_of(comes(key)).contact == contact

    def test_somebody_else_at_the_same_browser_does_not_get_what_was_said_before(self, key: str) -> None:
        visitor = comes(key)
        visitor.post("leave", no=visitor.no)
        ended = talk_of(visitor)
        visitor.come()
        assert visitor.post("member", no=visitor.no, token=signed(key, "9902"))[0] == 200
        assert talk_of(visitor).contact.member == "9902"
        ended.refresh_from_db()
        assert ended.contact.member == "8861"

    def test_what_is_not_signed_joins_nobody(self, key: str) -> None:
        visitor = Visitor()
        visitor.come()
        status, told = visitor.post("member", no=visitor.no, token=signed("another" * 7))
        assert (status, told["error"]) == (422, "登录信息无效或已过期，请重新登录网站。")
        assert talk_of(visitor).contact.member == ""

    def test_a_new_key_ends_the_old_one(self, cast: Cast, door: Entrance, key: str) -> None:
        members.renew_key(door, by=cast.hua, now=timezone.now(), address="")
        visitor = Visitor()
        visitor.come()
        assert visitor.post("member", no=visitor.no, token=signed(key))[0] == 422


class TestKey:
    def test_is_shown_once_on_the_record_and_only_to_who_keeps_entrances(
        self, cast: Cast, door: Entrance, client: Client
    ) -> None:
        page = reverse("channels:member_key", args=[door.key])
        client.force_login(cast.gao)
        assert client.post(page).status_code in (403, 404)
        client.force_login(cast.hua)
        shown = client.post(page).content.decode()
        door.refresh_from_db()
        assert door.account is not None
        made = door.account.secrets[members.KEY]
        assert made in shown
        assert made not in client.get(reverse("channels:entrance", args=[door.key])).content.decode()
        assert made not in str(AuditEntry.objects.get(verb="entrance.member_key").__dict__)

    def test_is_for_pages_of_ours(self, cast: Cast) -> None:
        entrance = factory.entrance(cast.unit("HQ-CS"), kind="wechat")
        with pytest.raises(members.NoPageOfOurs):
            members.renew_key(entrance, by=cast.hua, now=NOON, address="")
