"""What CMPP packs into bytes inside its messages: numbers of messages, log-in proofs, receipts."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from struct import Struct

from huhang.channels.adapters.cmpp.pdu import V30, Broken, Version
from huhang.channels.rules.sms import CHINA

_NARROW, _WIDE = Struct(">Q7s10s10s21sI"), Struct(">Q7s10s10s32sI")


@dataclass(frozen=True, slots=True)
class MsgId:
    """A gateway's number for a message: when, by which gateway, and a serial number."""

    month: int
    day: int
    hour: int
    minute: int
    second: int
    gateway: int
    serial: int

    def packed(self) -> int:
        """As the 64 bits that travel: 4, 5, 5, 6, 6 for the time, 22 for the gateway, 16 for the serial."""
        value = 0
        for part, bits in zip(self._parts(), _BITS, strict=True):
            value = value << bits | part & (1 << bits) - 1
        return value

    @classmethod
    def of(cls, value: int) -> "MsgId":
        """From the 64 bits."""
        parts = []
        for bits in reversed(_BITS):
            parts.append(value & (1 << bits) - 1)
            value >>= bits
        return cls(*reversed(parts))

    def _parts(self) -> tuple[int, ...]:
        return self.month, self.day, self.hour, self.minute, self.second, self.gateway, self.serial


_BITS = (4, 5, 5, 6, 6, 22, 16)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: `stat` is DELIVRD, or why not; times are YYMMDDHHMM by the clock in China."""

    msg_id: int
    stat: str
    submitted: str
    done: str
    number: str
    smsc_sequence: int = 0

    def encoded(self, version: Version) -> bytes:
        texts = [text.encode("latin-1") for text in (self.stat, self.submitted, self.done, self.number)]
        return (_WIDE if version >= V30 else _NARROW).pack(self.msg_id, *texts, self.smsc_sequence)

    @classmethod
    def of(cls, content: bytes) -> "Receipt":
        """From a Deliver's content, of either version whatever the session says. Raises Broken."""
        if len(content) not in (_NARROW.size, _WIDE.size):
            raise Broken(f"a receipt of {len(content)} bytes")
        msg_id, *rest, sequence = (_WIDE if len(content) == _WIDE.size else _NARROW).unpack(content)
        stat, submitted, done, number = (text.split(b"\x00")[0].decode("latin-1") for text in rest)
        return cls(msg_id, stat, submitted, done, number, sequence)

    def done_at(self, fallback: datetime) -> datetime:
        """When it was decided; `fallback` where the gateway writes nonsense."""
        try:
            return datetime.strptime(self.done, "%y%m%d%H%M").replace(tzinfo=CHINA)
        except ValueError:
            return fallback


def stamp(at: datetime) -> int:
    """MMDDHHMMSS by the clock in China, as a number: 0102030405 loses its first zero."""
    return int(f"{at.astimezone(CHINA):%m%d%H%M%S}")


def proof(source: str, secret: str, timestamp: int) -> bytes:
    """AuthenticatorSource: MD5 of log-in name, nine zero bytes, secret and the time in ten digits."""
    return md5(
        source.encode() + bytes(9) + secret.encode() + f"{timestamp:010d}".encode(), usedforsecurity=False
    ).digest()


def counter_proofs(proven: bytes, secret: str, status: int = 0) -> list[bytes]:
    """AuthenticatorISMG: by it a gateway shows that it knows the secret too. Some take the status as four bytes."""
    contents = [status.to_bytes(size) + proven + secret.encode() for size in (1, 4)]
    return [md5(content, usedforsecurity=False).digest() for content in contents]
