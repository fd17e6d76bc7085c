"""A whole installation for stories: pages in a thread, real push, worker and watch processes, all on the test data."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from huhang.network.models import Person

# A bound on hangs, not a judgement of speed: the machine may be busy with other tests.
PATIENCE = 90


@pytest.fixture
def town(live_server: Any, settings: Any) -> Iterator[str]:
    """The address of the pages; push, worker and watch run as they do in `huhang up`."""
    port = _free_port()
    settings.PUSH_URL = f"http://127.0.0.1:{port}/push"
    running = [_start("push", "--port", str(port)), _start("worker"), _start("watch", "run")]
    try:
        _wait_for(port)
        yield live_server.url
    finally:
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "DATABASE_URL": database_url(), "HUHANG_SECRET_KEY": settings.SECRET_KEY}
    return subprocess.Popen([sys.executable, "-m", "huhang.config", *arguments], env=env)


def database_url() -> str:
    """The test's database, for processes of their own."""
    database = connection.get_connection_params()
    if database.get("password"):
        return f"postgresql://{database['user']}:{database['password']}@{database['host']}:{database['port']}/{database['dbname']}"
    return f"postgresql://{database['user']}@/{database['dbname']}?host={database['host']}&port={database['port']}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers on port {port}")


def sign_in(page: Any, person: Person, url: str) -> None:
    """Give the browser a session, without the log-in page."""
    client = Client()
    client.force_login(person)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
