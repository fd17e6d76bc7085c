"""Departments at one case: side by side, in parts, sent back, added, across provinces."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from huhang.desk.actions import claiming, clocks, steps, tickets
from huhang.desk.actions.living import TicketIsOver
from huhang.desk.actions.steps import (
    BadPart,
    IsAPart,
    NobodyBehind,
    NotTheOwner,
    PartsStillOpen,
    StepIsOver,
    StepNotOpenYet,
)
from huhang.desk.models import Entry, Step, Ticket
from huhang.desk.rules.kinds import EntryKind, Kind, Obligation, State, StepState
from huhang.kit.errors import DomainError, NotAllowed, NotFound
from huhang.metrics.models import Tally
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db
PART = ("SZ-HUB", "称重复核", "看看重量对不对", 30)


def open_step(ticket: Ticket, code: str) -> Step:
    return ticket.steps.get(state=StepState.OPEN, unit__code=code)


def states(ticket: Ticket) -> list[tuple[str, str]]:
    return list(ticket.steps.order_by("id").values_list("unit__code", "state"))


class TestSideBySide:
    def test_the_outlet_and_the_hub_begin_together(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.CLAIM)
        assert states(ticket)[:3] == [("SZ-WZ", "open"), ("SZ-HUB", "open"), ("HQ-CLAIMS", "waiting")]

    def test_each_ends_by_itself_and_the_next_opens_when_both_are_over(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.CLAIM)
        hub = open_step(ticket, "SZ-HUB")
        ticket = tickets.resolve(ticket_no=ticket.no, result="完好", by=cast.lin, now=NOON, step_id=hub.pk)
        assert (ticket.at_unit.code, ticket.state) == ("SZ-WZ", State.WORKING)
        ticket = tickets.resolve(ticket_no=ticket.no, result="破损属实", by=cast.gao, now=NOON)
        assert [code for code, state in states(ticket) if state == "open"] == ["HQ-CLAIMS"]

    def test_the_case_is_on_both_desks(self, cast: Cast) -> None:
        a_ticket(cast, Kind.CLAIM)
        owed = {
            code: Ticket.objects.owed_by(cast.unit(code).path).exists()
            for code in ("SZ-WZ", "SZ-HUB", "SZ-GS")
        }
        assert owed == {"SZ-WZ": True, "SZ-HUB": True, "SZ-GS": False}


class TestNamedSteps:
    def test_a_foreign_step_is_not_found(self, cast: Cast) -> None:
        ticket, other = a_ticket(cast), a_ticket(cast)
        foreign = other.steps.first()
        assert foreign
        for verb in verbs(ticket, foreign.pk, cast):
            with pytest.raises(NotFound):
                verb()

    def test_one_that_is_over_or_not_yet_open_is_refused(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        first, second = ticket.steps.all()
        with pytest.raises(StepNotOpenYet):
            tickets.resolve(ticket_no=ticket.no, result="好", by=cast.lin, now=NOON, step_id=second.pk)
        tickets.resolve(ticket_no=ticket.no, result="好", by=cast.lin, now=NOON, step_id=first.pk)
        with pytest.raises(StepIsOver):
            tickets.resolve(ticket_no=ticket.no, result="好", by=cast.lin, now=NOON, step_id=first.pk)

    def test_another_department_s_step_is_not_mine_to_end(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.CLAIM)
        for verb in verbs(ticket, open_step(ticket, "SZ-HUB").pk, cast):
            with pytest.raises(NotAllowed):
                verb()

    def test_nothing_happens_to_a_case_that_is_over(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        step = ticket.steps.first()
        assert step
        tickets.withdraw(ticket_no=ticket.no, reason="误报", by=None, now=NOON)
        for verb in verbs(ticket, step.pk, cast):
            with pytest.raises(TicketIsOver):
                verb()


def verbs(ticket: Ticket, step_id: int, cast: Cast) -> list[Callable[[], object]]:
    """Everything that can be done to a step, by the owner of the outlet."""
    by, no = cast.gao, ticket.no
    return [
        lambda: tickets.resolve(ticket_no=no, result="好", by=by, now=NOON, step_id=step_id),
        lambda: steps.refuse(ticket_no=no, step_id=step_id, reason="不归我", by=by, now=NOON),
        lambda: steps.split(ticket_no=no, step_id=step_id, parts=[PART], by=by, now=NOON),
        lambda: steps.hand_over(
            ticket_no=no, step_id=step_id, unit_code="SZ-GS", reason="不归我", by=by, now=NOON
        ),
        lambda: claiming.claim(ticket_no=no, step_id=step_id, by=by, now=NOON),
    ]


class TestParts:
    def test_open_at_once_with_clocks_of_their_own(self, cast: Cast) -> None:
        ticket, _parent, part = a_split_case(cast)
        assert part.clock and part.clock.due_at == NOON + 30 * MINUTE
        assert Ticket.objects.owed_by(cast.unit("SZ-HUB").path).get() == ticket
        assert ticket.entries.filter(words__part="称重复核", words__unit="苏州分拨中心").exists()

    def test_a_step_does_not_end_before_its_parts(self, cast: Cast) -> None:
        ticket, parent, part = a_split_case(cast)
        with pytest.raises(PartsStillOpen, match="称重复核"):
            tickets.resolve(ticket_no=ticket.no, result="好", by=cast.gao, now=NOON, step_id=parent.pk)
        tickets.resolve(ticket_no=ticket.no, result="少了 2 千克", by=cast.lin, now=NOON, step_id=part.pk)
        ticket = tickets.resolve(
            ticket_no=ticket.no, result="已核实", by=cast.gao, now=NOON, step_id=parent.pk
        )
        assert ticket.at_unit == cast.unit("HQ-CS")

    def test_what_a_part_found_out_is_for_colleagues(self, cast: Cast) -> None:
        ticket, _parent, part = a_split_case(cast)
        tickets.resolve(ticket_no=ticket.no, result="是我们摔的", by=cast.lin, now=NOON, step_id=part.pk)
        part.refresh_from_db()
        assert (part.result, part.reason) == ("", "是我们摔的")
        assert Entry.objects.get(text="是我们摔的").kind == EntryKind.NOTE
        ticket.refresh_from_db()
        assert ticket.first_response_at is None

    def test_follow_their_step_when_it_is_handed_on(self, cast: Cast) -> None:
        ticket, parent, part = a_split_case(cast)
        steps.hand_over(
            ticket_no=ticket.no, step_id=parent.pk, unit_code="SZ-GS", reason="换网点", by=cast.gao, now=NOON
        )
        part.refresh_from_db()
        assert part.parent == open_step(ticket, "SZ-GS")

    def test_are_not_split_again_and_not_empty(self, cast: Cast) -> None:
        ticket, parent, part = a_split_case(cast)
        with pytest.raises(IsAPart):
            steps.split(ticket_no=ticket.no, step_id=part.pk, parts=[PART], by=cast.lin, now=NOON)
        for wrong in ([], [("SZ-HUB", " ", "", 5)], [("SZ-HUB", "查", "", 0)]):
            with pytest.raises(BadPart):
                steps.split(ticket_no=ticket.no, step_id=parent.pk, parts=wrong, by=cast.gao, now=NOON)


def a_split_case(cast: Cast) -> tuple[Ticket, Step, Step]:
    ticket = a_ticket(cast)
    parent = open_step(ticket, "SZ-WZ")
    ticket = steps.split(ticket_no=ticket.no, step_id=parent.pk, parts=[PART], by=cast.gao, now=NOON)
    return ticket, parent, parent.parts.get()


class TestRefusing:
    def test_sends_the_step_back_to_the_owner_with_the_reason(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast, Kind.CLAIM).no, by=cast.gao, now=NOON)
        hub = open_step(ticket, "SZ-HUB")
        ticket = steps.refuse(
            ticket_no=ticket.no, step_id=hub.pk, reason="不是本分拨的件", by=cast.lin, now=NOON + MINUTE
        )
        hub.refresh_from_db()
        assert (hub.state, hub.reason) == (StepState.REFUSED, "不是本分拨的件")
        back = ticket.steps.get(title=hub.title, state=StepState.OPEN)
        assert (back.unit.code, back.handler, back.claimed_at) == ("SZ-WZ", cast.gao, NOON + MINUTE)
        assert ticket.entries.filter(words__reason="不是本分拨的件").exists()

    def test_without_an_owner_it_goes_to_the_unit_of_the_case(self, cast: Cast) -> None:
        ticket = a_ticket(cast, Kind.CLAIM)
        steps.refuse(
            ticket_no=ticket.no,
            step_id=open_step(ticket, "SZ-HUB").pk,
            reason="不归我",
            by=cast.lin,
            now=NOON,
        )
        back = ticket.steps.filter(state=StepState.OPEN).last()
        assert back and (back.unit.code, back.handler) == ("SZ-WZ", None)

    def test_is_no_way_out_for_the_owner(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        with pytest.raises(NobodyBehind):
            steps.refuse(
                ticket_no=ticket.no, step_id=open_step(ticket, "SZ-WZ").pk, reason="忙", by=cast.gao, now=NOON
            )


class TestAdding:
    def test_opens_beside_the_step_that_runs(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        steps.add(ticket_no=ticket.no, unit_code="SZ-HUB", title="调监控", minutes=90, by=cast.gao, now=NOON)
        added = open_step(ticket, "SZ-HUB")
        assert (added.order, added.lane) == (1, 2)

    def test_waits_behind_all_others_when_asked_to(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        steps.add(
            ticket_no=ticket.no,
            unit_code="HQ-FIN",
            title="付款",
            minutes=90,
            by=cast.gao,
            now=NOON,
            at_end=True,
        )
        added = ticket.steps.get(unit__code="HQ-FIN")
        assert (added.order, added.state, added.clock) == (3, StepState.WAITING, None)

    def test_is_for_whoever_answers_for_the_case(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)

        def ask(by: Person) -> None:
            steps.add(
                ticket_no=ticket.no, unit_code="SZ-HUB", title="调监控", minutes=90, by=by, now=NOON
            )  # fmt: skip

        with pytest.raises(NotTheOwner):
            ask(cast.lin)
        ask(cast.hua)  # leads the owner, and may close


class TestAcrossProvinces:
    def test_owner_and_the_customer_s_clocks_stay_and_both_provinces_see_it(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast).no, by=cast.gao, now=NOON)
        before = customer_clocks(ticket)
        ticket = steps.hand_over(
            ticket_no=ticket.no, unit_code="ZJ", reason="件在浙江", by=cast.gao, now=NOON + 5 * MINUTE
        )
        assert (ticket.owner, ticket.at_unit, ticket.path) == (
            cast.gao,
            cast.unit("ZJ"),
            "/HQ/JS/JS-SZ/SZ-WZ/",
        )
        assert customer_clocks(ticket) == before
        assert open_step(ticket, "ZJ").clock.due_at == NOON + 65 * MINUTE  # type: ignore[union-attr]
        ticket = steps.hand_over(
            ticket_no=ticket.no, unit_code="HZ-XH", reason="西湖网点签收", by=cast.lin, now=NOON + 9 * MINUTE
        )
        assert customer_clocks(ticket) == before
        sees = {
            c: Ticket.objects.within([cast.unit(c).path]).exists()
            for c in ("JS", "SZ-WZ", "ZJ", "HZ-XH", "SZ-GS")
        }
        assert sees == {"JS": True, "SZ-WZ": True, "ZJ": True, "HZ-XH": True, "SZ-GS": False}
        owes = {c: Ticket.objects.owed_by(cast.unit(c).path).exists() for c in ("JS", "ZJ", "HZ-XH")}
        assert owes == {"JS": False, "ZJ": True, "HZ-XH": True}


def customer_clocks(ticket: Ticket) -> list[tuple[object, ...]]:
    of_the_customer = ticket.clocks.filter(obligation__in=[Obligation.FIRST_RESPONSE, Obligation.CLOSE])
    return list(
        of_the_customer.order_by("id").values_list("id", "state", "started_at", "due_at", "stopped_at")
    )


class TestCounting:
    """Once per step, in the minute in which it was due, for the unit that owed it."""

    def test_done_in_time_is_met(self, cast: Cast) -> None:
        tickets.resolve(ticket_no=a_ticket(cast).no, result="好", by=cast.gao, now=NOON + 9 * MINUTE)
        assert counted() == [("desk.step.met", "/HQ/JS/JS-SZ/SZ-WZ/", NOON + 60 * MINUTE)]

    def test_overtime_counts_when_it_happens_and_not_again_at_the_end(self, cast: Cast) -> None:
        ticket = a_ticket(cast)
        clocks.fire_due(now=NOON + 61 * MINUTE)
        missed = [("desk.step.missed", "/HQ/JS/JS-SZ/SZ-WZ/", NOON + 60 * MINUTE)]
        assert counted() == missed
        tickets.resolve(ticket_no=ticket.no, result="好", by=cast.gao, now=NOON + 90 * MINUTE)
        assert counted() == missed

    def test_late_counts_even_when_no_worker_saw_it(self, cast: Cast) -> None:
        steps.hand_over(
            ticket_no=a_ticket(cast).no,
            unit_code="SZ-HUB",
            reason="在分拨",
            by=cast.gao,
            now=NOON + 61 * MINUTE,
        )
        assert counted() == [("desk.step.missed", "/HQ/JS/JS-SZ/SZ-WZ/", NOON + 60 * MINUTE)]

    def test_what_is_handed_on_in_time_is_neither(self, cast: Cast) -> None:
        steps.hand_over(
            ticket_no=a_ticket(cast).no, unit_code="SZ-HUB", reason="在分拨", by=cast.gao, now=NOON
        )
        assert counted() == []

    def test_a_refusal_counts_for_whoever_refused(self, cast: Cast) -> None:
        ticket = claiming.claim(ticket_no=a_ticket(cast, Kind.CLAIM).no, by=cast.gao, now=NOON)
        step = open_step(ticket, "SZ-HUB")
        steps.refuse(ticket_no=ticket.no, step_id=step.pk, reason="不归我", by=cast.lin, now=NOON)
        assert counted() == [("desk.step.refused", "/HQ/JS/JS-SZ/SZ-HUB/", NOON + 240 * MINUTE)]


def counted() -> list[tuple[object, ...]]:
    rows = Tally.objects.filter(measure__in=["desk.step.met", "desk.step.missed", "desk.step.refused"])
    return list(rows.order_by("id").values_list("measure", "path", "minute"))


@pytest.mark.django_db(transaction=True)
def test_two_sessions_end_the_two_last_steps_at_once_and_the_next_opens_once(cast: Cast) -> None:
    ticket = a_ticket(cast, Kind.CLAIM)
    ids = list(ticket.steps.filter(state=StepState.OPEN).values_list("pk", flat=True))
    at_once(*(end_of(ticket, pk, cast) for pk in ids))
    assert [state for _, state in states(ticket)] == ["done", "done", "open", "waiting"]


@pytest.mark.django_db(transaction=True)
def test_two_sessions_end_one_step_and_only_one_does(cast: Cast) -> None:
    ticket = a_ticket(cast)
    step = open_step(ticket, "SZ-WZ")
    outcomes = at_once(end_of(ticket, step.pk, cast), end_of(ticket, step.pk, cast))
    assert sorted(outcomes) == ["StepIsOver", "done"]
    assert ticket.entries.filter(kind=EntryKind.TO_CUSTOMER).count() == 1


def end_of(ticket: Ticket, step_id: int, cast: Cast) -> Callable[[], object]:
    return lambda: tickets.resolve(ticket_no=ticket.no, result="好", by=cast.lin, now=NOON, step_id=step_id)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do these in threads of their own; what came of each."""

    def act(one: Callable[[], object]) -> str:
        try:
            one()
        except DomainError as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts))
