"""Merging, splitting and linking: no promise to a customer is lost on the way."""

from datetime import timedelta

import pytest

from huhang.desk.actions import answering, clocks, linking, progress, relating, splitting, tickets
from huhang.desk.actions.family import ChildrenAreOpen
from huhang.desk.models import CaseLink, Entry, Merge, Ticket
from huhang.desk.rules.kinds import ClockState, EntryKind, Kind, Obligation, State
from huhang.desk.rules.linking import LinkKind
from huhang.kit.errors import NotFound
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def merge(one: Ticket, other: Ticket, cast: Cast, *, now=NOON + MINUTE) -> Ticket:
    return linking.merge(ticket_no=one.no, into_no=other.no, reason="重复来电", by=cast.lin, now=now)


def first_response(ticket: Ticket):
    return ticket.clocks.get(obligation=Obligation.FIRST_RESPONSE)


class TestMerge:
    def test_ends_the_one_and_leaves_the_other_as_it_was(self, cast: Cast) -> None:
        one, other = a_ticket(cast), a_ticket(cast)
        before = list(other.clocks.order_by("pk").values("due_at", "state", "stopped_at"))
        merge(one, other, cast)
        one.refresh_from_db()
        assert (one.state, one.merged_into, one.result, one.at_from) == (State.WITHDRAWN, other, other.no, [])
        assert not one.clocks.filter(stopped_at__isnull=True).exists()
        assert list(other.clocks.order_by("pk").values("due_at", "state", "stopped_at")) == before

    def test_an_overdue_first_response_stays_missed(self, cast: Cast) -> None:
        one, other = a_ticket(cast), a_ticket(cast)
        merge(one, other, cast, now=NOON + 20 * MINUTE)
        assert first_response(one).is_late
        assert first_response(one).state == ClockState.MET
        clocks.fire_due(now=NOON + 21 * MINUTE)
        from huhang.metrics.actions import tally

        tally.settle()
        missed = Tally.objects.filter(measure="desk.first_response.missed")
        assert sum(missed.values_list("amount", flat=True)) == 2  # both, each once

    def test_one_that_was_not_due_is_neither_met_nor_missed(self, cast: Cast) -> None:
        one, other = a_ticket(cast), a_ticket(cast)
        merge(one, other, cast)
        assert first_response(one).state == ClockState.CANCELLED

    @pytest.mark.parametrize(("phone", "opens_the_other"), [("13800001234", True), ("13900009999", False)])
    def test_the_customers_link_opens_the_other_for_the_same_customer_only(
        self, cast: Cast, phone: str, opens_the_other: bool
    ) -> None:
        one, other = a_ticket(cast), a_ticket(cast, contact_phone=phone)
        token = progress.issue_link(ticket=one, now=NOON)
        merge(one, other, cast)
        behind = progress.ticket_of(token, now=NOON + MINUTE)
        assert linking.survivor_of(behind) == (other if opens_the_other else one)

    def test_can_be_taken_back_with_all_that_ran(self, cast: Cast) -> None:
        one, other = a_ticket(cast), a_ticket(cast)
        clocks.pause(ticket_no=one.no, reason="customer-info", by=cast.lin, now=NOON)
        fields = ("pk", "state", "due_at", "stopped_at", "next_at")
        ran = list(one.clocks.order_by("pk").values(*fields))
        stood = list(one.steps.order_by("pk").values("pk", "state", "done_at"))
        one.refresh_from_db()
        seen = (one.at_from, one.seen_from, one.next_due_at)
        merge(one, other, cast)
        linking.unmerge(ticket_no=one.no, by=cast.lin, now=NOON + 5 * MINUTE)
        one.refresh_from_db()
        assert one.is_live
        assert one.merged_into is None
        assert list(one.clocks.order_by("pk").values(*fields)) == ran
        assert list(one.steps.order_by("pk").values("pk", "state", "done_at")) == stood
        assert (one.at_from, one.seen_from, one.next_due_at) == seen

    def test_is_final_after_ten_minutes(self, cast: Cast) -> None:
        one, other = a_ticket(cast), a_ticket(cast)
        merge(one, other, cast)
        with pytest.raises(linking.TooLateToUndo):
            linking.unmerge(ticket_no=one.no, by=cast.lin, now=NOON + 12 * MINUTE)
        assert Merge.objects.get().undone_at is None

    def test_undone_once(self, cast: Cast) -> None:
        one, other = a_ticket(cast), a_ticket(cast)
        merge(one, other, cast)
        linking.unmerge(ticket_no=one.no, by=cast.lin, now=NOON + 2 * MINUTE)
        with pytest.raises(linking.NotMerged):
            linking.unmerge(ticket_no=one.no, by=cast.lin, now=NOON + 2 * MINUTE)

    def test_refuses_itself_what_is_over_and_what_has_a_family(self, cast: Cast) -> None:
        one, other = a_ticket(cast), a_ticket(cast)
        with pytest.raises(linking.SameCase):
            merge(one, one, cast)
        relating.set_parent(ticket_no=other.no, parent_no=one.no, holds=False, by=cast.lin, now=NOON)
        with pytest.raises(linking.HasOwnCases):
            merge(one, other, cast)
        tickets.withdraw(ticket_no=other.no, reason="误开", by=cast.lin, now=NOON)
        with pytest.raises(linking.OneIsOver):
            merge(a_ticket(cast), other, cast)


