"""CMPP's messages as bytes and back: a 12-byte header, then fields; numbers big-endian, texts padded with NUL.

Version 3.0 has wider numbers of terminals, four-byte results and a LinkID; everything else is as in 2.0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from struct import Struct
from typing import Any, Literal

Version = Literal[0x20, 0x30]
V20: Version = 0x20
V30: Version = 0x30
HEADER = Struct(">III")
RESPONSE = 0x80000000
# A submit to 100 numbers of 3.0 is below 4 kB; who announces more is out of step.
LONGEST = 8192


class Broken(Exception):
    """These bytes are no CMPP; the message says why."""


@dataclass(frozen=True, slots=True)
class Connect:
    source: str
    authenticator: bytes
    version: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class ConnectResp:
    status: int
    authenticator: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Terminate: ...


@dataclass(frozen=True, slots=True)
class TerminateResp: ...


@dataclass(frozen=True, slots=True)
class Submit:
    """`total` and `number` say which part of a long message this is; `registered` 1 asks for a receipt."""

    numbers: tuple[str, ...]
    content: bytes
    src_id: str
    sp_id: str
    service_id: str = ""
    msg_id: int = 0
    total: int = 1
    number: int = 1
    registered: int = 1
    level: int = 1
    fee_user_type: int = 2
    fee_terminal: str = ""
    fee_terminal_type: int = 0
    tp_pid: int = 0
    tp_udhi: int = 0
    fmt: int = 8
    fee_type: str = "01"
    fee_code: str = "000000"
    valid_time: str = ""
    at_time: str = ""
    numbers_type: int = 0
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class SubmitResp:
    msg_id: int
    result: int


@dataclass(frozen=True, slots=True)
class Query:
    """How many messages went on a day (YYYYMMDD): numbers of all, never the fate of one."""

    day: str
    sort: int = 0
    code: str = ""
    reserve: str = ""


@dataclass(frozen=True, slots=True)
class QueryResp:
    day: str
    sort: int
    code: str
    taken: int
    taken_numbers: int
    sent: int
    waiting: int
    failed: int
    replies: int
    replies_waiting: int
    replies_failed: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """A reply, or with `registered` 1 a receipt (`Receipt` in its content)."""

    msg_id: int
    dest_id: str
    src: str
    content: bytes
    registered: int = 0
    service_id: str = ""
    tp_pid: int = 0
    tp_udhi: int = 0
    fmt: int = 8
    src_type: int = 0
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class DeliverResp:
    msg_id: int
    result: int


@dataclass(frozen=True, slots=True)
class Cancel:
    msg_id: int


@dataclass(frozen=True, slots=True)
class CancelResp:
    """`result` 0 in 2.0 and 3.0: the message was taken back before it left."""

    result: int


@dataclass(frozen=True, slots=True)
class ActiveTest: ...


@dataclass(frozen=True, slots=True)
class ActiveTestResp:
    reserved: int = 0


Pdu = (
    Connect | ConnectResp | Terminate | TerminateResp | Submit | SubmitResp | Query | QueryResp | Deliver | DeliverResp
    | Cancel | CancelResp | ActiveTest | ActiveTestResp
)  # fmt: skip
COMMANDS: dict[int, type[Pdu]] = {
    0x1: Connect, 0x80000001: ConnectResp, 0x2: Terminate, 0x80000002: TerminateResp, 0x4: Submit,
    0x80000004: SubmitResp, 0x5: Deliver, 0x80000005: DeliverResp, 0x6: Query, 0x80000006: QueryResp,
    0x7: Cancel, 0x80000007: CancelResp, 0x8: ActiveTest, 0x80000008: ActiveTestResp,
}  # fmt: skip
_CODES = {kind: code for code, kind in COMMANDS.items()}
# A field is a name and how it lies: an int is a number of so many bytes, `t6` a text, `b16` bytes, and two that carry
# their own length: `numbers` and `content`. A `-` name is padding.
Layout = tuple[tuple[str, int | str], ...]


def encode(pdu: Pdu, sequence: int, version: Version) -> bytes:
    """The whole message with its header. ValueError where a value does not fit its field."""
    body = b"".join(_packed(pdu, name, kind) for name, kind in _layout(type(pdu), version))
    return HEADER.pack(HEADER.size + len(body), _CODES[type(pdu)], sequence) + body


def decode(frame: bytes, version: Version) -> tuple[int, Pdu]:
    """Its sequence number and the message. Raises Broken."""
    if len(frame) < HEADER.size:
        raise Broken(f"{len(frame)} bytes are no header")
    length, command, sequence = HEADER.unpack_from(frame)
    kind = COMMANDS.get(command)
    if kind is None or length != len(frame):
        raise Broken(f"command {command:#x} of {length} bytes, {len(frame)} are here")
    given: dict[str, Any] = {}
    at = HEADER.size
    for name, shape in _layout(kind, version):
        given[name], at = _unpacked(frame, at, shape, given)
    if at != len(frame):
        raise Broken(f"{len(frame) - at} bytes too many in {kind.__name__}")
    known = {field.name for field in fields(kind)}
    return sequence, kind(**{name: value for name, value in given.items() if name in known})


class Frames:
    """Cuts a stream into whole messages, however its bytes arrive."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, content: bytes) -> Iterator[bytes]:
        """Every message that is whole now. Raises Broken when the stream is out of step."""
        self._held += content
        while len(self._held) >= 4:
            length = int.from_bytes(self._held[:4])
            if not HEADER.size <= length <= LONGEST:
                raise Broken(f"a message of {length} bytes")
            if len(self._held) < length:
                return
            frame = bytes(self._held[:length])
            del self._held[:length]
            yield frame


