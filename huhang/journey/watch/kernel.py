"""The fold: what one scan does to one parcel. Compiled by numba; the rules are data.

A parcel's rows are folded in event-time order. Nothing here reads a clock: a deadline counts as
passed when a scan with a later time, or the `now` handed to `sweep`, says so.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.codes import Code
from huhang.journey.watch.checks import check
from huhang.journey.watch.compiling import Records, Word, compiled
from huhang.journey.watch.layout import (
    CONSENT_MARK,
    NO_FLAGS,
    NO_PROFILE,
    NO_STAGE,
    OUTLET_MARK,
    ROOM,
    Batch,
    Ground,
    Out,
)
from huhang.journey.watch.packing import pack, unpack
from huhang.journey.watch.program import OUTLET_KIND, UNKNOWN_KIND, Program
from huhang.journey.watch.surroundings import foresee, is_off_way, look_around, look_at, look_up
from huhang.journey.watch.telling import ONE, clear, clear_all, forget_opened, write_down
from huhang.journey.watch.waiting import (
    deadline_of,
    done_rules,
    holds,
    next_due,
    raise_passed,
    raise_promise,
    skipped_places,
    skipped_rules,
    waiting_places,
)

REGISTERED = int(Code.REGISTERED)
ARRIVED = int(Code.ARRIVED)
CONSENTED = 1  # of the waybill's flags
BLOCK = 1024  # parcels whose soonest limit is known together


@compiled
def fold(
    parcels: Records,
    due: NDArray[np.uint32],
    soonest: NDArray[np.uint32],
    programs: Records,
    ground: Ground,
    batch: Batch,
    places: NDArray[np.int64],
    rows: NDArray[np.int64],
    start: int,
    day: int,
    out: Out,
) -> int:
    """Fold arranged rows from `start`; returns how far it came (short of the end when `out` is full)."""
    program, turn, row = programs[0], out.turn[0], out.row[0]
    is_stormy, has_routes = len(ground.storm) > 0, program.n_misrouted > 0 and len(ground.route_hubs) > 0
    for k in range(start, len(rows)):
        i = rows[k]
        place = places[i]
        if k == start or places[rows[k - 1]] != place:
            unpack(parcels[place], row)
            look_around(row, turn, ground)
            if k == 0 or places[rows[k - 1]] != place:
                forget_opened(turn)
        turn.at = batch.at[i]
        if batch.code[i] == REGISTERED:
            fact = batch.fact[i]
            profile = batch.profile[fact]
            foresee(row, turn, ground, profile)
            if is_stormy:
                look_up(turn, ground.storm_start, ground.storm)
            takes = turn.takes if profile == NO_PROFILE else ground.profile_takes[profile]
            _register(row, turn, program, batch.promise[fact], profile, takes, batch.flags[fact])
        else:
            turn.code = batch.code[i]
            turn.operator = batch.operator[i]
            look_at(turn, ground, batch.node[i])
            if is_stormy:
                look_up(turn, ground.storm_start, ground.storm)
            if has_routes and turn.code == ARRIVED and turn.kind != UNKNOWN_KIND:
                turn.off_way = is_off_way(row, turn, ground)
            _scan(row, turn, program)
        if turn.told:
            write_down(row, turn, out)
        is_full = out.used[0] + ROOM > len(out.hits) or out.used[1] + ROOM > len(out.clears)
        is_full = is_full or out.used[2] + ROOM > len(out.counts)
        if is_full or k + 1 == len(rows) or places[rows[k + 1]] != place:
            pack(row, parcels[place])
            parcels[place].touched = day & 255
            due[place] = next_due(row, turn, program)
            soonest[place // BLOCK] = min(soonest[place // BLOCK], due[place])
        if is_full:
            return k + 1
    return len(rows)


@compiled
def sweep(
    parcels: Records,
    due: NDArray[np.uint32],
    soonest: NDArray[np.uint32],
    used: int,
    programs: Records,
    ground: Ground,
    now: int,
    start: int,
    out: Out,
) -> int:
    """Raise what has run out before `now`, from block `start`; returns how far it came, as `fold` does."""
    program, turn, row = programs[0], out.turn[0], out.row[0]
    for block in range(start, len(soonest)):
        if soonest[block] >= now:
            continue
        for place in range(block * BLOCK, min(used, (block + 1) * BLOCK)):
            if due[place] < now:
                unpack(parcels[place], row)
                look_around(row, turn, ground)
                look_up(turn, ground.storm_start, ground.storm)
                forget_opened(turn)
                raise_passed(row, turn, program, now)
                pack(row, parcels[place])
                due[place] = next_due(row, turn, program)
                if turn.told and write_down(row, turn, out):
                    return block
        soonest[block] = due[block * BLOCK : min(used, (block + 1) * BLOCK)].min()
    return len(soonest)


@compiled
def rearm(
    parcels: Records,
    due: NDArray[np.uint32],
    used: int,
    old_programs: Records,
    old_ground: Ground,
    programs: Records,
    ground: Ground,
    out: Out,
) -> None:
    """Carry every parcel over to a new world: rules that now watch its stage start to wait."""
    turn, row = out.turn[0], out.row[0]
    for place in range(used):
        unpack(parcels[place], row)
        look_around(row, turn, old_ground)
        done = done_rules(row, turn, old_programs[0])
        skipped = skipped_rules(row, old_programs[0])
        look_around(row, turn, ground)
        look_up(turn, ground.storm_start, ground.storm)
        row.armed = waiting_places(row, turn, programs[0], ~done) | skipped_places(row, programs[0], skipped)
        pack(row, parcels[place])
        due[place] = next_due(row, turn, programs[0])


@compiled
def _scan(row: Any, turn: Any, program: Program) -> None:
    code, at = turn.code, turn.at
    after = _is_after(row, program, code, at)
    if after:
        raise_passed(row, turn, program, at)
    turn.raised = np.uint64(0)
    check(row, turn, program, after)
    marks = np.uint32(1) << np.uint32(code)
    if code == ARRIVED and (turn.kind == OUTLET_KIND or turn.kind == UNKNOWN_KIND):
        marks |= OUTLET_MARK
    if row.fired:
        _clear_supplied(row, turn, program, marks)
        _clear_skipped(row, turn, program)
        if after and code == ARRIVED and turn.kind != UNKNOWN_KIND and not turn.off_way:
            clear_all(row, turn, program.misrouted_mask, at)
        if after:
            clear_all(row, turn, program.satisfied[code], at)
        if not program.final[code]:
            clear_all(row, turn, program.keeping[code], at)
    if after and row.armed:
        _satisfy(row, program, code)
    if program.stage[code] and _moves(row, program, code, after):
        _move(row, turn, program)
    row.seen |= marks


@compiled
def _is_after(row: Any, program: Program, code: Word, at: Word) -> bool:
    if row.code == NO_STAGE or at > row.stage_at:
        return True
    return bool(at == row.stage_at and program.order[code] > program.order[row.code])


@compiled
def _moves(row: Any, program: Program, code: Word, after: bool) -> bool:
    if row.code == NO_STAGE:
        return True
    if program.final[row.code]:
        return bool(after and holds(program.undone_by[row.code], code))
    if after or program.final[code] == 0:
        return bool(after)
    # A sign-off that comes late still ends the watch, unless the stage speaks against it, or it is
    # a second telling of one that was undone since.
    return not holds(program.undone_by[code], row.code) and not holds(row.seen, code)


@compiled
def _move(row: Any, turn: Any, program: Program) -> None:
    code, at = turn.code, turn.at
    if row.fired:
        _clear_early(row, turn, program)
        if program.final[code]:
            clear_all(row, turn, program.signed_off, at)
    if turn.node != row.node and turn.stage_kind != UNKNOWN_KIND:
        row.came_from = row.node
    row.code = code
    row.stage_at = at
    row.node = turn.node
    row.operator = turn.operator
    turn.stage_kind = turn.kind
    turn.stage_city = turn.city
    turn.near = 1 - turn.near
    row.armed = waiting_places(row, turn, program, ~np.uint64(0)) | skipped_places(row, program, turn.raised)


@compiled
def _clear_early(row: Any, turn: Any, program: Program) -> None:
    # The sweep was faster than the news: the parcel had moved on before the limit.
    for j in range(program.n_after[row.code]):
        rule = program.after[row.code, j]
        if row.fired & (ONE << np.uint64(rule)) and deadline_of(program, turn, rule, row.stage_at) >= turn.at:
            clear(row, turn, rule, turn.at)


@compiled
def _satisfy(row: Any, program: Program, code: Word) -> None:
    right = program.satisfied[code]
    for j in range(program.n_after[row.code]):
        if right & (ONE << np.uint64(program.after[row.code, j])):
            row.armed &= ~(np.uint32(1) << np.uint32(j))


@compiled
def _clear_supplied(row: Any, turn: Any, program: Program, marks: Any) -> None:
    if turn.at > row.stage_at:
        return
    # The offending scan's time is known while its sign-off still is the stage. After that only
    # something never seen before can put it right, or a doubled scan would.
    stands = program.final[row.code] and row.seen & program.undone_by[row.code] == 0
    for mark in range(32):
        if holds(marks, mark) and (stands or not holds(row.seen, mark)):
            clear_all(row, turn, program.supplied[mark], turn.at)


@compiled
def _clear_skipped(row: Any, turn: Any, program: Program) -> None:
    if turn.at > row.stage_at or not program.found[turn.code]:
        return
    found = skipped_rules(row, program) & program.found[turn.code]
    if turn.node != row.node:
        found &= program.there
    if turn.node != row.came_from:
        found &= ~program.there
    row.armed &= ~skipped_places(row, program, found)
    clear_all(row, turn, found, turn.at)


@compiled
def _register(
    row: Any, turn: Any, program: Program, promise: Any, profile: Any, takes: Any, flags: Word
) -> None:
    new_promise = promise != 0 and promise != row.promise
    new_profile = profile != NO_PROFILE and profile != row.profile
    if (new_promise or new_profile) and (row.code == NO_STAGE or turn.at > row.stage_at):
        raise_passed(row, turn, program, turn.at)
    if flags != NO_FLAGS:
        _take_flags(row, turn, program, flags)
    if new_profile:
        done, skipped = done_rules(row, turn, program), skipped_rules(row, program)
        row.profile = profile
        turn.takes = takes
        turn.far = 5 - turn.far
        row.armed = waiting_places(row, turn, program, ~done) | skipped_places(row, program, skipped)
    if new_promise:
        _take_promise(row, turn, program, promise)
    row.seen |= np.uint32(1) << np.uint32(REGISTERED)


@compiled
def _take_flags(row: Any, turn: Any, program: Program, flags: Word) -> None:
    if flags & CONSENTED:
        row.seen |= CONSENT_MARK
        clear_all(row, turn, program.consent_mask, turn.at)
    else:
        row.seen &= ~CONSENT_MARK


@compiled
def _take_promise(row: Any, turn: Any, program: Program, promise: Any) -> None:
    clear_all(row, turn, program.promise_mask, turn.at)
    row.promise = promise
    if program.final[row.code]:
        # Signed before we heard of the promise: say at once whether it was kept.
        raise_promise(row, turn, program, row.stage_at)
        clear_all(row, turn, program.promise_mask, row.stage_at)
