"""A line on which the server says at once that mail has come (IMAP IDLE, RFC 2177). It only rings; nothing is read."""

import fcntl
import imaplib
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path

from huhang.channels.adapters.mail.box import Box, connected
from huhang.channels.adapters.mail.plan import Plan
from huhang.channels.rules.gateway import GatewayAway

# Before routers forget a silent line, and long before servers hang up (30 minutes).
AGAIN_AFTER = timedelta(minutes=9)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
AT_ONCE, MOST_UNREAD = 65_536, 1_000_000
PATIENCE = 10.0
TAG = b"HH"
TROUBLE = (OSError, imaplib.IMAP4.error, GatewayAway, ValueError)


class Bell:
    """One mailbox's bell, held by one process of those that share a folder. `now` is the clock."""

    def __init__(self, plan: Plan, folder: Path, now: Callable[[], datetime]) -> None:
        self._plan, self._folder, self._now = plan, folder, now
        self._imap: imaplib.IMAP4 | None = None
        self._lock: TextIOWrapper | None = None
        self._unread = b""
        self._asked_at = now()
        self._not_before: datetime | None = None
        self._pause = FIRST_PAUSE

    @property
    def line(self) -> socket.socket | None:
        """What to wait on; None while there is no line."""
        return self._imap.sock if self._imap else None

    def tend(self) -> None:
        """Open the line where nobody holds it and it is time, and ask again where it was long ago."""
        now = self._now()
        if self._imap is not None:
            if now - self._asked_at > AGAIN_AFTER:
                self._guarded(lambda line: line.sendall(b"DONE\r\n"))
                self._asked_at = now
        elif (self._not_before is None or now >= self._not_before) and self._is_ours():
            self._open(now)

    def has_rung(self) -> bool:
        """Read what the server says; did mail come, or may it have come while nobody listened?"""
        rung: list[bool] = []
        self._guarded(lambda line: rung.append(self._listen(line)))
        return any(rung)

    def close(self) -> None:
        """Hang up, and let another process have it."""
        self._hang_up()
        if self._lock:
            self._lock.close()
            self._lock = None

    def _open(self, now: datetime) -> None:
        self._not_before = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        try:
            imap = connected(self._plan)
        except TROUBLE:
            return  # whoever fetches says that the server is away
        self._imap, self._unread = imap, b""
        if "IDLE" not in imap.capabilities:
            self._hang_up()
            self._not_before = now + LONGEST_PAUSE
            return
        self._guarded(lambda line: self._begin(imap, line, now))

    def _begin(self, imap: imaplib.IMAP4, line: socket.socket, now: datetime) -> None:
        Box(imap, self._plan.folders[0])
        line.settimeout(PATIENCE)
        self._idle(line, now)

    def _idle(self, line: socket.socket, now: datetime) -> None:
        line.sendall(TAG + b" IDLE\r\n")
        self._asked_at = now

    def _listen(self, line: socket.socket) -> bool:
        if not _is_ready(line):
            return False
        heard = line.recv(AT_ONCE)
        if not heard:
            raise ConnectionError("the server hung up")
        *lines, self._unread = (self._unread + heard).split(b"\r\n")
        if len(self._unread) > MOST_UNREAD:
            raise ConnectionError("a line without an end")
        news = [self._told(line, words) for words in lines]
        return any(news)

    def _told(self, line: socket.socket, words: bytes) -> bool:
        if words.startswith(b"+"):
            self._pause, self._not_before = FIRST_PAUSE, None
            return True
        if words.startswith(TAG + b" OK"):
            self._idle(line, self._now())
        elif words.startswith((TAG, b"* BYE")):
            raise ConnectionError("the server listens no longer")
        return words.startswith(b"* ") and words.endswith((b" EXISTS", b" RECENT"))

    def _guarded(self, act: Callable[[socket.socket], None]) -> None:
        if self._imap is None:
            return
        try:
            act(self._imap.sock)
        except TROUBLE:
            self._hang_up()
            self._not_before = self._now() + self._pause

    def _hang_up(self) -> None:
        if self._imap is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                self._imap.shutdown()
        self._imap = None

    def _is_ours(self) -> bool:
        if self._lock is not None:
            return True
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = (self._folder / "bell.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            self._not_before = self._now() + FIRST_PAUSE
            return False
        self._lock = lock
        return True


def wait(bells: list[Bell], seconds: float) -> list[Bell]:
    """Those at which something can be heard within about these seconds."""
    lines = {bell.line: bell for bell in bells if bell.line}
    waiting = [line for line in lines if _has_more(line)]
    ready = waiting or select.select(list(lines), [], [], seconds)[0]
    return [lines[line] for line in ready]


def _has_more(line: object) -> bool:
    """A sealed line may hold words that the system does not show."""
    pending = getattr(line, "pending", None)
    return bool(pending and pending())


def _is_ready(line: socket.socket) -> bool:
    return _has_more(line) or bool(select.select([line], [], [], 0)[0])
