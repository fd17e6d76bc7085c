"""The board's numbers, and what they cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from huhang.metrics.actions.tally import count, settle_all
from huhang.metrics.queries.board import board
from huhang.metrics.queries.readings import TooManyFigures, series
from huhang.metrics.rules import registry
from huhang.metrics.rules.kpi import State
from huhang.metrics.rules.views import Period, view
from huhang.metrics.rules.windows import Grain, Window
from huhang.metrics.sql import statement
from tests.metrics.ground import COMPLAINT, NOW, TODAY

COMPLAINTS = registry.kpi("complaints_per_10k")


def seen(unit, period=Period.DAY, at=NOW):
    return board(unit, COMPLAINTS, view(period, at=at, now=NOW), now=NOW)


class TestBoard:
    def test_says_how_today_stands_beside_before(self, busy):
        figure = seen(busy.suzhou).figures[0]
        assert (figure.reading.numerator, figure.reading.denominator) == (60, 150_000)
        assert (figure.value, figure.previous, figure.last_week) == (Decimal(4), Decimal(1), Decimal(1))
        assert (figure.difference, figure.state) == (Decimal(3), State.MISSED)

    def test_puts_the_worst_unit_first(self, busy):
        assert [row.unit.code for row in seen(busy.jiangsu).rows if row.unit] == ["JS-SZ", "JS-WX"]

    def test_levels_add_up(self, busy):
        top, province = seen(busy.hq), seen(busy.jiangsu)
        assert top.figures[0].reading == province.figures[0].reading
        parts = [row.figures[0].reading.numerator for row in province.rows]
        assert sum(parts) == province.figures[0].reading.numerator == 75

    def test_what_no_child_owns_has_a_row_of_its_own(self, busy):
        count(measure=COMPLAINT, at=NOW, path="/HQ/JS/JS-GONE/", key="closed outlet")
        rest = seen(busy.jiangsu).rows[-1]
        assert (rest.unit, rest.figures[0].reading.numerator) == (None, 1)

    def test_the_course_has_every_hour_and_no_future(self, busy):
        points = seen(busy.suzhou).points
        assert len(points) == 24
        assert [p.value for p in points[13:16]] == [Decimal(4), Decimal(4), None]
        assert points[14].previous == Decimal(1)
        assert points[20].usual
        assert points[20].previous == Decimal(1)

    def test_looks_the_same_when_all_is_settled(self, busy):
        before = seen(busy.hq)
        settle_all()
        assert seen(busy.hq) == before

    @pytest.mark.parametrize(
        ("period", "pieces"), [(Period.HOUR, 60), (Period.DAY, 24), (Period.XUN, 10), (Period.MONTH, 30)]
    )
    def test_costs_four_statements(self, busy, django_assert_num_queries, period, pieces):
        with django_assert_num_queries(4):
            assert len(seen(busy.hq, period).points) == pieces

    def test_a_leaf_costs_one_less(self, busy, django_assert_num_queries):
        with django_assert_num_queries(3):
            assert seen(busy.wuxi).rows == []

    def test_an_empty_unit_has_no_figure(self, busy):
        assert {f.state for f in seen(busy.zhejiang).figures} == {State.EMPTY}

    def test_a_past_day_is_whole(self, busy):
        past = seen(busy.suzhou, at=NOW - timedelta(days=1))
        assert past.figures[0].reading.denominator == 240_000
        assert not past.view.is_running


class TestSeries:
    def test_days_add_up_to_the_xun(self, busy):
        window = Window(TODAY - timedelta(days=6), NOW)
        days = series(COMPLAINTS, ["/HQ/"], Grain.DAY, window)["/HQ/"]
        whole = series(COMPLAINTS, ["/HQ/"], Grain.XUN, window)["/HQ/"]
        assert sum(r.numerator for r in days) == 6 * 48 + 75
        assert [(w.window.since.day, w.window.until.day) for w in whole] == [(11, 21), (21, 21)]
        # 11 and 12 November lie before the days that were counted, 13 November before those that were asked.
        assert whole[1].numerator == days[-1].numerator

    def test_refuses_what_no_screen_shows(self, busy):
        with pytest.raises(TooManyFigures):
            series(COMPLAINTS, ["/HQ/"], Grain.MINUTE, Window(TODAY - timedelta(days=90), NOW))


@pytest.mark.django_db
def test_a_day_costs_its_own_hours_however_long_the_history(ground):
    """Two years of another grain, other units and other days lie in the table; the day reads 15 rows of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metrics_tallysum (grain, measure, at, path, amount, changed_at)"
            " SELECT g, 'journey.delivery.started', h, p, 1, now() FROM unnest(ARRAY['hour', 'minute']) g,"
            " unnest(ARRAY['/HQ/', '/HQ/JS/']) p, generate_series(%s - interval '700 days', %s, interval '1 hour') h",
            [TODAY, NOW],
        )
        cursor.execute("ANALYZE metrics_tallysum")
        asked: dict[str, Any] = {
            "numbers": [0],
            "grains": ["hour"],
            "sinces": [TODAY],
            "untils": [NOW],
            "paths": ["/HQ/"],
        }
        cursor.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON)" + statement("sums"),
            asked | {"measures": ["journey.delivery.started"]},
        )
        reads = [
            n for n in _nodes(cursor.fetchone()[0][0]["Plan"]) if n.get("Relation Name") == "metrics_tallysum"
        ]
    assert [n["Actual Rows"] for n in reads] == [15]
    assert all(n["Node Type"] != "Seq Scan" and not n.get("Rows Removed by Filter") for n in reads)


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)
