"""`huhang up` for real: started, killed, started again, stopped by Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from itertools import count
from pathlib import Path

import psutil
import pytest

from tests.config.test_embedded import connect, processes, wait_until
from tests.config.test_supervise import are_gone

pytestmark = [pytest.mark.slow, pytest.mark.alone]

SECOND_START = 6.0
# The promise is for a machine of one's own; a test shares its two cores with the other half of the suite.
SHARING = 2
_runs = count()


class House:
    """A `huhang up` in a process of its own, on ports and data of its own."""

    def __init__(self, var: Path, port: int, *words: str) -> None:
        self.var, self.port = var, port
        self.output = var / f"output-{port}-{next(_runs)}"
        kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "huhang.config", "up", "--port", str(port), *words],
                env={**kept, "HUHANG_VAR": str(var)},
                stdout=file,
                stderr=file,
            )

    def answers(self, path: str = "/healthz", *, push: bool = False) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port + push}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            assert self.process.poll() is None, self.said()
            return False

    def is_complete(self) -> bool:
        return self.answers() and self.answers(push=True)

    def said(self) -> str:
        return self.output.read_text()

    def everything(self) -> list[psutil.Process]:
        """The supervisor, its children and theirs."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]


def a_free_pair_of_ports() -> int:
    for port in range(18200, 18400, 2):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no free ports")


@pytest.fixture
def house(tmp_path):
    """Starts houses on the same data, one after another."""
    port = a_free_pair_of_ports()
    started: list[House] = []

    def start(*words: str) -> House:
        started.append(House(tmp_path, port, *words))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()
    for process in processes(tmp_path):
        process.kill()


class TestUp:
    def test_survives_a_kill_of_everything_and_stops_by_ctrl_c(self, house, tmp_path):
        first = house()
        wait_until(first.is_complete, seconds=180)
        wait_until(lambda: f"http://127.0.0.1:{first.port}" in first.said())
        self._kill_all(first)

        started = time.monotonic()
        second = house()
        wait_until(second.is_complete, seconds=30)
        took = time.monotonic() - started
        assert took <= SECOND_START * SHARING, f"second start took {took:.1f} s\n{second.said()}"
        with connect(tmp_path) as db:
            assert db.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)

        everything = second.everything()
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(30) == 0, second.said()
        assert are_gone(everything)
        wait_until(lambda: not processes(tmp_path), seconds=10)  # PostgreSQL and its guard too

    def test_starts_what_died_again(self, house):
        up = house()
        wait_until(up.is_complete, seconds=180)
        for process in up.everything()[1:]:
            process.kill()
        wait_until(lambda: "已退出" in up.said(), seconds=10)
        wait_until(up.is_complete, seconds=30)

    def test_refuses_a_second_one_on_the_same_data_and_a_taken_port(self, house, tmp_path):
        up = house()
        wait_until(up.is_complete, seconds=180)
        again = House(tmp_path, up.port + 500)
        assert again.process.wait(30) == 1
        assert "已有一个 huhang up 在运行" in again.said()
        other = tmp_path / "other"
        other.mkdir()
        elsewhere = House(other, up.port)
        assert elsewhere.process.wait(30) == 1
        assert f"端口 {up.port} 已被占用" in elsewhere.said()
        assert up.is_complete()

    def _kill_all(self, house: House) -> None:
        for process in [*house.everything(), *processes(house.var)]:
            process.kill()
        house.process.wait()
        wait_until(lambda: not processes(house.var), seconds=5)
