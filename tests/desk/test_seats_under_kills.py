"""Three workers give cases to seats and are killed at random: each case once, nobody more than they can carry."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from huhang.desk.actions import assignment
from huhang.desk.actions.opening import open_ticket
from huhang.desk.models import AssignmentDecision, Entry, Seat, Ticket
from huhang.desk.queries import manning
from huhang.desk.rules.kinds import EntryKind
from huhang.network.models import Grant, Person
from tests.cast import Cast
from tests.config.processes import wait_until
from tests.desk.scenes import opening
from tests.desk.test_two_workers import start_worker
from tests.factories import desk as factory

CAPACITIES = (7, 12, 20)  # in points; a complaint weighs two
POINTS = 2
CASES = 30
ROOM = sum(capacity // POINTS for capacity in CAPACITIES)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seated(cast: Cast) -> Cast:
    for number, capacity in enumerate(CAPACITIES):
        person = Person.objects.create_user(username=f"agent{number}", home=cast.unit("HQ-CS"))
        Grant.objects.create(person=person, role="agent", unit=cast.unit("HQ"))
        factory.seat(person, now=timezone.now(), capacity=capacity)
    return cast


def open_cases(cast: Cast, count: int) -> list[str]:
    return [open_ticket(opening(cast), by=None, now=timezone.now())[0].no for _ in range(count)]


def check() -> None:
    """Each owned case was given once and says so once; no seat carries more than it can."""
    chosen = Counter(AssignmentDecision.objects.filter(chosen__isnull=False).values_list("ticket", flat=True))
    owned = dict(Ticket.objects.filter(owner__isnull=False).values_list("pk", "owner"))
    assert set(chosen) == set(owned)
    assert set(chosen.values()) == {1}
    said = Entry.objects.filter(kind=EntryKind.EVENT, text__startswith="派给").values_list(
        "ticket", flat=True
    )
    assert Counter(said) == chosen
    for seat in Seat.objects.all():
        assert manning.load_of(seat) <= seat.capacity


def test_three_at_once_never_give_a_case_twice_nor_too_many(seated: Cast) -> None:
    numbers = open_cases(seated, CASES)

    def go_through(seed: int) -> None:
        try:
            for no in random.Random(seed).sample(numbers, len(numbers)):
                assignment.assign(ticket_no=no, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(go_through, range(3)))
    check()
    assert Ticket.objects.filter(owner__isnull=False).count() == ROOM


@pytest.mark.slow
@pytest.mark.alone
class TestRealWorkers:
    @pytest.fixture
    def workers(self) -> Iterator[list[Any]]:
        running = [start_worker() for _ in range(3)]
        yield running
        for worker in running:
            worker.send_signal(signal.SIGKILL)
            worker.wait()

    def test_killed_at_random_leave_each_case_given_once_or_waiting(
        self, seated: Cast, workers: list[Any]
    ) -> None:
        chance = random.Random(11)
        for _wave in range(5):
            open_cases(seated, CASES // 5)
            time.sleep(chance.uniform(0.5, 2.5))
            victim = chance.randrange(len(workers))
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim] = start_worker()
        wait_until(lambda: Ticket.objects.filter(owner__isnull=False).count() >= ROOM)
        wait_until(lambda: AssignmentDecision.objects.values("ticket").distinct().count() >= CASES)
        check()
        assert Ticket.objects.filter(owner__isnull=False).count() == ROOM
