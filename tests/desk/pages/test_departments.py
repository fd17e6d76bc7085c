"""How departments do, the steps behind each figure, and the votes of customer service."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from huhang.desk.actions import claiming, clocks, progress, steps, tickets
from huhang.desk.models import DepartmentVote, Ticket
from huhang.desk.rules.kinds import Kind, StepState
from huhang.metrics.actions import tally
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import get, post, signed_in, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

MINUTE = timedelta(minutes=1)
PERIOD = "&at=2026-11-20"
pytestmark = pytest.mark.django_db


@pytest.fixture
def a_day(cast: Cast) -> Ticket:
    """The outlet was in time once and late once, the hub sent a step back; a customer gave two stars."""
    done = tickets.resolve(ticket_no=a_ticket(cast, Kind.INQUIRY).no, result="好", by=cast.gao, now=NOON)
    step = done.steps.get()
    progress.rate(ticket=done, step_id=step.pk, score=2, words="慢", now=NOON)
    late = a_ticket(cast)
    clocks.fire_due(now=NOON + 61 * MINUTE)
    tickets.resolve(ticket_no=late.no, result="抱歉久等", by=cast.gao, now=NOON + 62 * MINUTE)
    tickets.withdraw(ticket_no=late.no, reason="误报", by=None, now=NOON + 63 * MINUTE)
    claim = claiming.claim(ticket_no=a_ticket(cast, Kind.CLAIM).no, by=cast.gao, now=NOON)
    hub = claim.steps.get(unit__code="SZ-HUB")
    steps.refuse(ticket_no=claim.no, step_id=hub.pk, reason="没有到件", by=cast.lin, now=NOON)
    tickets.withdraw(ticket_no=claim.no, reason="误报", by=None, now=NOON)
    tally.settle_all()
    return done


class TestAssessment:
    @pytest.mark.parametrize("grain", ["day", "xun", "month"])
    def test_counts_for_each_unit_what_fell_due(self, cast: Cast, a_day: Ticket, grain: str) -> None:
        shown = text(get(cast.hua, "desk:departments_csv", query=f"?unit=JS-SZ&grain={grain}{PERIOD}"))
        rows = [line.split(",") for line in shown.splitlines()]
        by_code = {row[1]: row[2:] for row in rows}
        assert by_code["SZ-WZ"][:7] == ["2", "1", "1", "50.0", "0", "2.0", "1"]
        assert by_code["SZ-HUB"][:5] == ["0", "0", "0", "", "1"]

    def test_the_file_is_the_screen(self, cast: Cast, a_day: Ticket) -> None:
        query = f"?unit=JS-SZ&sort=name{PERIOD}"
        shown = text(get(cast.hua, "desk:departments", query=query))
        table = text(get(cast.hua, "desk:departments_csv", query=query)).splitlines()[1:]
        assert [line.split(",")[0] for line in table] == ["姑苏网点", "苏州分拨中心", "吴中网点"][
            -len(table) :
        ]
        assert "50.0%" in shown
        assert get(cast.hua, "desk:departments_xlsx", query=query).status_code == 200

    def test_leads_to_the_steps_behind_a_figure(self, cast: Cast, a_day: Ticket) -> None:
        for outcome, words in [
            ("missed", "超时"),
            ("met", a_day.no),
            ("refused", "没有到件"),
            ("rated", "慢"),
        ]:
            unit = "SZ-HUB" if outcome == "refused" else "SZ-WZ"
            query = f"?unit={unit}&outcome={outcome}{PERIOD}"
            shown = text(get(cast.hua, "desk:department_steps", query=query))
            assert words in shown, outcome
            assert "共 1 步" in shown, outcome

    def test_shows_everybody_only_their_own(self, cast: Cast, a_day: Ticket) -> None:
        assert get(cast.qian, "desk:departments", query=f"?unit=SZ-WZ{PERIOD}").status_code == 404
        assert get(cast.qian, "desk:department_steps", query=f"?unit=SZ-WZ{PERIOD}").status_code == 404
        assert get(cast.nobody, "desk:departments").status_code == 403
        assert "姑苏网点" in text(get(cast.qian, "desk:departments", query="?" + PERIOD))

    @pytest.mark.parametrize("query", ["?at=nonsense&grain=year&kind=x&sort=y", "?at=9999-12-31", "?unit=NO"])
    def test_odd_addresses_are_no_error(self, cast: Cast, query: str) -> None:
        for name in ("desk:departments", "desk:department_steps"):
            assert get(cast.hua, name, query=query).status_code in (200, 404)

    def test_takes_a_known_number_of_statements(
        self, cast: Cast, a_day: Ticket, django_assert_max_num_queries
    ) -> None:
        client = signed_in(cast.hua)
        with django_assert_max_num_queries(12):
            client.get(reverse("desk:departments") + f"?kind=outlet{PERIOD}")


class TestVotes:
    def test_are_shown_from_three_voices_on(self, cast: Cast, a_day: Ticket) -> None:
        for number in range(3):
            voter = Person.objects.create_user(
                username=f"agent-{number}", password="x", home=cast.unit("HQ-CS")
            )
            shown = text(get(cast.hua, "desk:departments_csv", query=f"?unit=JS-SZ{PERIOD}"))
            assert shown.splitlines()[1].split(",")[-1] == ""
            factory.department_vote(
                cast.unit("SZ-WZ"), voter, now=NOON, month=date(2026, 11, 1), score=number + 2
            )
        shown = text(get(cast.hua, "desk:departments_csv", query=f"?unit=JS-SZ&sort=vote{PERIOD}"))
        assert shown.splitlines()[1].split(",")[-2:] == ["3.0", "3"]
        words = text(get(cast.hua, "desk:department_steps", query=f"?unit=SZ-WZ{PERIOD}"))
        assert "回得快" in words
        assert "agent-1" not in words

    def test_are_for_customer_service_and_departments_it_has_met(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON)
        ticket.steps.filter(state=StepState.OPEN).update(opened_at=timezone.now())
        month = timezone.localdate().replace(day=1)
        fields: dict[str, Any] = {"month": month.isoformat(), "score": 4, "words": "配合好"}
        assert "吴中网点" in text(get(cast.lin, "desk:vote"))
        assert post(cast.lin, "desk:vote_cast", "SZ-WZ", **fields).status_code == 200
        assert post(cast.lin, "desk:vote_cast", "SZ-WZ", **fields | {"score": 2}).status_code == 200
        assert DepartmentVote.objects.get().score == 2
        assert post(cast.lin, "desk:vote_cast", "SZ-GS", **fields).status_code == 403
        assert post(cast.lin, "desk:vote_cast", "NOWHERE", **fields).status_code == 404
        assert post(cast.gao, "desk:vote_cast", "SZ-WZ", **fields).status_code == 403
        long_ago: dict[str, Any] = fields | {"month": "2020-01-01"}
        assert post(cast.lin, "desk:vote_cast", "SZ-WZ", **long_ago).status_code == 422
        assert post(cast.lin, "desk:vote_cast", "SZ-WZ", **fields | {"score": 6}).status_code == 422
