"""The database engine: connections that are trusted until they hang up, statements that are planned once."""

from datetime import datetime

import pytest
from django.db import connection, connections

from huhang.kit import hot


@pytest.mark.django_db
def test_a_hot_statement_answers_tuples_and_is_seen_by_tests(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert hot.row("SELECT %(a)s::int + 1, %(b)s::text", {"a": 1, "b": "苏州"}) == (2, "苏州")
    assert hot.row("SELECT 1 WHERE %(a)s::bool", {"a": False}) is None


@pytest.mark.django_db
def test_a_hot_statement_is_planned_once() -> None:
    for _ in range(5):
        hot.rows("SELECT %(a)s::int AS planned_once", {"a": 1})
    known = hot.rows(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(s)s", {"s": "%planned_once"}
    )
    assert known == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_cut_is_not_usable() -> None:
    other = connections.create_connection("default")
    try:
        other.ensure_connection()
        assert other.is_usable()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [other.connection.info.backend_pid])
        assert not other.is_usable()
    finally:
        other.close()


@pytest.mark.django_db
@pytest.mark.parametrize("offset", ["+22:52", "-23:59", "+08:00", "+15:30"])
@pytest.mark.parametrize("at", ["0104-06-25T02:27:00", "2026-11-20T12:00:00"])
def test_reads_a_moment_on_any_clock(at: str, offset: str) -> None:
    moment = datetime.fromisoformat(at + offset)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [moment])
        assert cursor.fetchone() == (moment,)
    assert hot.row("SELECT %(at)s::timestamptz", {"at": moment}) == (moment,)


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+22:52", "9999-12-31T23:59:00-22:52"])
def test_a_moment_beyond_the_calendar_is_its_edge(at: str) -> None:
    moment = datetime.fromisoformat(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(year FROM %s::timestamptz)", [moment])
        assert cursor.fetchone() == (moment.year,)
