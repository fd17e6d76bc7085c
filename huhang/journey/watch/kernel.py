"""The fold: what one scan does to one parcel's 64 bytes. Compiled by numba; the rules are data.

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
    NOWHERE,
    OUTLET_MARK,
    Batch,
    Ground,
    Out,
)
from huhang.journey.watch.program import OUTLET_KIND, SECOND, UNKNOWN_KIND, Program
from huhang.journey.watch.telling import ONE, clear, clear_all, forget_opened, write_down
from huhang.journey.watch.waiting import (
    deadline_of,
    done_rules,
    holds,
    next_due,
    raise_passed,
    raise_promise,
    waiting_places,
)

REGISTERED = int(Code.REGISTERED)
ARRIVED = int(Code.ARRIVED)
CONSENTED = 1  # of the waybill's flags


@compiled
def fold(
    parcels: Records,
    due: NDArray[np.uint32],
    programs: Records,
    ground: Ground,
    batch: Batch,
    slots: NDArray[np.int64],
    rows: NDArray[np.int64],
    start: int,
    day: int,
    out: Out,
) -> int:
    """Fold arranged rows from `start`; returns how far it came (short of the end when `out` is full)."""
    program, turn = programs[0], out.turn[0]
    for k in range(start, len(rows)):
        i = rows[k]
        slot = slots[i]
        row = parcels[slot]
        if k == 0 or slots[rows[k - 1]] != slot:
            forget_opened(turn)
            _look_around(row, turn, ground)
        turn.at = batch.at[i]
        if batch.code[i] == REGISTERED:
            fact = batch.fact[i]
            profile = batch.profile[fact]
            takes = turn.takes if profile == NO_PROFILE else ground.profile_takes[profile]
            _register(row, turn, program, batch.promise[fact], profile, takes, batch.flags[fact])
        else:
            turn.code = batch.code[i]
            turn.node = batch.node[i]
            turn.operator = batch.operator[i]
            turn.kind = ground.kind[turn.node] if turn.node >= 0 else UNKNOWN_KIND
            turn.city = ground.city[turn.node] if turn.node >= 0 else NOWHERE
            _scan(row, turn, program)
        if k + 1 == len(rows) or slots[rows[k + 1]] != slot:
            row.touched = day & 255
            due[slot] = next_due(row, turn, program)
        if turn.told and write_down(row, turn, out):
            return k + 1
    return len(rows)


@compiled
def sweep(
    parcels: Records,
    due: NDArray[np.uint32],
    programs: Records,
    ground: Ground,
    now: int,
    start: int,
    out: Out,
) -> int:
    """Raise what has run out before `now`, from slot `start`; returns how far it came, as `fold` does."""
    program, turn = programs[0], out.turn[0]
    now_second = now // SECOND
    for slot in range(start, len(due)):
        if due[slot] > now_second:
            continue
        row = parcels[slot]
        forget_opened(turn)
        _look_around(row, turn, ground)
        raise_passed(row, turn, program, now)
        due[slot] = next_due(row, turn, program)
        if turn.told and write_down(row, turn, out):
            return slot + 1
    return len(due)


@compiled
def rearm(
    parcels: Records,
    due: NDArray[np.uint32],
    old_programs: Records,
    old_ground: Ground,
    programs: Records,
    ground: Ground,
    turns: Records,
) -> None:
    """Carry every parcel over to new rules and ground: rules that now watch its stage start to wait."""
    turn = turns[0]
    for slot in range(len(parcels)):
        row = parcels[slot]
        if row.hi != 0 or row.lo != 0:
            _look_around(row, turn, old_ground)
            done = done_rules(row, turn, old_programs[0])
            _look_around(row, turn, ground)
            row.armed = waiting_places(row, turn, programs[0], ~done)
            due[slot] = next_due(row, turn, programs[0])


@compiled
def _look_around(row: Any, turn: Any, ground: Ground) -> None:
    turn.takes = ground.profile_takes[row.profile]
    turn.stage_kind = ground.kind[row.node] if row.node >= 0 else UNKNOWN_KIND
    turn.stage_city = ground.city[row.node] if row.node >= 0 else NOWHERE


@compiled
def _scan(row: Any, turn: Any, program: Program) -> None:
    code, at = turn.code, turn.at
    after = _is_after(row, program, code, at)
    if after:
        raise_passed(row, turn, program, at)
    check(row, turn, program)
    marks = np.uint32(1) << np.uint32(code)
    if code == ARRIVED and (turn.kind == OUTLET_KIND or turn.kind == UNKNOWN_KIND):
        marks |= OUTLET_MARK
    if row.fired:
        _clear_supplied(row, turn, program, marks)
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
            clear_all(row, turn, program.expect_mask | program.keeping[code], at)
    row.code = code
    row.stage_at = at
    row.node = turn.node
    row.operator = turn.operator
    turn.stage_kind = turn.kind
    turn.stage_city = turn.city
    row.armed = waiting_places(row, turn, program, ~np.uint64(0))


@compiled
def _clear_early(row: Any, turn: Any, program: Program) -> None:
    # The sweep was faster than the news: the parcel had moved on before the limit.
    for j in range(program.n_after[row.code]):
        rule = program.after[row.code, j]
        if row.fired & (ONE << np.uint64(rule)) and deadline_of(program, rule, row.stage_at) >= turn.at:
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
        done = done_rules(row, turn, program)
        row.profile = profile
        turn.takes = takes
        row.armed = waiting_places(row, turn, program, ~done)
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