def _layout(kind: type[Pdu], version: Version) -> Layout:
    wide = version >= V30
    terminal, result = ("t32", 4) if wide else ("t21", 1)
    if kind is Submit:
        return (
            ("msg_id", 8), ("total", 1), ("number", 1), ("registered", 1), ("level", 1), ("service_id", "t10"),
            ("fee_user_type", 1), ("fee_terminal", terminal), *((("fee_terminal_type", 1),) if wide else ()),
            ("tp_pid", 1), ("tp_udhi", 1), ("fmt", 1), ("sp_id", "t6"), ("fee_type", "t2"), ("fee_code", "t6"),
            ("valid_time", "t17"), ("at_time", "t17"), ("src_id", "t21"),
            ("numbers", "numbers32" if wide else "numbers21"), *((("numbers_type", 1),) if wide else ()),
            ("content", "content"), ("link_id", "t20") if wide else ("-", "b8"),
        )  # fmt: skip
    if kind is Deliver:
        return (
            ("msg_id", 8), ("dest_id", "t21"), ("service_id", "t10"), ("tp_pid", 1), ("tp_udhi", 1), ("fmt", 1),
            ("src", terminal), *((("src_type", 1),) if wide else ()), ("registered", 1), ("content", "content"),
            ("link_id", "t20") if wide else ("-", "b8"),
        )  # fmt: skip
    return {
        Connect: (("source", "t6"), ("authenticator", "b16"), ("version", 1), ("timestamp", 4)),
        ConnectResp: (("status", result), ("authenticator", "b16"), ("version", 1)),
        SubmitResp: (("msg_id", 8), ("result", result)),
        DeliverResp: (("msg_id", 8), ("result", result)),
        Query: (("day", "t8"), ("sort", 1), ("code", "t10"), ("reserve", "t8")),
        QueryResp: (
            ("day", "t8"), ("sort", 1), ("code", "t10"), ("taken", 4), ("taken_numbers", 4), ("sent", 4),
            ("waiting", 4), ("failed", 4), ("replies", 4), ("replies_waiting", 4), ("replies_failed", 4),
        ),
        Cancel: (("msg_id", 8),),
        CancelResp: (("result", result),),
        ActiveTestResp: (("reserved", 1),),
    }.get(kind, ())  # fmt: skip


def _packed(pdu: Pdu, name: str, kind: int | str) -> bytes:
    if name == "-":
        return bytes(int(str(kind)[1:]))
    value: Any = getattr(pdu, name)
    if isinstance(kind, int):
        if not 0 <= value < 1 << (8 * kind):
            raise ValueError(f"{name}: {value} does not fit {kind} bytes")
        return int(value).to_bytes(kind)
    if kind.startswith("numbers"):
        return bytes([len(value)]) + b"".join(_text(number, int(kind[7:]), name) for number in value)
    if kind == "content":
        return bytes([len(value)]) + bytes(value)
    if kind[0] == "b":
        return _text(value.decode("latin-1"), int(kind[1:]), name, nul_is_fine=True)
    return _text(value, int(kind[1:]), name)


def _text(text: str, size: int, name: str, *, nul_is_fine: bool = False) -> bytes:
    content = text.encode("latin-1")
    if len(content) > size or (b"\x00" in content and not nul_is_fine):
        raise ValueError(f"{name}: {text!r} does not fit {size} bytes")
    return content.ljust(size, b"\x00")


def _unpacked(frame: bytes, at: int, kind: int | str, given: dict[str, Any]) -> tuple[Any, int]:
    if isinstance(kind, int):
        return int.from_bytes(_cut(frame, at, kind)), at + kind
    if kind == "content":
        size = _cut(frame, at, 1)[0]
        return _cut(frame, at + 1, size), at + 1 + size
    if kind.startswith("numbers"):
        count, size = _cut(frame, at, 1)[0], int(kind[7:])
        block = _cut(frame, at + 1, count * size)
        found = tuple(_read(block[i : i + size]) for i in range(0, count * size, size))
        return found, at + 1 + count * size
    size = int(kind[1:])
    content = _cut(frame, at, size)
    return (content if kind[0] == "b" else _read(content)), at + size


def _cut(frame: bytes, at: int, size: int) -> bytes:
    if at + size > len(frame):
        raise Broken(f"ends {at + size - len(frame)} bytes too early")
    return frame[at : at + size]


def _read(content: bytes) -> str:
    return content.split(b"\x00")[0].decode("latin-1")
