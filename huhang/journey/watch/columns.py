"""From an Arrow table of scans to the flat columns that the kernel folds."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from huhang.journey.rules.codes import Code
from huhang.journey.watch.compiling import compiled
from huhang.journey.watch.layout import NO_FLAGS, NO_PROFILE, NOWHERE, Batch
from huhang.journey.watch.program import SECOND

N = TypeVar("N", bound=np.generic)
ProfileOf = Callable[[str, str, str], int]

MOMENT = pa.timestamp("us", "UTC")
KEY_BYTES = 16
MARKER = 0x80  # set in the first byte of a hashed key; ASCII never has it


@dataclass(slots=True)
class Names:
    """Strings by index, in the order in which the log first told them; '' is always -1."""

    index: dict[str, int] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)

    def take(self, names: list[str | None]) -> NDArray[np.int32]:
        """Return the index of each name, giving new ones the next."""
        return np.fromiter((self._one(name) for name in names), np.int32, len(names))

    def _one(self, name: str | None) -> int:
        if not name:
            return NOWHERE
        found = self.index.get(name)
        if found is None:
            found = self.index[name] = len(self.known)
            self.known.append(name)
        return found

    def order(self, start: int) -> NDArray[np.uint32]:
        """Return a number for each name from `start` on that is the same in every process."""
        return np.array([zlib.crc32(name.encode()) for name in self.known[start:]], np.uint32)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a shard gives indexes to, and the long waybills that do not fit a key."""

    nodes: Names = field(default_factory=Names)
    operators: Names = field(default_factory=Names)
    long: dict[tuple[int, int], str] = field(default_factory=dict)


def read_columns(scans: pa.Table, known: Known, profile_of: ProfileOf) -> Batch:
    """Turn scans into kernel columns; `profile_of` numbers (product, origin, destination)."""
    hi, lo = keys(scans["waybill"], known.long)
    code = numbers(scans["code"]).astype(np.uint8, copy=False)
    facts = np.flatnonzero(code == Code.REGISTERED)
    fact = np.zeros(len(code), np.int32)
    fact[facts] = np.arange(len(facts))
    promise, profile, flags = _facts(scans, facts, profile_of)
    return Batch(
        hi=fixed(hi),
        lo=fixed(lo),
        code=fixed(code),
        at=fixed(times(scans["event_time"])),
        node=fixed(indexes(scans["node"], known.nodes)),
        operator=fixed(indexes(scans["operator"], known.operators)),
        fact=fixed(fact),
        promise=fixed(promise),
        profile=fixed(profile),
        flags=fixed(flags),
    )


def fixed(column: NDArray[N]) -> NDArray[N]:
    """Return a contiguous read-only view: numba compiles once more for every other layout it meets."""
    view = np.ascontiguousarray(column).view()
    view.flags.writeable = False
    return view


