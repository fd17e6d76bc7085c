"""A call promised in a conversation: one row with a clock, one word to the customer, and nobody else's talk."""

from datetime import datetime, timedelta

import pytest

from huhang.channels.actions import call_promises, lines, talking
from huhang.channels.actions.call_promises import NoNumber, NotThen
from huhang.channels.models import AgentExtension, CallbackDue, Conversation, Message, Outgoing
from huhang.channels.queries.talks import sentence
from huhang.channels.rules.conversation import ClosedBecause
from tests.cast import NOON, Cast
from tests.factories import calls as made
from tests.factories import channels

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NUMBER = "13800001234"


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    row = channels.conversation(channels.entrance(cast.unit("HQ-CS")), at=NOON)
    lines.ask_for_somebody(row, now=NOON)
    return talking.take(row.no, by=cast.lin, now=NOON)


def promise(
    talk: Conversation, cast: Cast, number: str = NUMBER, now: datetime = NOON, **facts
) -> CallbackDue:
    return call_promises.promise(talk.no, number=number, by=cast.lin, now=now, **facts)


def told(talk: Conversation) -> list[str]:
    rows = Message.objects.filter(conversation=talk, text__in=[call_promises.SOON, call_promises.AGREED])
    return [sentence(row) for row in rows.order_by("seq")]


class TestPromise:
    def test_is_owed_with_a_clock_by_whoever_gave_it(self, talk, cast):
        row = promise(talk, cast, "+86 138-0000-1234", note="要查监控")
        assert (row.number, row.owner, row.because, row.path) == (
            NUMBER,
            cast.lin,
            "call_back_asked",
            talk.path,
        )
        assert (row.next_at, row.due_at, row.note) == (NOON, NOON + HOUR / 2, f"{talk.no} 要查监控")
        [word] = told(talk)
        assert "12:30" in word and "138******34" in word

    def test_pressed_again_is_one_row_and_one_word(self, talk, cast):
        rows = [promise(talk, cast, now=NOON + n * HOUR / 60) for n in range(3)]
        assert (len({row.pk for row in rows}), len(told(talk))) == (1, 1)

    def test_for_an_hour_that_was_agreed_is_not_owed_before(self, talk, cast):
        promise(talk, cast)
        row = promise(talk, cast, at=NOON + 5 * HOUR)
        assert (row.next_at, row.due_at) == (NOON + 5 * HOUR, NOON + 5.5 * HOUR)
        assert (CallbackDue.objects.count(), len(told(talk))) == (1, 2)

    def test_goes_to_the_phone_that_was_proven_unless_another_is_given(self, talk, cast):
        talk.contact.phone, talk.contact.proven_at = "13900005678", NOON
        talk.contact.save()
        assert promise(talk, cast, "").number == "13900005678"
        assert promise(talk, cast, "0512-65123456").number == "051265123456"

    @pytest.mark.parametrize("number", ["", "110", "不想说", "1" * 16])
    def test_needs_a_number(self, talk, cast, number):
        with pytest.raises(NoNumber):
            promise(talk, cast, number)

    @pytest.mark.parametrize("at", [NOON, NOON - HOUR, NOON + timedelta(days=8)])
    def test_is_for_the_days_ahead(self, talk, cast, at):
        with pytest.raises(NotThen):
            promise(talk, cast, at=at)

    def test_is_given_by_whoever_has_the_talk_and_while_they_have_it(self, talk, cast):
        with pytest.raises(talking.HasSomebodyElse):
            call_promises.promise(talk.no, number=NUMBER, by=cast.hua, now=NOON)
        talking.close(talk.no, because=ClosedBecause.DONE, by=cast.lin, now=NOON)
        with pytest.raises(talking.IsOver):
            promise(talk, cast)
        assert not CallbackDue.objects.exists()

    def test_is_rung_by_the_agent_s_own_telephone(self, talk, cast):
        switch = made.switch(cast.unit("HQ"))
        AgentExtension.objects.create(account=switch, extension="1001", person=cast.lin, since=NOON)
        assert promise(talk, cast).account == switch

    def test_leaves_by_the_vendor_where_the_customer_is(self, cast):
        account = channels.account(cast.unit("HQ-CS"), adapter="wechat")
        row = channels.conversation(channels.entrance(cast.unit("HQ-CS"), account=account), at=NOON)
        lines.ask_for_somebody(row, now=NOON)
        promise(talking.take(row.no, by=cast.lin, now=NOON), cast)
        assert "138******34" in Outgoing.objects.latest("pk").text
