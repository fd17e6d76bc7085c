"""Frames of the event socket: headers, an empty line, and as many bytes of body as `Content-Length` says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from huhang.channels.rules.wire import Unreadable

# Far above any event; a longer frame is not FreeSWITCH.
LONGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; names of headers are in small letters, as senders differ."""

    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def sort(self) -> str:
        return self.headers.get("content-type", "")


@dataclass
class Frames:
    """Bytes in, whole frames out."""

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._rest += data
        while (frame := self._next()) is not None:
            yield frame
        if len(self._rest) > LONGEST:
            raise Unreadable("a frame without end")

    def _next(self) -> Frame | None:
        while self._rest[:1] == b"\n":
            del self._rest[:1]
        end = self._rest.find(b"\n\n")
        if end < 0:
            return None
        headers = _headers(self._rest[:end].decode("utf-8", "replace"))
        length = _length(headers)
        if len(self._rest) < end + 2 + length:
            return None
        body = bytes(self._rest[end + 2 : end + 2 + length])
        del self._rest[: end + 2 + length]
        return Frame(headers, body)


def _length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()) or int(text) > LONGEST:
        raise Unreadable(f"a length of {text[:20]}")
    return int(text)


def _headers(text: str, *, is_encoded: bool = False) -> dict[str, str]:
    found = {}
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            given = value.strip()
            found[name.strip().lower()] = unquote(given) if is_encoded else given
    return found


def event_of(frame: Frame) -> dict[str, str]:
    """The headers of the event in a frame, in small letters; empty when the frame holds no event."""
    if frame.sort == "text/event-json":
        return _from_json(frame.body)
    if frame.sort == "text/event-plain":
        head, _, _ = frame.body.decode("utf-8", "replace").partition("\n\n")
        return _headers(head, is_encoded=True)
    return {}


def _from_json(body: bytes) -> dict[str, str]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("an event that is no JSON") from error
    if not isinstance(told, dict):
        raise Unreadable("an event that is no object")
    return {str(name).lower(): _text(value) for name, value in told.items()}


def _text(value: object) -> str:
    """A header that was set several times comes as a list."""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    return value if isinstance(value, str) else str(value)
