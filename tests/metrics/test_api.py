"""Figures as JSON."""

import pytest
from django.test import Client

from tests.metrics.ground import NOW

pytestmark = pytest.mark.usefixtures("_at_1420")


@pytest.fixture
def ask(busy, settings):
    settings.HUHANG_TOKEN_LOOKUP = "tests.metrics.ground.person_of_token"

    def get(query="", kpi="complaints_per_10k", token="head"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Client().get(f"/api/v1/metrics/{kpi}{query}", headers=headers)

    return get


class TestFigures:
    def test_is_the_figure_of_the_board(self, ask):
        answer = ask("?org=JS-SZ").json()
        assert (answer["kpi"], answer["version"], answer["target"]) == ("complaints_per_10k", 1, 2.8)
        (item,) = answer["items"]
        (period,) = item["periods"]
        assert (period["value"], period["numerator"], period["denominator"]) == (4.0, 60, 150_000)
        assert (period["from"], period["to"]) == ("2026-11-21T00:00:00+08:00", NOW.isoformat())

    @pytest.mark.parametrize(
        ("query", "periods"),
        [
            ("?grain=hour", 15),
            ("?grain=day&from=2026-11-15", 7),
            ("?grain=xun&from=2026-11-01", 3),
            ("?grain=month&from=2026-10-05", 2),
            ("?grain=minute&from=2026-11-21T14:00", 21),
            ("?grain=hour&from=2026-11-20T00:00:00Z&to=2026-11-20T03:00:00Z", 3),
        ],
    )
    def test_cuts_by_grain(self, ask, query, periods):
        assert len(ask(query).json()["items"][0]["periods"]) == periods

    def test_gives_every_unit_of_a_level(self, ask):
        assert [i["org"] for i in ask("?level=3").json()["items"]] == ["JS-SZ", "JS-WX"]

    @pytest.mark.parametrize("org", ["HQ", "ZJ", "NOWHERE"])
    def test_foreign_units_are_not_there(self, ask, org):
        answer = ask(f"?org={org}", token="lead")
        assert (answer.status_code, answer.json()["code"]) == (404, "unit_not_found")

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("?grain=year", 422),
            ("?from=2026-11-22", 422),  # tomorrow
            ("?from=2026-11-21&to=2026-11-20", 422),
            ("?grain=minute&from=2020-01-01", 422),
            ("?version=9", 404),
        ],
    )
    def test_explains_what_it_refuses(self, ask, query, status):
        answer = ask(query)
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"

    def test_unknown_figures_are_not_there(self, ask):
        assert ask(kpi="nonsense").status_code == 404

    def test_asks_for_a_token_and_a_permission(self, ask):
        assert ask(token="").status_code == 401
        assert ask(token="stranger").status_code == 403

    def test_its_document_names_what_may_be_asked(self):
        paths = Client().get("/api/v1/openapi.json").json()["paths"]
        asked = {p["name"] for p in paths["/api/v1/metrics/{kpi}"]["get"]["parameters"]}
        assert asked == {"kpi", "org", "level", "grain", "from", "to", "version"}
