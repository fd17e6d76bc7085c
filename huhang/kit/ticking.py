"""Small loops that run inside every worker: due clocks, reaping, purging.

Two workers tick at the same time, so each tick must lock what it takes (SKIP LOCKED) or be harmless twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.db import DatabaseError, close_old_connections, connection

log = logging.getLogger(__name__)


@dataclass
class Tick:
    name: str
    seconds: float
    function: Callable[[], object]
    line: str = ""
    next_at: float = field(default=0.0)


ticks: dict[str, Tick] = {}


def every(*, seconds: float, line: str = "") -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Run a function about this often in every worker process.

    Ticks of one line wait for each other. What talks to strangers stands in a line of its own: their slowness must
    not hold up the clocks.
    """

    def register(function: Callable[[], object]) -> Callable[[], object]:
        name = f"{function.__module__}.{function.__name__}"
        ticks[name] = Tick(name, seconds, function, line)
        return function

    return register


_stops: list[threading.Event] = []


def is_stopping() -> bool:
    """Has this worker been told to end? A tick that takes more and more work asks before each further piece."""
    return any(stop.is_set() for stop in _stops)


def run(stop: threading.Event) -> None:
    """Tick until told to stop. A database or a file that is away is waited for; any other error ends the worker.

    A file that one tick misses must not stop the clocks that another one fires.
    """
    broken = threading.Event()
    _stops.append(stop)
    lines = {tick.line for tick in ticks.values()} | {""}
    with ThreadPoolExecutor(len(lines), "ticking") as crew:
        running = [crew.submit(_run_line, line, stop, broken) for line in lines]
        wait(running, return_when=FIRST_EXCEPTION)
        broken.set()
    _stops.remove(stop)
    for line in running:
        line.result()


def _run_line(line: str, stop: threading.Event, broken: threading.Event) -> None:
    while not (stop.is_set() or broken.is_set()):
        for tick in [tick for tick in ticks.values() if tick.line == line]:
            if time.monotonic() >= tick.next_at and not stop.is_set():
                _beat(tick)
        stop.wait(0.1)
    connection.close()


def _beat(tick: Tick) -> None:
    close_old_connections()
    try:
        tick.function()
    except (DatabaseError, OSError):
        log.exception("tick %s failed; trying again", tick.name)
        connection.close()
        tick.next_at = time.monotonic() + max(1.0, tick.seconds)
        return
    tick.next_at = time.monotonic() + tick.seconds
