"""The do-it-now window, the day's figures, and the wall."""

from datetime import date, datetime, timedelta

import pytest

from huhang.desk.actions import answering, baselines, claiming, counting_walls, steps, tickets
from huhang.desk.actions.assignment import assign_to
from huhang.desk.actions.opening import open_ticket
from huhang.desk.actions.reminding import remind
from huhang.desk.models import Clock, Step, Ticket, WallCount
from huhang.desk.queries import today, wall
from huhang.desk.queries import window as queries
from huhang.desk.queries.window import Row, best_next, window
from huhang.desk.rules.kinds import ClockState, Kind, State, StepState
from huhang.kit.errors import NotAllowed, NotFound
from huhang.network.models import Courier, OrgUnit, Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket, opening
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


def opened_at(cast: Cast, moment: datetime) -> Ticket:
    return open_ticket(opening(cast), by=cast.lin, now=moment)[0]


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

    def test_costs_six_statements_however_many_rows(self, cast: Cast, django_assert_num_queries) -> None:
        for _ in range(3):
            a_reminder(cast)
        cast.gao.visible_paths("desk.see")
        with django_assert_num_queries(6):
            for group in window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON).groups:
                str((group.courier, group.first.handler, group.first.ticket.at_unit, group.first.step))

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


class TestToday:
    def test_compares_with_the_same_hours_a_week_ago(self, cast: Cast) -> None:
        for opened, took in ((NOON - WEEK, 10), (NOON, 4)):
            ticket = opened_at(cast, opened)
            claiming.claim(ticket_no=ticket.no, by=cast.gao, now=opened + MINUTE)
            tickets.resolve(
                ticket_no=ticket.no, result="已核实", by=cast.gao, now=opened + (1 + took) * MINUTE
            )
            tickets.resolve(
                ticket_no=ticket.no, result="已回访", by=cast.lin, now=opened + (1 + took) * MINUTE
            )
        report = today.report(cast.unit("SZ-WZ"), now=NOON + 20 * MINUTE)
        assert (report.today.due, report.today.share, report.last_week.due) == (1, 100.0, 1)
        assert report.today.median == 4 * MINUTE
        assert report.faster_by == 6 * MINUTE

    def test_an_unanswered_case_is_missed_once_it_is_late(self, cast: Cast) -> None:
        from huhang.desk.actions.clocks import fire_due

        a_ticket(cast)
        assert today.share_today(cast.unit("SZ-WZ"), now=NOON) is None
        fire_due(now=NOON + 16 * MINUTE)
        assert today.share_today(cast.unit("SZ-WZ"), now=NOON + 16 * MINUTE) == 0

    def test_counts_what_is_taken_within_a_minute(self, cast: Cast) -> None:
        for minutes in (1, 2):
            ticket = a_ticket(cast)
            claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON + minutes * MINUTE)
        today_ = today.report(cast.unit("SZ-WZ"), now=NOON + 3 * MINUTE).today
        assert (today_.claimed, today_.quick, today_.quick_share) == (2, 1, 50.0)

    def test_compares_with_the_same_weekday_before_there_was_a_window(self, cast: Cast) -> None:
        baselines.set_week(unit_code="JS", starts_on=date(2026, 9, 9), by=cast.hua, now=NOON)
        then = NOON - 70 * timedelta(days=1)  # Friday 11 September, as NOON is a Friday
        claiming.claim(ticket_no=opened_at(cast, then).no, by=cast.gao, now=then + MINUTE)
        shown = today.report(cast.unit("SZ-WZ"), now=NOON + MINUTE + MINUTE)
        assert shown.before is not None
        assert (shown.before.claimed, shown.before.quick) == (1, 1)
        assert today.report(cast.unit("ZJ"), now=NOON).before is None

    def test_ranks_the_units_below(self, cast: Cast) -> None:
        from huhang.desk.actions.clocks import fire_due

        a_ticket(cast)
        kept = a_ticket(cast, unit=cast.unit("HZ-XH"))
        answering.answer(ticket_no=kept.no, text="您好，正在查", by=cast.lin, now=NOON)
        fire_due(now=NOON + 16 * MINUTE)
        ranking = today.report(cast.unit("HQ"), now=NOON + 16 * MINUTE).ranking
        assert [(rank.unit.code, rank.day.share) for rank in ranking[:2]] == [("ZJ", 100), ("JS", 0)]
        assert len(ranking) == 5

    @pytest.mark.parametrize(("unit", "statements"), [("SZ-WZ", 4), ("HQ", 6)])
    def test_the_report_takes_a_known_number_of_statements(
        self, cast: Cast, django_assert_num_queries, unit: str, statements: int
    ) -> None:
        with django_assert_num_queries(statements):
            today.report(cast.unit(unit), now=NOON)


