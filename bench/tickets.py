"""Opening a case over the API, beside a bare transaction of the same rows by pgbench on the same server."""

import http.client
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import ground
from bench.report import Report

SCRIPT = Path(__file__).with_name("ticket.sql")
SECONDS = 8
CLIENTS = (1, 4)


def main() -> None:
    with tempfile.TemporaryDirectory() as var:
        token = _prepare(Path(var))
        report = Report("tickets")
        with web() as (port, _server):
            _same_rows(port, token)
            for clients in CLIENTS:
                bare = f"bare transaction by pgbench, {clients} at once"
                report.add(bare, pgbench(clients), "cases/s")
                opened = _api(port, token, clients)
                report.add(f"POST /api/v1/tickets, {clients} at once", opened, "cases/s", beside=bare)
        report.finish()
        ground.leave()


def _prepare(var: Path) -> str:
    """A fresh database with the cast on stage; returns an API token of the agent."""
    ground.lay(var)
    from huhang.network.actions.people import issue_token
    from tests.cast import assemble

    assemble()
    return issue_token(username="lin", name="bench", days=1, by=None, now=datetime.now(UTC))


@contextmanager
def web() -> Iterator[tuple[int, int]]:
    """The web server as `huhang web` runs it, with a process per core: its port and process."""
    port = ground.free_port()
    arguments = ["web", "--port", str(port), "--workers", "2"]
    server = subprocess.Popen([sys.executable, "-m", "huhang.config", *arguments])
    try:
        ground.wait_for(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def _open_one(server: http.client.HTTPConnection, token: str, name: str) -> None:
    body = {
        "kind": "complaint", "title": "包裹外箱破损", "body": "收到时纸箱已经压扁，里面的杯子碎了", "unit": "SZ-WZ",
        "waybill": "SX7730000000011", "contact_name": "王小明", "contact_phone": "13800001234", "source_ref": name,
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    server.request("POST", "/api/v1/tickets", json.dumps(body), headers)
    answer = server.getresponse()
    said = answer.read()
    if answer.status not in (200, 201):
        sys.exit(f"the API answered {answer.status}: {said.decode()[:300]}")


def _api(port: int, token: str, clients: int) -> float:
    """Cases a second, by so many clients with open connections."""
    opened: Counter[int] = Counter()
    until = time.monotonic() + SECONDS

    def client(number: int) -> None:
        server = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < until:
            _open_one(server, token, f"{clients}-{number}-{opened[number]}")
            opened[number] += 1

    threads = [threading.Thread(target=client, args=[n]) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return opened.total() / SECONDS


def pgbench(clients: int, transactions: int | None = None, outlet: str = "SZ-WZ") -> float:
    """Transactions a second of the same rows as the last case that the API opened."""
    from django.db import connection

    from huhang.config import embedded
    from huhang.desk.models import Clock, Ticket
    from huhang.network.models import OrgUnit
    from huhang.network.rules.tree import above

    at = connection.get_connection_params()
    unit, service = (OrgUnit.objects.get(code=code) for code in (outlet, "HQ-CS"))
    policies = Clock.objects.filter(ticket=Ticket.objects.latest("pk")).values_list("policy", flat=True)
    named = {
        "unit": unit.pk, "path": f"'{unit.path}'", "service": service.pk, "service_path": f"'{service.path}'",
        "above": f"'{{{','.join(above(unit.path))}}}'", "policies": ",".join(map(str, policies)),
    }  # fmt: skip
    program = embedded.Server(embedded.var_dir()).binaries / "pgbench"
    said = subprocess.run(
        [
            str(program), "-n", "-f", str(SCRIPT), "-c", str(clients), "-j", "1",
            *(["-t", str(transactions)] if transactions else ["-T", str(SECONDS)]),
            *(word for key, value in named.items() for word in ("-D", f"{key}={value}")),
            "-h", at["host"], "-p", str(at.get("port", 5432)), "-U", at["user"], at["dbname"],
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", said.stdout)
    if said.returncode or not found:
        sys.exit(f"pgbench failed: {said.stderr[-600:]}")
    return float(found[1])


def _same_rows(port: int, token: str) -> None:
    """Refuse to compare unless both write the same number of rows into the same tables."""
    server = http.client.HTTPConnection("127.0.0.1", port)
    before = _counts()
    _open_one(server, token, "same-rows")
    between = _counts()
    pgbench(1, transactions=1)
    by_api = {table: between[table] - before[table] for table in before}
    bare = {table: n - between[table] for table, n in _counts().items()}
    if by_api != bare:
        sys.exit(f"not the same rows: by the API {_written(by_api)}, bare {_written(bare)}")


def _written(counts: dict[str, int]) -> dict[str, int]:
    return {table: n for table, n in counts.items() if n}


def _counts() -> dict[str, int]:
    from django.apps import apps
    from django.db import connection

    tables: list[Any] = [m._meta.db_table for m in apps.get_models() if m._meta.app_label != "metrics"]
    with connection.cursor() as cursor:
        counts = {}
        for table in [*tables, "metrics_tally"]:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = int(cursor.fetchone()[0])
    return counts


if __name__ == "__main__":
    main()
