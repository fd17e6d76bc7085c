"""The floor of a request: its own statements, prepared and asked again and again by psycopg with no program around."""

import re
import resource
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench import cpu

SECONDS = 1.0
_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|SAVEPOINT|RELEASE|BEGIN|COMMIT|ROLLBACK|SET)\b", re.IGNORECASE
)


def of_reading(path: str, headers: Mapping[str, str]) -> float:
    """Processor milliseconds of client and server for the statements that this page or answer asks."""
    from django.db import connection

    asked = _statements(path, headers)
    raw = connection.connection
    server = raw.info.backend_pid
    with raw.cursor() as cursor:

        def once() -> None:
            for sql, values in asked:
                cursor.execute(sql, values, prepare=True)
                cursor.fetchall()

        once()
        before, begin = cpu.used((server,)), time.process_time()
        until, times = time.monotonic() + SECONDS, 0
        while time.monotonic() < until:
            once()
            times += 1
        spent = time.process_time() - begin + cpu.used((server,)) - before
    return 1000 * spent / times


def _statements(path: str, headers: Mapping[str, str]) -> list[tuple[str, Any]]:
    from django.db import connection
    from django.test import Client

    client, found = Client(HTTP_HOST="127.0.0.1"), []

    def heard(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        found.append((sql, values))
        return execute(sql, values, many, context)

    client.get(path, headers=dict(headers))  # what is kept in memory is there from now on
    with connection.execute_wrapper(heard):
        client.get(path, headers=dict(headers))
    return [(sql, values) for sql, values in found if not _WRITES.match(sql)]


def of_writing(work: Callable[[], object], times: int, postmaster: int) -> float:
    """The same of a program beside us that writes its rows so many times."""
    before, begin = cpu.used((postmaster,)), _children()
    work()
    time.sleep(0.1)
    return 1000 * (cpu.used((postmaster,)) - before + _children() - begin) / times


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
