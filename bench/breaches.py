"""Clocks that fall due, so many a second, while workers run as `huhang worker` does: how late is each call?"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

A_SECOND, SECONDS, WORKERS = 500, 20, 2
# Until the last of them is called, when workers keep up.
AFTERWARDS = 5.0
NOT_YET = timedelta(days=1)
SHARES = (("half of them within", 0.5), ("99 % within", 0.99), ("all within", 1.0))
REMARK = f"{A_SECOND * SECONDS:,} clocks fell due in {SECONDS} s; {WORKERS} workers; until the page is told, at commit"
SOURCE = "breaches"
_loads = count(1)


def lateness(unit: str) -> Iterator[tuple[str, float]]:
    """Seconds from due to called, for shares of the clocks; what was not called counts as all the time there was."""
    with _workers():
        load(unit, 1, lambda _number: datetime.now(UTC))
        _wait_until_called()
        clocks = load(unit, A_SECOND * SECONDS, lambda _number: datetime.now(UTC) + NOT_YET)
        begin = datetime.now(UTC) + timedelta(seconds=5)
        _fall_due(clocks, begin)
        time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds()) + SECONDS + AFTERWARDS)
    late = _late(begin)
    late += [SECONDS + AFTERWARDS] * (A_SECOND * SECONDS - len(late))
    for name, share in SHARES:
        yield name, late[min(len(late) - 1, int(share * len(late)))]


def _wait_until_called() -> None:
    """Workers have come up when they have made the first call."""
    from huhang.desk.models import ClockEvent

    for _ in range(3000):
        if ClockEvent.objects.filter(clock__ticket__source=SOURCE).exists():
            return
        time.sleep(0.1)
    sys.exit("no worker called within five minutes")


def _fall_due(clocks: list[int], begin: datetime) -> None:
    """One after another from this moment on, however long they took to be written."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE desk_clock c SET due_at = n.at, next_at = n.at, started_at = n.at - interval '60 min' FROM (
                 SELECT id, %s + number * interval '1 s' / %s AS at
                 FROM unnest(%s::bigint[]) WITH ORDINALITY AS u (id, number)) n
               WHERE c.id = n.id""",
            [begin, A_SECOND, clocks],
        )


@contextmanager
def _workers() -> Iterator[None]:
    with ExitStack() as stack:
        for _worker in range(WORKERS):
            process = subprocess.Popen([sys.executable, "-m", "huhang.config", "worker"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


def load(unit: str, count: int, due: Callable[[int], datetime]) -> list[int]:
    """Cases of a unit with one clock each that falls due when it is told to; the clocks."""
    from huhang.desk.models import Clock, Ticket

    made = Ticket.objects.bulk_create(_cases(unit, count), batch_size=500)
    clocks = (_clock(Clock, ticket, due(number)) for number, ticket in enumerate(made))
    return [clock.pk for clock in Clock.objects.bulk_create(clocks, batch_size=1000)]


def _cases(unit: str, count: int) -> list[Any]:
    from huhang.desk.models import Ticket
    from huhang.network.models import OrgUnit
    from huhang.network.rules.tree import above

    at, now, round_ = OrgUnit.objects.get(code=unit), datetime.now(UTC), f"{time.time()}-{next(_loads)}"
    return [
        Ticket(
            no=f"B{round_}-{number}"[-20:], kind="complaint", title="包裹外箱破损", unit=at, path=at.path, at_unit=at,
            at_path=at.path, at_from=above(at.path), seen_from=above(at.path), source=SOURCE,
            source_ref=f"{round_}-{number}", opened_at=now, opened_by=SOURCE,
        )
        for number in range(count)
    ]  # fmt: skip


def _clock(model: type[Any], ticket: Any, at: datetime) -> Any:
    return model(
        ticket=ticket, obligation="close", started_at=at - timedelta(minutes=60), minutes=60, ladder=[],
        calendar="always", calendar_version=1, due_at=at, next_level="breach", next_at=at,
    )  # fmt: skip


def _late(begin: datetime) -> list[float]:
    """From due to the moment at which the case's pages were told, the last thing of the transaction."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM min(o.at) - min(e.due_at))::float8 FROM desk_clockevent e"
            " JOIN desk_clock c ON c.id = e.clock_id JOIN desk_ticket t ON t.id = c.ticket_id"
            " JOIN kit_outbox o ON o.kind = 'desk.ticket' AND o.ref = t.no"
            " WHERE e.due_at >= %s AND t.source = %s GROUP BY e.id ORDER BY 1",
            [begin, SOURCE],
        )
        return [row[0] for row in cursor.fetchall()]
