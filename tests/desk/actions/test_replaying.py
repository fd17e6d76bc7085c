"""Whatever happens to a case, in whatever order: its clocks stand where their history says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huhang.desk.actions import answering, clocks, tickets, weighing
from huhang.desk.actions.opening import open_ticket
from huhang.desk.actions.policies import set_policy
from huhang.desk.models import Clock, ClockChange, ClockPolicy, Ticket
from huhang.desk.queries import replaying
from huhang.desk.rules.kinds import Kind, Obligation, Priority
from huhang.kit.errors import DomainError
from huhang.kit.models import Calendar
from tests.cast import NOON, Cast
from tests.desk.scenes import opening

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
# Nights, two windows a day with holidays and make-up workdays, service hours, and summer time by the wall's clock.
CALENDARS = ("always", "service", "office", "hub-night", "natural-days", "berlin-wall", "berlin-nights")
# Days around which something is unlike other days: National Day with a worked Saturday, and both changes of Berlin.
BEGINNINGS = (
    NOON,
    datetime(2026, 9, 30, 9, 30, tzinfo=UTC),
    datetime(2026, 3, 27, 20, 0, tzinfo=UTC),
    datetime(2026, 10, 23, 22, 0, tzinfo=UTC),
)
REASONS = ("customer-info", "customer-date", "outside", "weather")


class World:
    """A case, and everything that people, customers and workers may do to it."""

    def __init__(self, cast: Cast, begins: datetime, calendars: list[str]) -> None:
        self.cast, self.now = cast, begins
        for number, policy in enumerate(ClockPolicy.objects.order_by("pk")):
            policy.calendar = calendars[number % len(calendars)]
            policy.save()
        self.ticket = open_ticket(opening(cast, Kind.COMPLAINT), by=cast.lin, now=begins)[0]

    def do(self, verb: str, number: int) -> None:
        """A verb that is refused changes nothing."""
        try:
            with transaction.atomic():
                self.verbs[verb](number)
        except DomainError:
            pass

    @property
    def verbs(self) -> dict[str, Callable[[int], object]]:
        no, gao, lin, now = self.ticket.no, self.cast.gao, self.cast.lin, self.now
        return {
            "pause": lambda n: clocks.pause(ticket_no=no, reason=REASONS[n % 4], by=gao, now=now),
            "resume": lambda n: clocks.resume(ticket_no=no, by=gao, now=now),
            "weigh": lambda n: weighing.weigh(
                ticket_no=no, priority=list(Priority)[n % 4], reason="客户升级", by=lin, now=now
            ),
            "write": lambda n: answering.hear(ticket=self.ticket, text="还没收到", now=now),
            "answer": lambda n: answering.answer(ticket_no=no, text="马上核实", by=gao, now=now),
            "resolve": lambda n: tickets.resolve(ticket_no=no, result="已处理", by=lin, now=now),
            "reopen": lambda n: tickets.reopen(ticket_no=no, reason="没有解决", by=None, now=now),
            "policy": self.edit_policy,
            "fire": lambda n: clocks.fire_due(now=now),
        }

    def edit_policy(self, number: int) -> None:
        rows = ClockPolicy.objects.order_by("pk")
        policy = rows[number % rows.count()]
        ladder = [{"level": "owner", "percent": 1 + number % 99}, {"level": "hq", "after": number % 300}]
        set_policy(
            policy_id=policy.pk, minutes=1 + number * 7 % 6000, ladder=ladder, by=self.cast.hua, now=self.now,
            calendar=CALENDARS[number % len(CALENDARS)], source="", is_confirmed=False,
        )  # fmt: skip
        weighing.repolicy(policy_id=policy.pk, by="hua", after=0, now=self.now)

    def check(self) -> None:
        rows = Clock.objects.prefetch_related("pauses", "changes", "events")
        assert replaying.differing(rows.filter(ticket=self.ticket), now=self.now) == {}


@pytest.fixture
def stage(cast: Cast) -> Cast:
    """With calendars of a place that knows summer time, and priorities that promise more."""
    hours = {str(day): [["00:00", "00:00"]] for day in range(1, 8)}
    nights = {str(day): [["21:00", "05:30"]] for day in range(1, 8)}
    berlin = {"uses_holidays": False, "zone": "Europe/Berlin", "by_wall_clock": True}
    Calendar.objects.create(key="berlin-wall", name="柏林", windows=hours, **berlin)
    Calendar.objects.create(key="berlin-nights", name="柏林夜班", windows=nights, **berlin)
    for number, priority in enumerate((Priority.LOW, Priority.HIGH, Priority.URGENT)):
        for obligation in (Obligation.CLOSE, Obligation.FIRST_RESPONSE, Obligation.STEP):
            ClockPolicy.objects.create(
                obligation=obligation,
                priority=priority,
                minutes=(4000, 400, 40)[number],
                calendar="office",
                ladder=[{"level": "lead", "percent": 70}, {"level": "unit", "after": 5}],
            )
    return cast


VERBS = ("pause", "resume", "weigh", "write", "answer", "resolve", "reopen", "policy", "fire")
deeds = st.lists(
    st.tuples(
        st.sampled_from(VERBS), st.integers(0, 4000),
        st.one_of(st.integers(1, 300), st.integers(1, 100_000), st.integers(1, 1_000_000)),
    ),
    min_size=3, max_size=14,
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    deeds=deeds,
    begins=st.sampled_from(BEGINNINGS),
    calendars=st.lists(st.sampled_from(CALENDARS), min_size=1, max_size=3),
)
def test_a_stored_clock_is_the_replayed_clock(stage: Cast, deeds, begins, calendars) -> None:
    with transaction.atomic():
        world = World(stage, begins, calendars)
        for verb, number, seconds in deeds:
            world.now += timedelta(seconds=seconds)
            world.do(verb, number)
            world.check()
        world.now += MINUTE
        world.do("fire", 0)
        world.check()
        transaction.set_rollback(True)


class TestWeighing:
    def test_gives_the_running_clocks_the_budget_of_the_new_priority_from_their_own_start(
        self, stage: Cast
    ) -> None:
        ticket = open_ticket(opening(stage), by=stage.lin, now=NOON)[0]
        ClockPolicy.objects.filter(priority=Priority.URGENT).update(calendar="always")
        weighing.weigh(
            ticket_no=ticket.no,
            priority=Priority.URGENT,
            reason="媒体关注",
            by=stage.lin,
            now=NOON + 10 * MINUTE,
        )
        close = ticket.clocks.get(obligation=Obligation.CLOSE)
        assert close.due_at == NOON + 40 * MINUTE
        change = ClockChange.objects.get(clock=close)
        assert (change.before["minutes"], change.after["minutes"]) == (2880, 40)
        assert change.reason == "媒体关注"

    def test_calls_no_level_again(self, stage: Cast) -> None:
        ticket = open_ticket(opening(stage), by=stage.lin, now=NOON)[0]
        clocks.fire_due(now=NOON + 16 * MINUTE)
        weighing.weigh(
            ticket_no=ticket.no, priority=Priority.LOW, reason="误报", by=stage.lin, now=NOON + 17 * MINUTE
        )
        clocks.fire_due(now=NOON + timedelta(days=20))
        clock = ticket.clocks.get(obligation=Obligation.FIRST_RESPONSE)
        levels = list(clock.events.order_by("pk").values_list("level", flat=True))
        assert levels == ["owner", "breach", "lead", "unit"]

    def test_the_same_priority_changes_nothing(self, stage: Cast) -> None:
        ticket = open_ticket(opening(stage), by=stage.lin, now=NOON)[0]
        weighing.weigh(ticket_no=ticket.no, priority=Priority.NORMAL, reason="x", by=stage.lin, now=NOON)
        assert Ticket.objects.get(pk=ticket.pk).version == ticket.version
        assert not ClockChange.objects.exists()


class TestDoctor:
    def test_names_a_clock_that_somebody_bent(self, cast: Cast) -> None:
        ticket = open_ticket(opening(cast), by=cast.lin, now=NOON)[0]
        clock = ticket.clocks.get(obligation=Obligation.CLOSE)
        assert replaying.differing(replaying.sample(), now=NOON) == {}
        Clock.objects.filter(pk=clock.pk).update(due_at=clock.due_at + MINUTE)
        assert replaying.differing(replaying.sample(), now=NOON) == {clock: ["due_at"]}
