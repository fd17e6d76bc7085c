"""Small loops that run inside every worker: due clocks, reaping, purging.

Two workers tick at the same time, so each tick must lock what it takes (SKIP LOCKED) or be harmless twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from huhang.kit import faults

# Nobody there: a database that starts again, a file that another worker has taken away.
AWAY = (OperationalError, InterfaceError, OSError)
LONGEST_PAUSE = 60.0

log = logging.getLogger(__name__)


@dataclass
class Tick:
    name: str
    seconds: float
    function: Callable[[], object]
    line: str = ""
    next_at: float = field(default=0.0)
    falls: int = 0
    has_gone_well: bool = False


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
    """Tick until told to stop. Whatever one tick meets, the clocks that another one fires go on."""
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
    """One round. Who is away is asked again soon; an error nobody foresaw is told, and tried again after longer pauses.

    Such an error used to end the worker, and with it every other tick, again and again: one row that nobody can work
    on must not keep the clocks of all others from firing.
    """
    try:
        close_old_connections()
        tick.function()
    except AWAY:
        log.exception("tick %s failed; trying again", tick.name)
        connection.close()
        tick.next_at = time.monotonic() + max(1.0, tick.seconds)
    except Exception as error:
        tick.falls += 1
        pause = max(tick.seconds, min(LONGEST_PAUSE, 2.0 ** (tick.falls - 1)))
        log.exception("tick %s failed for the %d. time; again in %.0f s", tick.name, tick.falls, pause)
        connection.close()
        faults.remember(tick.name, error, tick.falls)
        tick.next_at, tick.has_gone_well = time.monotonic() + pause, False
    else:
        if not tick.has_gone_well:
            faults.forget(tick.name)
        tick.falls, tick.has_gone_well = 0, True
        tick.next_at = time.monotonic() + tick.seconds
