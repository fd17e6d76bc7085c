"""Cases find whoever should have them, leave whoever has gone, and say why."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from huhang.channels.models import Notice
from huhang.desk.actions import answering, assignment, claiming, rounds, seats, tickets
from huhang.desk.models import AssignmentDecision, Seat, Ticket
from huhang.desk.rules.assignment import Reason, Status, Trigger
from huhang.desk.rules.kinds import Kind, State
from huhang.kit.errors import NotAllowed
from huhang.network.models import Courier, Grant, OrgUnit, Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
pytestmark = pytest.mark.django_db


def agent(cast: Cast, name: str, role: str = "agent", **values: Any) -> Seat:
    """A colleague of the customer-service centre, at their seat."""
    centre = cast.unit("HQ-CS")
    person = Person.objects.create_user(username=name, display_name=name, home=centre)
    Grant.objects.create(person=person, role=role, unit=cast.unit("HQ"))
    return factory.seat(person, now=NOON - HOUR, **values)


def give(now: datetime = NOON) -> int:
    return rounds.assign_waiting(now=now)


def owner(ticket: Ticket) -> str | None:
    ticket.refresh_from_db()
    return ticket.owner.username if ticket.owner else None


def last(ticket: Ticket) -> AssignmentDecision:
    return ticket.decisions.latest("at", "pk")


class TestGiving:
    def test_without_seats_nothing_happens(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert give() == 0
        assert (owner(ticket), AssignmentDecision.objects.count()) == (None, 0)

    def test_goes_to_somebody_who_is_told_and_the_story_says_why(self, cast: Cast) -> None:
        seat = agent(cast, "wang")
        ticket = a_ticket(cast)
        assert give() == 1
        assert (owner(ticket), ticket.state) == ("wang", State.WORKING)
        assert ticket.claimed_at == NOON
        assert Notice.objects.get(person=seat.person).body.startswith(ticket.no)
        assert "最合适" in ticket.entries.latest("pk").text
        decision = last(ticket)
        assert (decision.trigger, decision.reason, decision.chosen) == (
            Trigger.OPENED,
            Reason.BEST,
            seat.person,
        )
        assert decision.candidates[0]["name"] == "wang"
        assert decision.asked["points"] == 2

    def test_once(self, cast: Cast) -> None:
        agent(cast, "wang")
        ticket = a_ticket(cast)
        assert [give(), give(), assignment.assign(ticket_no=ticket.no, now=NOON)] == [1, 0, None]
        assert ticket.decisions.count() == 1

    @pytest.mark.parametrize("kind", [Kind.PREVENTION, Kind.URGE])
    def test_leaves_alone_what_outlets_do(self, cast: Cast, kind: Kind) -> None:
        agent(cast, "wang")
        ticket = a_ticket(cast, kind)
        assert give() == 0
        factory.assignment_policy(kind, gets_owner=True)
        assert give() == 1
        assert owner(ticket) == "wang"

    def test_the_least_time_left_comes_first_and_nobody_gets_more_than_they_can_carry(
        self, cast: Cast
    ) -> None:
        agent(cast, "wang", capacity=3)
        later, sooner = a_ticket(cast), a_ticket(cast)
        Ticket.objects.filter(pk=sooner.pk).update(next_due_at=NOON + MINUTE)
        assert give() == 1
        assert (owner(sooner), owner(later)) == ("wang", None)
        assert last(later).reason == Reason.NOBODY_FREE

    def test_room_that_comes_free_is_filled(self, cast: Cast) -> None:
        seat = agent(cast, "wang", capacity=2)
        first, second = a_ticket(cast), a_ticket(cast)
        give()
        tickets.withdraw(ticket_no=first.no, reason="重复", by=seat.person, now=NOON)
        assert give() == 1
        assert (owner(second), last(second).trigger) == ("wang", Trigger.ROOM)

    def test_waiting_on_for_the_same_reason_is_written_once(self, cast: Cast) -> None:
        agent(cast, "wang", is_there=False)
        ticket = a_ticket(cast)
        for minute in range(3):
            assert give(NOON + minute * MINUTE) == 0
        assert [d.reason for d in ticket.decisions.all()] == [Reason.NOBODY_THERE]

    @pytest.mark.parametrize("thing", ["courier", "unit"])
    def test_the_keeper_has_it_before_all_others(self, cast: Cast, thing: str) -> None:
        agent(cast, "wang")
        keeper = agent(cast, "zhao", kinds=["claim"])
        what: Courier | OrgUnit = cast.zhang if thing == "courier" else cast.unit("SZ-WZ")
        seats.entrust(seat_id=keeper.pk, thing=what, by=cast.hua, now=NOON)
        ticket = a_ticket(cast)
        give()
        assert (owner(ticket), last(ticket).reason) == ("zhao", Reason.KEEPER)

    def test_a_deputy_is_remembered_as_one(self, cast: Cast) -> None:
        agent(cast, "wang")
        keeper = agent(cast, "zhao", is_there=False)
        seats.entrust(seat_id=keeper.pk, thing=cast.zhang, by=cast.hua, now=NOON)
        ticket = a_ticket(cast)
        give()
        assert (owner(ticket), last(ticket).deputy_for) == ("wang", keeper.person)

    def test_nobody_is_given_what_they_may_not_see(self, cast: Cast) -> None:
        factory.seat(cast.qian, now=NOON)
        ticket = a_ticket(cast)
        assert give() == 0
        assert last(ticket).candidates[0]["reason"] == Reason.NOT_THEIRS

    def test_what_waits_beyond_a_case_that_nobody_can_have_is_given(self, cast: Cast) -> None:
        agent(cast, "wang")
        factory.assignment_policy(Kind.CLAIM, needs=["law"])
        stuck, plain = a_ticket(cast, Kind.CLAIM), a_ticket(cast)
        assert give() == 1
        assert (owner(stuck), owner(plain)) == (None, "wang")
        assert last(stuck).reason == Reason.NOBODY_ABLE


class TestLeaving:
    def test_what_waits_for_a_reply_goes_to_somebody_else(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        ticket = a_ticket(cast)
        give()
        agent(cast, "zhao")
        seats.set_status(seat_id=wang.pk, status=Status.OFFLINE, by=wang.person, now=NOON + MINUTE)
        assert rounds.go_round(now=NOON + MINUTE) == 1
        assert owner(ticket) is None
        assert give(NOON + MINUTE) == 1
        assert (owner(ticket), last(ticket).trigger) == ("zhao", Trigger.OFFLINE)

    def test_what_was_answered_stays(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        ticket = a_ticket(cast)
        give()
        answering.answer(ticket_no=ticket.no, text="已在核实", by=wang.person, now=NOON)
        seats.set_status(seat_id=wang.pk, status=Status.OFFLINE, by=wang.person, now=NOON + MINUTE)
        assert rounds.go_round(now=NOON + MINUTE) == 0
        assert owner(ticket) == "wang"

    def test_a_browser_that_falls_silent_is_gone_until_it_is_heard_again(self, cast: Cast) -> None:
        wang = agent(cast, "wang", last_seen_at=NOON)
        ticket = a_ticket(cast)
        give()
        silent = NOON + timedelta(seconds=31)
        assert rounds.go_round(now=silent) == 1
        assert (owner(ticket), Seat.objects.get().status) == (None, Status.OFFLINE)
        assert seats.beat(person_id=wang.person_id, now=silent) == Status.AVAILABLE
        give(silent)
        assert (owner(ticket), last(ticket).reason) == ("wang", Reason.PREVIOUS)

    def test_whoever_left_on_purpose_is_not_brought_back(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        seats.set_status(seat_id=wang.pk, status=Status.OFFLINE, by=wang.person, now=NOON)
        assert seats.beat(person_id=wang.person_id, now=NOON) == Status.OFFLINE

    def test_after_a_shift_what_falls_due_before_the_next_goes_back(self, cast: Cast) -> None:
        wang = agent(cast, "wang", shift_ends_at=NOON + HOUR)
        ticket, long = a_ticket(cast), a_ticket(cast)
        give()
        for each in (ticket, long):
            answering.answer(ticket_no=each.no, text="已在核实", by=wang.person, now=NOON)
        Ticket.objects.filter(pk=long.pk).update(next_due_at=NOON + 24 * HOUR)
        assert rounds.go_round(now=NOON + HOUR) == 1
        assert (owner(ticket), owner(long)) == (None, "wang")
        assert [s.status for s in wang.statuses.all()] == [Status.AVAILABLE, Status.OFFLINE]

    def test_long_away_is_gone(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        ticket = a_ticket(cast)
        give()
        seats.set_status(seat_id=wang.pk, status=Status.AWAY, by=wang.person, now=NOON)
        assert rounds.go_round(now=NOON + 29 * MINUTE) == 0
        assert rounds.go_round(now=NOON + 30 * MINUTE) == 1
        assert owner(ticket) is None

    def test_a_closed_seat_keeps_nothing(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        ticket = a_ticket(cast)
        give()
        answering.answer(ticket_no=ticket.no, text="已在核实", by=wang.person, now=NOON)
        seats.close_seat(seat_id=wang.pk, by=cast.hua, now=NOON)
        assert rounds.go_round(now=NOON) == 1
        assert owner(ticket) is None

    def test_what_a_colleague_gave_them_since_stays(self, cast: Cast) -> None:
        wang = agent(cast, "wang", is_there=False)
        ticket = a_ticket(cast)
        assignment.assign_to(
            ticket_no=ticket.no, person=wang.person, reason="明早处理", by=cast.hua, now=NOON
        )
        assert rounds.go_round(now=NOON + MINUTE) == 0
        assert owner(ticket) == "wang"

    def test_steps_that_the_owner_did_wait_for_somebody_again(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        ticket = a_ticket(cast, unit=cast.unit("HQ-CS"))
        give()
        assert ticket.steps.get(state="open").handler == wang.person
        assignment.unassign(ticket_no=ticket.no, reason="请假", by=cast.hua, now=NOON)
        ticket.refresh_from_db()
        assert (ticket.steps.get(state="open").handler, ticket.state) == (None, State.OPEN)


class TestByHand:
    def test_a_lead_gives_it_to_somebody_and_says_why(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assignment.assign_to(ticket_no=ticket.no, person=cast.lin, reason="熟悉此客户", by=cast.hua, now=NOON)
        assert owner(ticket) == "lin"
        decision = last(ticket)
        assert (decision.reason, decision.words, decision.by) == (Reason.BY_HAND, "熟悉此客户", "hua")
        with pytest.raises(assignment.AlreadyTheirs):
            assignment.assign_to(ticket_no=ticket.no, person=cast.lin, reason="再", by=cast.hua, now=NOON)

    def test_an_agent_may_not_nor_the_outlet_next_door(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        for by in (cast.lin, cast.qian, cast.nobody):
            with pytest.raises(NotAllowed):
                assignment.assign_to(ticket_no=ticket.no, person=cast.lin, reason="x", by=by, now=NOON)

    @pytest.mark.parametrize("who", ["qian", "nobody"])
    def test_not_to_somebody_who_cannot_see_it(self, cast: Cast, who: str) -> None:
        ticket = a_ticket(cast)
        with pytest.raises(assignment.CannotSeeIt):
            assignment.assign_to(
                ticket_no=ticket.no, person=cast.people[who], reason="x", by=cast.hua, now=NOON
            )

    def test_not_to_a_full_seat(self, cast: Cast) -> None:
        wang = agent(cast, "wang", capacity=1)
        ticket = a_ticket(cast)
        with pytest.raises(assignment.SeatIsFull):
            assignment.assign_to(ticket_no=ticket.no, person=wang.person, reason="x", by=cast.hua, now=NOON)

    def test_whom_a_lead_took_it_from_does_not_get_it_back_as_the_last_to_have_had_it(
        self, cast: Cast
    ) -> None:
        wang = agent(cast, "wang", last_given_at=NOON - HOUR)
        ticket = a_ticket(cast)
        give()
        zhao = agent(cast, "zhao")
        assignment.unassign(ticket_no=ticket.no, reason="回避", by=cast.hua, now=NOON)
        give(NOON + MINUTE)
        assert (owner(ticket), last(ticket).reason) == (zhao.person.username, Reason.BEST)
        assert wang.person.username != owner(ticket)

    def test_a_case_without_an_owner_has_nobody_to_take_it_from(self, cast: Cast) -> None:
        with pytest.raises(assignment.NobodyHasIt):
            assignment.unassign(ticket_no=a_ticket(cast).no, reason="x", by=cast.hua, now=NOON)

    def test_with_an_owner_the_outlet_takes_the_step_and_the_owner_stays(self, cast: Cast) -> None:
        agent(cast, "wang")
        ticket = a_ticket(cast)
        give()
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        assert (owner(ticket), ticket.steps.get(state="open").handler) == ("wang", cast.gao)


class TestReopening:
    def reopened(self, cast: Cast, by: Person) -> Ticket:
        ticket = a_ticket(cast)
        give()
        while Ticket.objects.get(pk=ticket.pk).steps.filter(state="open").exists():
            tickets.resolve(ticket_no=ticket.no, result="已赔付", by=cast.hua, now=NOON)
        if Ticket.objects.get(pk=ticket.pk).is_live:
            tickets.close(ticket_no=ticket.no, result="已赔付", by=cast.hua, now=NOON)
        tickets.reopen(ticket_no=ticket.no, reason="还没收到", by=None, now=NOON + HOUR)
        return ticket

    def test_goes_to_whoever_had_it(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        agent(cast, "zhao", is_there=False)
        ticket = self.reopened(cast, wang.person)
        Seat.objects.filter(person__username="zhao").update(status=Status.AVAILABLE)
        for _again in range(2):
            assignment.ask_again(ticket_id=ticket.pk, now=NOON + HOUR)
        assert (owner(ticket), last(ticket).reason, last(ticket).trigger) == (
            "wang",
            Reason.PREVIOUS,
            Trigger.REOPENED,
        )

    def test_goes_to_somebody_else_when_they_are_gone(self, cast: Cast) -> None:
        wang = agent(cast, "wang")
        ticket = self.reopened(cast, wang.person)
        Seat.objects.update(status=Status.OFFLINE)
        agent(cast, "zhao")
        assignment.ask_again(ticket_id=ticket.pk, now=NOON + HOUR)
        assert owner(ticket) == "zhao"

    def test_whoever_has_no_seat_keeps_it(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        assignment.ask_again(ticket_id=ticket.pk, now=NOON + HOUR)
        assert (owner(ticket), ticket.decisions.count()) == ("gao", 0)
