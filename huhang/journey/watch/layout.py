"""The flat layouts that the kernel works on. Moments are whole seconds since 1970, UTC."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.watch import ARRIVED_AT_OUTLET, MOST_RULES
from huhang.journey.watch.compiling import Records

# A parcel as it is kept: 53 bytes, with its next limit 57. Three bytes hold a node, an operator (one more
# than its index, 0 is nowhere) or a minute.
PACKED = np.dtype(
    [
        ("hi", "u8"),
        ("lo", "u4"),
        ("fired", "u8"),  # rules with an open hit
        ("stage_at", "u4"),
        ("promise", "u4"),
        ("seen", "u4"),  # codes seen, and the marks below
        ("armed", "u2"),
        ("profile", "u2"),
        ("node_low", "u2"),  # of the stage
        ("operator_low", "u2"),
        ("from_low", "u2"),
        ("picked_low", "u2"),
        ("picked_minute_low", "u2"),
        ("node_high", "u1"),
        ("operator_high", "u1"),
        ("from_high", "u1"),
        ("picked_high", "u1"),
        ("picked_minute_high", "u1"),
        ("code", "u1"),  # the stage; 0 is none yet
        ("touched", "u1"),  # day of the last change, modulo 256
    ]
)
# The same parcel while its scans are folded.
PARCEL = np.dtype(
    [
        ("hi", "u8"),
        ("lo", "u8"),
        ("fired", "u8"),
        ("stage_at", "i8"),
        ("promise", "i8"),  # 0 is none
        ("seen", "u4"),
        # From below, places in the stage's list of EXPECT rules that still wait; from above, places in its
        # list of SKIPPED rules that its scan raised and a late scan can put right.
        ("armed", "u4"),
        ("node", "i4"),
        ("operator", "i4"),
        ("came_from", "i4"),  # the known place where it was before this one
        ("picked_node", "i4"),
        ("picked_minute", "i8"),  # of the first pickup, its last 24 bits
        ("profile", "i8"),
        ("code", "i8"),
    ],
    align=True,
)
HIGHEST_PLACE = 15  # of `armed`
MOST_NAMES = (1 << 24) - 2
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
NO_ROUTE = -1

# Marks in `seen` that are no codes.
CONSENT_MARK = np.uint32(1 << 28)
OUTLET_MARK = np.uint32(1 << ARRIVED_AT_OUTLET)
COUNTED_MARK = np.uint32(1 << 30)


class Ground(NamedTuple):
    """What is known of nodes, operators and profiles, by index. `order` breaks ties the same way everywhere."""

    kind: NDArray[np.uint8]
    city: NDArray[np.int32]
    hours: NDArray[np.uint32]
    storms: NDArray[np.int32]  # the set of storms over a node
    node_order: NDArray[np.uint32]
    operator_order: NDArray[np.uint32]
    profile_takes: NDArray[np.uint64]
    profile_storms: NDArray[np.int32]
    profile_route: NDArray[np.int32]
    profile_cities: NDArray[np.int32]  # of origin and destination, side by side
    route_start: NDArray[np.int64]  # where each route's hubs begin, and the last one's end
    route_hubs: NDArray[np.int32]
    storm_start: NDArray[np.int64]  # where each set of storms begins, and the last one ends
    storm: Records


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


STORM = np.dtype([("starts", "i8"), ("ends", "i8"), ("extra", "i8")], align=True)
MOST_STORMS = 64  # over one node: of more, those that end last

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
        ("hours", "u4"),
        ("off_way", "i4"),  # is the node none of those where the parcel should be?
        ("raised", "u8"),  # SKIPPED rules that this scan raised
        ("takes", "u8"),  # rules that watch such parcels
        # Storms over the stage's node, this scan's node, the destination, and the destination to be: the first
        # two and the last two change places.
        ("near", "i8"),
        ("far", "i8"),
        ("sky", "i8", 4),  # the set of storms over each
        ("storms", "i8", 4),
        ("storm_starts", "i8", (4, MOST_STORMS)),
        ("storm_ends", "i8", (4, MOST_STORMS)),
        ("storm_extra", "i8", (4, MOST_STORMS)),
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
    """Where a batch is told; `used` counts hits, clears and counts. `row` is the parcel at hand."""

    hits: Records
    clears: Records
    counts: Records
    used: NDArray[np.int64]
    turn: Records
    row: Records
