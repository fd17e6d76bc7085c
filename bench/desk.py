"""What a request at the desk costs: processor time of application and database, beside the bare SQL alone.

Latencies tell how busy this machine is; processor time, from the kernel's counters, tells what the work costs. It too
rises while others use the same cores, so a large and a small desk stand side by side: each request is asked of both in
turns, and of its turns the cheapest counts.

    TICKETS=1000000 BESIDE=10000 python -m bench desk      every list and page again, as ratios to a small desk
    KEEP=/tmp/desk python -m bench desk                    the loaded database stays there for the next run
"""

import http.client
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count, repeat
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench import cpu, ground
from bench.report import Report
from bench.shapes import CUSTOMER, Shape, shapes
from bench.tickets import web

TICKETS = int(os.environ.get("TICKETS", "200000"))
BESIDE = int(os.environ.get("BESIDE", "0"))
SECONDS = float(os.environ.get("SECONDS", "1.5"))
TURNS = int(os.environ.get("TURNS", "3"))
ONLY = os.environ.get("ONLY", "")
CLIENTS, CUSTOMERS = 8, 400
A_SECOND, PACED_FOR = 20, 30.0
P99, BREACH = f"p99 of all of them, at {A_SECOND}/s", "breaches: 99 % called within"
PROMISED = {P99: 150.0, BREACH: 2.0}
BARE = ", its statements alone"
_numbers = count(1)


@dataclass
class Keys:
    """How each person comes in: a token for programs, a cookie for pages."""

    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)

    def headers(self, shape: Shape, number: int) -> dict[str, str]:
        # Each customer has an address of their own, as none asks a hundred times a second.
        if shape.who == CUSTOMER:
            return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        if shape.is_json:
            return {"Authorization": f"Bearer {self.tokens[shape.who]}", "Content-Type": "application/json"}
        return {"Cookie": f"sessionid={self.cookies[shape.who]}", "Accept-Language": "zh-CN"}


def main() -> None:
    sizes = [cases for cases in (BESIDE, TICKETS) if cases]
    with ExitStack() as open_until_the_end:
        desks = [open_until_the_end.enter_context(_desk(cases)) for cases in sizes]
        *small, large = _figures(sizes, desks)
    report = Report("desk")
    for what, (value, unit) in small[0].items() if small else ():
        report.add(f"{what}, {BESIDE:,} cases", value, unit)
    for what, value in PROMISED.items():
        report.add(f"promised: {what}", value, "ms" if what == P99 else "s")
    for what, (value, unit) in large.items():
        report.add(what, value, unit, beside=_beside(what, small[0] if small else {}, large))
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


Figures = dict[str, tuple[float, str]]


def _figures(sizes: Sequence[int], desks: Sequence["Line"]) -> list[Figures]:
    """What each desk costs, of the cheapest turn: both are asked the same thing in turns.

    A small desk may have three cases to show where a large one fills the page: then as few are asked of both, too.
    """
    found: list[Figures] = [{} for _desk in desks]
    asked = [
        together for together in zip(*map(shapes, sizes), strict=True) if re.search(ONLY, together[0].what)
    ]

    def measure(verb: str, together: Sequence[Shape], name: str) -> None:
        turns = [list(map(Line.ask, desks, repeat(verb), together)) for _ in range(TURNS)]
        for figures, costs in zip(found, zip(*turns, strict=True), strict=True):
            figures[name] = min(costs), "ms CPU"
        print(f"  {name:<64}" + "".join(f"{figures[name][0]:10.2f}" for figures in found), flush=True)

    for together in asked:
        what = together[0].what
        if together[0].has_bare:
            measure("bare", together, f"{what}{BARE}")
        measure("cost", together, what)
        shown = list(map(Line.ask, desks, repeat("found"), together)) if together[0].may_find_fewer else [0]
        if 0 < (few := min(shown)) < max(shown):
            as_few = [replace(shape, path=f"{shape.path}&limit={few}", rows=None) for shape in together]
            measure("cost", as_few, f"{what}, {few} of them")
    for figures, desk, *own in zip(found, desks, *asked, strict=True):
        figures |= desk.ask("latencies", [shape for shape in own if not shape.is_write] or own)
    if re.search(ONLY, BREACH):
        found[-1] |= desks[-1].ask("breaches")
    return found


