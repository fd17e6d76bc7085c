"""The window's doors: what a row offers, what its verbs refuse, and the week to compare with."""

from datetime import date

import pytest

from huhang.desk.actions import steps
from huhang.desk.actions.assignment import assign_to
from huhang.desk.models import BaselineWeek, Step
from huhang.desk.rules.kinds import StepState
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import get, post, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db


class TestClaiming:
    def test_takes_the_very_step_of_a_case_that_an_agent_owns(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assign_to(ticket_no=ticket.no, person=cast.lin, reason="客户点名", by=cast.hua, now=NOON)
        step = Step.objects.get(state=StepState.OPEN)
        assert f'"step": "{step.pk}"' in text(get(cast.gao, "desk:window"))
        assert post(cast.gao, "desk:claim_in_window", ticket.no, step=step.pk).status_code == 200
        step.refresh_from_db()
        ticket.refresh_from_db()
        assert (step.handler, ticket.owner) == (cast.gao, cast.lin)

    def test_is_offered_on_the_page_of_that_case_too(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assign_to(ticket_no=ticket.no, person=cast.lin, reason="客户点名", by=cast.hua, now=NOON)
        assert 'data-do="claim"' in text(get(cast.gao, "desk:ticket", ticket.no))
        post(cast.gao, "desk:claim", ticket.no)
        assert 'data-do="claim"' not in text(get(cast.gao, "desk:ticket", ticket.no))

    @pytest.mark.parametrize("step", ["0", "999999999", "x", "1e9"])
    def test_of_no_such_step_is_refused(self, cast: Cast, step: str) -> None:
        ticket = a_ticket(cast)
        assert post(cast.gao, "desk:claim_in_window", ticket.no, step=step).status_code in (404, 422)

    def test_of_another_units_step_is_refused(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        steps.add(ticket_no=ticket.no, unit_code="SZ-HUB", title="查监控", minutes=10, by=cast.hua, now=NOON)
        hub = Step.objects.get(unit__code="SZ-HUB")
        assert post(cast.gao, "desk:claim_in_window", ticket.no, step=hub.pk).status_code == 403
        assert post(cast.qian, "desk:claim_in_window", ticket.no, step=hub.pk).status_code == 404


class TestDialogs:
    def test_answer_the_customer_without_leaving(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        shown = text(get(cast.gao, "desk:answer_in_window", ticket.no))
        assert f'name="version" value="{ticket.version}"' in shown
        assert get(cast.qian, "desk:answer_in_window", ticket.no).status_code == 404

    def test_switch_sound_and_notices_on(self, cast: Cast) -> None:
        assert "data-alert-test" in text(get(cast.gao, "desk:alerts"))


class TestReport:
    def test_ranks_the_units_below_for_who_leads(self, cast: Cast) -> None:
        a_ticket(cast)
        shown = text(get(cast.hua, "desk:window", query="?tab=report"))
        assert "下级单位今日排名" in shown
        assert "浙江省区" in shown
        assert "下级单位今日排名" not in text(get(cast.gao, "desk:window", query="?tab=report"))

    def test_compares_with_the_week_that_headquarters_names(self, cast: Cast) -> None:
        assert post(cast.hua, "desk:baseline", "JS", day="2026-09-09").status_code == 204
        assert BaselineWeek.objects.get().starts_on == date(2026, 9, 7)
        assert "对照周" in text(get(cast.gao, "desk:window", query="?tab=report"))
        assert post(cast.hua, "desk:baseline", "JS", day="").status_code == 204
        assert not BaselineWeek.objects.exists()

    @pytest.mark.parametrize("day", ["2999-01-01", "昨天", "0000-00-00", "0001-01-01"])
    def test_refuses_what_is_no_past_week(self, cast: Cast, day: str) -> None:
        expected = (204, 422) if day == "0001-01-01" else (400, 422)
        assert post(cast.hua, "desk:baseline", "JS", day=day).status_code in expected

    def test_lets_nobody_else_name_it(self, cast: Cast) -> None:
        factory.baseline_week(cast.unit("JS"), now=NOON)
        assert post(cast.gao, "desk:baseline", "SZ-WZ", day="").status_code == 403
        assert BaselineWeek.objects.exists()
