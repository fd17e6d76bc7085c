"""Firing due clocks: how late each call is with 500 due per second and two workers, and the work beside bare SQL."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.report import Report

A_SECOND, SECONDS, WORKERS = 500, 20, 2
AT_ONCE = 2500
PROMISE = "promised: seconds from due to called"


def main() -> None:
    with tempfile.TemporaryDirectory() as var:
        os.environ["HUHANG_VAR"] = var
        os.environ["DJANGO_SETTINGS_MODULE"] = "huhang.config.settings"
        os.environ.pop("DATABASE_URL", None)
        _prepare(Path(var))
        report = Report("clocks")
        _work(report)
        _lateness(report)
        report.finish()
        from django.db import connections

        connections.close_all()


def _prepare(var: Path) -> None:
    from huhang.config import embedded

    embedded.ensure_running(var)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.cast import assemble

    assemble()


def _load(count: int, due: Callable[[int], datetime]) -> None:
    """Cases with one clock each that falls due when it is told to."""
    from huhang.desk.models import Clock, Ticket
    from huhang.network.models import OrgUnit
    from tests.factories import desk

    unit = OrgUnit.objects.get(code="SZ-WZ")
    pattern = desk.ticket(unit, now=datetime.now(UTC))
    fields = {
        f.attname: getattr(pattern, f.attname) for f in Ticket._meta.concrete_fields if f.attname != "id"
    }
    tickets = [
        Ticket(**fields | {"no": f"B{pattern.pk}-{number}", "source_ref": f"{pattern.pk}-{number}"})
        for number in range(count)
    ]
    rows = Ticket.objects.bulk_create(tickets, batch_size=500)
    Clock.objects.bulk_create(
        [_clock(Clock, ticket, due(number)) for number, ticket in enumerate(rows)], batch_size=1000
    )


def _clock(model, ticket, at: datetime):  # type: ignore[no-untyped-def]
    return model(
        ticket=ticket, obligation="close", started_at=at - timedelta(minutes=60), minutes=60, ladder=[],
        calendar="always", calendar_version=1, due_at=at, next_level="breach", next_at=at,
    )  # fmt: skip


def _work(report: Report) -> None:
    """The same calls by hand and by us, one process, one after another."""
    from django.db import connection

    from huhang.desk.actions import clocks

    statement = Path(__file__).with_suffix(".sql").read_text()
    _load(2 * AT_ONCE, lambda number: datetime.now(UTC) - timedelta(seconds=5))

    def by_hand() -> int:
        total = 0
        while total < AT_ONCE:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                total += cursor.fetchone()[0]
        return total

    bare = "bare SQL, the same rows"
    report.add(bare, _rate(by_hand), "calls/s")
    report.add("fire_due", _rate(lambda: clocks.fire_due(now=datetime.now(UTC))), "calls/s", beside=bare)


def _rate(work: Callable[[], int]) -> float:
    start = time.perf_counter()
    return work() / (time.perf_counter() - start)


def _lateness(report: Report) -> None:
    begin = datetime.now(UTC) + timedelta(seconds=30)
    _load(A_SECOND * SECONDS, lambda number: begin + timedelta(seconds=number / A_SECOND))
    with ExitStack() as stack:
        for _worker in range(WORKERS):
            process = subprocess.Popen([sys.executable, "-m", "huhang.config", "worker"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds()) + SECONDS + 5)
    late = _late(begin)
    report.add(PROMISE, 2.0, "s")
    for name, share in (("half of them within", 0.5), ("99 % within", 0.99), ("all within", 1.0)):
        report.add(name, late[min(len(late) - 1, int(share * len(late)))], "s", beside=PROMISE)
    if len(late) != A_SECOND * SECONDS:
        report.remark(
            f"{A_SECOND * SECONDS - len(late)} of {A_SECOND * SECONDS} calls had not been made at the end"
        )
    report.remark(
        f"{len(late)} clocks fell due in {SECONDS} s; {WORKERS} workers; until the page is told, at commit"
    )


def _late(begin: datetime) -> list[float]:
    """From due to the moment at which the case's pages were told, the last thing of the transaction."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM min(o.at) - min(e.due_at))::float8 FROM desk_clockevent e"
            " JOIN desk_clock c ON c.id = e.clock_id JOIN desk_ticket t ON t.id = c.ticket_id"
            " JOIN kit_outbox o ON o.kind = 'desk.ticket' AND o.ref = t.no"
            " WHERE e.due_at >= %s GROUP BY e.id ORDER BY 1",
            [begin],
        )
        return [row[0] for row in cursor.fetchall()]
