"""Who holds an account's line: one process of all, with a session kept open and opened again.

The lock is a file's (`flock`): the kernel lets go of it the moment its process dies, however it dies. All processes
that may hold the line must see the same folder; carriers tie an account to one machine's address anyway.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from huhang.channels.adapters.cmpp.hatch import Hatch, hand_in
from huhang.channels.adapters.cmpp.journal import Journal
from huhang.channels.adapters.cmpp.mailbag import Mailbag
from huhang.channels.adapters.cmpp.pdu import Broken
from huhang.channels.adapters.cmpp.plan import Plan
from huhang.channels.adapters.cmpp.sending import Sender
from huhang.channels.adapters.cmpp.session import LoginRefused, NotWritten, Session
from huhang.channels.rules.gateway import Letter, NotTaken, Post

log = logging.getLogger(__name__)
# Collecting lingers for what the gateway sends once it is acknowledged, and lets others have their turn.
LINGER, LONGEST_ROUND = 0.1, 2.0
TIDY_EVERY = timedelta(hours=6)


def _now() -> datetime:
    return datetime.now(UTC)


class Station:
    """One account in this process, whether it holds the line or not."""

    def __init__(self, plan: Plan, *, now: Callable[[], datetime] = _now) -> None:
        self.plan, self._now = plan, now
        self._lock: int | None = None
        self._taking = threading.Lock()
        self._line: _Line | None = None

    @property
    def holds(self) -> bool:
        return self._line is not None

    def hold(self) -> bool:
        """Take the line if nobody has it. It stays ours until `close` or the end of this process."""
        with self._taking:
            if self._line is None and self._locked():
                self._line = _Line(self.plan, self._now)
            return self._line is not None

    def send(self, letter: Letter) -> str:
        """By our own session, or by the hatch of the process that holds the line."""
        if self._line is not None:
            return self._line.send(letter)
        return hand_in(self.plan.folder / "hatch.json", letter, timeout=2 * self.plan.timeout)

    def posts(self) -> Iterator[Post]:
        """What came by the line; nothing where another process holds it."""
        if self._line is not None:
            yield from self._line.mailbag.posts(linger=LINGER, longest=LONGEST_ROUND)

    def close(self) -> None:
        """Say good-bye and let go of the line."""
        with self._taking:
            if self._line is not None:
                self._line.close()
            if self._lock is not None:
                os.close(self._lock)
            self._line = self._lock = None

    def _locked(self) -> bool:
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.plan.folder / "line.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock = lock
        return True


class _Line:
    """The session, opened again whenever it ends, and what belongs to it. Only who holds the lock makes one."""

    def __init__(self, plan: Plan, now: Callable[[], datetime]) -> None:
        self.plan, self._now = plan, now
        self.journal = Journal(plan.folder / "journal.jsonl", now=now)
        self.mailbag = Mailbag(plan, self.journal, now=now)
        self._sender = Sender(plan, self.journal)
        self._session: Session | None = None
        self._trouble = "正在登录"
        self._stop, self._changed = threading.Event(), threading.Condition()
        self._hatch = Hatch(plan.folder / "hatch.json", self.send)
        self._keeper = threading.Thread(target=self._keep, name=f"cmpp-keeper-{plan.sp_id}", daemon=True)
        self._keeper.start()

    def send(self, letter: Letter) -> str:
        with self._changed:
            self._changed.wait_for(lambda: self._open_session or self._stop.is_set(), self.plan.patience)
            session = self._open_session
        if session is None:
            raise NotTaken(f"短信网关未连接：{self._trouble}"[:200])
        return self._sender.send(session, letter)

    @property
    def _open_session(self) -> Session | None:
        session = self._session
        return session if session and not session.ended.is_set() else None

    def close(self) -> None:
        self._stop.set()
        self._hatch.close()
        if session := self._session:
            session.leave()
        self._keeper.join(2 * self.plan.timeout)
        self.journal.close()

    def _keep(self) -> None:
        pause, tidy_at = self.plan.pause, self._now() + TIDY_EVERY
        while not self._stop.is_set():
            began = time.monotonic()
            if self._open():
                self._wait_for_its_end()
            # Who is thrown out again and again waits longer and longer, as does who is not let in.
            lasted = time.monotonic() - began > max(10 * self.plan.pause, self.plan.heartbeat)
            pause = self.plan.pause if lasted else min(2 * pause, self.plan.longest_pause)
            if self._now() > tidy_at:
                self.journal.reopen()
                tidy_at = self._now() + TIDY_EVERY
            self._stop.wait(pause)

    def _open(self) -> bool:
        try:
            session = Session(self.plan, self.mailbag.put, at=self._now())
        except (OSError, LoginRefused, NotWritten, Broken) as trouble:
            self._trouble = str(trouble) or type(trouble).__name__
            log.warning("cmpp %s: %s", self.plan.sp_id, self._trouble)
            return False
        with self._changed:
            self._session = session
            self._changed.notify_all()
        return True

    def _wait_for_its_end(self) -> None:
        session = self._session
        assert session is not None
        while not session.ended.wait(1.0):
            if self._stop.is_set():
                with suppress(OSError):
                    session.leave()
        self._session, self._trouble = None, "连接中断，正在重连"
