"""Steps on the page of a case: what is shown to whom, and each verb through its dialog."""

from typing import Any

import pytest
from django.urls import reverse

from huhang.desk.actions import claiming, steps, tickets
from huhang.desk.models import CasePlan, Step, Ticket
from huhang.desk.rules.kinds import Closing, Kind, State, StepState
from tests.cast import NOON, Cast
from tests.desk.pages.test_pages import PART, get, post, signed_in, text
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
VERBS = ("step_resolve", "step_hand_over", "step_refuse", "step_split")


def step_at(ticket: Ticket, code: str) -> Step:
    return ticket.steps.get(state=StepState.OPEN, unit__code=code)


class TestShown:
    def test_lanes_side_by_side_and_parts_under_their_step(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.CLAIM, answers={"damaged": "玻璃杯 6 个"})
        hub = step_at(ticket, "SZ-HUB")
        asked = [("SZ-GS", "借用监控", "", 30)]
        steps.split(ticket_no=ticket.no, step_id=hub.pk, parts=asked, by=cast.lin, now=NOON)
        shown = text(get(cast.lin, "desk:ticket", ticket.no))
        shown = shown[shown.index("steps-head") :]
        assert shown.index("同时进行") < shown.index("网点核实破损或遗失") < shown.index("借用监控")
        assert "steps-parts" in shown
        assert "什么物品损坏或遗失" in shown
        assert "玻璃杯 6 个" in shown

    def test_each_person_gets_buttons_for_their_own_steps(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.CLAIM)
        mine, hubs = step_at(ticket, "SZ-WZ"), step_at(ticket, "SZ-HUB")
        shown = text(get(cast.gao, "desk:ticket", ticket.no))
        assert reverse("desk:step_resolve", args=[ticket.no, mine.pk]) in shown
        for name in VERBS:
            assert reverse(f"desk:{name}", args=[ticket.no, hubs.pk]) not in shown

    def test_takes_no_statement_more_for_many_steps(self, cast: Cast, django_assert_max_num_queries) -> None:
        ticket = a_ticket(cast, Kind.CLAIM)
        hub = step_at(ticket, "SZ-HUB")
        parts = [("SZ-GS", f"查 {n}", "", 30) for n in range(3)]
        steps.split(ticket_no=ticket.no, step_id=hub.pk, parts=parts, by=cast.lin, now=NOON)
        claiming.claim(ticket_no=ticket.no, by=cast.lin, now=NOON, step_id=hub.pk)
        client = signed_in(cast.lin)
        with django_assert_max_num_queries(14):
            client.get(reverse("desk:ticket", args=[ticket.no]), headers=PART)


