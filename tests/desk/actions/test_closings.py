"""As what a case ended; steps taken out of a plan; who has a case after a bulk run was taken back."""

import pytest

from huhang.desk.actions import bulk, reasons, steps, tickets
from huhang.desk.actions.closings import NoSuchClosingReason
from huhang.desk.actions.reasons import SameReason
from huhang.desk.actions.steps import NotTheOwner, StepHasBegun
from huhang.desk.models import AssignmentDecision, ClosingReason, Ticket
from huhang.desk.queries.tickets import Filters, listed
from huhang.desk.rules.bulk import Verb
from huhang.desk.rules.kinds import StepState
from huhang.kit.errors import NotFound
from huhang.kit.models import AuditEntry
from huhang.network.models import Grant
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller
from tests.desk.api.test_api import post as ask
from tests.desk.pages.test_pages import get, post, text
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db


def finished(cast: Cast, ticket: Ticket, ended_as: str = "paid") -> Ticket:
    """Every step resolved, the last one with a closing reason."""
    while Ticket.objects.get(pk=ticket.pk).is_live:
        ticket = tickets.resolve(
            ticket_no=ticket.no, result="办好了", by=cast.hua, now=NOON, ended_as=ended_as
        )
    return ticket


class TestEndedAs:
    def test_is_said_with_the_last_word_and_gone_when_opened_again(self, cast: Cast) -> None:
        ticket = finished(cast, a_ticket(cast))
        assert ticket.ended_as and ticket.ended_as.code == "paid"
        assert ticket.entries.filter(text="结案原因：%(reason)s", words={"reason": "已赔付"}).count() == 1
        assert tickets.reopen(ticket_no=ticket.no, reason="没有", by=cast.gao, now=NOON).ended_as is None

    def test_nothing_said_is_nothing_kept(self, cast: Cast) -> None:
        assert finished(cast, a_ticket(cast), "").ended_as is None

    def test_only_what_is_on_the_list_and_in_use(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        reasons.change(ClosingReason, code="paid", values={"is_active": False}, by=cast.hua, now=NOON)
        for code in ("paid", "nonsense"):
            with pytest.raises(NoSuchClosingReason):
                finished(cast, ticket, code)
        assert Ticket.objects.get(pk=ticket.pk).is_live

    def test_lists_files_and_programs_find_it(self, cast: Cast) -> None:
        ended, other = finished(cast, a_ticket(cast)), finished(cast, a_ticket(cast), "unfounded")
        filters = Filters.from_query({"state": "over", "ended_as": "paid"})
        assert [ticket.no for ticket in listed(cast.gao, filters, now=NOON)] == [ended.no]
        both = Filters.from_query({"state": "over", "ended_as": "paid,unfounded"})
        assert {ticket.no for ticket in listed(cast.gao, both, now=NOON)} == {ended.no, other.no}
        query = "?state=over&ended_as=paid&columns=case,ended_as"
        assert "已赔付" in text(get(cast.gao, "desk:tickets", query=query))
        sheet = text(get(cast.gao, "desk:tickets_csv", query=query))
        assert "结案原因" in sheet
        assert "已赔付" in sheet
        rows = caller(cast.gao).get("/api/v1/tickets?ended_as=paid").json()["items"]
        assert [row["no"] for row in rows] == [ended.no]

    def test_is_offered_where_a_case_ends(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        Ticket.objects.filter(pk=ticket.pk).update(owner=cast.gao, claimed_at=NOON, state="working")
        assert "已赔付" in text(get(cast.gao, "desk:close", ticket.no))
        assert 'value="paid" selected' in text(get(cast.gao, "desk:closing_options", query="?ended_as=paid"))


class TestTheList:
    VALUES = {"name": "已道歉", "name_en": "Apologised", "is_active": True}

    def test_is_kept_by_headquarters_on_record(self, cast: Cast) -> None:
        form = {"code": "sorry", "name": "已道歉", "is_active": "true"}
        assert post(cast.gao, "desk:new_closing_reason", **form).status_code == 403
        assert "已道歉" in text(post(cast.hua, "desk:new_closing_reason", **form))
        post(cast.hua, "desk:closing_reason", "sorry", name="已致歉", is_active="true")
        assert ClosingReason.objects.get(code="sorry").name == "已致歉"
        assert AuditEntry.objects.filter(verb__startswith="desk.closing_reason").count() == 2
        assert get(cast.hua, "desk:closing_reason", "nothing").status_code == 404

    def test_a_code_is_given_once(self, cast: Cast) -> None:
        with pytest.raises(SameReason):
            reasons.add(ClosingReason, code="paid", values=self.VALUES, by=cast.hua, now=NOON)

    def test_by_program(self, cast: Cast) -> None:
        hua, gao = caller(cast.hua), caller(cast.gao)
        assert ask(gao, "/closing_reasons", {"code": "sorry", **self.VALUES}).status_code == 403
        assert ask(hua, "/closing_reasons", {"code": "sorry", **self.VALUES}).status_code == 201
        assert ask(hua, "/closing_reasons", {"code": "sorry", **self.VALUES}).status_code == 409
        changed = hua.put("/api/v1/closing_reasons/sorry", self.VALUES, content_type="application/json")
        assert changed.status_code == 200
        missing = hua.put("/api/v1/closing_reasons/none", self.VALUES, content_type="application/json")
        assert missing.status_code == 404
        assert "sorry" in [row["code"] for row in gao.get("/api/v1/closing_reasons").json()["items"]]


class TestDroppingAStep:
    def a_plan(self, cast: Cast) -> tuple[Ticket, int]:
        ticket = a_ticket(cast)
        steps.add(
            ticket_no=ticket.no, unit_code="SZ-HUB" if "SZ-HUB" in cast.units else "SZ-GS", title="查监控",
            minutes=60, by=cast.hua, now=NOON, at_end=True,
        )  # fmt: skip
        return ticket, ticket.steps.get(title="查监控").pk

    def test_one_that_has_not_begun_is_owed_no_longer(self, cast: Cast) -> None:
        ticket, step = self.a_plan(cast)
        steps.drop_planned(ticket_no=ticket.no, step_id=step, reason="已自行找到", by=cast.hua, now=NOON)
        dropped = ticket.steps.get(pk=step)
        assert (dropped.state, dropped.reason) == (StepState.DROPPED, "已自行找到")
        assert ticket.entries.filter(words__step="查监控", words__reason="已自行找到").exists()
        assert not finished(cast, ticket).is_live

    def test_not_one_that_has(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        begun = ticket.steps.filter(state=StepState.OPEN)[0]
        with pytest.raises(StepHasBegun):
            steps.drop_planned(ticket_no=ticket.no, step_id=begun.pk, reason="x", by=cast.hua, now=NOON)

    def test_only_by_who_answers_for_the_case_and_only_its_own(self, cast: Cast) -> None:
        ticket, step = self.a_plan(cast)
        other = a_ticket(cast)
        with pytest.raises(NotTheOwner):
            steps.drop_planned(ticket_no=ticket.no, step_id=step, reason="x", by=cast.nobody, now=NOON)
        with pytest.raises(NotFound):
            steps.drop_planned(ticket_no=other.no, step_id=step, reason="x", by=cast.hua, now=NOON)

    def test_by_page_and_by_program(self, cast: Cast) -> None:
        ticket, step = self.a_plan(cast)
        assert "查监控" in text(get(cast.hua, "desk:step_drop", ticket.no, step))
        assert get(cast.qian, "desk:step_drop", ticket.no, step).status_code == 404
        address = f"/tickets/{ticket.no}/steps/{step}/drop"
        assert ask(caller(cast.qian), address, {"reason": "x"}).status_code == 404
        assert ask(caller(cast.hua), address, {"reason": "找到了"}).status_code == 200
        assert post(cast.hua, "desk:step_drop", ticket.no, step, reason="x").status_code == 409


def test_taking_a_bulk_assignment_back_is_a_decision_on_record(cast: Cast) -> None:
    Grant.objects.create(person=cast.hua, role="team_lead", unit=cast.unit("HQ"))
    ticket = a_ticket(cast)
    run = factory.bulk_run(
        cast.hua, now=NOON, verb=Verb.ASSIGN, words={"person": "gao", "reason": "忙"}, total=1
    )
    factory.bulk_item(run, ticket)
    while bulk.work(run_id=run.pk, now=NOON):
        pass
    assert Ticket.objects.get(pk=ticket.pk).owner == cast.gao
    bulk.undo(run_id=run.pk, by=cast.hua, now=NOON)
    while bulk.work_back(run_id=run.pk, now=NOON):
        pass
    assert Ticket.objects.get(pk=ticket.pk).owner is None
    last = AssignmentDecision.objects.filter(ticket=ticket).latest("pk")
    assert (last.before, last.chosen, last.by, last.trigger) == (cast.gao, None, "hua", "by_hand")
