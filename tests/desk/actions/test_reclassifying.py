"""A case becomes the kind that it turned out to be: owner and story stay, clocks and steps are those of its kind."""

from datetime import timedelta

import pytest
from django.urls import reverse

from huhang.desk.actions import claiming, clocks, leaving, reclassifying, tickets
from huhang.desk.actions.living import TicketIsOver
from huhang.desk.actions.reclassifying import NotAKindToChoose
from huhang.desk.actions.steps import NotTheOwner
from huhang.desk.models import CasePlan, ClockPolicy, Ticket
from huhang.desk.queries.steps import asked_of
from huhang.desk.rules.kinds import ClockState, EntryKind, Kind, Obligation, State, StepState
from huhang.kit.models import AuditEntry
from huhang.metrics.actions import tally
from huhang.metrics.models import TallySum
from tests.cast import NOON, Cast
from tests.desk.api.test_api import caller, post
from tests.desk.pages.test_pages import PART, get, signed_in, text
from tests.desk.scenes import a_ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def mine(cast: Cast) -> Ticket:
    """Gao's own question."""
    return claiming.claim(ticket_no=a_ticket(cast, Kind.INQUIRY).no, by=cast.gao, now=NOON)


def become(ticket: Ticket, cast: Cast, kind: Kind = Kind.COMPLAINT, after: timedelta = HOUR) -> Ticket:
    return reclassifying.reclassify(
        ticket_no=ticket.no, kind=kind, answers={}, reason="客户要求按投诉处理", by=cast.gao, now=NOON + after
    )


def promises(ticket: Ticket) -> dict[str, tuple[object, ...]]:
    """What the customer is owed, by obligation; of steps, only those that run."""
    return {
        clock.obligation: (clock.started_at, clock.minutes, clock.due_at, clock.counts_from, clock.ladder)
        for clock in ticket.clocks.filter(stopped_at__isnull=True).exclude(obligation=Obligation.STEP)
    }


def owed(ticket: Ticket) -> list[tuple[str, str, int, str]]:
    """The steps that are not over, as their plan has them."""
    left = ticket.steps.filter(state__in=[StepState.OPEN, StepState.WAITING])
    return [(step.title, step.unit.code, step.minutes, step.state) for step in left]


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.CLAIM, Kind.URGE])
def test_owes_what_a_case_of_that_kind_owes(cast: Cast, mine: Ticket, kind: Kind) -> None:
    born = a_ticket(cast, kind)
    become(mine, cast, kind)
    assert promises(mine) == promises(born)
    assert owed(mine) == owed(born)
    fresh = Ticket.objects.get(pk=mine.pk)
    assert (fresh.kind, fresh.closing, fresh.owner, fresh.at_unit) == (
        kind,
        born.closing,
        cast.gao,
        born.at_unit,
    )
    running = min(clock.due_at for clock in fresh.clocks.filter(stopped_at__isnull=True))
    assert fresh.next_due_at == running


def test_whoever_had_a_step_goes_on_with_the_one_that_falls_to_the_same_unit(
    cast: Cast, mine: Ticket
) -> None:
    before = mine.steps.get(state=StepState.OPEN)
    assert before.handler == cast.gao
    become(mine, cast)
    before.refresh_from_db()
    assert (before.state, before.reason) == (StepState.DROPPED, "客户要求按投诉处理")
    assert before.clock and before.clock.state == ClockState.CANCELLED
    at_home = mine.steps.filter(state=StepState.OPEN, unit=before.unit)
    assert [(step.handler, step.claimed_at) for step in at_home] == [(cast.gao, NOON + HOUR)]


def test_both_values_stay_on_record(cast: Cast, mine: Ticket) -> None:
    close = mine.clocks.get(obligation=Obligation.CLOSE)
    ClockPolicy.objects.filter(kind=Kind.COMPLAINT, obligation=Obligation.CLOSE).update(
        minutes=close.minutes + 60
    )
    become(mine, cast)
    change = close.changes.get()
    assert (change.before["minutes"], change.after["minutes"]) == (close.minutes, close.minutes + 60)
    entry = AuditEntry.objects.get(verb="desk.ticket.reclassified")
    assert (entry.before, entry.after) == ({"kind": "inquiry"}, {"kind": "complaint"})
    assert "类型由咨询改为投诉：客户要求按投诉处理" in text(get(cast.gao, "desk:ticket", mine.no))
    assert "Type changed from Inquiry to Complaint" in text(
        get(cast.gao, "desk:ticket", mine.no, **{"Accept-Language": "en"})
    )


def test_the_law_counts_from_the_opening_and_no_other_name_ends_it(cast: Cast, mine: Ticket) -> None:
    become(mine, cast, after=2 * DAY)
    law = mine.clocks.get(obligation=Obligation.STATUTORY)
    assert law.started_at == NOON
    become(mine, cast, Kind.INQUIRY, after=3 * DAY)
    law.refresh_from_db()
    assert (law.state, law.started_at) == (ClockState.RUNNING, NOON)
    become(mine, cast, Kind.COMPLAINT, after=4 * DAY)
    assert mine.clocks.filter(obligation=Obligation.STATUTORY).count() == 1


