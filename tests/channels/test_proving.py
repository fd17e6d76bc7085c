"""Whose telephone it is: a code that is told back joins what was said by other ways, and nothing else does."""

import re
from datetime import timedelta

import pytest

from huhang.channels.actions import hearing, inbox, talking
from huhang.channels.models import CallbackDue, Contact, Conversation, Entrance, Outgoing, PhoneProof
from huhang.channels.rules.conversation import ClosedBecause
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.proving import code_in
from tests.cast import NOON, Cast
from tests.channels.test_talk import Visitor
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
PHONE = "13800001234"


@pytest.fixture
def door(cast: Cast) -> Entrance:
    return factory.entrance(cast.unit("HQ-CS"), key="web", greeting="")


@pytest.fixture
def visitor(door: Entrance) -> Visitor:
    one = Visitor()
    one.come()
    return one


def code_sent() -> str:
    [row] = Outgoing.objects.filter(key__startswith="proof:", number=PHONE).order_by("-pk")[:1]
    found = re.search(r"\d{6}", row.text)
    assert found
    return found[0]


def asks(visitor: Visitor, number: str = PHONE, wish: str = "prove") -> int:
    return visitor.post("phone", no=visitor.no, number=number, wish=wish)[0]


def says(visitor: Visitor, text: str) -> None:
    visitor.post(
        "say", no=visitor.no, key=f"k-{Outgoing.objects.count():04}-{hash(text) % 10**8:08}", text=text
    )


def by_wechat(cast: Cast) -> Conversation:
    """Somebody whose phone is known wrote at WeChat, and was answered there."""
    account = factory.account(cast.unit("HQ-CS"), adapter="outbox_file")
    factory.entrance(cast.unit("HQ-CS"), account=account, kind="wechat")
    hearing.hear(account, Incoming("w-1", "o-1", NOON, text="我的快递呢"), now=NOON)
    hearing.prove(hearing.known_address(account, "o-1", now=NOON), PHONE, now=NOON)
    return talking.take(Conversation.objects.get(entrance__kind="wechat").no, by=cast.lin, now=NOON)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("123456", "123456"),
        ("验证码：123456。", "123456"),
        ("1234567", ""),
        ("单号 123456 到哪了", ""),
        ("12345", ""),
    ],
)
def test_a_code_is_a_word_that_says_nothing_else(text: str, code: str) -> None:
    assert code_in(text) == code


class TestProving:
    def test_the_right_code_proves_it_and_goes_on_with_what_was_said_elsewhere(
        self, visitor: Visitor, cast: Cast
    ) -> None:
        before = by_wechat(cast)
        assert asks(visitor) == 200
        says(visitor, code_sent())
        talk = Conversation.objects.get(no=visitor.no)
        assert (talk.contact, talk.contact.phone) == (before.contact, PHONE)
        assert talk.follows == before
        assert "138******34" in " ".join(visitor.texts())

    def test_a_wrong_code_proves_nothing_and_is_not_tried_for_ever(self, visitor: Visitor) -> None:
        asks(visitor)
        right = code_sent()
        for number in range(5):
            says(visitor, f"{(int(right) + 1 + number) % 10**6:06}")
        says(visitor, right)
        assert Conversation.objects.get(no=visitor.no).contact.phone == ""

    def test_a_code_holds_for_ten_minutes_and_for_the_talk_that_asked(self, visitor: Visitor) -> None:
        asks(visitor)
        stranger = Visitor()
        stranger.come()
        says(stranger, code_sent())
        assert not Contact.objects.filter(phone=PHONE).exists()
        PhoneProof.objects.update(expires_at=NOON)
        says(visitor, code_sent())
        assert not Contact.objects.filter(phone=PHONE).exists()

    def test_the_table_does_not_know_the_code(self, visitor: Visitor) -> None:
        asks(visitor)
        assert code_sent() not in PhoneProof.objects.get().code_hash

    def test_codes_are_not_sent_to_anybody_as_often_as_one_likes(self, visitor: Visitor) -> None:
        assert [asks(visitor) for _ in range(2)] == [200, 429]
        stranger = Visitor()
        stranger.come()
        assert asks(stranger) == 429
        assert Outgoing.objects.filter(number=PHONE).count() == 1

    @pytest.mark.parametrize("number", ["", "400-800", "075512345678", "x" * 32])
    def test_what_is_no_mobile_gets_none(self, visitor: Visitor, number: str) -> None:
        assert asks(visitor, number) == 422
        assert not Outgoing.objects.exists()

    def test_who_opted_out_gets_none(self, visitor: Visitor) -> None:
        factory.opt_out(PHONE, at=NOON)
        assert asks(visitor) == 422

    def test_another_number_than_before_leaves_who_had_that_one(self, cast: Cast) -> None:
        before = by_wechat(cast)
        contact = hearing.prove(before.address, "13900009999", now=NOON)
        assert contact != before.contact
        assert Contact.objects.get(pk=before.contact_id).phone == PHONE

    def test_an_sms_proves_the_number_it_came_from(self, cast: Cast) -> None:
        account = factory.account(cast.unit("HQ-CS"), adapter="outbox_file")
        factory.entrance(cast.unit("HQ-CS"), account=account, kind="sms")
        before = by_wechat(cast)
        inbox.keep(account, [Incoming("s-1", PHONE, NOON, text="改到明天")], now=NOON)
        inbox.process_due(now=NOON)
        talk = Conversation.objects.get(entrance__kind="sms")
        assert (talk.contact, talk.follows) == (before.contact, before)


class TestGoingOn:
    def test_a_new_talk_by_another_way_goes_on_with_the_last_one(self, visitor: Visitor, cast: Cast) -> None:
        before = by_wechat(cast)
        talk = Conversation.objects.get(no=visitor.no)
        hearing.prove(talk.address, PHONE, now=NOON)
        talking.close(talk.no, because=ClosedBecause.CUSTOMER_LEFT, by=None, now=NOON)
        other = factory.entrance(
            cast.unit("HQ-CS"), key="claims", account=factory.account(cast.unit("HQ-CS"))
        )
        assert other.account
        address = hearing.known_address(other.account, "v-9", now=NOON)
        hearing.prove(address, PHONE, now=NOON)
        assert hearing.open_conversation(other, address, at=NOON).follows == before
        late = NOON + timedelta(days=4)
        Conversation.objects.filter(pk=before.pk).update(
            stage="closed", closed_at=NOON, closed_because="done"
        )
        assert hearing.open_conversation(other, address, at=late).follows is None


class TestAskingForACall:
    def test_is_owed_by_whoever_is_free_with_a_clock(self, visitor: Visitor, cast: Cast) -> None:
        assert asks(visitor, "138 0000 1234", "call") == 200
        assert asks(visitor, PHONE, "call") == 200
        [row] = CallbackDue.objects.all()
        assert (row.number, row.owner, row.because) == (PHONE, None, "call_back_asked")
        assert sum("电话回复" in text for text in visitor.texts()) == 1

    def test_two_numbers_for_each_talk(self, visitor: Visitor) -> None:
        numbers = ["13800000001", "13800000002", "13800000003"]
        assert [asks(visitor, number, "call") for number in numbers] == [200, 200, 422]

    def test_a_number_must_be_one(self, visitor: Visitor) -> None:
        assert asks(visitor, "abc", "call") == 422
