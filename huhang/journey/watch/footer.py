"""A Parquet file's footer cut into pieces, so that one row group can be read without understanding all of them.

A footer lists every column chunk of every row group: that of a file of fifty million rows takes longer to parse than
a look-up may. It is a Thrift struct in the compact protocol; where each row group begins in it can be noted once, and
a footer of one row group put together from a few kilobytes later.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"PAR1"
TAIL = 8  # the footer's length, and the magic word
ROW_GROUPS = 4  # the field of FileMetaData

# Types of the compact protocol; true and false have no bytes of their own outside lists.
STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
ONE_STRUCT = bytes([1 << 4 | STRUCT])


class UnknownFooter(ValueError):
    """This is not the end of a Parquet file as we know it."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """What stands before and after the list of row groups, and where each of these lies in the file."""

    before: bytes
    after: bytes
    starts: list[int]
    ends: list[int]


def cut(path: Path) -> Cuts:
    """Find the row groups in the footer of a file."""
    with path.open("rb") as file:
        file.seek(-TAIL, 2)
        length, magic = struct.unpack("<I4s", file.read(TAIL))
        start = file.tell() - TAIL - length
        if magic != MAGIC or start < len(MAGIC):
            raise UnknownFooter(path)
        file.seek(start)
        footer = file.read(length)
    try:
        return _cut(footer, start)
    except IndexError as error:
        raise UnknownFooter(path) from error


def joined(before: bytes, group: bytes, after: bytes) -> bytes:
    """Return a whole Parquet end that knows one row group only."""
    footer = before + ONE_STRUCT + group + after
    return MAGIC + footer + struct.pack("<I4s", len(footer), MAGIC)


def _cut(footer: bytes, start: int) -> Cuts:
    walk = _Walk(footer)
    field = 0
    while True:
        kind, field = walk.field(field)
        if kind == STOP:
            raise UnknownFooter
        if field == ROW_GROUPS and kind == LIST:
            break
        walk.skip(kind)
    before = footer[: walk.at]
    starts, ends = [], []
    for _ in range(walk.list_head()[0]):
        starts.append(start + walk.at)
        walk.skip(STRUCT)
        ends.append(start + walk.at)
    return Cuts(before, footer[walk.at :], starts, ends)


class _Walk:
    """Steps over values without keeping them."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def field(self, last: int) -> tuple[int, int]:
        """Return the type and number of the next field."""
        head = self._byte()
        if head == STOP:
            return STOP, last
        step = head >> 4
        if step:
            return head & 15, last + step
        number = self._number()
        return head & 15, number >> 1 ^ -(number & 1)

    def list_head(self) -> tuple[int, int]:
        """Return how many of which type follow."""
        head = self._byte()
        count = head >> 4
        return (self._number() if count == 15 else count), head & 15

    def skip(self, kind: int) -> None:
        if kind == STRUCT:
            self._skip_struct()
        elif kind in (I16, I32, I64):
            self._number()
        elif kind == BINARY:
            length = self._number()
            self.at += length
        elif kind in (LIST, SET):
            self._skip_list()
        elif kind == BYTE:
            self.at += 1
        elif kind == DOUBLE:
            self.at += 8
        elif kind not in (TRUE, FALSE):
            raise UnknownFooter(kind)

    def _skip_struct(self) -> None:
        field = 0
        while True:
            kind, field = self.field(field)
            if kind == STOP:
                return
            self.skip(kind)

    def _skip_list(self) -> None:
        count, kind = self.list_head()
        if kind in (TRUE, FALSE):
            self.at += count
            return
        for _ in range(count):
            self.skip(kind)

    def _number(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _byte(self) -> int:
        byte = self.content[self.at]
        self.at += 1
        return byte
