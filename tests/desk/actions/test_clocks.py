"""Clocks that fall due: each level once, whoever looks and however often."""

from datetime import timedelta

import pytest

from huhang.desk.actions import answering, clocks
from huhang.desk.actions.clocks import ClockNotPaused, ClockNotRunning
from huhang.desk.models import Clock, ClockEvent
from huhang.desk.rules.kinds import ClockState, Level, Obligation
from huhang.kit.errors import NotFound
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

MINUTE = timedelta(minutes=1)
WAITS = "customer-info"  # two days at most
pytestmark = pytest.mark.django_db


def fired(obligation: Obligation = Obligation.FIRST_RESPONSE) -> list[str]:
    return list(
        ClockEvent.objects.filter(clock__obligation=obligation)
        .order_by("due_at")
        .values_list("level", flat=True)
    )


class TestFiring:
    def test_nothing_before_its_time(self, cast: Cast) -> None:
        a_ticket(cast)
        assert clocks.fire_due(now=NOON + 7 * MINUTE) == 0

    def test_warns_breaches_and_escalates_once_each(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        for minute in range(40):
            clocks.fire_due(now=NOON + minute * MINUTE)
            clocks.fire_due(now=NOON + minute * MINUTE)
        assert fired() == [Level.OWNER, Level.BREACH, Level.PROVINCE]
        ticket.refresh_from_db()
        assert ticket.escalated_to == cast.unit("JS")
        assert Tally.objects.filter(measure="desk.first_response.missed").count() == 1

    def test_after_a_long_sleep_every_level_still_fires_in_order(self, cast: Cast) -> None:
        a_ticket(cast)
        clocks.fire_due(now=NOON + timedelta(days=1))
        assert fired() == [Level.OWNER, Level.BREACH, Level.PROVINCE]

    def test_a_clock_that_was_met_stays_silent(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answering.answer(ticket_no=ticket.no, text="马上处理", by=cast.gao, now=NOON + MINUTE)
        clocks.fire_due(now=NOON + 40 * MINUTE)
        assert fired() == []

    def test_remembers_the_second_it_was_due(self, cast: Cast) -> None:
        a_ticket(cast)
        clocks.fire_due(now=NOON + 16 * MINUTE)
        breach = ClockEvent.objects.get(level=Level.BREACH, clock__obligation=Obligation.FIRST_RESPONSE)
        assert (breach.due_at, breach.fired_at) == (NOON + 15 * MINUTE, NOON + 16 * MINUTE)


class TestPausing:
    def test_moves_every_deadline_by_the_pause(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        before = Clock.objects.get(obligation=Obligation.CLOSE).due_at
        clocks.pause(ticket_no=ticket.no, reason=WAITS, by=cast.gao, now=NOON + 5 * MINUTE)
        clocks.resume(ticket_no=ticket.no, by=cast.gao, now=NOON + 65 * MINUTE)
        assert Clock.objects.get(obligation=Obligation.CLOSE).due_at == before + 60 * MINUTE

    def test_never_stops_the_first_response(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        clocks.pause(ticket_no=ticket.no, reason=WAITS, by=cast.gao, now=NOON + MINUTE)
        assert Clock.objects.get(obligation=Obligation.FIRST_RESPONSE).state == ClockState.RUNNING

    def test_a_paused_clock_calls_nobody_until_its_limit(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        answering.answer(ticket_no=ticket.no, text="马上处理", by=cast.gao, now=NOON + MINUTE)
        clocks.pause(ticket_no=ticket.no, reason=WAITS, by=cast.gao, now=NOON + MINUTE)
        assert clocks.fire_due(now=NOON + timedelta(hours=47)) == 0

    def test_ends_by_itself_at_the_limit_whenever_a_worker_looks(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        before = Clock.objects.get(obligation=Obligation.CLOSE).due_at
        clocks.pause(ticket_no=ticket.no, reason=WAITS, by=cast.gao, now=NOON + MINUTE)
        clocks.fire_due(now=NOON + timedelta(hours=49))
        clock = Clock.objects.get(obligation=Obligation.CLOSE)
        assert (clock.state, clock.due_at) == (ClockState.RUNNING, before + timedelta(hours=48))

    def test_refuses_a_second_pause_and_a_lonely_resume(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        with pytest.raises(ClockNotPaused):
            clocks.resume(ticket_no=ticket.no, by=cast.gao, now=NOON)
        clocks.pause(ticket_no=ticket.no, reason=WAITS, by=cast.gao, now=NOON)
        with pytest.raises(ClockNotRunning):
            clocks.pause(ticket_no=ticket.no, reason="weather", by=cast.gao, now=NOON)

    def test_refuses_a_reason_that_nobody_named(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            clocks.pause(ticket_no=a_ticket(cast).no, reason="忙", by=cast.gao, now=NOON)

    def test_an_answer_while_paused_is_a_response_at_that_moment(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        clocks.pause(ticket_no=ticket.no, reason=WAITS, by=cast.gao, now=NOON + MINUTE)
        ticket = answering.answer(ticket_no=ticket.no, text="收到照片", by=cast.gao, now=NOON + 10 * MINUTE)
        clock = ticket.clocks.get(obligation=Obligation.FIRST_RESPONSE)
        assert clock.stopped_at == NOON + 10 * MINUTE
        assert Tally.objects.filter(measure="desk.first_response.met").count() == 1