class TestSplit:
    def said(self, ticket: Ticket, text: str, at) -> Entry:
        answering.hear(ticket=ticket, text=text, now=at)
        return ticket.entries.get(text=text)

    def split(self, cast: Cast, ticket: Ticket, *entries: Entry) -> Ticket:
        return splitting.split(
            ticket_no=ticket.no, entry_ids=[e.pk for e in entries], title="另一件破损", kind=Kind.COMPLAINT,
            unit_code="SZ-WZ", by=cast.lin, now=NOON + 30 * MINUTE,
        )  # fmt: skip

    def test_counts_for_the_customer_from_their_message(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        said = self.said(ticket, "还有一票也坏了", NOON + 10 * MINUTE)
        made = self.split(cast, ticket, said)
        started = {c.obligation: c.started_at for c in made.clocks.all()}
        assert started[Obligation.FIRST_RESPONSE] == started[Obligation.CLOSE] == NOON + 10 * MINUTE
        assert started[Obligation.STEP] == NOON + 30 * MINUTE  # a department is not late before it is asked
        assert first_response(made).due_at == NOON + 25 * MINUTE

    def test_takes_an_answer_along_as_the_first_response(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        said = self.said(ticket, "还有一票也坏了", NOON + 10 * MINUTE)
        answering.answer(ticket_no=ticket.no, text="那一票也记下了", by=cast.lin, now=NOON + 12 * MINUTE)
        made = self.split(cast, ticket, said, ticket.entries.get(text="那一票也记下了"))
        assert made.first_response_at == NOON + 12 * MINUTE
        assert not first_response(made).is_late

    def test_both_stories_have_the_words_and_the_link(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        said = self.said(ticket, "还有一票也坏了", NOON + 10 * MINUTE)
        made = self.split(cast, ticket, said)
        assert made.entries.get(kind=EntryKind.FROM_CUSTOMER).at == said.at
        assert ticket.entries.filter(pk=said.pk).exists()
        assert CaseLink.objects.get(ticket=made, other=ticket).kind == LinkKind.SPLIT_FROM

    def test_the_same_messages_twice_are_one_case(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        said = self.said(ticket, "还有一票也坏了", NOON + 10 * MINUTE)
        assert self.split(cast, ticket, said) == self.split(cast, ticket, said)
        assert Ticket.objects.count() == 2

    def test_refuses_nothing_and_lines_of_other_cases(self, cast: Cast) -> None:
        ticket, other = a_ticket(cast), a_ticket(cast)
        with pytest.raises(splitting.NothingChosen):
            self.split(cast, ticket)
        with pytest.raises(NotFound):
            self.split(cast, ticket, self.said(other, "别单的话", NOON))


class TestFamily:
    def parent(self, cast: Cast, child: Ticket, parent: Ticket, *, holds: bool = True) -> CaseLink:
        return relating.set_parent(
            ticket_no=child.no, parent_no=parent.no, holds=holds, by=cast.lin, now=NOON
        )

    def resolve_all(self, cast: Cast, ticket: Ticket) -> None:
        for _ in range(ticket.steps.count()):
            ticket.refresh_from_db()
            if ticket.is_live:
                tickets.resolve(ticket_no=ticket.no, result="已办", by=cast.hua, now=NOON + MINUTE)

    def test_a_parent_does_not_end_before_a_child_that_holds_it(self, cast: Cast) -> None:
        child, parent = a_ticket(cast), a_ticket(cast)
        self.parent(cast, child, parent)
        with pytest.raises(ChildrenAreOpen):
            self.resolve_all(cast, parent)
        self.resolve_all(cast, child)
        self.resolve_all(cast, parent)
        parent.refresh_from_db()
        assert parent.state == State.RESOLVED

    def test_a_child_that_does_not_hold_it_may_stay_open(self, cast: Cast) -> None:
        child, parent = a_ticket(cast), a_ticket(cast)
        self.parent(cast, child, parent, holds=False)
        self.resolve_all(cast, parent)
        parent.refresh_from_db()
        assert parent.state == State.RESOLVED

    def test_goes_in_no_circle_and_has_one_parent(self, cast: Cast) -> None:
        a, b, c = (a_ticket(cast) for _ in range(3))
        self.parent(cast, a, b)
        self.parent(cast, b, c)
        with pytest.raises(relating.GoesInCircles):
            self.parent(cast, c, a)
        with pytest.raises(relating.HasParent):
            self.parent(cast, a, c)

    def test_links_are_known_from_either_side_and_once(self, cast: Cast) -> None:
        a, b = a_ticket(cast), a_ticket(cast)
        for one, other in ((a, b), (b, a), (a, b)):
            relating.link(ticket_no=one.no, other_no=other.no, kind=LinkKind.RELATED, by=cast.lin, now=NOON)
        made = CaseLink.objects.get()
        relating.part_ways(ticket_no=b.no, link_id=made.pk, by=cast.lin, now=NOON)
        assert not CaseLink.objects.exists()
