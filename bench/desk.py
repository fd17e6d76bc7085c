"""What a request at the desk costs: processor time of application and database, beside the bare SQL alone.

Latencies tell how busy this machine is; processor time, from the kernel's counters, tells what the work costs.

    TICKETS=1000000 BESIDE=10000 python -m bench desk      every list and page again, as ratios to a small desk
    KEEP=/tmp/desk python -m bench desk                    the loaded database stays there for the next run
"""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import cpu, ground
from bench.report import Report
from bench.tickets import web

TICKETS = int(os.environ.get("TICKETS", "200000"))
BESIDE = int(os.environ.get("BESIDE", "0"))
SECONDS = float(os.environ.get("SECONDS", "4"))
ONLY = os.environ.get("ONLY", "")
CLIENTS, PAGE = 8, 50
CUSTOMER, CUSTOMERS = "customer", 400
A_SECOND, PACED_FOR = 20, 10.0
P99, BREACH = f"p99 of all of them, at {A_SECOND}/s", "breaches: 99 % called within"
PROMISED = {P99: 150.0, BREACH: 2.0}
BARE = ", its statements alone"
_numbers = count(1)


@dataclass(frozen=True)
class Shape:
    """One sort of request; `finds` are words that every row found must really hold, `rows` how many come back.

    A path with `{link}` is a customer's own, of whom many ask.
    """

    what: str
    who: str
    path: str
    rows: int | None = None
    finds: str = ""
    has_bare: bool = False
    is_write: bool = False

    @property
    def is_json(self) -> bool:
        return self.path.startswith("/api/")


@dataclass
class Keys:
    """How each person comes in: a token for programs, a cookie for pages."""

    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)

    def headers(self, shape: Shape, number: int) -> dict[str, str]:
        if (
            shape.who == CUSTOMER
        ):  # each from an address of their own, as no customer asks a hundred times a second
            return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        if shape.is_json:
            return {"Authorization": f"Bearer {self.tokens[shape.who]}", "Content-Type": "application/json"}
        return {"Cookie": f"sessionid={self.cookies[shape.who]}", "Accept-Language": "zh-CN"}


def main() -> None:
    small = _figures(BESIDE) if BESIDE else {}
    report = Report("desk")
    for what, (value, unit) in small.items():
        report.add(f"{what}, {BESIDE:,} cases", value, unit)
    for what, value in PROMISED.items():
        report.add(f"promised: {what}", value, "ms" if what == P99 else "s")
    large = _figures(TICKETS)
    for what, (value, unit) in large.items():
        report.add(what, value, unit, beside=_beside(what, small, large))
    report.remark(
        f"{TICKETS:,} cases, a fifth of them open; 2 web workers, {CLIENTS} clients; latencies at {A_SECOND}/s."
    )
    report.finish()


def _beside(what: str, small: dict[str, Any], large: dict[str, Any]) -> str | None:
    """What a figure is compared with: a promise, the small desk, or the bare statements of the same request."""
    if what in PROMISED and (what == BREACH or not small):
        return f"promised: {what}"
    if what in small:
        return f"{what}, {BESIDE:,} cases"
    return f"{what}{BARE}" if f"{what}{BARE}" in large else None


