"""What is known around a parcel and around a scan, brought into the turn.

The small functions are compiled into the loop of the fold, and call nothing there: a call between two uses of
the ground makes numba count all its arrays in and out, which doubles the price of a scan.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huhang.journey.watch.compiling import Records, Word, compiled, inlined
from huhang.journey.watch.layout import NO_PROFILE, NO_ROUTE, NOWHERE, Ground
from huhang.journey.watch.program import UNKNOWN_KIND

CLEAR_SKY = 0  # the set of no storms


@inlined
def look_around(row: Any, turn: Any, ground: Ground) -> None:
    """Tell the turn about the place of the parcel's stage and about its profile."""
    turn.takes = ground.profile_takes[row.profile]
    turn.near = 0
    turn.far = 2
    turn.sky[2] = ground.profile_storms[row.profile]
    if row.node >= 0:
        turn.stage_kind = ground.kind[row.node]
        turn.stage_city = ground.city[row.node]
        turn.sky[0] = ground.storms[row.node]
    else:
        turn.stage_kind = UNKNOWN_KIND
        turn.stage_city = NOWHERE
        turn.sky[0] = CLEAR_SKY


@inlined
def look_at(turn: Any, ground: Ground, node: Word) -> None:
    """Tell the turn about the place of a scan."""
    turn.node = node
    turn.off_way = 0
    if node >= 0:
        turn.kind = ground.kind[node]
        turn.city = ground.city[node]
        turn.hours = ground.hours[node]
        turn.sky[1 - turn.near] = ground.storms[node]
    else:
        turn.kind = UNKNOWN_KIND
        turn.city = NOWHERE
        turn.hours = np.uint32(0)
        turn.sky[1 - turn.near] = CLEAR_SKY


@inlined
def foresee(row: Any, turn: Any, ground: Ground, profile: Word) -> None:
    """Tell the turn about the sky over a destination that is about to be registered."""
    turn.sky[5 - turn.far] = ground.profile_storms[row.profile if profile == NO_PROFILE else profile]


@compiled
def look_up(turn: Any, starts: NDArray[np.int64], storms: Records) -> None:
    """Tell the turn which storms stand in the skies that it knows."""
    for where in range(4):
        start = starts[turn.sky[where]]
        turn.storms[where] = starts[turn.sky[where] + 1] - start
        for k in range(turn.storms[where]):
            storm = storms[start + k]
            turn.storm_starts[where, k] = storm.starts
            turn.storm_ends[where, k] = storm.ends
            turn.storm_extra[where, k] = storm.extra


@compiled
def is_off_way(row: Any, turn: Any, ground: Ground) -> Word:
    """Is the scan's node none of those where the parcel should be?"""
    route = ground.profile_route[row.profile]
    first, second = ground.profile_cities[2 * row.profile], ground.profile_cities[2 * row.profile + 1]
    if route == NO_ROUTE or (turn.city >= 0 and (turn.city == first or turn.city == second)):
        return 0
    for k in range(ground.route_start[route], ground.route_start[route + 1]):
        if ground.route_hubs[k] == turn.node:
            return 0
    return 1
