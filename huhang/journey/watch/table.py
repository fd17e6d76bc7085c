"""Where a parcel is kept, and a batch's rows brought into the order in which they are folded.

Parcels lie one after another; an open-addressing index of 4 bytes an entry finds them. An entry is the
parcel's place plus one, and above it as many bits of the key's hash as are left, so that a wrong parcel is
seldom looked at.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huhang.journey.watch.compiling import Records, Word, compiled
from huhang.journey.watch.layout import Batch, Ground

FULL_TABLE, FULL_INDEX = 1, 2
DIGIT = 11  # bits that one pass of the sort looks at


@compiled
def hash_of(hi: Any, lo: Any) -> Any:
    """Return 64 well mixed bits of a key."""
    mixed = (np.uint64(hi) ^ (np.uint64(lo) << np.uint64(21))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32)) ^ np.uint64(lo)) * np.uint64(0xD6E8FEB86659FD93)
    return mixed ^ (mixed >> np.uint64(29))


@compiled
def _home(mixed: Any, size: Word) -> Word:
    return np.int64(((mixed >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32))


@compiled
def locate(
    index: NDArray[np.uint32],
    parcels: Records,
    batch: Batch,
    places: NDArray[np.int64],
    state: NDArray[np.int64],
    most: int,
) -> int:
    """Find or make every row's parcel; returns 0, or which of table and index must grow before it goes on.

    `state` is how many rows are done and how many parcels there are; the index takes `most` of them.
    """
    bits = np.uint32(_bits(len(index)))
    mask = (np.uint32(1) << bits) - np.uint32(1)
    for i in range(state[0], len(batch.code)):
        hi, lo = batch.hi[i], batch.lo[i]
        mixed = hash_of(hi, lo)
        print_ = np.uint32(mixed & np.uint64(0xFFFFFFFF)) & ~mask
        slot = _home(mixed, len(index))
        while True:
            entry = index[slot]
            if entry == 0:
                used = state[1]
                if used == most or used == len(parcels):
                    state[0] = i
                    return FULL_INDEX if used == most else FULL_TABLE
                index[slot] = print_ | np.uint32(used + 1)
                parcels[used].hi = hi
                parcels[used].lo = lo
                places[i] = used
                state[1] = used + 1
                break
            if entry & ~mask == print_:
                place = np.int64(entry & mask) - 1
                if parcels[place].hi == hi and parcels[place].lo == lo:
                    places[i] = place
                    break
            slot += 1
            if slot == len(index):
                slot = 0
    state[0] = len(batch.code)
    return 0


@compiled
def _bits(size: Word) -> Word:
    bits = 0
    while (size >> bits) > 0:
        bits += 1
    return bits


@compiled
def fill(index: NDArray[np.uint32], parcels: Records, used: int) -> None:
    """Write an empty index for these parcels."""
    bits = np.uint32(_bits(len(index)))
    mask = (np.uint32(1) << bits) - np.uint32(1)
    for place in range(used):
        mixed = hash_of(parcels[place].hi, parcels[place].lo)
        slot = _home(mixed, len(index))
        while index[slot] != 0:
            slot += 1
            if slot == len(index):
                slot = 0
        index[slot] = (np.uint32(mixed & np.uint64(0xFFFFFFFF)) & ~mask) | np.uint32(place + 1)


@compiled
def reap(
    parcels: Records,
    due: NDArray[np.uint32],
    used: int,
    final: NDArray[np.uint8],
    day: int,
    keep_final: int,
    keep_open: int,
) -> int:
    """Forget parcels that nobody will ask about again and close the gaps; returns how many stay."""
    stay = 0
    for place in range(used):
        row = parcels[place]
        idle = (day - row.touched) & 255
        if idle <= (keep_final if final[row.code] else keep_open):
            if stay != place:
                parcels[stay] = row
                due[stay] = due[place]
            stay += 1
    return stay


@compiled
def arrange(
    batch: Batch, order: NDArray[np.uint8], ground: Ground, places: NDArray[np.int64], used: int
) -> NDArray[np.int64]:
    """Return the rows sorted by parcel, so that memory is walked one way, each parcel's in event-time order."""
    rows = _by_place(places, used)
    life, tie = _life(batch, order, ground)
    start = 0
    for k in range(1, len(rows) + 1):
        if k == len(rows) or places[rows[k]] != places[rows[start]]:
            if k - start > 1:
                _sort(life, tie, rows, start, k)
            start = k
    return rows


@compiled
def _by_place(places: NDArray[np.int64], used: int) -> NDArray[np.int64]:
    # Radix sort: its passes cost less than any comparing.
    n = len(places)
    rows, other = np.arange(n), np.empty(n, np.int64)
    shift = 0
    while used >> shift:
        count = np.zeros((1 << DIGIT) + 1, np.int64)
        for i in range(n):
            count[(places[i] >> shift & (1 << DIGIT) - 1) + 1] += 1
        for digit in range(1 << DIGIT):
            count[digit + 1] += count[digit]
        for k in range(n):
            digit = places[rows[k]] >> shift & (1 << DIGIT) - 1
            other[count[digit]] = rows[k]
            count[digit] += 1
        rows, other = other, rows
        shift += DIGIT
    return rows


@compiled
def _life(
    batch: Batch, order: NDArray[np.uint8], ground: Ground
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    # Time and the code's place in life in one number; node and operator in another, for what is left.
    life = np.empty(len(batch.at), np.int64)
    tie = np.empty(len(batch.at), np.uint64)
    for i in range(len(batch.at)):
        life[i] = (batch.at[i] << 5) | np.int64(order[batch.code[i]])
        node, operator = batch.node[i], batch.operator[i]
        x = (np.uint64(ground.node_order[node]) >> np.uint64(1)) + np.uint64(1) if node >= 0 else np.uint64(0)
        y = np.uint64(0)
        if operator >= 0:
            y = (np.uint64(ground.operator_order[operator]) >> np.uint64(1)) + np.uint64(1)
        tie[i] = (x << np.uint64(32)) | y
    return life, tie


@compiled
def _sort(
    life: NDArray[np.int64], tie: NDArray[np.uint64], rows: NDArray[np.int64], start: Word, end: Word
) -> None:
    # Shell sort: nearly free for the usual handful of rows in order, safe for a parcel with a million.
    gap = 1
    while gap < (end - start) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(start + gap, end):
            row = rows[i]
            j = i
            while j >= start + gap:
                other = rows[j - gap]
                if life[other] < life[row] or (
                    life[other] == life[row]
                    and (tie[other] < tie[row] or (tie[other] == tie[row] and other < row))
                ):
                    break
                rows[j] = other
                j -= gap
            rows[j] = row
        gap //= 3