def test_figures_count_it_as_opened_as_what_it_is(cast: Cast, mine: Ticket) -> None:
    for kind, after in ((Kind.COMPLAINT, HOUR), (Kind.CLAIM, DAY), (Kind.COMPLAINT, 2 * DAY)):
        become(mine, cast, kind, after)
    tally.settle_all()
    sums = TallySum.objects.filter(grain="minute", path="/HQ/", measure__startswith="desk.ticket.opened.")
    counted = {row.measure.rpartition(".")[2]: row.amount for row in sums if row.amount}
    assert {row.at for row in sums} == {NOON}
    assert counted == {"complaint": 1}


def test_a_promise_that_had_passed_before_is_called_late_at_once(cast: Cast, mine: Ticket) -> None:
    become(mine, cast, after=8 * DAY)
    clocks.fire_due(now=NOON + 8 * DAY)
    levels = mine.clocks.get(obligation=Obligation.STATUTORY).events.values_list("level", flat=True)
    assert "breach" in levels
    assert len(levels) == len(set(levels))


def test_a_word_given_before_stays_given_and_a_step_done_stays_done(cast: Cast, mine: Ticket) -> None:
    plan = CasePlan.objects.get(kind=Kind.INQUIRY, rule="")
    assert plan.steps.count() == 1
    second = plan.steps.get()
    second.pk, second.order = None, second.order + 1
    second.save()
    case = claiming.claim(ticket_no=a_ticket(cast, Kind.INQUIRY).no, by=cast.gao, now=NOON)
    tickets.resolve(ticket_no=case.no, result="已经核实", by=cast.gao, now=NOON)
    leaving.send_off(Ticket.objects.get(pk=case.pk), now=NOON + HOUR)
    become(case, cast)
    states = list(case.steps.values_list("state", flat=True))
    assert states[:2] == [StepState.DONE, StepState.DROPPED]
    assert states[2:] == [StepState.OPEN, *[StepState.WAITING] * (len(states) - 3)]
    assert case.clocks.get(obligation=Obligation.FIRST_RESPONSE).state == ClockState.MET


def test_the_same_kind_again_is_nothing(cast: Cast, mine: Ticket) -> None:
    become(mine, cast)
    version = Ticket.objects.get(pk=mine.pk).version
    become(mine, cast)
    assert Ticket.objects.get(pk=mine.pk).version == version
    assert mine.entries.filter(kind=EntryKind.EVENT, words__after="投诉").count() == 1


def test_only_by_whoever_answers_for_a_case_that_lives_and_that_people_may_open(
    cast: Cast, mine: Ticket
) -> None:
    with pytest.raises(NotTheOwner):
        reclassifying.reclassify(
            ticket_no=mine.no, kind=Kind.URGE, answers={}, reason="看错了", by=cast.qian, now=NOON
        )
    for kind in (Kind.PREVENTION, Kind.TRACE, Kind.FOLLOW_UP):
        with pytest.raises(NotAKindToChoose):
            become(mine, cast, kind)
    Ticket.objects.update(kind=Kind.PREVENTION)
    with pytest.raises(NotAKindToChoose):
        become(mine, cast)
    Ticket.objects.update(kind=Kind.INQUIRY, state=State.RESOLVED, resolved_at=NOON)
    with pytest.raises(TicketIsOver):
        become(mine, cast)


def test_the_dialog_asks_what_the_new_plan_asks_and_the_page_shows_all_answers(
    cast: Cast, mine: Ticket
) -> None:
    asks(Kind.INQUIRY, "topic", "想问什么")
    asks(Kind.CLAIM, "lost", "少了几件")
    Ticket.objects.update(answers={"topic": "改地址"})
    assert "少了几件" in text(get(cast.gao, "desk:reclassify", mine.no, query="?kind=claim", **PART))
    assert "reclassify" in get(cast.gao, "desk:ticket", mine.no).content.decode()
    door, client = reverse("desk:reclassify", args=[mine.no]), signed_in(cast.gao)
    form = {"kind": "claim", "reason": "客户要求赔付"}
    missing = client.post(door, form, headers=PART)
    assert (missing.status_code, "请填写：少了几件" in missing.content.decode()) == (422, True)
    assert client.post(door, form | {"answer.lost": "2"}, headers=PART).status_code == 204
    assert asked_of(Ticket.objects.get()) == [("少了几件", "2"), ("想问什么", "改地址")]
    late = client.post(door, form | {"kind": "urge", "version": "1"}, headers=PART)
    assert (late.status_code, late["HX-Retarget"]) == (409, "#stale-dialog")


def test_a_program_says_it_with_the_answers(cast: Cast, mine: Ticket) -> None:
    asks(Kind.CLAIM, "lost", "少了几件")
    client, said = caller(cast.gao), {"kind": "claim", "reason": "客户要求赔付"}
    assert post(client, f"/tickets/{mine.no}/reclassify", said).status_code == 422
    told = post(client, f"/tickets/{mine.no}/reclassify", said | {"answers": {"lost": "2"}})
    assert (told.status_code, told.json()["kind"]) == (200, "claim"), told.content
    assert post(client, f"/tickets/{mine.no}/reclassify", said | {"kind": "trace"}).status_code == 409


def asks(kind: Kind, key: str, label: str) -> None:
    ask = {"key": key, "label": label, "label_en": "", "required": True, "choices": []}
    CasePlan.objects.filter(kind=kind, rule="").update(asks=[ask])
