"""The hash table of parcels, and a batch's rows brought into the order in which they are folded."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huhang.journey.watch.compiling import Records, Word, compiled
from huhang.journey.watch.layout import NOWHERE, Batch, Ground


@compiled
def slot_of(table: Records, hi: Any, lo: Any) -> Word:
    """Return the slot that holds the key, or the empty one where it belongs."""
    last = len(table) - 1
    mixed = (hi ^ (lo >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32)) ^ lo) * np.uint64(0xD6E8FEB86659FD93)
    slot = np.int64((mixed >> np.uint64(32)) & np.uint64(last))
    while True:
        row = table[slot]
        if (row.hi == hi and row.lo == lo) or (row.hi == 0 and row.lo == 0):
            return slot
        slot = (slot + 1) & last


@compiled
def locate(table: Records, batch: Batch, slots: NDArray[np.int64], room: int) -> int:
    """Find or make every row's slot; returns the number of new parcels, or -1 when `room` ran out."""
    new = 0
    for i in range(len(batch.code)):
        hi, lo = batch.hi[i], batch.lo[i]
        slot = slot_of(table, hi, lo)
        row = table[slot]
        if row.hi == 0 and row.lo == 0:
            if new == room:
                return -1
            new += 1
            row.hi = hi
            row.lo = lo
            row.node = NOWHERE
            row.operator = NOWHERE
            row.picked_node = NOWHERE
        slots[i] = slot
    return new


@compiled
def rehash(old: Records, old_due: NDArray[np.uint32], new: Records, new_due: NDArray[np.uint32]) -> int:
    """Copy every parcel into a bigger (or cleaner) table; returns how many there are."""
    parcels = 0
    for i in range(len(old)):
        if old[i].hi != 0 or old[i].lo != 0:
            slot = slot_of(new, old[i].hi, old[i].lo)
            new[slot] = old[i]
            new_due[slot] = old_due[i]
            parcels += 1
    return parcels


@compiled
def reap(table: Records, final: NDArray[np.uint8], day: int, keep_final: int, keep_open: int) -> int:
    """Empty the slots of parcels that nobody will ask about again; returns how many. Rehash afterwards."""
    reaped = 0
    for slot in range(len(table)):
        row = table[slot]
        if row.hi == 0 and row.lo == 0:
            continue
        idle = (day - row.touched) & 255
        if idle > (keep_final if final[row.code] else keep_open):
            row.hi = 0
            row.lo = 0
            reaped += 1
    return reaped


@compiled
def arrange(
    batch: Batch, order: NDArray[np.uint8], ground: Ground, slots: NDArray[np.int64], head: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the rows grouped by parcel, each parcel's in event-time order. `head` comes and goes as -1s."""
    n = len(slots)
    group = np.empty(n, np.int32)
    size = np.zeros(n + 1, np.int64)
    groups = 0
    for i in range(n):
        if head[slots[i]] < 0:
            head[slots[i]] = groups
            groups += 1
        group[i] = head[slots[i]]
        size[group[i] + 1] += 1
    for g in range(groups):
        size[g + 1] += size[g]
    place = size[: groups + 1].copy()
    rows = np.empty(n, np.int64)
    for i in range(n):
        head[slots[i]] = -1
        rows[place[group[i]]] = i
        place[group[i]] += 1
    life, tie = _life(batch, order, ground)
    for g in range(groups):
        _sort(life, tie, rows, size[g], size[g + 1])
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
