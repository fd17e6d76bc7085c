"""From an Arrow table of scans to the flat columns that the kernel folds."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from huhang.journey.rules.codes import Code
from huhang.journey.watch.compiling import compiled
from huhang.journey.watch.layout import MOST_NAMES, NO_FLAGS, NO_PROFILE, NOWHERE, Batch
from huhang.journey.watch.program import SECOND

N = TypeVar("N", bound=np.generic)
ProfileOf = Callable[[str, str, str, int], int]

# Made of bytes: `pa.scalar` would import pandas, where it is installed, into every process at its start.
WITHDRAWN = pa.Array.from_buffers(pa.uint8(), 1, [None, pa.py_buffer(bytes([Code.WITHDRAWN]))])[0]
MOMENT = pa.timestamp("us", "UTC")
# A key is 96 bits. Waybills of up to 18 of these letters are written to the base of 38 (0 ends a name): twelve in
# the upper 64 bits, which never fill the last of them, six in the lower 32. Others are hashed, and marked.
LETTERS = b"\0" + b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
BASE = len(LETTERS)
UPPER, LOWER = 12, 6
KEY_BYTES = 12
MARKER = 0x80  # set in the first byte of a hashed key
NO_LETTER = 255
DIGITS = np.full(256, NO_LETTER, np.uint8)
DIGITS[list(LETTERS[1:])] = np.arange(1, BASE)
VALUE = 2 | 4  # cash on delivery, insured


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
            if len(self.known) >= MOST_NAMES:
                return NOWHERE
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
    """Turn scans into kernel columns; `profile_of` numbers (product, origin, destination, value).

    Withdrawals are left out: the kernel knows no undoing, a parcel that needs it is folded again.
    """
    scans = without_withdrawals(scans)
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
        at=fixed(seconds(scans["event_time"])),
        node=fixed(indexes(scans["node"], known.nodes)),
        operator=fixed(indexes(scans["operator"], known.operators)),
        fact=fixed(fact),
        promise=fixed(promise),
        profile=fixed(profile),
        flags=fixed(flags),
    )


def without_withdrawals(scans: pa.Table) -> pa.Table:
    """Return the rows that are scans or facts of parcels."""
    taken_back = pc.equal(scans["code"], WITHDRAWN)
    return scans.filter(pc.invert(taken_back)) if pc.any(taken_back).as_py() else scans


def fixed(column: NDArray[N]) -> NDArray[N]:
    """Return a contiguous read-only view: numba compiles once more for every other layout it meets."""
    view = np.ascontiguousarray(column).view()
    view.flags.writeable = False
    return view


def keys(waybills: Any, long: dict[tuple[int, int], str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the 96-bit key of each waybill, remembering in `long` the names that a key cannot hold."""
    column = joined(waybills).cast(pa.large_string())
    offsets, text = text_of(column)
    hi, lo = np.zeros(len(column), np.uint64), np.zeros(len(column), np.uint64)
    for i in np.flatnonzero(_pack(offsets, text, DIGITS, hi, lo)):
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
    """Return the key of a waybill that is longer than 18 letters or has others."""
    digest = bytearray(blake2b(waybill.encode(), digest_size=KEY_BYTES).digest())
    digest[0] |= MARKER
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")


def names_of(hi: NDArray[np.uint64], lo: NDArray[np.uint64], long: dict[tuple[int, int], str]) -> Any:
    """Return the waybills that have these keys."""
    raw = np.hstack([_letters(hi, UPPER), _letters(lo, LOWER)]).view(f"S{UPPER + LOWER}").ravel()
    hashed = np.flatnonzero(hi >> np.uint64(63))
    if not len(hashed):
        return pa.array(raw.astype(str), pa.string())
    names = raw.astype(str).tolist()
    for i in hashed:
        names[i] = long[int(hi[i]), int(lo[i])]
    return pa.array(names, pa.string())


def part_of(hi: NDArray[np.uint64], lo: NDArray[np.uint64], parts: int) -> NDArray[np.int64]:
    """Return which of so many parts each key belongs to, the same in every process."""
    mixed = (hi ^ lo << np.uint64(21)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(32)) * np.uint64(0xBF58476D1CE4E5B9)
    return ((mixed >> np.uint64(33)) % np.uint64(parts)).astype(np.int64)


def _letters(numbers: NDArray[np.uint64], many: int) -> NDArray[np.uint8]:
    letters = np.empty((len(numbers), many), np.uint8)
    alphabet = np.frombuffer(LETTERS, np.uint8)
    for place in reversed(range(many)):
        numbers, digits = np.divmod(numbers, np.uint64(BASE))
        letters[:, place] = alphabet[digits]
    return letters


@compiled
def _pack(
    offsets: NDArray[np.int64],
    text: NDArray[np.uint8],
    digits: NDArray[np.uint8],
    hi: NDArray[np.uint64],
    lo: NDArray[np.uint64],
) -> NDArray[np.bool_]:
    fits_not = np.zeros(len(hi), np.bool_)
    for i in range(len(hi)):
        start, length = offsets[i], offsets[i + 1] - offsets[i]
        if length > UPPER + LOWER:
            fits_not[i] = True
            continue
        upper, lower = np.uint64(0), np.uint64(0)
        for j in range(UPPER):
            upper *= np.uint64(BASE)
            if j < length:
                digit = digits[text[start + j]]
                fits_not[i] |= digit == NO_LETTER
                upper += np.uint64(digit)
        if length > UPPER:
            for j in range(UPPER, UPPER + LOWER):
                lower *= np.uint64(BASE)
                if j < length:
                    digit = digits[text[start + j]]
                    fits_not[i] |= digit == NO_LETTER
                    lower += np.uint64(digit)
        hi[i], lo[i] = upper, lower
    return fits_not


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


def seconds(column: Any) -> NDArray[np.int64]:
    """Return a column of moments as whole seconds since 1970."""
    return times(column) // SECOND


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
    told = numbers(flags).astype(np.int16)
    return (
        (numbers(promise) // SECOND).astype(np.uint32),
        _profiles(facts, told, profile_of),
        told,
    )


def _profiles(facts: pa.Table, flags: NDArray[np.int16], profile_of: ProfileOf) -> NDArray[np.uint16]:
    # Millions of parcels, few kinds: number the kinds that occur, then look each row up.
    coded = [joined(facts[name]) for name in ("product", "origin", "dest")]
    coded = [
        column if pa.types.is_dictionary(column.type) else column.dictionary_encode() for column in coded
    ]
    words = [[*column.dictionary.to_pylist(), None] for column in coded]
    kind = np.where(flags == NO_FLAGS, 0, flags & VALUE).astype(np.int64)
    for column, known in zip(coded, words, strict=True):
        kind = kind * len(known) + numbers(column.indices.fill_null(len(known) - 1))
    kinds, places = np.unique(kind, return_inverse=True)
    profiles = [_profile(int(number), words, profile_of) for number in kinds]
    return np.array(profiles, np.uint16)[places]


def _profile(kind: int, words: list[list[str | None]], profile_of: ProfileOf) -> int:
    rest, dest = divmod(kind, len(words[2]))
    rest, origin = divmod(rest, len(words[1]))
    value, product = divmod(rest, len(words[0]))
    told = (words[0][product], words[1][origin], words[2][dest])
    if told == (None, None, None):
        return NO_PROFILE
    return profile_of(told[0] or "", told[1] or "", told[2] or "", value)