def _figures(cases: int) -> dict[str, tuple[float, str]]:
    """Everything measured on a desk of this size, in a process of its own: a database is chosen once per process."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        done = subprocess.run([sys.executable, "-m", "bench.desk", str(cases), file.name], check=False)
        if done.returncode:
            sys.exit(done.returncode)
        return {what: (value, unit) for what, value, unit in json.load(file)}


def _measure(cases: int, result: Path) -> None:
    kept = os.environ.get("KEEP")
    with tempfile.TemporaryDirectory() as temporary:
        var = Path(f"{kept}-{cases}") if kept else Path(temporary)
        keys, postmaster = _prepare(var, cases)
        with web() as (port, server):
            rows = list(_all(Bench(port, keys, (server, postmaster), cases)))
        if cases == TICKETS and re.search(ONLY, BREACH):
            rows += [(f"breaches: {name}", late, "s") for name, late in _breaches()]
        rows.append(("processes that wanted to run (load)", os.getloadavg()[1], ""))
        ground.leave()
    result.write_text(json.dumps(rows))


def _breaches() -> list[tuple[str, float]]:
    """On this desk, whose size stays what it is."""
    from bench import breaches, caseload

    try:
        return [
            (name.replace(" within", " called within"), late) for name, late in breaches.lateness("P10C1O01")
        ]
    finally:
        caseload.forget(f"source = '{breaches.SOURCE}'")


def _prepare(var: Path, cases: int) -> tuple[Keys, int]:
    """A database with the cases in it, and a way in for everybody who looks."""
    ground.lay(var)
    from bench import caseload
    from huhang.config import packs
    from huhang.desk.models import Ticket

    if not Ticket.objects.exists():
        packs.load()
        caseload.load(cases)
    pid = int((var / "pg" / "postmaster.pid").read_text().split()[0])
    keys = _keys(caseload.ROLES)
    keys.links = _links(cases)
    return keys, pid


def _links(cases: int) -> list[str]:
    """Customers' own addresses of cases in the middle of the history, open ones among them."""
    from huhang.desk.actions import progress
    from huhang.desk.models import Ticket

    middle = Ticket.objects.filter(pk__gte=cases // 2).order_by("pk")[:CUSTOMERS]
    return [progress.issue_link(ticket=ticket, now=datetime.now(UTC)) for ticket in middle]


def _keys(usernames: Any) -> Keys:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from huhang.network.actions.people import issue_token
    from huhang.network.models import Person

    keys = Keys()
    for person in Person.objects.filter(username__in=usernames):
        name = person.username
        keys.tokens[name] = issue_token(
            username=name, name=f"bench {time.time()}", days=1, by=None, now=datetime.now(UTC)
        )
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session.create()
        keys.cookies[name] = str(session.session_key)
    return keys


@dataclass
class Bench:
    """Clients of one running installation."""

    port: int
    keys: Keys
    processes: tuple[int, int]
    cases: int

    def ask(self, server: http.client.HTTPConnection, shape: Shape) -> str:
        number = next(_numbers)
        body = json.dumps(_new_case(number)) if shape.is_write else None
        path = shape.path.replace("{link}", self.keys.links[number % len(self.keys.links)])
        server.request("POST" if body else "GET", path, body, self.keys.headers(shape, number))
        answer = server.getresponse()
        said = answer.read().decode()
        if answer.status != (201 if body else 200):
            sys.exit(f"{shape.what}: {shape.path} answered {answer.status}: {said[:400]}")
        return said

    def cost(self, shape: Shape) -> float:
        """Processor milliseconds per request."""
        once = http.client.HTTPConnection("127.0.0.1", self.port)
        said = self.ask(once, shape)
        _refuse_wrong(shape, said)
        _work()
        self._rush(shape, 0.5)
        before, spent = self._rush_after(shape)
        return 1000 * spent / before

    def _rush_after(self, shape: Shape) -> tuple[int, float]:
        start = cpu.used(self.processes)
        done = self._rush(shape, SECONDS)
        time.sleep(0.05)
        return done, cpu.used(self.processes) - start

    def _rush(self, shape: Shape, seconds: float) -> int:
        """So many clients at once, each with its own open connection; how many requests were answered."""
        until, done = time.monotonic() + seconds, [0] * CLIENTS

        def client(number: int) -> None:
            server = http.client.HTTPConnection("127.0.0.1", self.port)
            while time.monotonic() < until:
                self.ask(server, shape)
                done[number] += 1

        _at_once(CLIENTS, client)
        return sum(done)

    def latencies(self, shapes: list[Shape]) -> list[float]:
        """Milliseconds until each answer, at a steady pace whatever the answers take."""
        once = http.client.HTTPConnection("127.0.0.1", self.port)
        for shape in shapes:
            self.ask(once, shape)
        _work()
        taken: list[float] = []
        begin = time.monotonic() + 0.2
        planned = [(begin + n / A_SECOND, shapes[n % len(shapes)]) for n in range(int(A_SECOND * PACED_FOR))]

        def client(number: int) -> None:
            server = http.client.HTTPConnection("127.0.0.1", self.port)
            for at, shape in planned[number::CLIENTS]:
                time.sleep(max(0.0, at - time.monotonic()))
                self.ask(server, shape)
                taken.append(1000 * (time.monotonic() - at))

        _at_once(CLIENTS, client)
        return sorted(taken)


def _bare(bench: Bench, shape: Shape) -> float:
    """The floor of a request: processor milliseconds of its statements with no program around them."""
    from bench import bare, tickets

    if shape.is_write:
        return bare.of_writing(lambda: tickets.pgbench(1, 500, "P10C1O01"), 500, bench.processes[1])
    return bare.of_reading(shape.path, bench.keys.headers(shape, 0))


def _work() -> None:
    """What workers do every few seconds while somebody looks: the counts of large walls."""
    from huhang.desk.actions import counting_walls

    counting_walls.refresh(now=datetime.now(UTC))


def _at_once(clients: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _new_case(number: int) -> dict[str, str]:
    return {
        "kind": "complaint", "title": "包裹外箱破损", "body": "收到时纸箱已经压扁，里面的杯子碎了", "unit": "P10C1O01",
        "waybill": "", "contact_name": "王小明", "contact_phone": "13800005678",
        "source_ref": f"{os.getpid()}-{time.time()}-{number}",
    }  # fmt: skip


def _refuse_wrong(shape: Shape, said: str) -> None:
    """No figure for a wrong answer: so many rows, and the words really in the case."""
    from huhang.desk.models import Ticket
    from huhang.kit import search

    found = re.findall(r'"no":\s*"(T\d+)"' if shape.is_json else r'data-row="(T\d+)"', said)
    if shape.rows is not None and len(found) != shape.rows:
        sys.exit(f"{shape.what}: {len(found)} rows instead of {shape.rows}")
    for ticket in Ticket.objects.filter(no__in=found) if shape.finds else ():
        lines = ticket.entries.exclude(kind="event").values_list("text", flat=True)
        text = " \n ".join((ticket.title, ticket.body, ticket.waybill_no, ticket.contact_phone, *lines))
        if not search.agrees(text, shape.finds):
            sys.exit(f"{shape.what}: {ticket.no} does not hold {shape.finds}: {text}")


def shapes(cases: int) -> list[Shape]:
    from bench.caseload import COMMON, PHRASE, WORD
    from bench.casewords import SAID, SAID_OFTEN

    full = PAGE if cases >= 10_000 else None
    middle = f"T{cases // 2 // 5 * 5:08d}"
    api, page = "/api/v1/tickets", "/desk/tickets/"
    tails = min(PAGE, cases // 10_000) or None
    tail, waybill = "1234", f"SX77{cases // 2:011d}"
    found = [
        ("3 characters", PHRASE), ("2 characters", WORD), ("a word of most", COMMON), ("what was said", SAID),
    ]  # fmt: skip
    return [
        Shape("nothing (healthz)", "lin", "/healthz"),
        Shape("create, JSON", "lin", api, is_write=True, has_bare=True),
        Shape("open a case, JSON", "lin", f"{api}/{middle}", has_bare=True),
        Shape("open a case, HTML", "lin", f"/desk/t/{middle}/", has_bare=True),
        *(
            shape
            for who, place in PLACES.items()
            for shape in (
                Shape(f"list of 50 open, {place}, JSON", who, f"{api}?live=true", PAGE, has_bare=True),
                Shape(f"list of 50 open, {place}, HTML", who, page, PAGE),
            )
        ),
        Shape("my list, HTML", "lin", f"{page}?owner=me", PAGE),
        Shape("list of late, HTML", "lin", f"{page}?late=1", PAGE),
        Shape("list of a kind in a city, HTML", "lin", f"{page}?kind=claim,urge&unit=P10C1", full),
        Shape("list of ended, HTML", "sheng", f"{page}?state=over", PAGE),
        *(
            Shape(f"find {name}, {place}, JSON", who, f"{api}?q={quote(word)}", _at_most(name, who, cases), finds=word)
            for name, word in found
            for who, place in PLACES.items()
        ),
        Shape("find 3 characters, HQ, HTML", "lin", f"{page}?state=all&q={quote(PHRASE)}", full, finds=PHRASE),
        Shape("find the last 4 of a phone, JSON", "lin", f"{api}?q={tail}", tails, finds=tail),
        Shape("find a waybill, JSON", "lin", f"{api}?q={waybill}", 1, finds=waybill),
        Shape("find a common word among the open, HTML", "lin", f"{page}?q={quote(COMMON)}", PAGE, finds=COMMON),
        *(
            Shape(f"find box, {name}, {place}, HTML", who, f"/search/?q={quote(word)}")
            for name, word in (*found, ("said often", SAID_OFTEN), ("last 4 of a phone", tail), ("a waybill", waybill))
            for who, place in (("lin", "HQ"), ("gao", "outlet"))
        ),
        Shape("do-it-now window of an outlet, HTML", "gao", "/desk/"),
        Shape("today of an outlet, HTML", "gao", "/desk/?tab=report"),
        Shape("today of HQ, HTML", "hua", "/desk/?tab=report"),
        Shape("SOS wall of a province, HTML", "sheng", "/desk/wall/"),
        Shape("SOS wall of HQ, HTML", "hua", "/desk/wall/"),
        Shape("departments of HQ, HTML", "hua", "/desk/departments/"),
        Shape("steps behind a figure, HTML", "hua", "/desk/departments/steps/?unit=P10C1O01&outcome=missed"),
        Shape("progress page, HTML", CUSTOMER, "/p/{link}"),
    ]  # fmt: skip


PLACES = {"lin": "HQ", "sheng": "province", "shi": "city", "gao": "outlet"}


def _at_most(name: str, who: str, cases: int) -> int | None:
    """A full page where the words are common enough for one."""
    return PAGE if cases >= 10_000 and (who == "lin" or name in ("a word of most", "what was said")) else None


def _all(bench: Bench) -> Iterator[tuple[str, float, str]]:
    from bench import caseload

    asked = [shape for shape in shapes(bench.cases) if re.search(ONLY, shape.what)]
    for shape in asked:
        cost = bench.cost(shape)
        print(f"  {bench.cases:>9,} {shape.what:<44} {cost:8.2f} ms CPU", flush=True)
        if shape.has_bare:
            yield f"{shape.what}{BARE}", _bare(bench, shape), "ms CPU"
        yield shape.what, cost, "ms CPU"
        if shape.is_write:
            caseload.forget("source = 'api'")
    taken = bench.latencies([shape for shape in asked if not shape.is_write] or asked)
    for what, share in ((P99.replace("p99", "p50"), 50), (P99, 99)):
        yield what, taken[min(len(taken) - 1, len(taken) * share // 100)], "ms"


if __name__ == "__main__":
    _measure(int(sys.argv[1]), Path(sys.argv[2]))
