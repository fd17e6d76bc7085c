"""Clocks that fall due: each level once, whoever looks and however often."""

from datetime import timedelta

import pytest

from huhang.desk.actions import answering, clocks
from huhang.desk.actions.clocks import ClockNotPaused, ClockNotRunning
from huhang.desk.models import Clock, ClockEvent
from huhang.desk.rules.kinds import Level, Obligation
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

MINUTE = timedelta(minutes=1)
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
        assert fired() == [Level.WARN, Level.BREACH, Level.ESCALATE]
        ticket.refresh_from_db()
        assert ticket.escalated_to == cast.unit("JS-SZ")
        assert Tally.objects.filter(measure="desk.first_response.missed").count() == 1

    def test_after_a_long_sleep_every_level_still_fires_in_order(self, cast: Cast) -> None:
        a_ticket(cast)
        clocks.fire_due(now=NOON + timedelta(days=1))
        assert fired() == [Level.WARN, Level.BREACH, Level.ESCALATE]

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
        clocks.pause(ticket_no=ticket.no, reason="等客户补充照片", by=cast.gao, now=NOON + 5 * MINUTE)
        clocks.resume(ticket_no=ticket.no, by=cast.gao, now=NOON + 65 * MINUTE)
        assert Clock.objects.get(obligation=Obligation.FIRST_RESPONSE).due_at == NOON + 75 * MINUTE

    def test_a_paused_clock_fires_nothing(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        clocks.pause(ticket_no=ticket.no, reason="等客户", by=cast.gao, now=NOON + MINUTE)
        assert clocks.fire_due(now=NOON + timedelta(days=3)) == 0

    def test_refuses_a_second_pause_and_a_lonely_resume(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        with pytest.raises(ClockNotPaused):
            clocks.resume(ticket_no=ticket.no, by=cast.gao, now=NOON)
        clocks.pause(ticket_no=ticket.no, reason="等客户", by=cast.gao, now=NOON)
        with pytest.raises(ClockNotRunning):
            clocks.pause(ticket_no=ticket.no, reason="再等", by=cast.gao, now=NOON)

    def test_an_answer_while_paused_is_a_response_at_that_moment(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        clocks.pause(ticket_no=ticket.no, reason="等客户", by=cast.gao, now=NOON + MINUTE)
        ticket = answering.answer(ticket_no=ticket.no, text="收到照片", by=cast.gao, now=NOON + 50 * MINUTE)
        clock = ticket.clocks.get(obligation=Obligation.FIRST_RESPONSE)
        assert clock.stopped_at == NOON + 50 * MINUTE
        assert Tally.objects.filter(measure="desk.first_response.met").count() == 1