class Line:
    """To a desk in a process of its own: a database is chosen once per process."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def ask(self, verb: str, *said: object) -> Any:
        """What the bench there answers; ends the measurement when it has ended."""
        self._line.send((verb, *said))
        try:
            return self._line.recv()
        except EOFError:
            sys.exit("a desk has ended")


@contextmanager
def _desk(cases: int) -> Iterator[Line]:
    context = get_context("spawn")
    here, there = context.Pipe()
    desk = context.Process(target=_serve, args=(cases, there))
    desk.start()
    there.close()
    try:
        yield Line(here)
    finally:
        here.close()
        desk.join()


def _serve(cases: int, line: Connection) -> None:
    """Answer until nobody asks."""
    kept = os.environ.get("KEEP")
    with tempfile.TemporaryDirectory() as temporary:
        var = Path(f"{kept}-{cases}") if kept else Path(temporary)
        keys, postmaster = _prepare(var, cases)
        with web() as (port, server), suppress(EOFError):
            bench = Bench(port, keys, (server, postmaster), cases)
            while True:
                verb, *said = line.recv()
                line.send(getattr(bench, verb)(*said))
        ground.leave()


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
        from bench import caseload

        once = http.client.HTTPConnection("127.0.0.1", self.port)
        said = self.ask(once, shape)
        _refuse_wrong(shape, said)
        _work()
        self._rush(shape, SECONDS / 4)
        start = cpu.used(self.processes)
        done = self._rush(shape, SECONDS)
        time.sleep(0.05)
        spent = cpu.used(self.processes) - start
        if shape.is_write:
            caseload.forget("source = 'api'")
        return 1000 * spent / done

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

    def found(self, shape: Shape) -> int:
        """How many cases are shown."""
        return len(_numbers_in(self.ask(http.client.HTTPConnection("127.0.0.1", self.port), shape), shape))

    def bare(self, shape: Shape) -> float:
        """The floor of a request: processor milliseconds of its statements with no program around them."""
        from bench import bare, caseload, tickets

        if not shape.is_write:
            return bare.of_reading(shape.path, self.keys.headers(shape, 0))
        self.ask(http.client.HTTPConnection("127.0.0.1", self.port), shape)  # whose rows are written again
        cost = bare.of_writing(lambda: tickets.pgbench(1, 500, "P10C1O01"), 500, self.processes[1])
        caseload.forget("source = 'api'")
        return cost

    def breaches(self) -> Figures:
        """How late calls come, on this desk, whose size stays what it is."""
        from bench import breaches, caseload

        try:
            return {
                f"breaches: {name.replace(' within', ' called within')}": (seconds, "s")
                for name, seconds in breaches.lateness("P10C1O01")
            }
        finally:
            caseload.forget(f"source = '{breaches.SOURCE}'")

    def latencies(self, shapes: Sequence[Shape]) -> Figures:
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
        taken.sort()
        found = {
            what: (taken[min(len(taken) - 1, len(taken) * share // 100)], "ms")
            for what, share in ((P99.replace("p99", "p50"), 50), (P99, 99))
        }
        return found | {"processes that wanted to run (load)": (os.getloadavg()[0], "")}


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

    found = _numbers_in(said, shape)
    if shape.rows is not None and len(found) != shape.rows:
        sys.exit(f"{shape.what}: {len(found)} rows instead of {shape.rows}")
    for ticket in Ticket.objects.filter(no__in=found) if shape.finds else ():
        lines = ticket.entries.exclude(kind="event").values_list("text", flat=True)
        text = " \n ".join((ticket.title, ticket.body, ticket.waybill_no, ticket.contact_phone, *lines))
        if not search.agrees(text, shape.finds):
            sys.exit(f"{shape.what}: {ticket.no} does not hold {shape.finds}: {text}")


def _numbers_in(said: str, shape: Shape) -> list[str]:
    return re.findall(r'"no":\s*"(T\d+)"' if shape.is_json else r'data-row="(T\d+)"', said)
