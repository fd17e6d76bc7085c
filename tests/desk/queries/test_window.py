"""The do-it-now window: what is owed here, and what to take next."""

from datetime import timedelta

import pytest

from huhang.desk.actions import claiming, steps, tickets
from huhang.desk.actions.assignment import assign_to
from huhang.desk.actions.reminding import remind
from huhang.desk.models import Clock, Step, Ticket
from huhang.desk.queries import tickets as tickets_queries
from huhang.desk.queries import window as queries
from huhang.desk.queries.window import Row, best_next, window
from huhang.desk.rules.kinds import ClockState, Kind, State, StepState
from huhang.network.models import Courier, OrgUnit, Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
pytestmark = pytest.mark.django_db


def next_of(person: Person, unit: OrgUnit) -> Ticket | None:
    row = best_next(person, unit)
    return row.ticket if row else None


def rows(person: Person, unit: OrgUnit) -> list[Row]:
    return [row for group in window(person, unit, tab="todo", now=NOON).groups for row in group.rows]


def own(person: Person) -> dict[str, bool]:
    """By number whether a step of it is this person's."""
    assert person.home is not None
    shown = window(person, person.home, tab="mine", now=NOON).groups
    return {row.ticket.no: row.is_mine for group in shown for row in group.rows}


def a_reminder(cast: Cast, **more: object) -> Ticket:
    return a_ticket(cast, Kind.PREVENTION, title="漏签收", **more)


