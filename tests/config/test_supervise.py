"""The supervisor, with small programs in place of servers."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.config.processes import are_gone, wait_until

pytestmark = pytest.mark.alone

# A child that follows its supervisor into death and says when it starts and stops.
POLITE = """
import signal, sys, time
from huhang.config.supervise import die_with_parent
die_with_parent()
def stop(*_):
    print("stopping", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("started", flush=True)
time.sleep(60)
"""
STUBBORN = POLITE.replace("stop)", "signal.SIG_IGN)", 1)
FALLING = "print('falling', flush=True)"

SUPERVISOR = """
import sys
from huhang.config import supervise
supervise.STOP_WITHIN = 1.0
children = [supervise.Child(f"c{n}", [sys.executable, "-c", code]) for n, code in enumerate(sys.argv[1:])]
supervise.Supervisor(children, each_second=lambda: None).run()
"""


class Run:
    """A supervisor in a process of its own, its output in a file."""

    def __init__(self, folder: Path, *children: str) -> None:
        self.output = folder / "output"
        with self.output.open("wb") as file:
            command = [sys.executable, "-c", SUPERVISOR, *children]
            self.process = subprocess.Popen(command, stdout=file, stderr=file)

    def said(self, words: str) -> int:
        return self.output.read_text().count(words)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def supervise(tmp_path):
    runs: list[Run] = []

    def start(*children: str) -> Run:
        runs.append(Run(tmp_path, *children))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()
        run.process.wait()


class TestSupervisor:
    def test_names_the_speaker_and_stops_all_when_asked(self, supervise):
        run = supervise(POLITE, POLITE)
        wait_until(lambda: run.said("started") == 2)
        children = run.children()
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(40) == 0
        assert run.said("c0     │ started") == 1
        assert run.said("stopping") == 2
        assert are_gone(children)

    def test_leaves_nothing_when_it_is_killed(self, supervise):
        run = supervise(POLITE, STUBBORN)
        wait_until(lambda: run.said("started") == 2)
        children = run.children()
        run.process.kill()
        wait_until(lambda: are_gone(children), seconds=20)

    def test_starts_a_fallen_child_again_with_growing_waits(self, supervise):
        begun = time.monotonic()
        run = supervise(FALLING)
        wait_until(lambda: run.said("falling") == 4)
        # At once, after one second, after two more: a busy machine is slower, a tight loop would be faster.
        assert time.monotonic() - begun >= 3

    def test_starts_a_killed_child_again(self, supervise):
        run = supervise(POLITE, POLITE)
        wait_until(lambda: run.said("started") == 2)
        run.children()[0].kill()
        wait_until(lambda: run.said("started") == 3)

    def test_does_not_wait_for_a_stubborn_child(self, supervise):
        run = supervise(STUBBORN)
        wait_until(lambda: run.said("started") == 1)
        children = run.children()
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(40) == 0
        assert are_gone(children)
