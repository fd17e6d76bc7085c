"""What comes in becomes a conversation once, in order, whoever tells it how often."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from huhang.channels.actions import hearing, inbox, talking
from huhang.channels.models import Account, Contact, Conversation, InboxItem, Message, Outgoing
from huhang.channels.rules.conversation import ClosedBecause, Side, Stage
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.matter import Media, Sort
from huhang.kit import file_store
from huhang.kit.models import Calendar
from tests.cast import NOON, Cast
from tests.factories import channels as factory


@pytest.fixture
def account(cast: Cast) -> Account:
    unit = cast.unit("HQ-CS")
    made = factory.account(unit)
    factory.entrance(unit, kind="wechat", account=made)
    return made


def said(number: int, *, address: str = "o-1", **facts: object) -> Incoming:
    given = {"at": NOON + timedelta(seconds=number), "text": f"第 {number} 句", **facts}
    return Incoming(f"m-{number}", address, **given)  # type: ignore[arg-type]


def ended(talk: Conversation, cast: Cast) -> Conversation:
    talking.take(talk.no, by=cast.lin, now=later())
    return talking.close(talk.no, because=ClosedBecause.DONE, by=cast.lin, now=later())


def later(seconds: int = 60) -> datetime:
    return NOON + timedelta(seconds=seconds)


class TestKeeping:
    def test_is_told_three_times_and_kept_once(self, account: Account) -> None:
        facts = [said(1), said(2)]
        assert inbox.keep(account, facts, now=later()) == 2
        assert inbox.keep(account, facts, now=later()) == 0
        assert inbox.keep(account, [*facts, said(3)], now=later()) == 1

    def test_one_name_at_two_accounts_is_two_facts(self, cast: Cast, account: Account) -> None:
        other = factory.account(cast.unit("HQ-CS"))
        assert inbox.keep(account, [said(1)], now=later()) + inbox.keep(other, [said(1)], now=later()) == 2

    def test_what_was_kept_is_what_was_told(self, account: Account) -> None:
        fact = said(
            1, sort=Sort.IMAGE, media=(Media("a.jpg", "image/jpeg", b"\xff\xd8", "ref"),), thread=("<1@x>",),
            extra={"a": "1"}, is_automatic=True,
        )  # fmt: skip
        inbox.keep(account, [fact], now=later())
        assert inbox.from_fact(InboxItem.objects.get().fact) == fact

    def test_a_file_that_somebody_sent_is_never_swept_away(self, account: Account) -> None:
        inbox.keep(account, [said(1, sort=Sort.FILE, media=(Media(data=b"words"),))], now=later())
        file_store.sweep(now=later() + timedelta(days=9000))
        inbox.process_due(now=later())
        file_store.sweep(now=later() + timedelta(days=9000))
        kept = Message.objects.get(sort="file").files[0]["file"]
        assert file_store.read(kept) == b"words"


class TestHearing:
    def test_repeats_out_of_order_are_one_conversation_in_order(self, account: Account) -> None:
        told = [said(number) for number in range(6)] * 3
        random.Random(7).shuffle(told)
        inbox.keep(account, told, now=later())
        assert inbox.process_due(now=later()) == 6
        conversation = Conversation.objects.get()
        words = [m.text for m in conversation.messages.filter(side=Side.CUSTOMER)]
        assert words == [f"第 {number} 句" for number in range(6)]
        assert [m.seq for m in conversation.messages.all()] == list(range(1, conversation.last_seq + 1))

    def test_somebody_at_a_vendors_waits_at_once(self, account: Account) -> None:
        hearing.hear(account, said(1), now=later())
        conversation = Conversation.objects.get()
        assert (conversation.stage, conversation.owed_from) == (Stage.WAITING, later())

    def test_at_night_the_promise_leaves_by_the_vendor_too(self, cast: Cast) -> None:
        hours = Calendar.objects.create(
            key="day", name="白班", uses_holidays=False,
            windows={str(day): [["08:00", "21:00"]] for day in range(1, 8)},
        )  # fmt: skip
        unit = cast.unit("HQ-CS")
        made = factory.account(unit, adapter="wechat")
        factory.entrance(unit, kind="wechat", account=made, calendar=hours)
        night = later(11 * 3600)  # 23:01 in Shanghai
        for number in (1, 2):
            hearing.hear(made, said(number, at=night), now=night)
        letter = Outgoing.objects.get()
        assert "11-21 10:00" in letter.text
        assert letter.letter_facts["extra"] == {"automatic": "1"}

    def test_a_sign_without_words_makes_nobody_wait(self, account: Account) -> None:
        hearing.hear(account, said(1, sort=Sort.EVENT, event="subscribe", text=""), now=later())
        assert Conversation.objects.get().stage == Stage.SELF_SERVICE

    def test_a_machine_is_kept_and_never_answered(self, account: Account) -> None:
        hearing.hear(account, said(1, is_automatic=True), now=later())
        assert Conversation.objects.get().owed_from is None

    def test_after_the_end_a_new_talk_begins(self, cast: Cast, account: Account) -> None:
        hearing.hear(account, said(1), now=later())
        first = Conversation.objects.get()
        talking.take(first.no, by=cast.lin, now=later())
        talking.close(first.no, because=ClosedBecause.DONE, by=cast.lin, now=later())
        hearing.hear(account, said(2), now=later(90))
        assert Conversation.objects.count() == 2

    def test_an_answer_after_the_end_goes_on_with_what_has_ended(self, cast: Cast, account: Account) -> None:
        hearing.hear(account, said(1), now=later())
        first = ended(Conversation.objects.get(), cast)
        second = hearing.hear(account, said(2), now=later(3600))
        assert second is not None and second.conversation.follows == first
        ended(second.conversation, cast)
        third = hearing.hear(account, said(3), now=later(10 * 86400))
        assert third is not None and third.conversation.follows is None

    def test_a_mail_goes_on_with_the_talk_of_its_letters_however_late(self, cast: Cast) -> None:
        unit = cast.unit("HQ-CS")
        box = factory.account(unit)
        factory.entrance(unit, kind="email", account=box)
        for number in (1, 2):
            facts: dict[str, Any] = {"thread": (f"<{number}@x>",), "subject": f"第 {number} 件事"}
            hearing.hear(box, said(number, **facts), now=later())
        first, second = (ended(row, cast) for row in Conversation.objects.order_by("pk"))
        answer = hearing.hear(
            box, said(3, thread=("<3@x>", "<1@x>"), text="还是没收到"), now=later(40 * 86400)
        )
        assert answer is not None
        talk = answer.conversation
        assert (talk.follows, talk.stage, talk.subject) == (first, Stage.LEFT_MESSAGE, "第 1 件事")
        # The next answer names only the latest letter, and finds the talk that is open.
        again = hearing.hear(box, said(4, thread=("<4@x>", "<3@x>")), now=later(41 * 86400))
        assert again is not None and again.conversation == talk
        other = hearing.hear(box, said(5, thread=("<5@x>",)), now=later(41 * 86400))
        assert other is not None and other.conversation.follows is None
        assert second.followed_by.count() == 0

    def test_a_mail_finds_the_talk_that_it_answers(self, account: Account) -> None:
        hearing.hear(account, said(1, thread=("<a@x>",)), now=later())
        hearing.hear(account, said(2, thread=("<b@x>",)), now=later())
        message = hearing.hear(account, said(3, thread=("<z@x>", "<a@x>")), now=later())
        assert message is not None
        assert message.conversation.messages.filter(side="customer").count() == 2

    def test_a_door_without_an_entrance_is_said_and_tried_again(self, cast: Cast) -> None:
        lonely = factory.account(cast.unit("HQ-CS"))
        inbox.keep(lonely, [said(1)], now=later())
        inbox.process_due(now=later())
        item = InboxItem.objects.get()
        assert "入口" in item.trouble
        assert item.next_at is not None
        assert item.next_at > later()
        factory.entrance(cast.unit("HQ-CS"), account=lonely)
        assert inbox.process_due(now=item.next_at) == 1
        assert Message.objects.filter(text="第 1 句").exists()

    def test_a_broken_item_holds_up_its_own_address_alone(self, cast: Cast) -> None:
        lonely = factory.account(cast.unit("HQ-CS"))
        factory.entrance(cast.unit("HQ-CS"), account=lonely, door="a")
        inbox.keep(lonely, [said(1, door="b"), said(2, door="a", address="o-2")], now=later())
        inbox.process_due(now=later())
        assert [m.text for m in Message.objects.filter(side="customer")] == ["第 2 句"]


class TestProof:
    def test_joins_what_one_phone_said_in_two_places(self, cast: Cast, account: Account) -> None:
        other = factory.account(cast.unit("HQ-CS"))
        factory.entrance(cast.unit("HQ-CS"), account=other)
        for place, fact in ((account, said(1)), (other, said(2))):
            hearing.hear(place, fact, now=later())
            hearing.prove(hearing.known_address(place, "o-1", now=later()), "139 0000 1111", now=later())
        contact = Contact.objects.get(phone="13900001111")
        assert {row.contact_id for row in Conversation.objects.all()} == {contact.pk}

    def test_a_name_joins_nobody(self, account: Account) -> None:
        for number in (1, 2):
            hearing.hear(account, said(number, address=f"o-{number}", name="王建国"), now=later())
        assert Contact.objects.count() == 2
