"""Packets of the manager interface: lines of `Name: value`, ended by an empty line."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from huhang.channels.rules.wire import Unreadable

BANNER = "Asterisk Call Manager/"
# A packet longer than this is not Asterisk.
LONGEST = 1024 * 1024

Packet = dict[str, str]


@dataclass
class Packets:
    """Bytes in, whole packets out; the greeting, a line of its own, comes as `{"banner": …}`."""

    _rest: bytearray = field(default_factory=bytearray)
    _is_greeted: bool = False

    def feed(self, data: bytes) -> Iterator[Packet]:
        self._rest += data
        if not self._is_greeted:
            end = self._rest.find(b"\n")
            if end < 0:
                self._refuse_endless()
                return
            yield self._greeting(end)
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            text = self._rest[:end].decode("utf-8", "replace")
            del self._rest[: end + 4]
            yield _packet(text)
        self._refuse_endless()

    def _greeting(self, end: int) -> Packet:
        line = self._rest[:end].decode("utf-8", "replace").strip()
        del self._rest[: end + 1]
        if not line.startswith(BANNER):
            raise Unreadable(f"this is no Asterisk: {line[:60]}")
        self._is_greeted = True
        return {"banner": line}

    def _refuse_endless(self) -> None:
        if len(self._rest) > LONGEST:
            raise Unreadable("a packet without end")


def _packet(text: str) -> Packet:
    """Names in small letters; of a name that comes twice the first counts."""
    packet: Packet = {}
    for line in text.split("\n"):
        name, colon, value = line.strip("\r").partition(":")
        if colon:
            packet.setdefault(name.strip().lower(), value.strip())
    return packet
