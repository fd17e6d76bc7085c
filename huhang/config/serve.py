"""The processes of an installation, each run by itself: web, push, worker. `huhang up` runs them all."""

import argparse
import asyncio
import contextlib
import os
import resource
import signal
import threading
from importlib import import_module
from typing import Any

from huhang.config import supervise

# Browsers that come in the same moment, after a fall, wait here.
BACKLOG = 4096
MOST_STREAMS = 65_536
# What a process opens besides its streams.
OTHER_FILES = 256


def web(arguments: list[str]) -> int:
    """Pages and API (WSGI)."""
    options = _address("huhang web", arguments, port=8000)
    _serve("huhang.config.wsgi:application", "wsgi", options, blocking_threads=options.threads)
    return 0


def push(arguments: list[str]) -> int:
    """Event streams to browsers (ASGI)."""
    # Open streams never end by themselves: they are cut after a moment, and the browsers come back.
    options = _address("huhang push", arguments, port=8001)
    _serve("huhang.config.push:application", "asgi", options, backlog=BACKLOG, backpressure=_streams())
    return 0


def _streams() -> int:
    """As many streams at once as the system allows this process to open."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_STREAMS if allowed == resource.RLIM_INFINITY else min(allowed, MOST_STREAMS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, allowed))
    return wanted - OTHER_FILES


def _address(program: str, arguments: list[str], *, port: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(program)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--workers", type=int, default=1, help="进程数")
    parser.add_argument("--threads", type=int, default=8, help="每个进程的线程数")
    return parser.parse_args(arguments)


def _serve(target: str, interface: str, options: argparse.Namespace, **more: Any) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    os.environ[supervise.PARENT] = str(os.getpid())  # its worker processes die with it
    Granian(
        target,
        address=options.host,
        port=options.port,
        interface=Interfaces(interface),
        workers=options.workers,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=4,
        respawn_failed_workers=True,
        **more,
    ).serve(target_loader=load)


def load(target: str) -> Any:
    """Import the application inside a server's worker process."""
    supervise.die_with_parent()
    module, name = target.split(":")
    return getattr(import_module(module), name)


def worker(arguments: list[str]) -> int:
    """Background jobs, and the small loops that look for what is due."""
    parser = argparse.ArgumentParser("huhang worker")
    parser.add_argument("--concurrency", type=int, default=4)
    options = parser.parse_args(arguments)
    import django

    django.setup()
    stop = threading.Event()
    ticking = threading.Thread(target=_tick_until, args=[stop], name="ticking")
    ticking.start()
    try:
        asyncio.run(_work(options.concurrency))
    finally:
        stop.set()
        ticking.join(10)
    return 0


def _tick_until(stop: threading.Event) -> None:
    from huhang.kit import ticking

    try:
        ticking.run(stop)
    finally:
        if not stop.is_set():  # an error nobody foresaw: end the worker, the supervisor starts it afresh
            os.kill(os.getpid(), signal.SIGTERM)


async def _work(concurrency: int) -> None:
    from procrastinate.contrib.django import app

    from huhang.kit.jobs import HEARTBEAT

    # A second app for fetching jobs; what the jobs themselves enqueue stays in Django's transaction.
    fetching = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with fetching.open_async():
        with contextlib.suppress(asyncio.CancelledError):
            await fetching.run_worker_async(
                concurrency=concurrency,
                fetch_job_polling_interval=5.0,
                shutdown_graceful_timeout=8.0,
                update_heartbeat_interval=HEARTBEAT.total_seconds(),
            )
