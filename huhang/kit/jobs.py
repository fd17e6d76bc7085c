"""Background jobs: a thin port on procrastinate, whose rows are written in Django's own transaction.

A job exists exactly when the change that asked for it was committed. Jobs run at least once, so each
one must be safe to run twice. A job whose worker died is given back by `reap`; finished ones are purged.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db import close_old_connections, connection
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app as procrastinate_app

from huhang.kit.rooms import REGISTERING, RoomConfig

# A worker reports this often; after three silences it is dead and its jobs go back to the queue.
HEARTBEAT = timedelta(seconds=3)
DEAD_AFTER = timedelta(seconds=10)
KEEP_FINISHED = timedelta(hours=24)
RETRY = RetryStrategy(max_attempts=12, exponential_wait=2)

registry: dict[str, Callable[..., None]] = {}


def job(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a keyword-only function under a stable name, `room.noun.verb`."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        known = registry.get(name)
        if known and known.__qualname__ != function.__qualname__:
            raise ValueError(f"two jobs are called {name}")
        registry[name] = function
        return function

    return register


def enqueue(name: str, *, delay: timedelta | None = None, lock: str | None = None, **kwargs: Any) -> None:
    """Write a job in the current transaction; `lock` makes jobs with the same lock run one after another."""
    if name not in registry:
        raise LookupError(f"no job is called {name}")
    schedule = {"seconds": int(delay.total_seconds())} if delay else None
    procrastinate_app.configure_task(name, lock=lock, schedule_in=schedule).defer(**kwargs)


def enqueue_many(name: str, each: Iterable[Mapping[str, Any]]) -> None:
    """Write a job for each of these arguments, in the current transaction and in one statement."""
    wanted = [dict(kwargs) for kwargs in each]
    if name not in registry:
        raise LookupError(f"no job is called {name}")
    if wanted:
        procrastinate_app.configure_task(name).batch_defer(*wanted)


def register_all(app: App) -> None:
    """Give every registered job to procrastinate (called once the apps are ready)."""
    for room in apps.get_app_configs():
        if isinstance(room, RoomConfig):
            for module in REGISTERING:
                if find_spec(f"{room.name}.{module}"):
                    import_module(f"{room.name}.{module}")
    for name, function in registry.items():
        app.task(name=name, retry=RETRY)(_with_fresh_connection(function))


def _with_fresh_connection(function: Callable[..., None]) -> Callable[..., None]:
    def run(**kwargs: Any) -> None:
        close_old_connections()
        try:
            function(**kwargs)
        finally:
            close_old_connections()

    return run


def reap() -> int:
    """Give jobs of dead workers back to the queue; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id"
            " WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %s))"
            " ORDER BY j.id LIMIT 500",
            [DEAD_AFTER.total_seconds()],
        )
        ids = [row[0] for row in cursor.fetchall()]
        for job_id in ids:
            cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job_id])
    return len(ids)


def purge() -> int:
    """Delete jobs that finished well a day ago; failed ones stay for people to read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE id IN (SELECT j.id FROM procrastinate_jobs j"
            " WHERE j.status = 'succeeded' AND NOT EXISTS (SELECT 1 FROM procrastinate_events e"
            "  WHERE e.job_id = j.id AND e.at > now() - make_interval(secs => %s)) LIMIT 10000)",
            [KEEP_FINISHED.total_seconds()],
        )
        return int(cursor.rowcount)
