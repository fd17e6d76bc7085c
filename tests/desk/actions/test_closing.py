"""Who ends a case, over what, and how it is taken up again."""

from datetime import timedelta

import pytest

from huhang.channels.models import Notice
from huhang.desk.actions import claiming, tickets
from huhang.desk.actions.living import TicketIsOver
from huhang.desk.actions.steps import NotTheOwner
from huhang.desk.actions.tickets import NotResolved, StepsStillOpen, TooLateToReopen, WasMerged
from huhang.desk.models import CasePlan, Ticket
from huhang.desk.rules.kinds import ClockState, Closing, EntryKind, Kind, Obligation, State, StepState
from huhang.metrics.models import Tally
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def closed_by_owner(cast: Cast) -> Ticket:
    """An inquiry that its owner closes; Gao has it."""
    CasePlan.objects.filter(kind=Kind.INQUIRY).update(closing=Closing.OWNER)
    return claiming.claim(ticket_no=a_ticket(cast, Kind.INQUIRY).no, by=cast.gao, now=NOON)


class TestClosing:
    def test_is_refused_over_an_open_step_which_is_named(self, cast: Cast, closed_by_owner: Ticket) -> None:
        with pytest.raises(StepsStillOpen, match="网点核实并答复（吴中网点）"):
            tickets.close(ticket_no=closed_by_owner.no, result="好了", by=cast.gao, now=NOON)

    def test_waits_for_the_owner_s_word(self, cast: Cast, closed_by_owner: Ticket) -> None:
        ticket = tickets.resolve(ticket_no=closed_by_owner.no, result="已送到", by=cast.gao, now=NOON)
        assert (ticket.state, ticket.at_unit) == (State.WORKING, cast.unit("SZ-WZ"))
        assert Ticket.objects.owed_by(cast.unit("SZ-WZ").path).exists()  # on somebody's desk all the same
        assert Notice.objects.get(kind="desk.close").person == cast.gao
        ticket = tickets.close(ticket_no=ticket.no, result="客户满意", by=cast.gao, now=NOON + MINUTE)
        assert (ticket.state, ticket.result, ticket.at_from) == (State.RESOLVED, "客户满意", [])
        assert not ticket.clocks.filter(stopped_at__isnull=True).exists()

    def test_is_for_the_owner_their_lead_and_who_may_close(self, cast: Cast, closed_by_owner: Ticket) -> None:
        tickets.resolve(ticket_no=closed_by_owner.no, result="已送到", by=cast.gao, now=NOON)
        with pytest.raises(NotTheOwner):
            tickets.close(ticket_no=closed_by_owner.no, result="好了", by=cast.lin, now=NOON)
        ticket = tickets.close(ticket_no=closed_by_owner.no, result="好了", by=cast.hua, now=NOON)
        assert (ticket.state, ticket.owner) == (State.RESOLVED, cast.gao)

    def test_a_closed_case_is_not_closed_again(self, cast: Cast) -> None:
        ticket = a_resolved(cast)
        with pytest.raises(TicketIsOver):
            tickets.close(ticket_no=ticket.no, result="好了", by=cast.gao, now=NOON)


class TestReopening:
    def test_keeps_the_owner_and_asks_their_unit_again(self, cast: Cast) -> None:
        ticket = tickets.reopen(ticket_no=a_resolved(cast).no, reason="还没收到", by=None, now=NOON + DAY)
        assert (ticket.state, ticket.owner, ticket.reopened_count) == (State.WORKING, cast.gao, 1)
        assert (ticket.resolved_at, ticket.result, ticket.reopened_at) == (None, "", NOON + DAY)
        step = ticket.steps.get(state=StepState.OPEN)
        assert (step.title, step.ask) == ("客户反馈未解决，请重新处理", "还没收到")
        assert (step.unit, step.handler) == (cast.unit("SZ-WZ"), cast.gao)
        assert ticket.entries.get(kind=EntryKind.FROM_CUSTOMER).text == "还没收到"
        assert Notice.objects.get(kind="desk.reopened").person == cast.gao

    def test_promises_the_close_anew_and_keeps_the_old_promise(self, cast: Cast) -> None:
        ticket = tickets.reopen(ticket_no=a_resolved(cast).no, reason="没解决", by=cast.lin, now=NOON + DAY)
        old, new = ticket.clocks.filter(obligation=Obligation.CLOSE).order_by("id")
        assert (old.state, new.state, new.started_at) == (ClockState.MET, ClockState.RUNNING, NOON + DAY)
        assert Tally.objects.get(measure="desk.ticket.reopened.inquiry").minute == NOON + DAY

    def test_ends_with_the_new_step(self, cast: Cast) -> None:
        ticket = tickets.reopen(ticket_no=a_resolved(cast).no, reason="没解决", by=None, now=NOON + DAY)
        ticket = tickets.resolve(ticket_no=ticket.no, result="已补送", by=cast.gao, now=NOON + DAY)
        assert (ticket.state, ticket.result) == (State.RESOLVED, "已补送")

    @pytest.mark.parametrize(("later", "refused"), [(7 * DAY, False), (7 * DAY + timedelta(seconds=1), True)])
    def test_is_for_seven_days(self, cast: Cast, later: timedelta, refused: bool) -> None:
        ticket = a_resolved(cast)
        if refused:
            with pytest.raises(TooLateToReopen, match="请新建一张工单"):
                tickets.reopen(ticket_no=ticket.no, reason="没解决", by=None, now=NOON + later)
        else:
            tickets.reopen(ticket_no=ticket.no, reason="没解决", by=None, now=NOON + later)

    def test_is_refused_for_what_is_still_open_withdrawn_or_merged(self, cast: Cast) -> None:
        withdrawn = tickets.withdraw(ticket_no=a_ticket(cast).no, reason="误报", by=None, now=NOON)
        for ticket in (a_ticket(cast), withdrawn):
            with pytest.raises(NotResolved):
                tickets.reopen(ticket_no=ticket.no, reason="没解决", by=None, now=NOON)
        merged = a_resolved(cast)
        Ticket.objects.filter(pk=merged.pk).update(merged_into=withdrawn)
        with pytest.raises(WasMerged):
            tickets.reopen(ticket_no=merged.no, reason="没解决", by=None, now=NOON)


def a_resolved(cast: Cast) -> Ticket:
    return tickets.resolve(ticket_no=a_ticket(cast, Kind.INQUIRY).no, result="已答复", by=cast.gao, now=NOON)
