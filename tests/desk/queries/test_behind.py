"""The steps behind a figure are those that a naive look at every step finds, whichever way they are found."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huhang.desk.actions import clocks
from huhang.desk.models import Clock, Step
from huhang.desk.queries import behind
from huhang.desk.queries.behind import MET, MISSED, OUTCOMES, RATED, REFUSED, Behind
from huhang.desk.queries.tickets import visible
from huhang.desk.rules.kinds import StepState
from huhang.kit.ui.lists import Cut
from huhang.metrics.actions import tally
from huhang.metrics.rules.windows import Window
from huhang.network.models import Person
from tests.cast import NOON, Cast
from tests.desk.scenes import a_ticket
from tests.factories import desk as factory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
PERIOD = Window(NOON - 30 * MINUTE, NOON + 30 * MINUTE)
UNITS = ("HQ", "JS-SZ", "SZ-WZ", "SZ-HUB")


@pytest.fixture
def steps(cast: Cast) -> list[Step]:
    """Of three units: in time, late, sent back, dropped, still open or not yet open; some were rated."""
    random, made = Random(5), []
    ended = (StepState.DONE, StepState.DONE, StepState.REFUSED, StepState.DROPPED, StepState.HANDED_OVER)
    for number in range(60):
        at = cast.unit(random.choice(("SZ-WZ", "SZ-GS", "SZ-HUB")))
        case = factory.ticket(at, now=NOON, at_unit=at)
        began = NOON + random.randrange(-110, -10) * MINUTE
        if number % 10 == 9:
            made.append(factory.step(case, now=began, state=StepState.WAITING, clock=None, opened_at=None))
            continue
        step = factory.step(case, now=began)
        if number % 3:
            step.state, step.done_by = random.choice(ended), "factory"
            step.done_at = began + random.choice((20, 60, 61, 90)) * MINUTE
            step.save()
        if step.state == StepState.DONE and number % 2:
            factory.step_rating(
                step, now=NOON + random.randrange(-40, 40) * MINUTE, score=random.randint(1, 5)
            )
        made.append(step)
    return made


def naive(person: Person, code: str, outcome: str, steps: Iterable[Step]) -> list[int]:
    seen = set(visible(person).values_list("pk", flat=True))
    found = [
        step
        for step in Step.objects.filter(pk__in=[s.pk for s in steps]).select_related("clock", "rating")
        if step.ticket_id in seen and f"/{code}/" in step.path and _counts(step, outcome)
    ]
    if outcome == RATED:
        return [s.pk for s in sorted(found, key=lambda s: (s.rating.score, -s.rating.at.timestamp(), -s.pk))]
    return [s.pk for s in sorted(found, key=lambda s: (_due(s), s.pk), reverse=True)]


def _due(step: Step) -> datetime:
    assert step.clock is not None
    return step.clock.due_at


def _counts(step: Step, outcome: str) -> bool:
    if outcome == RATED:
        return hasattr(step, "rating") and PERIOD.since <= step.rating.at < PERIOD.until
    if step.clock is None or not PERIOD.since <= (due := _due(step)) < PERIOD.until:
        return False
    if outcome == REFUSED:
        return step.state == StepState.REFUSED
    if outcome == MET:
        return step.state == StepState.DONE and step.done_at is not None and step.done_at <= due
    return step.done_at > due if step.done_at else due <= NOON


@pytest.mark.parametrize("few", [100, 0], ids=["each path", "walked"])
@pytest.mark.parametrize("outcome", OUTCOMES)
class TestBehind:
    def test_finds_what_a_naive_look_finds(
        self, cast: Cast, steps: list[Step], outcome: str, few: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(behind, "FEW", few)
        for person in (cast.hua, cast.lin, cast.gao, cast.qian, cast.nobody):
            for code in UNITS:
                found = Behind(person, cast.unit(code), outcome, PERIOD, NOON)
                wanted = naive(person, code, outcome, steps)
                assert [step.pk for step in found[0:50]] == wanted[:50], (person.username, code)
                assert [step.pk for step in found[3:7]] == wanted[3:7], (person.username, code)

    def test_takes_a_known_number_of_statements(
        self, cast: Cast, steps: list[Step], outcome: str, few: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(behind, "FEW", few)
        cast.hua.visible_paths("desk.see")
        with CaptureQueriesContext(connection) as asked:
            shown = Behind(cast.hua, cast.unit("JS-SZ"), outcome, PERIOD, NOON)
            shown.how_many(Cut(shown[0:51], 1, True))
        assert len(asked) <= 4
        assert not any("COUNT(*)" in query["sql"] for query in asked.captured_queries)


class TestHowMany:
    def test_is_what_was_counted(self, cast: Cast) -> None:
        tickets = [a_ticket(cast) for _number in range(3)]
        clocks.fire_due(now=NOON + 61 * MINUTE)
        tally.settle_all()
        late = Behind(
            cast.hua, cast.unit("SZ-WZ"), MISSED, Window(NOON, NOON + 90 * MINUTE), NOON + 62 * MINUTE
        )
        assert len(late[0:50]) == len(tickets)
        assert late.how_many(Cut(late[0:2], 1, True)) == (3, False)
        assert late.how_many(Cut(late[0:3], 1, True)) == (3, True), "of what was not counted nothing is said"
        assert late.how_many(Cut(late[0:3], 1, False)) == (3, False)


class TestDeadline:
    def test_of_a_step_is_its_clocks(self, cast: Cast) -> None:
        step = a_ticket(cast).steps.get(state=StepState.OPEN)
        assert step.due_at == _due(step)
        case = step.ticket
        clocks.pause(ticket_no=case.no, reason="customer-date", by=cast.lin, now=NOON + MINUTE)
        clocks.resume(ticket_no=case.no, by=cast.lin, now=NOON + 21 * MINUTE)
        moved = Clock.objects.get(step=step).due_at
        assert step.due_at is not None
        assert moved == step.due_at + 20 * MINUTE
        assert Step.objects.get(pk=step.pk).due_at == moved
        step.title = "又核实一遍"
        step.save()  # as it was before the pause
        assert Step.objects.get(pk=step.pk).due_at == moved

    def test_is_taken_from_the_clock_where_nobody_gave_it(self, cast: Cast) -> None:
        step = factory.step(factory.ticket(cast.unit("SZ-WZ"), now=NOON), now=NOON)
        assert Step.objects.get(pk=step.pk).due_at == NOON + 60 * MINUTE
