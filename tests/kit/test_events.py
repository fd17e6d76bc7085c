"""Facts travel with the change that caused them, and jobs of dead workers come back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from huhang.kit import events, jobs

pytestmark = pytest.mark.django_db(transaction=True)
heard: list["Rang"] = []


@dataclass(frozen=True)
class Rang(events.Event):
    door: str
    at: datetime


@events.listens(Rang)
def on_rang(event: Rang) -> None:
    heard.append(event)


NAME = f"{__name__.removeprefix('huhang.')}.on_rang"


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    heard.clear()
    yield
    ProcrastinateJob.objects.all()._raw_delete("default")


def waiting() -> int:
    return ProcrastinateJob.objects.filter(task_name=NAME, status="todo").count()


class TestPublish:
    def test_a_committed_change_leaves_a_job_for_each_listener(self) -> None:
        with transaction.atomic():
            events.publish(Rang(door="front", at=datetime(2026, 11, 20, tzinfo=UTC)))
        assert waiting() == 1

    def test_a_change_that_is_taken_back_tells_nobody(self) -> None:
        with transaction.atomic():
            events.publish(Rang(door="front", at=datetime(2026, 11, 20, tzinfo=UTC)))
            transaction.set_rollback(True)
        assert waiting() == 0

    def test_the_listener_gets_the_fact_with_its_types(self) -> None:
        rang = Rang(door="后门", at=datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
        events.publish(rang)
        job = ProcrastinateJob.objects.get(task_name=NAME)
        jobs.registry[NAME](**job.args)
        assert heard == [rang]


class TestReap:
    def test_gives_back_the_job_of_a_worker_that_is_gone(self) -> None:
        events.publish(Rang(door="front", at=datetime(2026, 11, 20, tzinfo=UTC)))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
            )
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing',"
                " worker_id = (SELECT max(id) FROM procrastinate_workers)"
            )
        assert (jobs.reap(), waiting()) == (1, 1)

    def test_leaves_a_living_worker_its_job(self) -> None:
        events.publish(Rang(door="front", at=datetime(2026, 11, 20, tzinfo=UTC)))
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing',"
                " worker_id = (SELECT max(id) FROM procrastinate_workers)"
            )
        assert (jobs.reap(), waiting()) == (0, 0)


class TestPurge:
    def test_forgets_what_was_done_long_ago_and_keeps_what_failed(self) -> None:
        for door in ("a", "b", "c"):
            events.publish(Rang(door=door, at=datetime(2026, 11, 20, tzinfo=UTC)))
        first, second, _third = ProcrastinateJob.objects.order_by("pk").values_list("pk", flat=True)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [first])
            cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [second])
            cursor.execute("UPDATE procrastinate_events SET at = now() - interval '3 days'")
        assert jobs.purge() == 1
        assert set(ProcrastinateJob.objects.values_list("status", flat=True)) == {"failed", "todo"}


def test_every_job_is_known_to_the_worker() -> None:
    known = set(app.tasks)
    assert {name for name in jobs.registry if not name.startswith("tests.")} <= known
