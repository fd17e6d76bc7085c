"""The do-it-now window, the day's figures, and the wall."""

from datetime import datetime, timedelta

import pytest

from huhang.desk.actions import claiming, tickets
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Ticket
from huhang.desk.queries import today, wall
from huhang.desk.queries.window import best_next, window
from huhang.desk.rules.kinds import Kind
from huhang.kit.errors import NotFound
from huhang.network.models import Courier
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket, opening
from tests.factories import desk as factory

MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
pytestmark = pytest.mark.django_db


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
        type(quick).objects.filter(pk=quick.pk).update(next_due_at=NOON + MINUTE)
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

    def test_costs_three_statements_however_many_rows(self, cast: Cast, django_assert_num_queries) -> None:
        for _ in range(3):
            a_reminder(cast)
        cast.gao.visible_paths("desk.see")
        with django_assert_num_queries(3):
            for group in window(cast.gao, cast.unit("SZ-WZ"), tab="todo", now=NOON).groups:
                str((group.courier, group.first.owner, group.first.at_unit))

    def test_the_next_one_is_the_most_urgent_that_nobody_has(self, cast: Cast) -> None:
        first, second = a_ticket(cast), a_ticket(cast)
        claiming.claim(ticket_no=first.no, by=cast.lin, now=NOON)
        assert best_next(cast.gao, cast.unit("SZ-WZ")) == second


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

    def test_the_report_takes_three_statements(self, cast: Cast, django_assert_num_queries) -> None:
        with django_assert_num_queries(3):
            today.report(cast.unit("HQ"), now=NOON)


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

    def test_takes_three_statements(self, cast: Cast, django_assert_num_queries) -> None:
        a_ticket(cast)
        cast.hua.visible_paths("desk.see")
        with django_assert_num_queries(3):
            shown = wall.wall(cast.hua, cast.unit("HQ"), now=NOON)
            str([(tile.unit, shown.above, shown.late) for tile in shown.tiles])