class TestWindow:
    def test_reminders_of_one_courier_are_one_row(self, cast: Cast) -> None:
        first, second = a_reminder(cast), a_reminder(cast)
        other = Courier.objects.create(code="LI", name="李师傅", unit=cast.unit("SZ-WZ"))
        third = a_reminder(cast, courier=other)
        groups = window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON).groups
        assert [group.tickets for group in groups] == [[first, second], [third]]

    def test_a_row_stands_where_its_most_urgent_ticket_stands(self, cast: Cast) -> None:
        complaint = a_ticket(cast)
        slow, quick = a_reminder(cast), a_reminder(cast)
        Clock.objects.filter(step__ticket=quick).update(due_at=NOON + MINUTE)
        groups = window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON).groups
        assert [group.numbers for group in groups] == [[quick.no, slow.no], [complaint.no]]

    def test_what_one_has_claimed_leaves_the_group(self, cast: Cast) -> None:
        first, second = a_reminder(cast), a_reminder(cast)
        claiming.claim(ticket_no=first.no, by=cast.gao, now=NOON)
        shown = window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON)
        assert [group.numbers for group in shown.groups] == [[first.no], [second.no]]
        assert (shown.todo, shown.mine) == (2, 1)

    def test_counts_what_is_late(self, cast: Cast) -> None:
        a_ticket(cast)
        assert window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON + 16 * MINUTE).late == 1

    def test_a_case_handed_away_is_still_mine_but_not_my_outlets(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        tickets.resolve(ticket_no=ticket.no, result="已核实", by=cast.gao, now=NOON)
        unit = cast.unit("SZ-WZ")
        assert window(cast.gao, unit, tab="todo", now=NOON).groups == []
        assert [g.numbers for g in window(cast.gao, unit, tab="mine", now=NOON).groups] == [[ticket.no]]

    def test_costs_five_statements_however_many_rows_and_six_when_it_counts_more_than_it_lists(
        self, cast: Cast, django_assert_num_queries, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(3):
            a_reminder(cast)
        cast.gao.visible_paths("desk.see")
        with django_assert_num_queries(5):
            for group in window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON).groups:
                str((group.courier, group.first.handler, group.first.ticket.at_unit, group.first.step))
        monkeypatch.setattr(queries, "SHOWN", 2)
        with django_assert_num_queries(6):
            assert window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON).todo == 3

    def test_counts_what_it_does_not_list_and_believes_many_for_a_while(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unit, later = cast.unit("SZ-WZ"), NOON + WEEK
        for _ in range(3):
            a_reminder(cast)
        monkeypatch.setattr(queries, "SHOWN", 1)
        counted = [
            (found.todo, found.late)
            for found in (
                window(cast.gao, unit, tab=tab, now=now) for tab in ("todo", "mine") for now in (NOON, later)
            )
        ]
        assert counted == [(3, 0), (3, 3)] * 2
        for module in (tickets_queries, queries):
            monkeypatch.setattr(module, "COUNTED_AT_MOST", 1)
        assert window(cast.gao, unit, tab="todo", now=later).todo == 2
        claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        Ticket.objects.update(at_from=[])
        assert window(cast.gao, unit, tab="mine", now=later).todo == 2  # believed: counted a moment ago

    def test_the_next_one_is_the_most_urgent_that_nobody_has(self, cast: Cast) -> None:
        first, second = a_ticket(cast), a_ticket(cast)
        claiming.claim(ticket_no=first.no, by=cast.lin, now=NOON)
        assert next_of(cast.gao, cast.unit("SZ-WZ")) == second

    def test_the_next_one_may_lie_below_all_that_are_shown(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = a_ticket(cast), a_ticket(cast)
        claiming.claim(ticket_no=first.no, by=cast.gao, now=NOON)
        monkeypatch.setattr(queries, "SHOWN", 1)
        assert next_of(cast.gao, cast.unit("SZ-WZ")) == second

    def test_nobody_takes_next_what_is_not_theirs_to_take(self, cast: Cast) -> None:
        a_ticket(cast)
        assert best_next(cast.qian, cast.unit("SZ-GS")) is None
        assert best_next(cast.nobody, cast.unit("SZ-WZ")) is None


class TestRows:
    """A row is a step, as several units may owe one each in the same case."""

    def test_a_case_that_an_agent_owns_still_waits_for_the_outlet(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assign_to(ticket_no=ticket.no, person=cast.lin, reason="客户点名", by=cast.hua, now=NOON)
        (row,) = rows(cast.gao, cast.unit("SZ-WZ"))
        assert (row.ticket.owner, row.is_free, row.may_take) == (cast.lin, True, True)
        assert next_of(cast.gao, cast.unit("SZ-WZ")) == ticket

    def test_an_owned_reminder_is_still_reminded_of_with_its_fellows(self, cast: Cast) -> None:
        first, second = a_reminder(cast), a_reminder(cast)
        Ticket.objects.filter(pk=first.pk).update(owner=cast.lin, claimed_at=NOON, state=State.WORKING)
        shown = window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON).groups
        assert [group.tickets for group in shown] == [[first, second]]
        assert remind(ticket_nos=[first.no, second.no], by=cast.gao, now=NOON) == 2
        assert {step.handler for step in Step.objects.filter(state=StepState.OPEN)} == {cast.gao}
        assert Ticket.objects.get(pk=first.pk).owner == cast.lin

    def test_what_a_colleague_has_taken_is_not_reminded_of(self, cast: Cast) -> None:
        ticket = a_reminder(cast)
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)
        assert remind(ticket_nos=[ticket.no], by=cast.gao, now=NOON) == 0

    def test_each_unit_sees_its_own_step_of_a_case(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        steps.add(
            ticket_no=ticket.no, unit_code="SZ-HUB", title="查分拨监控", minutes=10, by=cast.hua, now=NOON
        )
        (outlet,) = rows(cast.gao, cast.unit("SZ-WZ"))
        (hub,) = rows(cast.hua, cast.unit("SZ-HUB"))
        assert (str(outlet.step), str(hub.step)) == ("网点核实情况", "查分拨监控")
        assert hub.due_at == NOON + 10 * MINUTE
        assert len(rows(cast.hua, cast.unit("JS-SZ"))) == 2

    def test_counts_the_step_down_and_beside_it_what_the_customer_waits_for(self, cast: Cast) -> None:
        a_ticket(cast)
        (row,) = rows(cast.gao, cast.unit("SZ-WZ"))
        assert row.due_at == NOON + 60 * MINUTE
        assert row.promise is not None
        assert (row.promise.due_at, row.whole_due_at) == (NOON + 15 * MINUTE, None)
        best = window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON + 12 * MINUTE).best
        assert best is not None
        assert best.waited == 12 * MINUTE

    def test_a_search_stands_above_everything_else(self, cast: Cast) -> None:
        a_ticket(cast)
        search = factory.ticket(cast.unit("SZ-WZ"), now=NOON, kind=Kind.TRACE, next_due_at=NOON + 99 * MINUTE)
        assert rows(cast.gao, cast.unit("SZ-WZ"))[0].ticket == search

    def test_what_is_paused_comes_last_and_counts_nothing_down(self, cast: Cast) -> None:
        waits, runs = a_reminder(cast), a_ticket(cast)
        Clock.objects.filter(ticket=waits).update(state=ClockState.PAUSED)
        Ticket.objects.filter(pk=waits.pk).update(next_due_at=None)
        shown = rows(cast.gao, cast.unit("SZ-WZ"))
        assert [row.ticket for row in shown] == [runs, waits]
        assert shown[1].due_at is None

    def test_mine_are_the_steps_that_i_do_and_the_cases_that_i_answer_for(self, cast: Cast) -> None:
        ticket, other = a_ticket(cast), a_ticket(cast)
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)
        assign_to(ticket_no=other.no, person=cast.lin, reason="客户点名", by=cast.hua, now=NOON)
        claiming.claim(ticket_no=other.no, by=cast.gao, now=NOON)
        assert own(cast.gao) == {other.no: True}
        assert own(cast.lin) == {ticket.no: True, other.no: False}
