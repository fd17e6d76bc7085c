"""追查令, from the loss to what came back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from huhang.channels.models import Notice
from huhang.desk.actions import linking, searches, steps, tickets
from huhang.desk.actions import trace_orders as verbs
from huhang.desk.actions.searches import AlreadyFound, EvidenceMissing, Report
from huhang.desk.actions.trace_orders import (
    BelowLimit,
    NotALoss,
    NothingToSearchFor,
    NowhereToSearch,
    TooMuchRecovered,
)
from huhang.desk.actions.tracing import AnsweredWithEvidence, EndedByItsReport
from huhang.desk.models import Entry, Ticket, TraceOrder
from huhang.desk.rules.kinds import Kind, Obligation, StepState
from huhang.desk.rules.trace_orders import Answer, OrderState, Part
from huhang.journey.queries.scans import Told
from huhang.journey.rules.codes import Code
from huhang.journey.rules.status import Scan
from huhang.kit.errors import DomainError, NotAllowed, NotFound
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import journey

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WAYBILL = "SX7730000000011"
pytestmark = pytest.mark.django_db


@pytest.fixture
def loss(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Ticket:
    """A phone for 5,000 yuan: seen at the hub of Suzhou, never at the outlet."""
    journey.waybill(WAYBILL, origin=cast.unit("HZ-XH"), dest=cast.unit("SZ-WZ"))
    way = [
        Scan(NOON - 30 * HOUR, Code.PICKED_UP, node="HZ-XH"),
        Scan(NOON - 20 * HOUR, Code.ARRIVED, node="SZ-HUB"),
    ]
    monkeypatch.setattr("huhang.journey.queries.trace.told_of", lambda no: Told(way if no == WAYBILL else []))
    return a_ticket(cast, Kind.CLAIM, value=Decimal(5000), waybill_no=WAYBILL)


@pytest.fixture
def hunt(cast: Cast, loss: Ticket) -> TraceOrder:
    return verbs.order(case_no=loss.no, reason="", by=cast.hua, now=NOON)


def step(hunt: TraceOrder, code: str) -> int:
    return hunt.searches.get(step__unit__code=code).step_id


def not_here(**more: object) -> Report:
    facts = {
        "answer": Answer.NOT_HERE,
        "counted": 312,
        "camera": "卸车口 2 号",
        "cctv_from": NOON - 21 * HOUR,
    }
    return Report(**facts | more)  # type: ignore[arg-type]


class TestOrdering:
    def test_sends_every_node_of_the_route_searching_side_by_side(self, hunt: TraceOrder) -> None:
        found = [(s.step.unit.code, s.part, s.step.state) for s in hunt.searches.select_related("step__unit")]
        assert found == [
            ("HZ-XH", Part.PASSED, StepState.OPEN),
            ("SZ-HUB", Part.LAST_SEEN, StepState.OPEN),
            ("SZ-WZ", Part.NEXT, StepState.OPEN),
        ]

    def test_the_two_ends_of_the_gap_have_less_time(self, hunt: TraceOrder) -> None:
        due = dict(hunt.searches.values_list("step__unit__code", "step__clock__due_at"))
        assert due == {"HZ-XH": NOON + 4 * HOUR, "SZ-HUB": NOON + 2 * HOUR, "SZ-WZ": NOON + 2 * HOUR}

    def test_is_seen_by_all_nodes_and_nobody_else(self, cast: Cast, hunt: TraceOrder) -> None:
        for code, sees in [("ZJ", True), ("SZ-HUB", True), ("SZ-WZ", True), ("SZ-GS", False)]:
            assert Ticket.objects.within([cast.unit(code).path]).filter(pk=hunt.ticket_id).exists() is sees, (
                code
            )

    def test_tells_every_node_once(self, hunt: TraceOrder) -> None:
        assert Notice.objects.filter(kind="desk.trace").count() == 3

    def test_once_more_is_the_same_search(self, cast: Cast, loss: Ticket, hunt: TraceOrder) -> None:
        assert verbs.order(case_no=loss.no, reason="", by=cast.hua, now=NOON + MINUTE) == hunt

    def test_no_customer_waits_for_a_first_word_from_a_search(self, hunt: TraceOrder) -> None:
        clock = hunt.ticket.clocks.get(obligation=Obligation.FIRST_RESPONSE)
        assert clock.state == "cancelled"
        assert not Tally.objects.filter(measure__startswith="desk.first_response").exists()

    def test_the_case_says_so(self, loss: Ticket, hunt: TraceOrder) -> None:
        line = Entry.objects.filter(ticket=loss).last()
        assert line is not None
        assert line.words == {"no": hunt.ticket.no, "nodes": "3"}

    def test_below_the_limit_needs_a_reason(self, cast: Cast, loss: Ticket) -> None:
        with pytest.raises(BelowLimit):
            verbs.order(case_no=loss.no, reason=" ", value=Decimal(10), by=cast.hua, now=NOON)
        made = verbs.order(case_no=loss.no, reason="证件，无法补办", value=Decimal(10), by=cast.hua, now=NOON)
        assert made.reason == "证件，无法补办"

    def test_refuses_what_is_no_loss_or_cannot_be_searched(self, cast: Cast) -> None:
        wrong: list[tuple[dict[str, Any], type[DomainError]]] = [
            ({"kind": Kind.URGE}, NotALoss),
            ({"kind": Kind.CLAIM, "waybill_no": ""}, NothingToSearchFor),
            ({"kind": Kind.CLAIM, "waybill_no": "SX7730000000099"}, NowhereToSearch),
        ]
        for more, refusal in wrong:
            case = a_ticket(cast, value=Decimal(5000), **more)
            with pytest.raises(refusal):
                verbs.order(case_no=case.no, reason="", by=cast.hua, now=NOON)


class TestAnswering:
    def test_the_roll_is_answered_once_and_the_silent_are_called_again(
        self, cast: Cast, hunt: TraceOrder
    ) -> None:
        no = hunt.ticket.no
        for _ in range(2):
            searches.acknowledge(ticket_no=no, step_id=step(hunt, "SZ-WZ"), by=cast.gao, now=NOON + MINUTE)
        assert verbs.call_roll(ticket_no=no, by=cast.hua, now=NOON + 10 * MINUTE) == 2
        assert Notice.objects.filter(kind="desk.trace").count() == 5

    def test_nobody_says_not_here_without_evidence(self, cast: Cast, hunt: TraceOrder) -> None:
        for report in (Report(Answer.NOT_HERE), Report(Answer.NOT_HERE, counted=3), not_here(counted=None)):
            with pytest.raises(EvidenceMissing):
                searches.answer(
                    ticket_no=hunt.ticket.no,
                    step_id=step(hunt, "SZ-WZ"),
                    report=report,
                    by=cast.gao,
                    now=NOON,
                )
        assert not hunt.ticket.attachments.exists()  # what was refused leaves nothing behind

    def test_an_answer_ends_that_node_s_step_in_time(self, cast: Cast, hunt: TraceOrder) -> None:
        search = searches.answer(
            ticket_no=hunt.ticket.no,
            step_id=step(hunt, "SZ-WZ"),
            report=not_here(),
            by=cast.gao,
            now=NOON + HOUR,
        )
        assert (search.step.state, search.answer) == (StepState.DONE, Answer.NOT_HERE)
        assert search.acknowledged_at == NOON + HOUR
        assert Tally.objects.filter(measure="desk.step.met").count() == 1

    def test_a_stranger_answers_for_nobody(self, cast: Cast, hunt: TraceOrder) -> None:
        with pytest.raises(NotAllowed):
            searches.answer(
                ticket_no=hunt.ticket.no,
                step_id=step(hunt, "SZ-WZ"),
                report=not_here(),
                by=cast.qian,
                now=NOON,
            )
        with pytest.raises(NotFound):
            searches.answer(ticket_no=hunt.ticket.no, step_id=1, report=not_here(), by=cast.hua, now=NOON)

    def test_a_find_calls_off_the_others_and_tells_the_case(
        self, cast: Cast, loss: Ticket, hunt: TraceOrder
    ) -> None:
        searches.answer(
            ticket_no=hunt.ticket.no, step_id=step(hunt, "SZ-HUB"), by=cast.hua, now=NOON + HOUR,
            report=Report(Answer.FOUND, where="3 号滑槽下方"),
        )  # fmt: skip
        hunt.refresh_from_db()
        assert (hunt.state, hunt.found_unit, hunt.found_where) == (
            OrderState.FOUND, cast.unit("SZ-HUB"), "3 号滑槽下方",
        )  # fmt: skip
        assert [s.step.state for s in hunt.searches.select_related("step")] == ["dropped", "done", "dropped"]
        assert Entry.objects.filter(ticket=loss, words={"unit": cast.unit("SZ-HUB").name}).exists()
        with pytest.raises(AlreadyFound):
            searches.answer(
                ticket_no=hunt.ticket.no,
                step_id=step(hunt, "SZ-WZ"),
                report=not_here(),
                by=cast.gao,
                now=NOON,
            )


class TestClosing:
    def test_not_while_a_node_searches_nor_with_more_than_was_lost(
        self, cast: Cast, hunt: TraceOrder
    ) -> None:
        no = hunt.ticket.no
        with pytest.raises(DomainError):
            verbs.close(ticket_no=no, report="没有找到", recovered=Decimal(), by=cast.hua, now=NOON)
        with pytest.raises(TooMuchRecovered):
            verbs.close(ticket_no=no, report="找到了", recovered=Decimal(5001), by=cast.hua, now=NOON)

    def test_counts_what_came_back(self, cast: Cast, loss: Ticket, hunt: TraceOrder) -> None:
        no = hunt.ticket.no
        searches.answer(
            ticket_no=no, step_id=step(hunt, "SZ-HUB"), by=cast.hua, now=NOON + HOUR,
            report=Report(Answer.FOUND, where="滑槽下方"),
        )  # fmt: skip
        made = verbs.close(
            ticket_no=no,
            report="滑槽缝隙掉落，已加挡板",
            recovered=Decimal(5000),
            by=cast.hua,
            now=NOON + 2 * HOUR,
        )
        assert (made.state, made.recovered) == (OrderState.CLOSED, Decimal(5000))
        assert Tally.objects.get(measure="desk.trace.recovered_fen").amount == 500_000
        loss.refresh_from_db()
        assert loss.is_live  # the customer's case goes its own way

    def test_a_closed_search_may_be_followed_by_another(
        self, cast: Cast, loss: Ticket, hunt: TraceOrder
    ) -> None:
        for code, who in [("HZ-XH", cast.hua), ("SZ-HUB", cast.hua), ("SZ-WZ", cast.gao)]:
            searches.answer(
                ticket_no=hunt.ticket.no, step_id=step(hunt, code), report=not_here(), by=who, now=NOON + HOUR
            )
        verbs.close(
            ticket_no=hunt.ticket.no,
            report="各节点均未找到",
            recovered=Decimal(),
            by=cast.hua,
            now=NOON + 2 * HOUR,
        )
        again = verbs.order(case_no=loss.no, reason="", by=cast.hua, now=NOON + 3 * HOUR)
        assert again.ticket.no != hunt.ticket.no


class TestOrdinaryVerbs:
    """What a case can do by itself must not go around the order's own rules, nor leave it behind."""

    def test_a_node_is_not_done_by_a_word_alone(self, cast: Cast, hunt: TraceOrder) -> None:
        with pytest.raises(AnsweredWithEvidence):
            tickets.resolve(
                ticket_no=hunt.ticket.no, step_id=step(hunt, "SZ-WZ"), result="没有", by=cast.gao, now=NOON
            )
        assert hunt.searches.get(step__unit__code="SZ-WZ").step.state == StepState.OPEN

    def test_a_search_ends_by_its_report_alone(self, cast: Cast, loss: Ticket, hunt: TraceOrder) -> None:
        no = hunt.ticket.no
        searches.answer(
            ticket_no=no, step_id=step(hunt, "SZ-HUB"), by=cast.hua, now=NOON,
            report=Report(Answer.FOUND, where="滑槽下方"),
        )  # fmt: skip
        for way_round in (tickets.close, tickets.resolve):
            with pytest.raises(EndedByItsReport):
                way_round(ticket_no=no, result="好了", by=cast.hua, now=NOON)
        with pytest.raises(EndedByItsReport):
            linking.merge(ticket_no=no, into_no=loss.no, reason="同一件", by=cast.hua, now=NOON)
        verbs.close(ticket_no=no, report="掉落", recovered=Decimal(5000), by=cast.hua, now=NOON)

    def test_called_off_it_leaves_room_for_another(self, cast: Cast, loss: Ticket, hunt: TraceOrder) -> None:
        tickets.call_off(ticket_no=hunt.ticket.no, reason="下错了单", by=cast.hua, now=NOON + HOUR)
        hunt.refresh_from_db()
        assert (OrderState(hunt.state), hunt.recovered, hunt.closed_by) == (
            OrderState.CLOSED,
            Decimal(),
            "hua",
        )
        again = verbs.order(case_no=loss.no, reason="", by=cast.hua, now=NOON + HOUR)
        assert again.pk != hunt.pk

    def test_a_node_that_is_handed_over_is_searched_by_whoever_has_it(
        self, cast: Cast, hunt: TraceOrder
    ) -> None:
        no, before = hunt.ticket.no, step(hunt, "SZ-WZ")
        searches.acknowledge(ticket_no=no, step_id=before, by=cast.gao, now=NOON)
        steps.hand_over(
            ticket_no=no, step_id=before, unit_code="SZ-GS", reason="片区已划走", by=cast.gao, now=NOON
        )
        moved = hunt.searches.get(step__unit__code="SZ-GS")
        assert (moved.step.state, moved.acknowledged_at) == (StepState.OPEN, None)
        searches.answer(
            ticket_no=no, step_id=moved.step_id, report=not_here(), by=cast.qian, now=NOON + MINUTE
        )
        assert not hunt.searches.filter(step__unit__code="SZ-WZ").exists()
