"""Without anybody: where a parcel is, told on our page as a card, at a vendor's in words."""

from datetime import timedelta

import pytest

from huhang.channels.actions import inbox, lines, self_service, talking
from huhang.channels.models import Account, Conversation, Entrance, Message, Outgoing
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.parcel_card import numbers_in
from tests.cast import NOON, Cast
from tests.channels.test_talk import Visitor
from tests.factories import channels as factory
from tests.factories import journey

NO = "773100000077"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我的 773100000077 到哪了", ["773100000077"]),
        ("单号sf1234567890123，急", ["SF1234567890123"]),
        ("EA123456789CN", ["EA123456789CN"]),
        ("电话 13800001234", []),
        ("13800001234 的 773100000077", ["773100000077"]),
        ("验证码 123456", []),
        ("10000000001 10000000002 10000000003 10000000004", ["10000000001", "10000000002", "10000000003"]),
    ],
)
def test_numbers_of_parcels_are_told_from_telephones(text: str, found: list[str]) -> None:
    assert numbers_in(text) == found


@pytest.fixture
def door(cast: Cast) -> Entrance:
    journey.waybill(NO, dest=cast.unit("HQ-CS"), promised_at=NOON + timedelta(days=1))
    return factory.entrance(cast.unit("HQ-CS"), key="web", greeting="")


def cards(no: str) -> list[Message]:
    return list(Message.objects.filter(conversation__no=no, sort="card"))


@pytest.mark.django_db
class TestOnOurPage:
    def test_a_number_is_answered_by_its_card_once(self, door: Entrance) -> None:
        visitor = Visitor()
        visitor.come()
        for _ in range(2):
            visitor.post("say", no=visitor.no, key="k-00000001", text=f"查 {NO}")
        [card] = [m for m in visitor.get("news", no=visitor.no)[1]["messages"] if m["sort"] == "card"]
        assert card["data"]["waybill_no"] == NO
        assert card["data"]["status"] == "暂无信息"
        assert any("承诺" in line for line in card["data"]["lines"])
        assert Conversation.objects.get().waybill_no == NO
        assert "王小明" not in str(card)
        assert "138" not in str(card["data"])

    def test_other_words_are_told_once_what_can_be_done(self, door: Entrance) -> None:
        visitor = Visitor()
        visitor.come()
        for number in range(3):
            visitor.post("say", no=visitor.no, key=f"k-0000000{number}", text="查物流")
        assert sum("运单号" in text for text in visitor.texts()) == 1
        assert Conversation.objects.get().stage == "self_service"

    def test_somebody_who_talks_with_an_agent_is_answered_by_them(self, door: Entrance, cast: Cast) -> None:
        visitor = Visitor()
        visitor.come()
        visitor.post("human", no=visitor.no)
        talking.take(visitor.no, by=cast.lin, now=NOON)
        visitor.post("say", no=visitor.no, key="k-00000001", text=NO)
        assert cards(visitor.no) == []
        assert Conversation.objects.get().waybill_no == NO  # the agent sees which parcel it is

    def test_a_program_that_asks_for_many_is_told_of_few(
        self, door: Entrance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(self_service, "AT_MOST", 2)
        visitor = Visitor()
        visitor.come()
        for number in range(4):
            visitor.post("say", no=visitor.no, key=f"k-0000000{number}", text=NO)
        assert len(cards(visitor.no)) == 2


@pytest.mark.django_db
class TestAtAVendor:
    @pytest.fixture
    def account(self, cast: Cast) -> Account:
        journey.waybill(NO, promised_at=NOON + timedelta(days=1))
        return factory.account(cast.unit("HQ-CS"), adapter="outbox_file")

    def say(self, account: Account, text: str) -> Conversation:
        inbox.keep(account, [Incoming("m-1", "o-1", NOON, text=text)], now=NOON)
        inbox.process_due(now=NOON)
        return Conversation.objects.get()

    def test_nobody_there_and_the_parcel_is_told_in_words(
        self, account: Account, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        factory.entrance(cast.unit("HQ-CS"), account=account, kind="wechat")
        monkeypatch.setattr(lines, "has_people", lambda *_: False)
        monkeypatch.setattr(lines, "promise", lambda *_: NOON + timedelta(hours=20))
        talk = self.say(account, f"{NO} 到哪了")
        assert talk.stage == "left_message"
        assert [row.text.splitlines()[0] for row in Outgoing.objects.filter(text__contains=NO)] == [
            f"{NO} 暂无信息"
        ]

    @pytest.mark.parametrize("kind", ["wechat", "email", "sms"])
    def test_where_people_answer_no_message_is_spent(self, account: Account, cast: Cast, kind: str) -> None:
        factory.entrance(cast.unit("HQ-CS"), account=account, kind=kind)
        talk = self.say(account, NO)
        assert cards(talk.no) == []
        assert talk.waybill_no == NO
