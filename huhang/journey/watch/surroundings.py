"""What is known around a parcel and around a scan, brought into the turn."""

from typing import Any

import numpy as np

from huhang.journey.rules.codes import Code
from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import NO_PROFILE, NO_ROUTE, NOWHERE, Ground
from huhang.journey.watch.program import UNKNOWN_KIND, Program

ARRIVED = int(Code.ARRIVED)
CLEAR_SKY = 0  # the set of no storms


@compiled
def look_around(row: Any, turn: Any, ground: Ground) -> None:
    """Tell the turn about the place of the parcel's stage and about its profile."""
    turn.takes = ground.profile_takes[row.profile]
    turn.stage_kind = ground.kind[row.node] if row.node >= 0 else UNKNOWN_KIND
    turn.stage_city = ground.city[row.node] if row.node >= 0 else NOWHERE
    turn.near, turn.far = 0, 2
    _watch_sky(turn, 0, ground, ground.storms[row.node] if row.node >= 0 else CLEAR_SKY)
    _watch_sky(turn, 2, ground, ground.profile_storms[row.profile])


@compiled
def look_at(row: Any, turn: Any, program: Program, ground: Ground, node: Word) -> None:
    """Tell the turn about the place of a scan."""
    turn.node = node
    turn.off_way = 0
    if node < 0:
        turn.kind, turn.city, turn.hours = UNKNOWN_KIND, NOWHERE, np.uint32(0)
        turn.storms[1 - turn.near] = 0
        return
    turn.kind = ground.kind[node]
    turn.city = ground.city[node]
    turn.hours = ground.hours[node]
    _watch_sky(turn, 1 - turn.near, ground, ground.storms[node])
    if turn.code == ARRIVED and program.n_misrouted and ground.profile_route[row.profile] != NO_ROUTE:
        turn.off_way = _is_off_way(row, turn, ground)


@compiled
def foresee(row: Any, turn: Any, ground: Ground, profile: Word) -> None:
    """Tell the turn about the storms over a destination that is about to be registered."""
    there = row.profile if profile == NO_PROFILE else profile
    _watch_sky(turn, 5 - turn.far, ground, ground.profile_storms[there])


@compiled
def _is_off_way(row: Any, turn: Any, ground: Ground) -> Word:
    first, second = ground.profile_cities[2 * row.profile], ground.profile_cities[2 * row.profile + 1]
    if turn.city >= 0 and (turn.city == first or turn.city == second):
        return 0
    route = ground.profile_route[row.profile]
    for k in range(ground.route_start[route], ground.route_start[route + 1]):
        if ground.route_hubs[k] == turn.node:
            return 0
    return 1


@compiled
def _watch_sky(turn: Any, where: Word, ground: Ground, storms: Word) -> None:
    if storms == CLEAR_SKY:
        turn.storms[where] = 0
        return
    start = ground.storm_start[storms]
    turn.storms[where] = ground.storm_start[storms + 1] - start
    for k in range(turn.storms[where]):
        storm = ground.storm[start + k]
        turn.storm_starts[where, k] = storm.starts
        turn.storm_ends[where, k] = storm.ends
        turn.storm_extra[where, k] = storm.extra
