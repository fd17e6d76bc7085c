"""The flat layouts that the kernel works on. Moments are microseconds since 1970, UTC."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.watch import ARRIVED_AT_OUTLET, MOST_RULES
from huhang.journey.watch.compiling import Records

# One cache line per parcel. Times in u4 are seconds since 1970 (until 2106), 0 is unknown.
PARCEL = np.dtype(
    [
        ("hi", "u8"),
        ("lo", "u8"),
        ("stage_at", "i8"),
        ("fired", "u8"),  # rules with an open hit
        ("armed", "u4"),  # places in the stage's list of EXPECT rules that still wait
        ("promise", "u4"),
        ("seen", "u4"),  # codes seen, and the marks below
        ("node", "i4"),  # of the stage
        ("operator", "i4"),
        ("picked_at", "u4"),
        ("picked_node", "i4"),
        ("profile", "u2"),
        ("code", "u1"),  # the stage; 0 is none yet
        ("touched", "u1"),  # day of the last change, modulo 256
    ],
    align=True,
)
HIT = np.dtype(
    [
        ("hi", "u8"),
        ("lo", "u8"),
        ("anchor", "i8"),
        ("raised_at", "i8"),
        ("cleared_at", "i8"),
        ("node", "i4"),
        ("operator", "i4"),
        ("previous", "i4"),
        ("rule", "i4"),
    ],
    align=True,
)
CLEAR = np.dtype([("hi", "u8"), ("lo", "u8"), ("cleared_at", "i8"), ("rule", "i8")], align=True)
COUNT = np.dtype([("minute", "i8"), ("node", "i4"), ("code", "i4")], align=True)

NEVER = np.uint32(0xFFFFFFFF)
NOWHERE = -1
OPEN = -1  # cleared_at of a hit that is open
NO_STAGE = 0
NO_FLAGS = -1
NO_PROFILE = 0xFFFF

# Marks in `seen` that are no codes.
CONSENT_MARK = np.uint32(1 << 28)
OUTLET_MARK = np.uint32(1 << ARRIVED_AT_OUTLET)
COUNTED_MARK = np.uint32(1 << 30)


class Ground(NamedTuple):
    """What is known of nodes, operators and profiles, by index. `order` breaks ties the same way everywhere."""

    kind: NDArray[np.uint8]
    city: NDArray[np.int32]
    node_order: NDArray[np.uint32]
    operator_order: NDArray[np.uint32]
    profile_takes: NDArray[np.uint64]


class Batch(NamedTuple):
    """Columns of scans. `fact` is the row's place in the facts columns (only REGISTERED rows have one)."""

    hi: NDArray[np.uint64]
    lo: NDArray[np.uint64]
    code: NDArray[np.uint8]
    at: NDArray[np.int64]
    node: NDArray[np.int32]
    operator: NDArray[np.int32]
    fact: NDArray[np.int32]
    promise: NDArray[np.uint32]
    profile: NDArray[np.uint16]
    flags: NDArray[np.int16]


# One scan's turn: what it brings, what is known around it, and what is told of it. A record, so that
# the functions of the fold pass one pointer.
ROOM = 256  # more than one scan can tell
TURN = np.dtype(
    [
        ("code", "i8"),
        ("at", "i8"),
        ("node", "i4"),
        ("operator", "i4"),
        ("kind", "i8"),  # of the node
        ("city", "i4"),
        ("stage_city", "i4"),
        ("stage_kind", "i8"),  # of the node of the parcel's stage
        ("takes", "u8"),  # rules that watch such parcels
        ("told", "i8"),
        ("what", "u1", ROOM),
        ("rule", "u1", ROOM),
        ("anchor", "i8", ROOM),
        ("moment", "i8", ROOM),
        ("told_node", "i4", ROOM),
        ("told_operator", "i4", ROOM),
        ("previous", "i4", ROOM),
        ("opened", "i8", MOST_RULES),  # where in this batch the parcel's open hits stand, or -1
    ],
    align=True,
)
HIT_TOLD, CLEAR_TOLD, COUNT_TOLD = 0, 1, 2


class Out(NamedTuple):
    """Where a batch is told; `used` counts hits, clears and counts."""

    hits: Records
    clears: Records
    counts: Records
    used: NDArray[np.int64]
    turn: Records
