"""Which row group of a merged file holds a waybill: a file beside it, so that a look-up reads one page of 4 KB.

The index is a static hash table: a waybill's hash says on which page it is, and every page carries its own checksum,
so that a torn or foreign index is noticed and left out. It is made from its segment and can be made again.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from huhang.journey.watch import footer
from huhang.journey.watch.columns import joined, text_of
from huhang.journey.watch.compiling import compiled
from huhang.journey.watch.footer import Cuts

PAGE = 4096
WORDS = PAGE // 4
HELD = (WORDS - 2) // 2  # entries that fit a page: after checksum and count, the hashes, then the row groups
FILLED = 0.78  # of a page on average; fuller ones run over
WIDENED = 1.15
ATTEMPTS = 12
MAGIC = b"HHINDEX1"
HEAD = struct.Struct(
    "<8s16sQQIIIII"
)  # …, name, size, rows, pages, groups, before, after, checksum of the rest
LOW = np.uint64(0xFFFF_FFFF)
HALF = np.uint64(32)
WHOLE = (1 << 64) - 1
# FNV-1a, then mixed: numbers of one carrier differ in a few digits, which must reach every bit of the hash.
FNV_START, FNV_PRIME = 0xCBF2_9CE4_8422_2325, 0x100_0000_01B3
MIXING = ((0xBF58_476D_1CE4_E5B9, 30), (0x94D0_49BB_1331_11EB, 27))


class IndexIsWrong(ValueError):
    """It is torn, or does not belong to this file: whoever asks must read the file itself."""


class CannotIndex(ValueError):
    """So many waybills share one hash that somebody must have made them up."""


def hashes(waybills: Any) -> NDArray[np.uint64]:
    """Return the hash of every waybill of a column. It is written to disk: it must never become another."""
    return np.asarray(_hashes(*text_of(joined(waybills).cast(pa.large_string()))))


def hash_of(waybill: str) -> int:
    """Return the same for a single one, without compiled code."""
    hashed = FNV_START
    for byte in waybill.encode():
        hashed = (hashed ^ byte) * FNV_PRIME & WHOLE
    for factor, shift in MIXING:
        hashed = (hashed ^ hashed >> shift) * factor & WHOLE
    return hashed ^ hashed >> 31


def fingerprint(hashed: int) -> int:
    """Return the part of a hash that is kept where a chance of one in four billion does no harm."""
    return hashed & int(LOW)


def fingerprints(waybills: Any) -> NDArray[np.uint32]:
    """Return those of a column, each once."""
    return np.unique((hashes(waybills) & LOW).astype(np.uint32))


@dataclass
class Entries:
    """Each waybill's hash and the row group where it begins, collected while a sorted file is written or read."""

    rows: int = 0
    last: int | None = None

    def __post_init__(self) -> None:
        self._hashes: list[NDArray[np.uint64]] = []
        self._groups: list[NDArray[np.uint32]] = []

    def add(self, waybills: Any, group: int) -> None:
        """Take in the waybills of the next row group."""
        hashed = hashes(waybills)
        if not len(hashed):
            return
        is_first = np.append(self.last is None or int(hashed[0]) != self.last, hashed[1:] != hashed[:-1])
        self._hashes.append(hashed[is_first])
        self._groups.append(np.full(int(is_first.sum()), group, np.uint32))
        self.rows += len(hashed)
        self.last = int(hashed[-1])

    def pages(self) -> NDArray[np.uint32]:
        """Return the pages of the table."""
        hashed = np.concatenate([*self._hashes, np.zeros(0, np.uint64)])
        groups = np.concatenate([*self._groups, np.zeros(0, np.uint32)])
        count = int(len(hashed) / (HELD * FILLED)) + 1
        for _ in range(ATTEMPTS):
            place = _page(hashed, count)
            if int(np.bincount(place, minlength=count).max()) <= HELD:
                return _laid_out(hashed, groups, place, count)
            count = int(count * WIDENED) + 1
        raise CannotIndex


