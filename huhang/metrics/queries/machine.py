"""How the machine does: queues, their oldest job, what is not settled yet, and what other rooms declare."""

from django.db import connection

from huhang.metrics.rules import registry

GAUGES = (
    ("huhang_oldest_job_seconds", "Age of the oldest job that could run and does not"),
    ("huhang_tallies_fresh", "Counts not yet settled into sums"),
    ("huhang_tallies_estimate", "Counts ever made, as the database estimates"),
    ("huhang_dead_workers", "Workers that have not reported for half a minute"),
)


def jobs() -> list[tuple[str, str, int]]:
    """Unfinished and failed jobs as (queue, status, number)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs"
            " WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return [(queue, status, number) for queue, status, number in cursor]


def numbers() -> dict[str, float | None]:
    """Each gauge by name; None where there is nothing to say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at)))::float"
            "   FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'"
            "   WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()),"
            " (SELECT count(*) FROM metrics_tallyfresh)::float,"
            " (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'metrics_tally'::regclass)::float,"
            " (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat < now() - interval '30 seconds')::float"
        )
        oldest, fresh, tallies, dead = cursor.fetchone()
    found: dict[str, float | None] = dict(
        zip((name for name, _ in GAUGES), (oldest or 0.0, fresh, tallies, dead), strict=True)
    )
    return found | {gauge.name: gauge.read() for gauge in registry.gauges()}
