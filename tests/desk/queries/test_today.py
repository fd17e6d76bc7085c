"""The day's figures beside those of a week ago."""

from datetime import date, datetime, timedelta

import pytest

from huhang.desk.actions import answering, baselines, claiming, tickets
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import Ticket
from huhang.desk.queries import today
from huhang.kit.errors import NotAllowed
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket, opening

MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
pytestmark = pytest.mark.django_db


def opened_at(cast: Cast, moment: datetime) -> Ticket:
    return open_ticket(opening(cast), by=cast.lin, now=moment)[0]


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
