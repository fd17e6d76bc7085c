"""Processes that tests start, look for and kill."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from huhang.config import embedded


def wait_until(
    is_true: Callable[[], bool], *, seconds: float = 180, said: Callable[[], str] = lambda: ""
) -> None:
    """Wait as long as a busy machine may need: the bound ends a hang, it judges no speed. `said` tells why."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"waited too long\n{said()}"
        time.sleep(0.05)


def kill(processes: Iterable[psutil.Process]) -> None:
    """`kill -9`; some may be gone already, because they follow their parents."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def are_gone(processes: Iterable[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def of_folder(var: Path) -> list[psutil.Process]:
    """Whatever runs on this data: PostgreSQL with its workers, its guard, its users."""
    return [process for process in psutil.process_iter() if _belongs(process, var)]


def _belongs(process: psutil.Process, var: Path) -> bool:
    try:
        named = any(str(var) in word for word in process.cmdline())
        return process.status() != psutil.STATUS_ZOMBIE and (named or process.cwd().startswith(str(var)))
    except psutil.Error:
        return False


def connect(var: Path) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection to the embedded database of this folder."""
    entry = embedded.database_settings(var)
    return psycopg.connect(
        dbname=entry["NAME"], user=entry["USER"], host=entry["HOST"], port=entry["PORT"], autocommit=True
    )
