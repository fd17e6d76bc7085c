"""A carrier's gateway for tests: a real TCP server that speaks CMPP 2.0 and 3.0, and misbehaves to order.

Orders are for the next submits, one each: `drop` closes before anything is kept, `lose` keeps and closes without an
answer, `silent` keeps and never answers, `cut` keeps and closes in the middle of the answer, `split` answers byte by
byte, `early` tells the receipt before the answer, `throttle` and `refuse:13` answer with a result.
"""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from huhang.channels.adapters.cmpp import marks, pdu, texts
from huhang.channels.adapters.cmpp.pdu import V20, V30, Pdu, Version
from huhang.channels.rules.sms import CHINA

SP_ID, SECRET, SRC_ID = "900001", "888888", "10690000"
WINDOW = 16


@dataclass
class Parcel:
    """Something to deliver until it is acknowledged."""

    message: pdu.Deliver
    sent_at: float = 0.0
    times: int = 0


@dataclass
class Gateway:
    """`submitted` is what was kept; `acknowledged` what the client said it has, by Msg_Id."""

    newest: Version = V30
    redeliver_after: float = 60.0
    receipts: str = ""
    duplicate: bool = False
    mute: bool = False
    # How long it thinks about a submit that it has kept.
    slow: float = 0.0
    orders: list[str] = field(default_factory=list)
    submitted: list[pdu.Submit] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refused: int = 0
    acknowledged: list[int] = field(default_factory=list)
    tests: int = 0
    alive: int = 0
    good_byes: int = 0
    most_open: int = 0
    delivered: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self._lines: list[_Line] = []
        self._parcels: dict[int, Parcel] = {}
        self._lock = threading.RLock()
        self._serial = itertools.count(1)
        self._server: socket.socket | None = None

    def start(self) -> None:
        """Listen, on the same port as before."""
        server = socket.create_server(("127.0.0.1", self.port))
        self.port, self._server = server.getsockname()[1], server
        threading.Thread(target=self._accept, args=[server], daemon=True).start()

    def stop(self) -> None:
        if self._server:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection without a word."""
        for line in list(self._lines):
            line.close()

    def open_lines(self) -> int:
        return len(self._lines)

    def next_id(self) -> int:
        at = datetime.now(CHINA)
        serial = next(self._serial) & 0xFFFF
        return marks.MsgId(at.month, at.day, at.hour, at.minute, at.second, 4321, serial).packed()

    def uplink(
        self, text: str, *, src: str = "19900001234", code: str = "", order: list[int] | None = None
    ) -> list[int]:
        """Somebody writes: parts in this order (1, 2, …; left out parts never come). Returns their Msg_Ids."""
        contents = texts.split(text, 7)
        chosen = order or list(range(1, len(contents) + 1))
        return [
            self.deliver(
                pdu.Deliver(
                    self.next_id(),
                    f"{SRC_ID}{code}",
                    src,
                    contents[number - 1],
                    tp_udhi=int(len(contents) > 1),
                )
            )
            for number in chosen
        ]

    def report(self, submit: pdu.Submit, msg_id: int, stat: str) -> int:
        """Tell what became of a submit."""
        receipt = marks.Receipt(msg_id, stat, "2611221305", "2611221306", submit.numbers[0])
        wide = len(submit.link_id) > 0 or self.newest == V30
        content = receipt.encoded(V30 if wide else V20)
        return self.deliver(
            pdu.Deliver(self.next_id(), SRC_ID, submit.numbers[0], content, registered=1, fmt=0)
        )

    def deliver(self, message: pdu.Deliver) -> int:
        with self._lock:
            self._parcels[message.msg_id] = Parcel(message)
        self.pump()
        return message.msg_id

    def waiting(self) -> int:
        """How much was not acknowledged yet."""
        return len(self._parcels)

    def pump(self) -> None:
        """Send what is due by the newest line, as far as the window allows."""
        with self._lock:
            if not self._lines:
                return
            now = time.monotonic()
            under_way = [p for p in self._parcels.values() if p.sent_at]
            again = [p for p in under_way if now - p.sent_at > self.redeliver_after]
            room = WINDOW - (len(under_way) - len(again))
            fresh = [p for p in self._parcels.values() if not p.sent_at][: max(0, room)]
            for parcel in again + fresh:
                parcel.sent_at, parcel.times = now, parcel.times + 1
                for _ in range(2 if self.duplicate else 1):
                    self.delivered += 1
                    self._lines[-1].say(parcel.message)

    def ask_alive(self) -> None:
        for line in list(self._lines):
            line.say(pdu.ActiveTest())

    def heard(self, line: "_Line", sequence: int, said: Pdu) -> None:
        match said:
            case pdu.Submit():
                self._submit(line, sequence, said)
            case pdu.DeliverResp():
                with self._lock:
                    if said.result == 0 and said.msg_id in self._parcels:
                        del self._parcels[said.msg_id]
                        self.acknowledged.append(said.msg_id)
                self.pump()
            case pdu.ActiveTest():
                self.tests += 1
                if not self.mute:
                    line.say(pdu.ActiveTestResp(), sequence)
            case pdu.ActiveTestResp():
                self.alive += 1
            case pdu.Query():
                line.say(
                    pdu.QueryResp(said.day, said.sort, said.code, len(self.submitted), *[0] * 7), sequence
                )
            case pdu.Cancel():
                line.say(pdu.CancelResp(1), sequence)
            case pdu.Terminate():
                self.good_byes += 1
                line.say(pdu.TerminateResp(), sequence)
                line.close()

    def joined(self, line: "_Line") -> None:
        with self._lock:
            self._lines.append(line)
            self.most_open = max(self.most_open, len(self._lines))

    def left(self, line: "_Line") -> None:
        """What it had not acknowledged goes to the next one."""
        with self._lock:
            if line in self._lines:
                self._lines.remove(line)
                for parcel in self._parcels.values():
                    parcel.sent_at = 0.0

    def _submit(self, line: "_Line", sequence: int, submit: pdu.Submit) -> None:
        order = self.orders.pop(0) if self.orders else ""
        if order == "drop":
            line.close()
            return
        if order == "throttle" or order.startswith("refuse:"):
            line.say(pdu.SubmitResp(0, 8 if order == "throttle" else int(order[7:])), sequence)
            return
        msg_id = self.next_id()
        self.submitted.append(submit)
        self.numbers.append(msg_id)
        if order == "early":
            self.report(submit, msg_id, self.receipts)
            time.sleep(0.1)
        time.sleep(self.slow)
        self._answer(line, sequence, pdu.SubmitResp(msg_id, 0), order)
        if self.receipts and order != "early":
            self.report(submit, msg_id, self.receipts)

    def _answer(self, line: "_Line", sequence: int, answer: pdu.SubmitResp, order: str) -> None:
        frame = pdu.encode(answer, sequence, line.version)
        if order == "lose":
            line.close()
        elif order == "cut":
            line.send(frame[:15])
            line.close()
        elif order == "split":
            for byte in frame:
                line.send(bytes([byte]))
        elif order != "silent":
            line.send(frame)

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_Line(self, connection).run, daemon=True).start()


class _Line:
    """One connection."""

    def __init__(self, gateway: Gateway, connection: socket.socket) -> None:
        self._gateway, self._connection = gateway, connection
        self.version: Version = V20
        self._sequences = itertools.count(1_000_000)
        self._writing = threading.Lock()

    def run(self) -> None:
        frames, is_in = pdu.Frames(), False
        with suppress(OSError, pdu.Broken):
            while content := self._connection.recv(4096):
                for frame in frames.feed(content):
                    sequence, said = pdu.decode(frame, self.version)
                    if is_in:
                        self._gateway.heard(self, sequence, said)
                    elif isinstance(said, pdu.Connect):
                        is_in = self._let_in(sequence, said)
        self.close()

    def say(self, message: Pdu, sequence: int | None = None) -> None:
        number = next(self._sequences) if sequence is None else sequence
        self.send(pdu.encode(message, number, self.version))

    def send(self, content: bytes) -> None:
        with suppress(OSError), self._writing:
            self._connection.sendall(content)

    def close(self) -> None:
        self._gateway.left(self)
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _let_in(self, sequence: int, asked: pdu.Connect) -> bool:
        proven = marks.proof(asked.source, SECRET, asked.timestamp)
        self.version = V30 if asked.version >= V30 else V20
        status = 0 if (asked.source, asked.authenticator) == (SP_ID, proven) else 3
        status = 4 if self.version > self._gateway.newest else status
        back = marks.counter_proofs(proven, SECRET, status)[0]
        if status == 0:
            self._gateway.logins.append(asked.source)
        else:
            self._gateway.refused += 1
        self.say(pdu.ConnectResp(status, back, self.version), sequence)
        if status == 0:
            self._gateway.joined(self)
            self._gateway.pump()
        return status == 0


@contextmanager
def running(**given: object) -> Iterator[Gateway]:
    """A gateway for as long as the block runs; it looks at what is due to be delivered again every 50 ms."""
    gateway, stop = Gateway(**given), threading.Event()  # type: ignore[arg-type]
    gateway.start()

    def watch() -> None:
        while not stop.wait(0.05):
            gateway.pump()

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield gateway
    finally:
        stop.set()
        gateway.stop()
