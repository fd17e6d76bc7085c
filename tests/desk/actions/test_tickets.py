"""A case from its opening to its end."""

from datetime import timedelta

import pytest

from huhang.desk.actions import answering, claiming, steps, tickets
from huhang.desk.actions.answering import NothingSaid
from huhang.desk.actions.claiming import AlreadyClaimed
from huhang.desk.actions.opening import open_ticket
from huhang.desk.actions.steps import SameUnit
from huhang.desk.actions.tickets import TicketIsOver
from huhang.desk.models import Entry, Ticket
from huhang.desk.rules.kinds import EntryKind, Kind, Obligation, State, StepState
from huhang.kit.errors import NotFound
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket, opening

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


class TestOpening:
    def test_starts_its_clocks_and_opens_the_first_step(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        due = {c.obligation: c.due_at for c in ticket.clocks.all()}
        assert due[Obligation.FIRST_RESPONSE] == NOON + 15 * MINUTE
        always = {Obligation.FIRST_RESPONSE, Obligation.STEP, Obligation.CLOSE}
        assert set(due) == always | {Obligation.STATUTORY}
        assert [s.state for s in ticket.steps.all()] == [StepState.OPEN, StepState.WAITING]
        assert ticket.next_due_at == NOON + 15 * MINUTE

    def test_the_same_source_is_the_same_case(self, cast: Cast) -> None:
        first = opening(cast)
        ticket, is_new = open_ticket(first, by=None, now=NOON)
        again, is_new_again = open_ticket(first, by=None, now=NOON + MINUTE)
        assert (is_new, is_new_again, again.pk) == (True, False, ticket.pk)
        assert Tally.objects.filter(measure="desk.ticket.opened.complaint").count() == 1

    def test_the_second_step_belongs_to_the_customer_service_centre(self, cast: Cast) -> None:
        assert a_ticket(cast).steps.last().unit == cast.unit("HQ-CS")  # type: ignore[union-attr]

    def test_the_path_is_stamped(self, cast: Cast) -> None:
        assert a_ticket(cast).path == "/HQ/JS/JS-SZ/SZ-WZ/"


class TestClaiming:
    def test_makes_the_claimer_the_owner(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON + MINUTE)
        assert (ticket.owner, ticket.state, ticket.claimed_at) == (cast.gao, State.WORKING, NOON + MINUTE)

    def test_is_not_a_first_response(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON + MINUTE)
        assert ticket.first_response_at is None

    def test_refuses_what_a_colleague_has(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        with pytest.raises(AlreadyClaimed):
            claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)

    def test_twice_by_the_same_person_changes_nothing(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        again = claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON + MINUTE)
        assert (again.claimed_at, again.version) == (NOON, ticket.version)


class TestAnswering:
    def test_the_first_message_to_the_customer_stops_the_first_response_clock(self, cast: Cast) -> None:
        ticket = answering.answer(
            ticket_no=a_ticket(cast).no, text="已联系快递员", by=cast.gao, now=NOON + 9 * MINUTE
        )
        clock = ticket.clocks.get(obligation=Obligation.FIRST_RESPONSE)
        assert (clock.state, clock.stopped_at) == ("met", NOON + 9 * MINUTE)
        assert Tally.objects.get(measure="desk.first_response.met").minute == NOON + 15 * MINUTE

    def test_a_late_first_message_counts_as_missed(self, cast: Cast) -> None:
        answering.answer(ticket_no=a_ticket(cast).no, text="抱歉久等", by=cast.gao, now=NOON + 16 * MINUTE)
        assert Tally.objects.filter(measure="desk.first_response.missed").count() == 1

    def test_a_note_is_no_response(self, cast: Cast) -> None:
        ticket = answering.note(ticket_no=a_ticket(cast).no, text="等张师傅回电", by=cast.gao, now=NOON)
        assert ticket.first_response_at is None
        assert not Entry.objects.get(kind=EntryKind.NOTE).is_public

    def test_refuses_silence(self, cast: Cast) -> None:
        with pytest.raises(NothingSaid):
            answering.answer(ticket_no=a_ticket(cast).no, text="  ", by=cast.gao, now=NOON)


class TestResolving:
    def test_finishes_the_step_and_opens_the_next_on_its_unit_s_desk(self, cast: Cast) -> None:
        ticket = tickets.resolve(
            ticket_no=a_ticket(cast).no, result="确认破损", by=cast.gao, now=NOON + MINUTE
        )
        assert (ticket.state, ticket.at_unit) == (State.WORKING, cast.unit("HQ-CS"))
        assert [s.state for s in ticket.steps.all()] == [StepState.DONE, StepState.OPEN]
        assert ticket.owner == cast.gao

    def test_the_last_step_resolves_the_case_and_stops_every_clock(self, cast: Cast) -> None:
        ticket = tickets.resolve(
            ticket_no=a_ticket(cast, Kind.INQUIRY).no,
            result="今天 18 点前送到",
            by=cast.gao,
            now=NOON + MINUTE,
        )
        assert (ticket.state, ticket.next_due_at) == (State.RESOLVED, None)
        assert not ticket.clocks.filter(stopped_at__isnull=True).exists()
        assert not ticket.clocks.filter(next_at__isnull=False).exists()

    def test_an_ended_case_takes_no_further_step(self, cast: Cast) -> None:
        ticket = tickets.resolve(
            ticket_no=a_ticket(cast, Kind.INQUIRY).no, result="好", by=cast.gao, now=NOON
        )
        with pytest.raises(TicketIsOver):
            tickets.resolve(ticket_no=ticket.no, result="再来", by=cast.gao, now=NOON)

    def test_withdrawing_counts_no_response(self, cast: Cast) -> None:
        ticket = tickets.withdraw(ticket_no=a_ticket(cast).no, reason="误报", by=None, now=NOON + MINUTE)
        assert ticket.state == State.WITHDRAWN
        assert not Tally.objects.filter(measure__startswith="desk.first_response").exists()


class TestHandingOver:
    def test_gives_the_step_to_another_unit_and_keeps_owner_and_customer_clock(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        ticket = steps.hand_over(
            ticket_no=ticket.no, unit_code="SZ-HUB", reason="包裹在分拨", by=cast.gao, now=NOON + 5 * MINUTE
        )
        assert (ticket.at_unit, ticket.owner) == (cast.unit("SZ-HUB"), cast.gao)
        assert ticket.clocks.get(obligation=Obligation.CLOSE).started_at == NOON
        assert [s.state for s in ticket.steps.order_by("id")] == [
            StepState.HANDED_OVER, StepState.WAITING, StepState.OPEN,
        ]  # fmt: skip

    def test_is_seen_by_both_units(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        steps.hand_over(ticket_no=ticket.no, unit_code="SZ-HUB", reason="在分拨", by=cast.gao, now=NOON)
        for code, sees in [("SZ-WZ", True), ("SZ-HUB", True), ("SZ-GS", False), ("JS", True)]:
            assert Ticket.objects.within([cast.unit(code).path]).exists() is sees, code

    def test_refuses_an_unknown_unit_and_the_same_unit(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        with pytest.raises(NotFound):
            steps.hand_over(ticket_no=ticket.no, unit_code="NOWHERE", reason="", by=cast.gao, now=NOON)
        with pytest.raises(SameUnit):
            steps.hand_over(ticket_no=ticket.no, unit_code="SZ-WZ", reason="", by=cast.gao, now=NOON)