class TestBaseline:
    def test_is_for_headquarters_to_set(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            baselines.set_week(unit_code="SZ-WZ", starts_on=date(2026, 9, 7), by=cast.gao, now=NOON)

    def test_begins_on_its_monday_and_lies_in_the_past(self, cast: Cast) -> None:
        week = baselines.set_week(unit_code="JS", starts_on=date(2026, 9, 13), by=cast.hua, now=NOON)
        assert week.starts_on == date(2026, 9, 7)
        with pytest.raises(baselines.WeekNotOver):
            baselines.set_week(unit_code="JS", starts_on=NOON.date(), by=cast.hua, now=NOON)

    def test_of_the_nearest_unit_counts(self, cast: Cast) -> None:
        for code, day in (("HQ", 7), ("JS", 14)):
            baselines.set_week(unit_code=code, starts_on=date(2026, 9, day), by=cast.hua, now=NOON)
        found = today.baseline_of(cast.unit("SZ-WZ"))
        assert found is not None
        assert found.starts_on == date(2026, 9, 14)
        baselines.set_week(unit_code="JS", starts_on=None, by=cast.hua, now=NOON)
        assert today.baseline_of(cast.unit("SZ-WZ")) != found


class TestWall:
    def test_tiles_stand_by_time_left(self, cast: Cast) -> None:
        a_ticket(cast)
        factory.ticket(cast.unit("HZ-XH"), now=NOON, next_due_at=NOON + MINUTE)
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
        assert [(tile.unit.code, tile.live) for tile in shown.tiles] == [("ZJ", 1), ("JS", 1)]
        assert {unit.code for unit in shown.quiet} == {"HQ-CS", "HQ-CLAIMS", "HQ-FIN"}

    def test_a_case_at_the_level_itself_has_the_levels_own_tile(self, cast: Cast) -> None:
        factory.ticket(cast.unit("HQ"), now=NOON)
        assert [(t.unit.code, t.is_own) for t in wall.wall(cast.hua, cast.unit("HQ"), now=NOON).tiles] == [
            ("HQ", True)
        ]

    def test_a_case_with_a_department_elsewhere_stands_at_its_own_unit(self, cast: Cast) -> None:
        factory.ticket(cast.unit("SZ-WZ"), now=NOON, at_unit=cast.unit("HQ-CS"))
        at_hq = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
        in_js = wall.wall(cast.hua, cast.unit("JS"), now=NOON)
        assert [t.unit.code for t in at_hq.tiles] == ["HQ-CS"]
        assert [t.unit.code for t in in_js.tiles] == ["JS-SZ"]

    def test_the_colour_is_that_of_the_nearest_deadline(self, cast: Cast) -> None:
        wz = cast.unit("SZ-WZ")
        factory.ticket(wz, now=NOON, next_due_at=NOON + 9 * MINUTE, next_due_from=NOON - 60 * MINUTE)
        factory.ticket(wz, now=NOON, next_due_at=NOON + MINUTE, next_due_from=NOON - MINUTE)
        tile = wall.wall(cast.hua, cast.unit("JS-SZ"), now=NOON).tiles[0]
        assert (tile.due_at, tile.due_from) == (NOON + MINUTE, NOON - MINUTE)

    def test_lists_what_is_late_and_what_soon_will_be(self, cast: Cast) -> None:
        late = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON)
        soon = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + 9 * MINUTE)
        later = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + 30 * MINUTE)
        paused = factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=None)
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON + MINUTE)
        assert (shown.late, shown.soon, shown.later) == ([late], [soon], [later, paused])
        assert (shown.late_count, shown.soon_count, shown.later_count) == (1, 1, 2)

    def test_lists_the_most_urgent_of_each_band_and_counts_them_all(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wall, "SHOWN", 1)
        for minutes in (2, 1, 30):
            factory.ticket(cast.unit("SZ-WZ"), now=NOON, next_due_at=NOON + minutes * MINUTE)
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
        assert [ticket.next_due_at for ticket in shown.soon] == [NOON + MINUTE]
        assert (shown.soon_count, len(shown.later)) == (2, 1)

    def test_is_closed_to_who_does_not_see_the_unit(self, cast: Cast) -> None:
        with pytest.raises(NotFound):
            wall.root_for(cast.qian, "SZ-WZ")
        with pytest.raises(NotFound):
            wall.root_for(cast.nobody, "")
        assert wall.root_for(cast.qian, "").code == "SZ-GS"

    def test_takes_four_statements(self, cast: Cast, django_assert_num_queries) -> None:
        a_ticket(cast)
        cast.hua.visible_paths("desk.see")
        with django_assert_num_queries(4):
            shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
            str([(tile.unit, shown.above, shown.late) for tile in shown.tiles])

    def test_stands_on_the_wall_of_each_unit_that_owes_a_step(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        steps.add(
            ticket_no=ticket.no, unit_code="SZ-HUB", title="查分拨监控", minutes=10, by=cast.hua, now=NOON
        )
        for code in ("SZ-WZ", "SZ-HUB", "JS-SZ"):
            assert wall.wall(cast.hua, cast.unit(code), now=NOON).live_count == 1, code

    def test_counts_as_unclaimed_what_waits_for_the_unit_whoever_owns_the_case(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assign_to(ticket_no=ticket.no, person=cast.lin, reason="客户点名", by=cast.hua, now=NOON)
        assert wall.wall(cast.hua, cast.unit("HQ"), now=NOON).unclaimed_count == 1
        claiming.claim(ticket_no=ticket.no, by=cast.gao, now=NOON)
        assert wall.wall(cast.hua, cast.unit("HQ"), now=NOON).unclaimed_count == 0

    def test_of_a_big_screen_is_the_same_without_a_way_up(self, cast: Cast) -> None:
        a_ticket(cast)
        shown = wall.screen(cast.unit("JS"), now=NOON)
        assert ([tile.unit.code for tile in shown.tiles], shown.above) == (["JS-SZ"], [])


class TestKeptCounts:
    """Of a level with many live cases, workers count."""

    def look(self, cast: Cast, *, now: datetime = NOON) -> wall.Wall:
        shown = wall.wall(cast.hua, cast.unit("HQ"), now=now)
        counting_walls.look(shown=shown, now=now)
        return shown

    def test_are_those_of_a_look(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counting_walls, "FEW", 1)
        for _ in range(2):
            a_ticket(cast)
        counted = self.look(cast)
        assert (counted.kept, counting_walls.refresh(now=NOON)) == (None, 1)
        kept = self.look(cast, now=NOON + MINUTE)
        assert (kept.tiles, kept.as_of) == (counted.tiles, NOON)
        assert counted.live_count == 2

    def test_are_counted_again_as_often_as_it_is_cheap(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(counting_walls, "FEW", 0)
        a_ticket(cast)
        self.look(cast)
        counting_walls.refresh(now=NOON)
        WallCount.objects.update(took=1500)
        a_ticket(cast)
        at = NOON + timedelta(seconds=29)
        assert (counting_walls.refresh(now=at), self.look(cast, now=at).live_count) == (0, 1)
        at = NOON + timedelta(seconds=31)
        assert (counting_walls.refresh(now=at), self.look(cast, now=at).live_count) == (1, 2)

    def test_are_not_trusted_when_nobody_counts(self, cast: Cast) -> None:
        factory.wall_count(cast.unit("HQ"), now=NOON, as_of=NOON - 3 * MINUTE)
        a_ticket(cast)
        assert self.look(cast).live_count == 1

    def test_of_few_cases_are_not_kept(self, cast: Cast) -> None:
        a_ticket(cast)
        self.look(cast)
        assert not WallCount.objects.exists()
