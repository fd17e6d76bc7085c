"""An installation of real processes: web, two workers and the watch, each killed and started again at will."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from huhang.config import embedded
from tests.config.processes import connect, kill, of_folder

ROOT = Path(__file__).resolve().parents[2]
# A worker's heart beats every ten seconds, and after thirty without a beat its jobs go back.
BEAT = 11.0
# Long enough for a process to have left its start behind, so that most kills hit work.
GROWN_UP = 2.5
SOON_GROWN_UP = 1.0  # an errand does not last long


@dataclass
class Member:
    """A process that should run: for ever, or until it has ended well."""

    words: list[str]
    is_errand: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    is_done: bool = False


@dataclass
class Installation:
    """Real processes on a data folder of their own."""

    var: Path
    token: str
    port: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    killed_worker_at: float = 0.0

    def start(self) -> None:
        embedded.ensure_running(self.var)
        self.port = self.port or a_free_port()
        self.members |= {
            "web": Member(["web", "--port", str(self.port)]),
            "worker1": Member(["worker"]),
            "worker2": Member(["worker"]),
            "watch": Member(["watch", "run"]),
        }
        self.tend_until(self.answers)

    def send_out(self, name: str, *words: str) -> None:
        """Start a command that is started again until it ends well."""
        self.members[name] = Member(list(words), is_errand=True)

    def is_back(self, name: str) -> bool:
        """Has this errand been done, or not been given yet?"""
        return name not in self.members or self.members[name].is_done

    def tend(self) -> None:
        """Start what is not running."""
        for name, member in self.members.items():
            code = None if member.process is None else member.process.poll()
            if member.is_done or (member.process is not None and code is None):
                continue
            assert not member.is_errand or code in {None, 0, -9}, self.said(name)
            member.is_done = member.is_errand and code == 0
            if not member.is_done:
                self._start(name, member)

    def tend_until(self, is_true: Callable[[], bool], *, seconds: float = 300) -> None:
        deadline = time.monotonic() + seconds
        self.tend()
        while not is_true():
            assert time.monotonic() < deadline, f"waited too long\n{self.said('web')}\n{self.said('watch')}"
            time.sleep(0.1)
            self.tend()

    def _start(self, name: str, member: Member) -> None:
        kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        with (self.var / f"{name}.txt").open("ab") as said:
            member.process = subprocess.Popen(
                [sys.executable, "-m", "huhang.config", *member.words],
                cwd=ROOT,
                env={**kept, "HUHANG_VAR": str(self.var)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        member.started_at = time.monotonic()

    def kill_one(self, chance: random.Random, *, among: str = "") -> None:
        """`kill -9` of somebody who is at work, in a moment; of these, if any of them is."""
        self.tend_until(lambda: bool(self.at_work()))
        at_work = self.at_work()
        name = chance.choice([name for name in at_work if name.startswith(among)] or at_work)
        if name.startswith("worker"):
            self._wait_for_a_job()
            time.sleep(chance.uniform(0, 0.3))
        else:
            until = time.monotonic() + chance.uniform(0.1, 1.5)
            self.tend_until(lambda: time.monotonic() >= until)
        process = self.members[name].process
        if process is None or process.poll() is not None:  # an errand that was done meanwhile
            self.kill_one(chance)
            return
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(process.pid)
            kill([chance.choice([server, *server.children(recursive=True)])])
        self.kills[name] += 1
        if name.startswith("worker"):
            self.killed_worker_at = time.time()

    def _wait_for_a_job(self) -> None:
        """Jobs are over in a moment: give a kill the chance to interrupt one."""
        with connect(self.var) as db:
            until = time.monotonic() + 3
            while time.monotonic() < until:
                if db.execute("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'").fetchone():
                    return
                time.sleep(0.01)

    def at_work(self) -> list[str]:
        return [name for name, member in self.members.items() if self._is_at_work(name, member)]

    def _is_at_work(self, name: str, member: Member) -> bool:
        if member.process is None or member.process.poll() is not None:
            return False
        grown_up = SOON_GROWN_UP if member.is_errand else GROWN_UP
        return time.monotonic() - member.started_at > grown_up and (name != "web" or self.answers())

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def fall_quiet(self) -> None:
        """Wait until everything is read, found, told and heard."""
        self.tend_until(self._is_quiet)

    def _is_quiet(self) -> bool:
        if self.killed_worker_at and time.time() > self.killed_worker_at + BEAT:
            self._bury_workers()
        waiting = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        if not self.has_read() or self.rows(waiting) != [(0,)]:
            return False
        # Asked in this order: what the watch tells is a job before the watch has read on.
        return self.rows(waiting) == [(0,)] and self.rows(FRESH) == [(0,)]

    def has_read(self) -> bool:
        """Has the watch read the whole log, and looked round once after that?"""
        return self.rows(HAS_READ) == [(True,)]

    def _bury_workers(self) -> None:
        """Whose last beat is from before the kill is dead; the rest of the half-minute would only be waiting."""
        self.rows(
            "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '30 s'"
            " WHERE last_heartbeat < to_timestamp(%s) RETURNING id",
            self.killed_worker_at,
        )
        self.killed_worker_at = 0.0

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with connect(self.var) as db:
            return db.execute(query, values or None).fetchall()

    def call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        return subprocess.run(
            [sys.executable, "-m", "huhang.config", *words],
            cwd=ROOT,
            env={**kept, "HUHANG_VAR": str(self.var)},
            capture_output=True,
            text=True,
        )

    def said(self, name: str) -> str:
        path = self.var / f"{name}.txt"
        return path.read_text()[-4000:] if path.exists() else ""

    def end(self) -> None:
        for member in self.members.values():
            if member.process is not None:
                member.process.kill()
                member.process.wait()
        embedded.release(self.var)
        kill(of_folder(self.var))


HAS_READ = """
SELECT c.seq >= (SELECT coalesce(max(seq), 0) FROM journey_segment)
   AND c.due_until > (SELECT max(received_at) FROM journey_segment)
FROM journey_watchcursor c WHERE c.name = 'local'
"""
FRESH = "SELECT count(*) FROM metrics_tallyfresh"


def a_free_port() -> int:
    """A port that is free together with the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port


def prepare(*folders: Path) -> str:
    """Lay an installation with the cast in it into each folder; returns the token for its API."""
    made, token = _made_once()
    for folder in folders:
        folder.mkdir(exist_ok=True)
        # With its owners: for root it is nobody's.
        subprocess.run(["cp", "-a", f"{made.name}/.", str(folder)], check=True)
    return token


@cache
def _made_once() -> "tuple[TemporaryDirectory[str], str]":
    """All tables from the first migration on: that takes longer than most of what tests do with them."""
    folder = TemporaryDirectory()
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    made = subprocess.run(
        [sys.executable, "-m", "tests.faults.stage"],
        cwd=ROOT,
        env={**kept, "HUHANG_VAR": folder.name},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    deadline = time.monotonic() + 180
    while of_folder(Path(folder.name)):  # its database ends with its last user
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return folder, made.stdout.strip()
