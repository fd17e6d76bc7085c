"""A TCP line to a switch: one session after another, torn and mended, never waited for longer than asked."""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from huhang.channels.rules.calls import CallEvent
from huhang.channels.rules.phone import Session, SwitchRefused
from huhang.channels.rules.wire import Unreadable, WireAway

AT_ONCE = 256 * 1024
CONNECTING = 5.0
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)
# After so long a silence we ask for a sign of life, and after as long again the line is dead.
SILENCE = timedelta(seconds=30)


class Line:
    """One account's line. `now` is the clock; `begin` makes a new session for each connection."""

    def __init__(
        self, host: str, port: int, begin: Callable[[], Session], now: Callable[[], datetime]
    ) -> None:
        self.place = (host, port)
        self.session = begin()
        self._begin = begin
        self._now = now
        self._socket: socket.socket | None = None
        self._pause = FIRST_PAUSE
        self._not_before: datetime | None = None
        self._heard_at: datetime | None = None
        self._has_asked = False

    @property
    def is_open(self) -> bool:
        return self._socket is not None and self.session.is_ready

    def poll(self, seconds: float) -> list[CallEvent]:
        """What is told within these seconds; connects first where it must. Raises WireAway or SwitchRefused.

        After either one may poll again: the next attempt waits by itself, longer each time.
        """
        if self._socket is None and not self._connect():
            return []
        try:
            return self._hear(seconds)
        except (OSError, Unreadable) as error:
            self._tear()
            raise WireAway(str(error)) from error
        except SwitchRefused:
            self._tear()
            self._pause = LONGEST_PAUSE
            raise

    def send(self) -> None:
        """Send what the session has to say."""
        if self._socket and (waiting := self.session.to_send()):
            self._socket.sendall(waiting)

    def close(self) -> None:
        if self._socket:
            with suppress(OSError):
                self._socket.close()
        self._socket = None

    def _connect(self) -> bool:
        now = self._now()
        if self._not_before and now < self._not_before:
            return False
        self._not_before = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        try:
            self._socket = socket.create_connection(self.place, CONNECTING)
        except OSError as error:
            raise WireAway(str(error)) from error
        self._socket.settimeout(CONNECTING)
        self.session, self._heard_at, self._has_asked = self._begin(), now, False
        return True

    def _hear(self, seconds: float) -> list[CallEvent]:
        assert self._socket is not None
        self.send()
        if not select.select([self._socket], [], [], seconds)[0]:
            self._ask_whether_it_lives()
            return []
        data = self._socket.recv(AT_ONCE)
        if not data:
            raise ConnectionError("the switch hung up")
        now = self._now()
        self._heard_at, self._has_asked = now, False
        told = list(self.session.receive(data, now=now))
        self.send()
        if self.session.is_ready:
            self._pause = FIRST_PAUSE
        return told

    def _ask_whether_it_lives(self) -> None:
        silent = self._now() - (self._heard_at or self._now())
        if silent > 2 * SILENCE:
            raise ConnectionError("the switch says nothing any more")
        if silent > SILENCE and not self._has_asked and self.session.is_ready:
            self._has_asked = True
            self.session.keep_alive()
            self.send()

    def _tear(self) -> None:
        self.close()
        self._not_before = self._now() + self._pause
