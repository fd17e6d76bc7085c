"""The board as people meet it: words, rights, drill-down, files, cost."""

import csv
import io

import openpyxl
import pytest

from huhang.metrics.queries.board import board
from huhang.metrics.rules import registry
from huhang.metrics.rules.views import Period, view
from tests.metrics.ground import NOW, client_of

pytestmark = pytest.mark.usefixtures("_at_1420")


def page(person, query=""):
    return client_of(person).get(f"/metrics/{query}")


class TestShow:
    def test_says_it_in_a_sentence(self, busy):
        text = page(busy.head, "?org=JS-SZ").content.decode()
        assert "今天到 14:20，苏州 4.0 单/万票，目标 ≤ 2.8，比昨天同时高 3.0。" in text
        assert "今天到 14:20，苏州 99.0%，目标 ≥ 98%，与昨天同时持平。" in text

    def test_begins_where_one_may_look(self, busy):
        assert "<h1>江苏省区 · 看板</h1>" in page(busy.lead).content.decode()

    def test_leads_down_to_a_unit_and_up_again(self, busy):
        text = page(busy.head, "?org=JS").content.decode()
        assert 'href="?org=JS-SZ&amp;kpi=complaints_per_10k&amp;period=day"' in text
        assert ">总部</a>" in text
        assert "总部" not in page(busy.lead, "?org=JS").content.decode()

    @pytest.mark.parametrize("query", ["?org=HQ", "?org=ZJ", "?org=NOWHERE"])
    def test_what_is_not_mine_is_not_there(self, busy, query):
        assert page(busy.lead, query).status_code == 404

    def test_refuses_who_may_see_no_figures(self, busy):
        assert page(busy.stranger).status_code == 403

    def test_an_unknown_figure_is_not_there(self, busy):
        assert page(busy.head, "?kpi=nonsense").status_code == 404

    @pytest.mark.parametrize("query", ["?on=yesterday", "?period=year", "?on=2199-01-01"])
    def test_an_old_or_odd_url_still_opens(self, busy, query):
        assert page(busy.head, query).status_code == 200

    def test_a_live_change_fetches_the_part_alone(self, busy):
        answer = client_of(busy.head).get("/metrics/?org=JS", headers={"HX-Request": "true"})
        assert answer.content.decode().lstrip().startswith('<section class="figures"')

    def test_costs_the_same_at_every_level(self, busy, django_assert_max_num_queries):
        for org in ("HQ", "JS", "JS-SZ"):
            client = client_of(busy.head)
            with django_assert_max_num_queries(12):
                client.get(f"/metrics/?org={org}")


class TestExport:
    def shown(self, ground):
        kpi = registry.kpi("complaints_per_10k")
        return board(ground.jiangsu, kpi, view(Period.DAY, at=NOW, now=NOW), now=NOW)

    def test_the_csv_says_what_the_screen_says(self, busy):
        answer = client_of(busy.head).get("/metrics/export/units.csv?org=JS")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        screen = self.shown(busy).rows
        assert [row["单位"] for row in rows] == [r.unit.name for r in screen]
        assert [float(row["万票投诉率（单/万票）"]) for row in rows] == [4.0, 1.0]
        assert [int(row["万票投诉率 分子"]) for row in rows] == [
            r.figures[0].reading.numerator for r in screen
        ]

    def test_the_workbook_holds_the_course(self, busy):
        answer = client_of(busy.head).get("/metrics/export/course.xlsx?org=JS")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        assert sheet.max_row == 25
        assert sheet["A2"].value == "2026-11-21 00:00"

    @pytest.mark.parametrize("path", ["units.pdf", "people.csv", "units.csv?org=HQ"])
    def test_refuses_the_rest(self, busy, path):
        assert client_of(busy.lead).get(f"/metrics/export/{path}").status_code == 404
