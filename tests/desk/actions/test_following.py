"""Followers and those who are named hear of a case: once, and only while they may see it."""

from datetime import timedelta

import pytest

from huhang.channels.models import Notice
from huhang.desk.actions import answering, clocks, following
from huhang.desk.queries.mentions import offered
from huhang.desk.rules.mentions import Named, mentioned
from huhang.network.models import Grant, Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def told(person: Person, kind: str) -> int:
    return Notice.objects.filter(person=person, kind=kind).count()


class TestFollowers:
    def test_hear_of_each_message_once(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        following.follow(ticket=ticket, by=cast.hua, now=NOON)
        answering.hear(ticket=ticket, text="到哪了", now=NOON)
        entry = ticket.entries.get(text="到哪了")
        for _ in range(2):
            following.customer_wrote(ticket_id=ticket.pk, entry_id=entry.pk, now=NOON)
        assert told(cast.hua, "desk.follow.customer") == 1

    def test_hear_of_a_breach_once_however_often_it_is_looked_for(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        following.follow(ticket=ticket, by=cast.hua, now=NOON)
        clocks.fire_due(now=NOON + 16 * MINUTE)
        assert following.tell_of_breaches(now=NOON + 16 * MINUTE) == 1
        assert following.tell_of_breaches(now=NOON + 17 * MINUTE) == 0
        assert told(cast.hua, "desk.follow.breach") == 1

    def test_hear_nothing_of_a_case_that_they_may_no_longer_see(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        following.follow(ticket=ticket, by=cast.hua, now=NOON)
        Grant.objects.filter(person=cast.hua).delete()
        assert following.ended(ticket_id=ticket.pk, at=NOON, now=NOON) == 0

    def test_may_stop(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        following.follow(ticket=ticket, by=cast.hua, now=NOON)
        following.unfollow(ticket=ticket, by=cast.hua)
        assert following.ended(ticket_id=ticket.pk, at=NOON, now=NOON) == 0


class TestMentions:
    def test_tell_those_who_may_see_the_case_and_nobody_else(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        text = "@高老板 @钱老板 @路人 请看一下，@林晓"
        answering.note(ticket_no=ticket.no, text=text, by=cast.lin, now=NOON)
        assert set(Notice.objects.filter(kind="desk.mention").values_list("person__username", flat=True)) == {
            "gao"
        }

    def test_offer_only_those(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert {p.username for p in offered(ticket, "")} == {"gao", "lin", "hua"}
        assert [p.username for p in offered(ticket, "老板")] == ["gao"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请 @林晓 看", {1}),
        ("请＠林晓看", {1}),  # full width, and no space after it
        ("@林晓明", {2}),  # the longer name
        ("@LIN", {1}),
        ("林晓", set()),
        ("a@b.com @", set()),
    ],
)
def test_mentioned(text: str, found: set[int]) -> None:
    assert mentioned(text, [Named(1, "林晓", "lin"), Named(2, "林晓明", "ming")]) == found
