"""Conversations find seats, and come back from those who have gone."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huhang.channels.actions import hearing, talking, visiting
from huhang.channels.models import Conversation, Entrance, ReplyDraft, ServiceQueue
from huhang.channels.rules.conversation import ClosedBecause, Stage
from huhang.channels.rules.incoming import Incoming
from huhang.desk.actions import chatting, seats
from huhang.desk.models import Seat
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.factories import channels as factory

SECOND = timedelta(seconds=1)


@pytest.fixture
def door(cast: Cast) -> Entrance:
    return factory.entrance(cast.unit("HQ-CS"))


def seat_of(person: Person, cast: Cast, at: datetime = NOON, **facts: object) -> Seat:
    made = seats.open_seat(person=person, unit=cast.unit("HQ-CS"), by=None, now=NOON)
    seats.set_status(seat_id=made.pk, status="available", by=person, now=NOON)
    Seat.objects.filter(pk=made.pk).update(last_seen_at=at, **facts)
    return made


def waits(door: Entrance, seconds: int = 0) -> Conversation:
    at = NOON + seconds * SECOND
    return talking.ask_for_somebody(factory.conversation(door, at=at).no, now=at)


def test_come_by_themselves_up_to_the_limit_the_first_in_line_first(cast: Cast, door: Entrance) -> None:
    seat_of(cast.lin, cast, chats=2)
    rows = [waits(door, number) for number in range(4)]
    assert chatting.give_waiting(now=NOON + 9 * SECOND) == 2
    assert chatting.give_waiting(now=NOON + 9 * SECOND) == 0
    stages = [Conversation.objects.get(pk=row.pk).stage for row in rows]
    assert stages == ["talking", "talking", "waiting", "waiting"]


def test_of_one_queue_no_more_at_once_than_it_allows(cast: Cast, door: Entrance) -> None:
    ServiceQueue.objects.filter(pk=door.queue_id).update(at_once=1)
    other = factory.entrance(cast.unit("HQ-CS"), queue=factory.queue(cast.unit("HQ-CS"), rank=9))
    seat_of(cast.lin, cast)
    first, second, third = waits(door), waits(door, 1), waits(other, 2)
    assert chatting.give_waiting(now=NOON + 9 * SECOND) == 2
    stages = [Conversation.objects.get(pk=row.pk).stage for row in (first, second, third)]
    assert stages == ["talking", "waiting", "talking"]


def test_as_many_statements_find_a_seat_among_many_as_among_two(cast: Cast, door: Entrance) -> None:
    seat_of(cast.lin, cast)
    few = _asked_for_giving(door)
    for colleague in (cast.gao, cast.hua, cast.qian, cast.nobody):
        seat_of(colleague, cast)
    assert _asked_for_giving(door) == few


def _asked_for_giving(door: Entrance) -> int:
    waits(door)
    with CaptureQueriesContext(connection) as asked:
        assert chatting.give_waiting(now=NOON + 9 * SECOND) == 1
    return len(asked)


def test_a_line_of_a_higher_rank_is_served_first(cast: Cast, door: Entrance) -> None:
    unit = cast.unit("HQ-CS")
    urgent = factory.entrance(unit, queue=factory.queue(unit, rank=1))
    early, late = waits(door), waits(urgent, 5)
    seat_of(cast.lin, cast, chats=1)
    chatting.give_waiting(now=NOON + 9 * SECOND)
    assert [Conversation.objects.get(pk=row.pk).stage for row in (early, late)] == ["waiting", "talking"]


def test_an_agent_who_drops_off_loses_them_after_thirty_seconds(cast: Cast, door: Entrance) -> None:
    seat_of(cast.lin, cast)
    row = waits(door)
    chatting.give_waiting(now=NOON)
    talking.draft(row.no, text="马上为您查", by=cast.lin, now=NOON)
    assert chatting.bring_back(now=NOON + 30 * SECOND) == 0
    assert chatting.bring_back(now=NOON + 31 * SECOND) == 1
    assert chatting.bring_back(now=NOON + 31 * SECOND) == 0
    back = Conversation.objects.get()
    assert (back.stage, back.agent, back.waits_from) == (Stage.WAITING, None, NOON)
    assert ReplyDraft.objects.get().text == "马上为您查"


def test_what_came_back_is_not_given_to_whoever_has_dropped_off(cast: Cast, door: Entrance) -> None:
    seat_of(cast.lin, cast)
    row, later = waits(door), NOON + 40 * SECOND
    assert chatting.give_waiting(now=NOON) == 1
    assert chatting.bring_back(now=later) == 1
    assert chatting.give_waiting(now=later) == 0  # though the seat says that they are there
    assert Conversation.objects.get(pk=row.pk).stage == Stage.WAITING


def test_somebody_else_goes_on_with_the_draft(cast: Cast, door: Entrance) -> None:
    seat_of(cast.lin, cast)
    row = waits(door)
    chatting.give_waiting(now=NOON)
    talking.draft(row.no, text="马上为您查", by=cast.lin, now=NOON)
    chatting.bring_back(now=NOON + 40 * SECOND)
    seats.fall_silent(seat_id=Seat.objects.get().pk, now=NOON + 40 * SECOND)
    seat_of(cast.hua, cast, at=NOON + 41 * SECOND)
    chatting.give_waiting(now=NOON + 41 * SECOND)
    assert Conversation.objects.get().agent == cast.hua
    assert ReplyDraft.objects.get().text == "马上为您查"


def test_who_comes_back_is_given_to_whom_they_spoke_with(cast: Cast, door: Entrance) -> None:
    seat_of(cast.lin, cast)
    first = waits(door)
    chatting.give_waiting(now=NOON)
    talking.close(first.no, because=ClosedBecause.DONE, by=cast.lin, now=NOON)
    seat_of(cast.hua, cast)
    for number in range(2):  # Lin carries more than Hua, who has nothing
        other = waits(door, number)
        talking.take_over(other.no, by=cast.lin, now=NOON)
    again = factory.conversation(door, at=NOON)
    Conversation.objects.filter(pk=again.pk).update(contact=first.contact)
    talking.ask_for_somebody(again.no, now=NOON + SECOND)
    chatting.give_waiting(now=NOON + SECOND)
    assert Conversation.objects.get(pk=again.pk).agent == cast.lin


def test_without_a_seat_or_the_skill_nobody_takes(cast: Cast, door: Entrance) -> None:
    row = waits(door)
    with pytest.raises(chatting.NoSeat):
        chatting.take(row.no, by=cast.lin, now=NOON)
    unit = cast.unit("HQ-CS")
    claims = waits(factory.entrance(unit, queue=factory.queue(unit, skill="claims")))
    seat_of(cast.lin, cast)
    with pytest.raises(chatting.NotForThisSeat):
        chatting.take(claims.no, by=cast.lin, now=NOON)
    assert chatting.take(row.no, by=cast.lin, now=NOON).agent == cast.lin


def test_why_somebody_is_busy_is_kept_for_the_figures(cast: Cast) -> None:
    made = seat_of(cast.lin, cast)
    for reason in ("checking", "meeting"):
        seats.set_status(seat_id=made.pk, status="busy", busy_reason=reason, by=cast.lin, now=NOON + SECOND)
    stretches = [(row.status, row.busy_reason) for row in made.statuses.all()]
    assert stretches[-2:] == [("busy", "checking"), ("busy", "meeting")]
    with pytest.raises(seats.NoSuchStatus):
        seats.set_status(seat_id=made.pk, status="busy", busy_reason="asleep", by=cast.lin, now=NOON)


class TestLetters:
    """Mail is slow: it comes after the end, and nobody sits before it."""

    def goes_on(self, cast: Cast) -> Conversation:
        """A letter that answers a talk which 林晓 had ended."""
        unit = cast.unit("HQ-CS")
        box = factory.entrance(unit, kind="email")
        assert box.account is not None
        letter = Incoming("1", "a@x", NOON, text="还没收到", thread=("<1@x>",))
        first = hearing.hear(box.account, letter, now=NOON)
        assert first is not None
        talking.take(first.conversation.no, by=cast.lin, now=NOON)
        talking.close(first.conversation.no, because=ClosedBecause.DONE, by=cast.lin, now=NOON)
        again = Incoming("2", "a@x", NOON, text="又没收到", thread=("<2@x>", "<1@x>"))
        answer = hearing.hear(box.account, again, now=NOON + 9000 * SECOND)
        assert answer is not None
        return answer.conversation

    def test_an_answer_goes_to_whoever_had_the_talk(self, cast: Cast) -> None:
        talk, at = self.goes_on(cast), NOON + 9000 * SECOND
        seat_of(cast.hua, cast, at)
        assert chatting.give_waiting(now=at) == 0  # not to just anybody
        seat_of(cast.lin, cast, at)
        assert chatting.give_waiting(now=NOON + 9001 * SECOND) == 1
        assert Conversation.objects.get(pk=talk.pk).agent == cast.lin

    def test_when_they_have_gone_anybody_may_take_it(self, cast: Cast) -> None:
        talk = self.goes_on(cast)
        seat_of(cast.hua, cast)
        assert chatting.take(talk.no, by=cast.hua, now=NOON + 9000 * SECOND).agent == cast.hua

    def test_an_answered_letter_rests_with_its_agent(self, cast: Cast) -> None:
        talk, at = self.goes_on(cast), NOON + 9000 * SECOND
        seat_of(cast.lin, cast, at, chats=1)
        chatting.give_waiting(now=at)
        talking.say(talk.no, text="明天送到", by=cast.lin, key="k-1", now=at)
        later = at + 2 * timedelta(hours=1)
        Seat.objects.update(last_seen_at=later)
        [lin] = chatting.talkers(later)
        assert lin.held.points == 0  # it takes nobody else's place
        assert visiting.close_silent(now=later) == 0
        assert chatting.bring_back(now=later + 60 * SECOND) == 0
        assert visiting.close_silent(now=later + timedelta(days=3)) == 1

    def test_a_chat_that_has_gone_quiet_ends_after_half_an_hour(self, cast: Cast, door: Entrance) -> None:
        row = waits(door)
        seat_of(cast.lin, cast)
        chatting.give_waiting(now=NOON)
        talking.say(row.no, text="您好", by=cast.lin, key="k-1", now=NOON)
        assert visiting.close_silent(now=NOON + timedelta(minutes=29)) == 0
        assert visiting.close_silent(now=NOON + timedelta(minutes=31)) == 1
