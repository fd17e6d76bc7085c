"""The supervisor of an installation: starts its processes, restarts what died, stops all, leaves nothing."""

import ctypes
import os
import platform
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

PARENT = "HUHANG_PARENT"
PR_SET_PDEATHSIG = 1
STOP_WITHIN = 10.0
LONGEST_WAIT = 30.0
# A child that ran this long was healthy: its next fall is answered at once again.
HEALTHY_AFTER = 20.0
COLOURS = (36, 32, 35, 33, 34, 31)


def die_with_parent() -> None:
    """In a child started by a supervisor: be killed when it ends, even by `kill -9`."""
    parent = int(os.environ.pop(PARENT, 0))
    if not parent:
        return
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it ended before we could ask
    else:
        threading.Thread(target=_watch, args=[parent], daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


@dataclass
class Child:
    """A process that should be running."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    falls: int = 0
    unfinished: bytes = field(default=b"")

    def start(self) -> None:
        # A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops all in order.
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            env={**os.environ, PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"},
        )
        self.started_at = time.monotonic()

    @property
    def output(self) -> IO[bytes]:
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout

    def has_fallen(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def wait_longer(self) -> float:
        """Plan the next start after a fall: at once, then 1, 2, 4 … seconds; returns the wait."""
        self.falls = 0 if time.monotonic() - self.started_at > HEALTHY_AFTER else self.falls + 1
        wait = 0.0 if self.falls == 0 else min(LONGEST_WAIT, 2.0 ** (self.falls - 1))
        self.start_at = time.monotonic() + wait
        self.process = None
        return wait

    def signal(self, number: signal.Signals) -> None:
        if self.is_running():
            assert self.process is not None
            self.process.send_signal(number)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill_group(self) -> None:
        """End what a fallen or stubborn child may have left running."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Keeps children running until told to stop; `each_second` is called while it waits."""

    def __init__(self, children: list[Child], *, each_second: Callable[[], None]) -> None:
        self.children = children
        self.each_second = each_second
        self.stopping = False
        self.selector = selectors.DefaultSelector()
        self.width = max(len("huhang"), *(len(child.name) for child in children))

    def run(self) -> None:
        """Start all and return when SIGINT or SIGTERM came and every child has ended."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        next_second = 0.0
        while not self.stopping:
            self._start_due()
            self._pass_on_output(0.2)
            self._bury()
            if time.monotonic() >= next_second:
                self.each_second()
                next_second = time.monotonic() + 1
        self._stop_all()

    def say(self, text: str) -> None:
        self._write("huhang", 37, text)

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def _start_due(self) -> None:
        for child in self.children:
            if child.process is None and time.monotonic() >= child.start_at:
                child.start()
                os.set_blocking(child.output.fileno(), False)
                self.selector.register(child.output, selectors.EVENT_READ, child)

    def _bury(self) -> None:
        for child in self.children:
            if child.has_fallen():
                assert child.process is not None
                code = child.process.returncode
                child.kill_group()
                self._close_output(child)
                wait = child.wait_longer()
                self.say(f"{child.name} 已退出（{code}），{wait:.0f} 秒后重新启动")

    def _stop_all(self) -> None:
        self.say("正在停止…")
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        while time.monotonic() < deadline and not all(
            c.process is None or c.has_fallen() for c in self.children
        ):
            self._pass_on_output(0.1)
        for child in self.children:
            child.kill_group()
            if child.process is not None:
                child.process.wait()
                self._close_output(child)

    def _pass_on_output(self, timeout: float) -> None:
        if not self.selector.get_map():
            time.sleep(timeout)
            return
        for key, _ in self.selector.select(timeout):
            if not self._read(key.data):
                self.selector.unregister(key.fileobj)

    def _read(self, child: Child) -> bool:
        """Show the lines that have come; False when the child closed its output."""
        chunk = os.read(child.output.fileno(), 65536)
        *lines, child.unfinished = (child.unfinished + chunk).split(b"\n")
        for line in lines:
            self._show(child, line)
        return bool(chunk)

    def _close_output(self, child: Child) -> None:
        """Pass on the last words, then let go of the pipe."""
        if child.output in self.selector.get_map():
            self.selector.unregister(child.output)
            with suppress(BlockingIOError):  # a grandchild may still hold the pipe open
                while self._read(child):
                    pass
        if child.unfinished:
            self._show(child, child.unfinished)
            child.unfinished = b""
        child.output.close()

    def _show(self, child: Child, line: bytes) -> None:
        colour = COLOURS[self.children.index(child) % len(COLOURS)]
        self._write(child.name, colour, line.decode(errors="replace"))

    def _write(self, name: str, colour: int, text: str) -> None:
        label = f"{name:<{self.width}} │"
        if sys.stdout.isatty():
            label = f"\x1b[{colour}m{label}\x1b[0m"
        with suppress(BrokenPipeError):
            print(f"{label} {text}", flush=True)
