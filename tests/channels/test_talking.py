"""Two people talk: said once, in order, by whoever holds the conversation, with an honest place in the line."""

from datetime import datetime, timedelta

import pytest

from huhang.channels.actions import lines, talking
from huhang.channels.models import Conversation, Entrance, Message, Outgoing, ReplyDraft, Stretch
from huhang.channels.queries import talks
from huhang.channels.queries.entrances import closed_words
from huhang.channels.rules.conversation import ClosedBecause, Side, Stage, place
from huhang.kit.models import Calendar, Outbox
from tests.cast import NOON, Cast
from tests.factories import channels as factory

MINUTE = timedelta(minutes=1)


@pytest.fixture
def door(cast: Cast) -> Entrance:
    return factory.entrance(cast.unit("HQ-CS"))


def stands(door: Entrance, at: datetime = NOON) -> Conversation:
    return factory.conversation(door, at=at)


def waits(door: Entrance, at: datetime = NOON) -> Conversation:
    return talking.ask_for_somebody(stands(door, at).no, now=at)


class TestTheLine:
    def test_tells_how_many_are_before_one(self, door: Entrance) -> None:
        first, second, third = (waits(door, NOON + n * MINUTE) for n in range(3))
        assert [lines.before(row) for row in (first, second, third)] == [0, 1, 2]
        said = Message.objects.get(conversation=third, side="house")
        assert said.data["words"] == {"ahead": 2}
        assert Message.objects.get(conversation=first, side="house").text == lines.NEXT

    def test_two_lines_do_not_wait_for_each_other(self, cast: Cast, door: Entrance) -> None:
        waits(door)
        other = factory.entrance(cast.unit("HQ-CS"))
        assert lines.before(waits(other, NOON + MINUTE)) == 0

    @pytest.mark.parametrize(
        ("answered", "ahead", "minutes"),
        [
            pytest.param([], 3, None, id="nobody knows"),
            pytest.param([1], 3, None, id="one answer is no pace"),
            pytest.param([0, 2, 4, 6, 8, 10], 0, 10 / 6, id="next"),
            pytest.param([30, 31], 1, 31.0, id="a line that has stopped is said to be slow"),
        ],
    )
    def test_the_wait_is_how_fast_it_moved(
        self, answered: list[int], ahead: int, minutes: float | None
    ) -> None:
        found = place(ahead, [NOON - n * MINUTE for n in answered], now=NOON)
        assert found.wait == (None if minutes is None else timedelta(minutes=minutes))

    def test_asking_twice_is_asking_once(self, door: Entrance) -> None:
        row = waits(door)
        talking.ask_for_somebody(row.no, now=NOON + MINUTE)
        assert Conversation.objects.get().waits_from == NOON

    def test_at_night_a_message_is_left_and_a_time_promised(self, cast: Cast) -> None:
        hours = Calendar.objects.create(
            key="day", name="白班", uses_holidays=False,
            windows={str(day): [["08:00", "21:00"]] for day in range(1, 8)},
        )  # fmt: skip
        door = factory.entrance(cast.unit("HQ-CS"), calendar=hours)
        night = NOON + timedelta(hours=11)  # 23:00 in Shanghai
        row = talking.ask_for_somebody(stands(door, night).no, now=night)
        assert row.stage == Stage.LEFT_MESSAGE
        assert row.promised_at == NOON + timedelta(hours=22)  # 10:00, two hours after eight
        assert lines.opens_at(door, night) == NOON + timedelta(hours=20)
        door.closed_words = "{opens} 再来；{0} {name}"  # people write what they like
        assert closed_words(door, lines.opens_at(door, night)) == "11-21 08:00 再来；{0} {name}"


