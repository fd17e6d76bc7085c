"""One log-in: a TCP connection with its window, its heartbeat, and a thread that reads."""

import itertools
import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime

from huhang.channels.adapters.cmpp import marks, pdu
from huhang.channels.adapters.cmpp.pdu import Pdu
from huhang.channels.adapters.cmpp.plan import Plan

log = logging.getLogger(__name__)
LOGIN_WORDS = {1: "消息结构错", 2: "非法源地址", 3: "认证错", 4: "版本太高"}
_READ = 65536


class LoginRefused(Exception):
    """The gateway does not let us in; the message says why."""


class NotWritten(Exception):
    """The message did not leave as a whole, and what left of it is worth nothing: the connection is closed."""


class Lost(Exception):
    """The connection ended before the answer came: nobody knows whether the message arrived."""


Heard = Callable[["Session", int, pdu.Deliver], None]


class Session:
    """Open from its making until `ended`. Safe for threads."""

    def __init__(self, plan: Plan, heard: Heard, *, at: datetime) -> None:
        self.plan, self._heard = plan, heard
        self.ended = threading.Event()
        self._sequences = itertools.count(1)
        self._asked: dict[int, tuple[Future[Pdu], Callable[[Pdu], None]]] = {}
        self._writing, self._asking = threading.Lock(), threading.Lock()
        self._window = threading.Semaphore(plan.window)
        self._frames = pdu.Frames()
        self._socket = socket.create_connection((plan.host, plan.port), plan.timeout)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            early = self._log_in(at)
        except BaseException:
            self._socket.close()
            raise
        self._last_heard, self._tests = time.monotonic(), 0
        threading.Thread(target=self._run, args=[early], name=f"cmpp-{plan.sp_id}", daemon=True).start()

    def ask(self, message: Pdu, note: Callable[[Pdu], None] = lambda said: None) -> Future[Pdu]:
        """Put a message on the wire, as soon as the window has room. NotWritten when it surely did not arrive.

        `note` hears the answer before whoever waits for it does.
        """
        if not self._window.acquire(timeout=self.plan.timeout):
            raise NotWritten("the window stays full")
        answer: Future[Pdu] = Future()
        answer.add_done_callback(lambda _: self._window.release())
        sequence = self._next()
        with self._asking:
            self._asked[sequence] = answer, note
        try:
            self._write(message, sequence)
        except NotWritten as trouble:
            with self._asking:
                self._asked.pop(sequence, None)
            if not answer.done():
                answer.set_exception(trouble)
            raise
        return answer

    def answer(self, message: Pdu, sequence: int) -> None:
        """Answer a message of theirs. Where the connection is gone they will ask again."""
        with suppress(NotWritten):
            self._write(message, sequence)

    def leave(self) -> None:
        """Say good-bye and close."""
        with suppress(NotWritten):
            self._write(pdu.Terminate(), self._next())
        self.end("left")

    def end(self, why: str) -> None:
        """Close; whoever waits for an answer learns that none will come."""
        if self.ended.is_set():
            return
        self.ended.set()
        log.info("cmpp %s: session ended: %s", self.plan.sp_id, why)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with self._asking:
            asked, self._asked = self._asked, {}
        for answer, _ in asked.values():
            if not answer.done():
                answer.set_exception(Lost(why))

    def _log_in(self, at: datetime) -> list[bytes]:
        timestamp = marks.stamp(at)
        proven = marks.proof(self.plan.sp_id, self.plan.secret, timestamp)
        self._write(pdu.Connect(self.plan.sp_id, proven, self.plan.version, timestamp), self._next())
        frames: list[bytes] = []
        while not frames:
            content = self._socket.recv(_READ)
            if not content:
                raise LoginRefused("网关关闭了连接")
            frames += self._frames.feed(content)
        _, said = pdu.decode(frames[0], self.plan.version)
        if not isinstance(said, pdu.ConnectResp) or said.status:
            status = getattr(said, "status", -1)
            raise LoginRefused(f"网关拒绝登录 {status} {LOGIN_WORDS.get(status, '其他错误')}")
        if said.authenticator not in marks.counter_proofs(proven, self.plan.secret):
            log.warning("cmpp %s: the gateway did not show that it knows the secret", self.plan.sp_id)
        return frames[1:]

    def _next(self) -> int:
        return next(self._sequences) & 0xFFFFFFFF

    def _write(self, message: Pdu, sequence: int) -> None:
        frame = pdu.encode(message, sequence, self.plan.version)
        with self._writing:
            if self.ended.is_set():
                raise NotWritten("the session has ended")
            try:
                self._socket.sendall(frame)
                return
            except OSError as error:
                trouble = error
        self.end(f"writing: {trouble}")
        raise NotWritten(str(trouble)) from trouble

    def _run(self, early: list[bytes]) -> None:
        why = "closed by the gateway"
        try:
            for frame in early:
                self._take(frame)
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            while not self.ended.is_set() and self._listen(poll):
                pass
        except (OSError, pdu.Broken) as error:
            why = f"{type(error).__name__}: {error}"
        finally:
            self.end(why)
            self._socket.close()

    def _listen(self, poll: select.poll) -> bool:
        """Hear what comes until the next heartbeat is due; False when nothing more will come."""
        pause = self.plan.timeout if self._tests else self.plan.heartbeat
        due = self._last_heard + pause - time.monotonic()
        if due <= 0 or not poll.poll(due * 1000):
            return self._test()
        content = self._socket.recv(_READ)
        if not content:
            return False
        self._last_heard, self._tests = time.monotonic(), 0
        for frame in self._frames.feed(content):
            self._take(frame)
        return True

    def _test(self) -> bool:
        if self._tests >= self.plan.tries:
            raise TimeoutError(f"no answer to {self._tests} heartbeats")
        self._tests, self._last_heard = self._tests + 1, time.monotonic()
        with suppress(NotWritten):
            self._write(pdu.ActiveTest(), self._next())
        return not self.ended.is_set()

    def _take(self, frame: bytes) -> None:
        try:
            sequence, said = pdu.decode(frame, self.plan.version)
        except pdu.Broken as trouble:
            log.warning("cmpp %s: %s", self.plan.sp_id, trouble)
            self._refuse(frame)
            return
        match said:
            case pdu.Deliver():
                self._heard(self, sequence, said)
            case pdu.ActiveTest():
                self.answer(pdu.ActiveTestResp(), sequence)
            case pdu.Terminate():
                self.answer(pdu.TerminateResp(), sequence)
                self.end("the gateway said good-bye")
            case _:
                self._answered(sequence, said)

    def _refuse(self, frame: bytes) -> None:
        """A reply that nobody can read would come again for ever: it is sent back as broken."""
        _, command, sequence = pdu.HEADER.unpack_from(frame)
        if pdu.COMMANDS.get(command) is pdu.Deliver:
            msg_id = int.from_bytes(frame[12:20].ljust(8, b"\x00"))
            self.answer(pdu.DeliverResp(msg_id, 1), sequence)

    def _answered(self, sequence: int, said: Pdu) -> None:
        with self._asking:
            answer, note = self._asked.pop(sequence, (None, None))
        if answer is not None and note is not None:
            try:
                note(said)
            except OSError as trouble:  # it could not be written down: whoever waits must not believe it
                answer.set_exception(Lost(str(trouble)))
                raise
            answer.set_result(said)