class TestVerbs:
    @pytest.mark.parametrize("name", VERBS)
    def test_open_their_dialogs(self, cast: Cast, name: str) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast, Kind.CLAIM).no, by=cast.gao, now=NOON)
        hub = step_at(ticket, "SZ-HUB")
        answer = get(cast.lin, f"desk:{name}", ticket.no, hub.pk, **PART)
        assert (answer.status_code, hub.title in text(answer)) == (200, True)

    @pytest.mark.parametrize("name", VERBS)
    def test_know_nothing_of_another_case_s_step(self, cast: Cast, name: str) -> None:
        ticket, other = a_ticket(cast), a_ticket(cast)
        foreign = step_at(other, "SZ-WZ")
        fields = {"result": "好", "reason": "好", "unit": "SZ-HUB", "title": "查", "ask": "", "minutes": 5}
        wanted = {
            "step_resolve": ("result",), "step_hand_over": ("unit", "reason"), "step_refuse": ("reason",),
            "step_split": ("unit", "title", "ask", "minutes"),
        }[name]  # fmt: skip
        assert get(cast.lin, f"desk:{name}", ticket.no, foreign.pk, **PART).status_code == 404
        given: dict[str, Any] = {key: fields[key] for key in wanted}
        assert post(cast.lin, f"desk:{name}", ticket.no, foreign.pk, **given).status_code == 404

    def test_finishing_a_lane_leaves_the_other(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.CLAIM)
        hub = step_at(ticket, "SZ-HUB")
        answer = post(
            cast.lin, "desk:step_resolve", ticket.no, hub.pk, result="交接完好", version=ticket.version
        )
        assert answer.status_code == 200
        assert [s.state for s in ticket.steps.all()[:2]] == [StepState.OPEN, StepState.DONE]

    def test_splitting_reads_the_rows_that_were_filled_in(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        step = step_at(ticket, "SZ-WZ")
        answer = post(
            cast.gao, "desk:step_split", ticket.no, step.pk,
            unit=["SZ-HUB 苏州分拨中心", "", ""], title=["称重复核", "", ""], ask=["", "", ""],
            minutes=["30", "60", "60"],
        )  # fmt: skip
        assert answer.status_code == 200
        assert step.parts.get().unit == cast.unit("SZ-HUB")
        refused = post(cast.gao, "desk:step_resolve", ticket.no, step.pk, result="好")
        assert (refused.status_code, "称重复核" in text(refused)) == (409, True)

    def test_refusing_tells_the_owner(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast, Kind.CLAIM).no, by=cast.gao, now=NOON)
        hub = step_at(ticket, "SZ-HUB")
        assert post(cast.lin, "desk:step_refuse", ticket.no, hub.pk, reason="没有到件").status_code == 200
        assert "没有到件" in text(get(cast.gao, "desk:ticket", ticket.no))

    def test_adding_is_for_the_owner(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        extra: dict[str, Any] = {"unit": "SZ-HUB 苏州分拨中心", "title": "调监控", "minutes": 30}
        assert post(cast.lin, "desk:step_add", ticket.no, **extra).status_code == 403
        assert post(cast.gao, "desk:step_add", ticket.no, **extra).status_code == 200
        assert step_at(ticket, "SZ-HUB").title == "调监控"
        assert post(cast.qian, "desk:step_add", ticket.no, **extra).status_code == 404

    def test_closing_and_taking_up_again(self, cast: Cast) -> None:
        CasePlan.objects.filter(kind=Kind.INQUIRY).update(closing=Closing.OWNER)
        ticket = claiming.claim(ticket_no=a_ticket(cast, Kind.INQUIRY).no, by=cast.gao, now=NOON)
        assert post(cast.gao, "desk:close", ticket.no, result="好").status_code == 409
        tickets.resolve(ticket_no=ticket.no, result="好", by=cast.gao, now=NOON)
        assert "办结工单" in text(get(cast.gao, "desk:ticket", ticket.no))
        assert post(cast.gao, "desk:close", ticket.no, result="已送到").status_code == 200
        assert "重新打开" in text(get(cast.gao, "desk:ticket", ticket.no))
        assert get(cast.gao, "desk:reopen", ticket.no, **PART).status_code == 200
        assert post(cast.gao, "desk:reopen", ticket.no, reason="还没收到").status_code == 200
        ticket.refresh_from_db()
        assert (ticket.state, ticket.reopened_count) == (State.WORKING, 1)

    def test_units_are_suggested(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        assert "SZ-HUB" in text(get(cast.gao, "desk:hand_over_units", ticket.no, query="?unit=分拨", **PART))
        assert get(cast.qian, "desk:hand_over_units", ticket.no, query="?unit=分拨").status_code == 404


class TestCallingOff:
    def test_is_for_whoever_answers_and_leaves_nothing_owed(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast, Kind.CLAIM).no, by=cast.gao, now=NOON)
        address = reverse("desk:call_off", args=[ticket.no])
        assert address in text(get(cast.gao, "desk:ticket", ticket.no))
        assert "撤销工单" in text(get(cast.gao, "desk:call_off", ticket.no, **PART))
        answer = signed_in(cast.gao).post(address, {"reason": "重复建单"}, headers=PART)
        assert answer.status_code == 200, answer.content
        ticket.refresh_from_db()
        assert ticket.state == State.WITHDRAWN
        assert not ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING]).exists()
        assert not ticket.clocks.filter(stopped_at__isnull=True).exists()
        again = signed_in(cast.gao).post(address, {"reason": "重复建单"}, headers=PART)
        assert again.status_code == 409