class TestTalking:
    def test_a_key_pressed_twice_is_one_word(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        for _ in range(3):
            talking.say(row.no, text="您好", by=cast.lin, key="k1", now=NOON)
            talking.customer_says(row.no, text="在吗", key="k2", now=NOON)
        assert Message.objects.filter(side__in=["agent", "customer"]).count() == 2

    def test_who_does_not_hold_it_may_not_speak(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        with pytest.raises(talking.HasSomebodyElse):
            talking.say(row.no, text="您好", by=cast.gao, key="k1", now=NOON)

    def test_nothing_is_not_a_message(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        with pytest.raises(talking.NothingSaid):
            talking.say(row.no, text="  \n", by=cast.lin, key="k1", now=NOON)

    def test_an_answer_is_owed_until_a_person_speaks(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.customer_says(row.no, text="在吗", key="a", now=NOON + MINUTE)
        talking.take(row.no, by=cast.lin, now=NOON + 2 * MINUTE)
        assert Conversation.objects.get().owed_from == NOON
        talking.say(row.no, text="您好", by=cast.lin, key="b", now=NOON + 3 * MINUTE)
        row = Conversation.objects.get()
        assert (row.owed_from, row.first_answer_at) == (None, NOON + 3 * MINUTE)

    def test_on_our_own_page_nothing_is_sent_by_a_vendor(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        talking.say(row.no, text="您好", by=cast.lin, key="b", now=NOON)
        assert not Outgoing.objects.exists()

    def test_at_a_vendors_it_is_stored_before_it_is_sent(self, cast: Cast) -> None:
        unit = cast.unit("HQ-CS")
        door = factory.entrance(unit, kind="wechat", account=factory.account(unit, adapter="wechat"))
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        message = talking.say(row.no, text="您好", by=cast.lin, key="b", now=NOON)
        assert message.outgoing is not None
        assert (message.outgoing.state, message.outgoing.address) == ("queued", row.address.address)

    def test_a_note_never_reaches_the_customer(self, cast: Cast, door: Entrance) -> None:
        unit = cast.unit("HQ-CS")
        door = factory.entrance(unit, kind="wechat", account=factory.account(unit, adapter="wechat"))
        row = waits(door)
        message = talking.note(row.no, text="注意", by=cast.lin, key="n", now=NOON)
        assert (message.side, message.outgoing, Outgoing.objects.count()) == (Side.NOTE, None, 0)

    def test_marks_of_reading_only_move_forward(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.read(row.no, side=Side.AGENT, up_to=99, now=NOON)
        talking.read(row.no, side=Side.AGENT, up_to=0, now=NOON)
        row = Conversation.objects.get()
        assert row.read_by_agent == row.last_seq

    def test_the_customer_is_told_now_and_then_that_somebody_writes(self, cast: Cast, door: Entrance) -> None:
        row = talking.take(waits(door).no, by=cast.lin, now=NOON)
        told = Outbox.objects.filter(kind="channels.talk", ref=row.no)
        before = told.count()
        for second in range(7):
            at = NOON + timedelta(seconds=second)
            talking.draft(row.no, text="正在为您" + "查" * second, by=cast.lin, now=at)
        assert told.count() - before == 3
        assert talks.is_typing(Conversation.objects.get(), at)
        talking.draft(row.no, text="", by=cast.lin, now=at)
        assert not talks.is_typing(Conversation.objects.get(), at)

    def test_after_the_end_nothing_is_said(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        talking.close(row.no, because=ClosedBecause.DONE, by=cast.lin, now=NOON)
        for speak in (
            lambda: talking.say(row.no, text="还有", by=cast.lin, key="b", now=NOON),
            lambda: talking.customer_says(row.no, text="还有", key="c", now=NOON),
        ):
            with pytest.raises(talking.IsOver):
                speak()


class TestPassingOn:
    def test_who_dropped_off_loses_neither_place_nor_draft(self, cast: Cast, door: Entrance) -> None:
        early, late = waits(door), waits(door, NOON + MINUTE)
        talking.take(early.no, by=cast.lin, now=NOON + 2 * MINUTE)
        talking.draft(early.no, text="正在为您", by=cast.lin, now=NOON + 2 * MINUTE)
        lines.fall_back(talking.locked(early.no), now=NOON + 3 * MINUTE)
        assert lines.before(Conversation.objects.get(pk=late.pk)) == 1
        assert ReplyDraft.objects.get().text == "正在为您"
        assert Message.objects.filter(conversation=early, text=lines.DROPPED).count() == 1

    def test_a_transfer_brings_its_note_along(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        talking.transfer(row.no, by=cast.lin, to=cast.hua, note="要查监控", now=NOON + MINUTE)
        row = Conversation.objects.get()
        assert (row.agent, row.stage) == (cast.hua, Stage.TALKING)
        assert Message.objects.get(side="note").text == "要查监控"
        assert [(s.agent_id, s.ended_by) for s in Stretch.objects.all()] == [
            (None, "taken"), (cast.lin.pk, "transferred"), (cast.hua.pk, ""),
        ]  # fmt: skip

    def test_a_taken_one_cannot_be_taken_again(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        talking.take(row.no, by=cast.lin, now=NOON)
        with pytest.raises(lines.CannotGoThere):
            talking.take(row.no, by=cast.hua, now=NOON)
        assert talking.take_over(row.no, by=cast.hua, now=NOON).agent == cast.hua


def test_a_name_that_another_talk_has_is_refused_and_not_taken_for_said(cast: Cast, door: Entrance) -> None:
    first, second = (factory.conversation(door, at=NOON) for _ in range(2))
    talking.customer_says(first.no, text="在吗", key="k1", now=NOON)
    with pytest.raises(talking.NameTaken):
        talking.customer_says(second.no, text="在吗", key="k1", now=NOON)
