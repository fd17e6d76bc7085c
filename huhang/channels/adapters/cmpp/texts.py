"""Words as the bytes of short messages: UCS-2, long ones in parts with a 6-byte header, joined again on receipt."""

from dataclasses import dataclass

from huhang.channels.rules.outgoing import PART_OF_LONG_SMS, SHORT_SMS

UCS2 = 8
MOST_PARTS = 255
# Msg_Fmt → how its bytes are read. Anything else is binary: shown as it may be read.
_READ_AS = {0: "latin-1", UCS2: "utf-16-be", 15: "gb18030", 24: "utf-16-be", 25: "utf-16-be"}
# User data headers that say "part of a long message": reference of one byte, and of two.
_CONCATENATED = {0x00: 1, 0x08: 2}


@dataclass(frozen=True, slots=True)
class Part:
    """One short message: its bytes without header, and where it stands in a long one (`total` 1: it stands alone)."""

    content: bytes
    reference: int = 0
    total: int = 1
    number: int = 1


def split(text: str, reference: int) -> list[bytes]:
    """The contents to submit; more than one begin with the header 05 00 03 reference total number."""
    if _units(text) <= SHORT_SMS:
        return [text.encode("utf-16-be", "replace")]
    pieces = _pieces(text)
    if len(pieces) > MOST_PARTS:
        raise ValueError("too long for short messages")
    head = bytes([5, 0, 3, reference & 0xFF, len(pieces)])
    return [
        head + bytes([number]) + piece.encode("utf-16-be", "replace")
        for number, piece in enumerate(pieces, 1)
    ]


def part_of(content: bytes, *, has_header: bool) -> Part:
    """Reads the header, if there is one; a header of another sort, or a broken one, is left out."""
    if not has_header or not content:
        return Part(content)
    end = 1 + content[0]
    header, rest = content[1:end], content[end:]
    at = 0
    while at + 2 <= len(header):
        element, size = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + size]
        width = _CONCATENATED.get(element)
        if width and len(value) == width + 2 and 1 <= value[-1] <= value[-2]:
            return Part(rest, int.from_bytes(value[:width]), value[-2], value[-1])
        at += 2 + size
    return Part(rest)


def read(content: bytes, fmt: int) -> str:
    """The words of a whole message. Nothing is too broken to be shown."""
    return content.decode(_READ_AS.get(fmt, "latin-1"), "replace").replace("\x00", "")


def _units(text: str) -> int:
    return len(text.encode("utf-16-be", "replace")) // 2


def _pieces(text: str) -> list[str]:
    """At most 67 units each; an emoji is two and stays whole."""
    pieces, room = [""], PART_OF_LONG_SMS
    for letter in text:
        size = _units(letter)
        if size > room:
            pieces.append("")
            room = PART_OF_LONG_SMS
        pieces[-1] += letter
        room -= size
    return pieces
