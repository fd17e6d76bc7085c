"""Drafts are kept on the server: the later key wins, the next owner inherits, what was sent is gone."""

from datetime import timedelta

import pytest

from huhang.desk.actions import drafts, presence
from huhang.desk.models import Draft, Presence, Ticket
from huhang.desk.queries.drafts import drafts_at
from huhang.desk.queries.presence import others_at
from huhang.desk.rules.drafts import DraftKind
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def keep(ticket: Ticket, by: Person, text: str, *, tab: str = "a", now=NOON, ago=0) -> Draft | None:
    return drafts.keep(
        ticket=ticket, kind=DraftKind.REPLY, text=text, tab=tab, ago=ago * SECOND, by=by, now=now
    )


class TestKeeping:
    def test_one_per_person_and_kind(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        keep(ticket, cast.gao, "一")
        keep(ticket, cast.gao, "一二", now=NOON + SECOND)
        keep(ticket, cast.lin, "三")
        assert sorted(Draft.objects.values_list("text", flat=True)) == ["一二", "三"]

    def test_emptied_it_is_gone(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        keep(ticket, cast.gao, "一")
        assert keep(ticket, cast.gao, "  ", now=NOON + SECOND) is None
        assert not Draft.objects.exists()

    def test_of_two_windows_the_later_key_wins_however_late_it_arrives(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        keep(ticket, cast.gao, "后写的", tab="b", now=NOON + 5 * SECOND)
        kept = keep(ticket, cast.gao, "先写的", tab="a", now=NOON + 6 * SECOND, ago=4)
        assert kept is not None
        assert (kept.text, kept.tab) == ("后写的", "b")

    def test_a_clock_that_is_wrong_keeps_nobody_out(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        keep(ticket, cast.gao, "一", ago=-3600)  # from the future: taken as now
        keep(ticket, cast.gao, "二", now=NOON + SECOND)
        assert Draft.objects.get().text == "二"


class TestTakingOver:
    def owned(self, cast: Cast) -> Ticket:
        ticket = a_ticket(cast)
        keep(ticket, cast.lin, "林晓写到一半")
        Ticket.objects.filter(pk=ticket.pk).update(owner=cast.gao, claimed_at=NOON)
        ticket.refresh_from_db()
        return ticket

    def take(self, ticket: Ticket, by: Person, own: str = "") -> Draft:
        left = Draft.objects.get(person__username="lin")
        return drafts.take_over(ticket=ticket, draft_id=left.pk, own=own, by=by, now=NOON + SECOND)

    def test_the_next_owner_sees_and_takes_it(self, cast: Cast) -> None:
        ticket = self.owned(cast)
        assert [d.text for d in drafts_at(ticket, cast.gao, now=NOON).left] == ["林晓写到一半"]
        assert drafts_at(ticket, cast.hua, now=NOON).left == []
        self.take(ticket, cast.gao)
        assert drafts_at(ticket, cast.gao, now=NOON).own["reply"].text == "林晓写到一半"
        assert Draft.objects.count() == 1

    def test_what_one_has_written_oneself_stays(self, cast: Cast) -> None:
        assert self.take(self.owned(cast), cast.gao, own="我的").text == "我的\n林晓写到一半"

    def test_nobody_else_and_not_while_it_is_being_written(self, cast: Cast) -> None:
        ticket = self.owned(cast)
        with pytest.raises(drafts.DraftNotLeft):
            self.take(ticket, cast.hua)
        factory.presence(ticket, cast.lin, now=NOON, is_typing=True)
        assert drafts_at(ticket, cast.gao, now=NOON + SECOND).left == []
        with pytest.raises(drafts.DraftNotLeft):
            self.take(ticket, cast.gao)


class TestPresence:
    def test_is_believed_for_half_a_minute(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        presence.here(ticket=ticket, is_typing=True, by=cast.lin, now=NOON)
        [seen] = others_at(ticket, cast.gao, now=NOON + 29 * SECOND)
        assert (seen.person, seen.is_typing) == (cast.lin, True)
        assert others_at(ticket, cast.gao, now=NOON + 30 * SECOND) == []
        assert others_at(ticket, cast.lin, now=NOON) == []
        presence.purge(now=NOON + 31 * SECOND)
        assert not Presence.objects.exists()

    def test_is_announced_when_it_changes_and_not_with_each_sign(self, cast: Cast) -> None:
        from huhang.kit import live

        ticket = a_ticket(cast)
        before = live.latest()
        for second in (0, 10, 20):
            presence.here(ticket=ticket, is_typing=False, by=cast.lin, now=NOON + second * SECOND)
        assert live.latest() == before + 1
        presence.away(ticket=ticket, by=cast.lin)
        assert live.latest() == before + 2