def keys(waybills: Any, long: dict[tuple[int, int], str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the 128-bit key of each waybill, remembering in `long` the names that a key cannot hold."""
    column = joined(waybills).cast(pa.large_string())
    offsets, text = text_of(column)
    hi, lo = np.zeros(len(column), np.uint64), np.zeros(len(column), np.uint64)
    too_long = _pack(offsets, text, hi, lo)
    for i in np.flatnonzero(too_long):
        name = column[int(i)].as_py()
        hi[i], lo[i] = hashed = hashed_key(name)
        long[hashed] = name
    return hi, lo


def text_of(column: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where the strings of a large_string array start (and the last ends), and their bytes."""
    _, offsets, text = column.buffers()
    starts = np.frombuffer(offsets, np.int64) if offsets else np.zeros(1, np.int64)
    starts = starts[column.offset : column.offset + len(column) + 1]
    return fixed(starts), fixed(np.frombuffer(text or b"\0", np.uint8))


def hashed_key(waybill: str) -> tuple[int, int]:
    """Return the key of a waybill that is longer than 16 bytes or not plain ASCII."""
    digest = bytearray(blake2b(waybill.encode(), digest_size=KEY_BYTES).digest())
    digest[0] |= MARKER
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


def names_of(hi: NDArray[np.uint64], lo: NDArray[np.uint64], long: dict[tuple[int, int], str]) -> Any:
    """Return the waybills that have these keys."""
    raw = np.stack([hi, lo], axis=1).astype(">u8").view(f"S{KEY_BYTES}").ravel()
    hashed = np.flatnonzero(hi >> np.uint64(63))
    if not len(hashed):
        return pa.array(raw.astype(str), pa.string())
    names = np.where(hi >> np.uint64(63), b"", raw).astype(str).tolist()
    for i in hashed:
        names[i] = long[int(hi[i]), int(lo[i])]
    return pa.array(names, pa.string())


@compiled
def _pack(
    offsets: NDArray[np.int64], text: NDArray[np.uint8], hi: NDArray[np.uint64], lo: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    too_long = np.zeros(len(hi), np.bool_)
    for i in range(len(hi)):
        start, end = offsets[i], offsets[i + 1]
        if end - start > KEY_BYTES:
            too_long[i] = True
            continue
        words = [np.uint64(0), np.uint64(0)]
        for j in range(end - start):
            byte = text[start + j]
            if byte >= MARKER or byte == 0:
                too_long[i] = True
            words[j >> 3] |= np.uint64(byte) << np.uint64(8 * (7 - (j & 7)))
        hi[i], lo[i] = words[0], words[1]
    return too_long


def indexes(column: Any, names: Names) -> NDArray[np.int32]:
    """Return each row's index into `names`."""
    coded = joined(column)
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    table = np.append(names.take(coded.dictionary.to_pylist()), np.int32(NOWHERE))
    return np.asarray(table[numbers(coded.indices.fill_null(len(table) - 1))], np.int32)


def times(column: Any) -> NDArray[np.int64]:
    """Return a column of moments as microseconds since 1970."""
    return numbers(joined(column).cast(MOMENT).view(pa.int64()))


def numbers(column: Any) -> NDArray[Any]:
    """Return a column of numbers without nulls."""
    return np.asarray(joined(column).to_numpy(zero_copy_only=False))


def joined(column: Any) -> Any:
    """Return a column as one array, dictionaries united."""
    if isinstance(column, pa.Array):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    whole = column.unify_dictionaries().combine_chunks()
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def _facts(
    scans: pa.Table, rows: NDArray[np.int64], profile_of: ProfileOf
) -> tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.int16]]:
    if not len(rows):
        return np.zeros(1, np.uint32), np.zeros(1, np.uint16), np.zeros(1, np.int16)
    facts = scans.select(["promised_at", "product", "origin", "dest", "flags"]).take(rows)
    promise = joined(facts["promised_at"]).cast(MOMENT).view(pa.int64()).fill_null(0)
    flags = joined(facts["flags"]).cast(pa.int16()).fill_null(NO_FLAGS)
    return (
        (numbers(promise) // SECOND).astype(np.uint32),
        _profiles(facts, profile_of),
        numbers(flags).astype(np.int16),
    )


def _profiles(facts: pa.Table, profile_of: ProfileOf) -> NDArray[np.uint16]:
    # Millions of parcels, few kinds: number the kinds that occur, then look each row up.
    coded = [joined(facts[name]) for name in ("product", "origin", "dest")]
    coded = [
        column if pa.types.is_dictionary(column.type) else column.dictionary_encode() for column in coded
    ]
    words = [[*column.dictionary.to_pylist(), None] for column in coded]
    kind = np.zeros(facts.num_rows, np.int64)
    for column, known in zip(coded, words, strict=True):
        kind = kind * len(known) + numbers(column.indices.fill_null(len(known) - 1))
    kinds, places = np.unique(kind, return_inverse=True)
    profiles = [_profile(int(number), words, profile_of) for number in kinds]
    return np.array(profiles, np.uint16)[places]


def _profile(kind: int, words: list[list[str | None]], profile_of: ProfileOf) -> int:
    rest, dest = divmod(kind, len(words[2]))
    product, origin = divmod(rest, len(words[1]))
    told = (words[0][product], words[1][origin], words[2][dest])
    return NO_PROFILE if told == (None, None, None) else profile_of(*(word or "" for word in told))