class Index:
    """An open index; it answers for the segment beside it as long as that has the size it had."""

    def __init__(self, segment: Path) -> None:
        self.file: IO[bytes] = path_of(segment).open("rb", buffering=0)
        head = self._read(0, PAGE)
        magic, name, size, rows, pages, groups, before, after, check = HEAD.unpack_from(head)
        if magic != MAGIC or name != _name(segment) or zlib.crc32(head[: PAGE - 4]) != _word(head, PAGE - 4):
            raise IndexIsWrong(segment)
        rest = self._read(PAGE * (1 + pages), 16 * groups + before + after)
        if zlib.crc32(rest) != check:
            raise IndexIsWrong(segment)
        self.segment, self.size, self.rows, self.pages, self.groups = segment, size, rows, pages, groups
        self._places = np.frombuffer(rest, np.uint64, 2 * groups).reshape(groups, 2)
        self._before = rest[16 * groups : 16 * groups + before]
        self._after = rest[16 * groups + before :]

    def find(self, hashed: int) -> list[int]:
        """Return the row groups where a waybill of this hash may begin: none or one, hardly ever more."""
        page = (hashed >> 32) * self.pages >> 32
        content = self._read(PAGE * (1 + page), PAGE)
        if zlib.crc32(content[4:]) != _word(content, 0):
            raise IndexIsWrong(self.segment)
        words = np.frombuffer(content, np.uint32)
        held = np.flatnonzero(words[2 : 2 + int(words[1])] == fingerprint(hashed))
        return [int(words[2 + HELD + place]) for place in held]

    def end_of(self, segment: IO[bytes], group: int) -> bytes:
        """Return the end of a Parquet file that consists of this row group only."""
        start, end = map(int, self._places[group])
        return footer.joined(self._before, os.pread(segment.fileno(), end - start, start), self._after)

    def check(self) -> None:
        """Raise unless every page is as it was written."""
        for page in range(self.pages):
            content = self._read(PAGE * (1 + page), PAGE)
            if zlib.crc32(content[4:]) != _word(content, 0):
                raise IndexIsWrong(self.segment)

    def _read(self, start: int, length: int) -> bytes:
        # Not memory-mapped: a file that is cut off under a mapping ends the process.
        content = os.pread(self.file.fileno(), length, start)
        if len(content) != length:
            raise IndexIsWrong(self.file.name)
        return content


def path_of(segment: Path) -> Path:
    """Return where a segment's index is."""
    return segment.with_suffix(".index")


def write(segment: Path, entries: Entries) -> None:
    """Put the index of a sorted segment beside it, whole or not at all."""
    content = _content(segment, entries)
    unfinished = segment.with_suffix(f".index-{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        for part in content:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path_of(segment))


def build(segment: Path) -> None:
    """Make the index of a merged segment afresh from its rows."""
    entries = Entries()
    with pq.ParquetFile(segment) as file:
        for group in range(file.num_row_groups):
            entries.add(file.read_row_group(group, columns=["waybill"])["waybill"], group)
    write(segment, entries)


def _content(segment: Path, entries: Entries) -> Iterator[bytes]:
    cuts = footer.cut(segment)
    pages = entries.pages()
    rest = _rest(cuts)
    head = HEAD.pack(
        MAGIC, _name(segment), segment.stat().st_size, entries.rows, len(pages), len(cuts.starts),
        len(cuts.before), len(cuts.after), zlib.crc32(rest),
    ).ljust(PAGE - 4, b"\0")  # fmt: skip
    yield head + struct.pack("<I", zlib.crc32(head))
    yield pages.tobytes()
    yield rest


def _rest(cuts: Cuts) -> bytes:
    return np.array([cuts.starts, cuts.ends], np.uint64).T.tobytes() + cuts.before + cuts.after


def _name(segment: Path) -> bytes:
    return blake2b(segment.name.encode(), digest_size=16).digest()


def _word(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "little")


def _page(hashed: NDArray[np.uint64], pages: int) -> NDArray[np.int64]:
    return ((hashed >> HALF) * np.uint64(pages) >> HALF).astype(np.int64)


def _laid_out(
    hashed: NDArray[np.uint64], groups: NDArray[np.uint32], place: NDArray[np.int64], count: int
) -> NDArray[np.uint32]:
    order = np.argsort(place, kind="stable")
    held = np.bincount(place, minlength=count)
    page = place[order]
    nth = np.arange(len(order)) - (np.cumsum(held) - held)[page]
    pages = np.zeros((count, WORDS), np.uint32)
    pages[:, 1] = held
    pages[page, 2 + nth] = (hashed[order] & LOW).astype(np.uint32)
    pages[page, 2 + HELD + nth] = groups[order]
    pages[:, 0] = [zlib.crc32(content[1:].data) for content in pages]
    return pages


@compiled
def _hashes(offsets: NDArray[np.int64], text: NDArray[np.uint8]) -> NDArray[np.uint64]:
    hashes = np.empty(len(offsets) - 1, np.uint64)
    for i in range(len(hashes)):
        hashed = np.uint64(FNV_START)
        for j in range(offsets[i], offsets[i + 1]):
            hashed = (hashed ^ np.uint64(text[j])) * np.uint64(FNV_PRIME)
        for factor, shift in MIXING:
            hashed = (hashed ^ hashed >> np.uint64(shift)) * np.uint64(factor)
        hashes[i] = hashed ^ hashed >> np.uint64(31)
    return hashes
