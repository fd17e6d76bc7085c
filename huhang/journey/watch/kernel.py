"""The fold: what one scan does to one parcel's 64 bytes. Compiled by numba; the rules are data.

A parcel's rows are folded in event-time order. Nothing here reads a clock: a deadline counts as
passed when a scan with a later time, or the `now` handed to `sweep`, says so.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.codes import Code
from huhang.journey.watch.checks import (
    PICKED_UP,
    check_consent,
    check_forbidden,
    check_places,
    count_out,
    pick_up,
)
from huhang.journey.watch.compiling import Records, compiled
from huhang.journey.watch.layout import (
    CONSENT_MARK,
    NO_FLAGS,
    NO_PROFILE,
    NO_STAGE,
    OUTLET_MARK,
    Batch,
    Ground,
    Out,
)
from huhang.journey.watch.program import OUTLET_KIND, SECOND, UNKNOWN_KIND, Program
from huhang.journey.watch.telling import ONE, clear, clear_all, is_full
from huhang.journey.watch.waiting import (
    deadline_of,
    done_rules,
    holds,
    kind_of,
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
    table: Records,
    due: NDArray[np.uint32],
    program: Program,
    ground: Ground,
    batch: Batch,
    slots: NDArray[np.int64],
    rows: NDArray[np.int64],
    start: int,
    day: int,
    out: Out,
) -> int:
    """Fold arranged rows from `start`; returns how far it came (short of the end when `out` is full)."""
    for k in range(start, len(rows)):
        i = rows[k]
        slot = slots[i]
        if is_full(out):
            return k
        if k == 0 or slots[rows[k - 1]] != slot:
            out.opened[:] = -1
        row = table[slot]
        if batch.code[i] == REGISTERED:
            _register(row, program, ground, batch, i, out)
        else:
            _scan(row, program, ground, batch, i, out)
        if k + 1 == len(rows) or slots[rows[k + 1]] != slot:
            row.touched = day & 255
            due[slot] = next_due(row, program, ground)
    return len(rows)


@compiled
def sweep(
    table: Records,
    due: NDArray[np.uint32],
    program: Program,
    ground: Ground,
    now: int,
    start: int,
    out: Out,
) -> int:
    """Raise what has run out before `now`, from slot `start`; returns how far it came, as `fold` does."""
    now_second = now // SECOND
    for slot in range(start, len(due)):
        if due[slot] > now_second:
            continue
        if is_full(out):
            return slot
        out.opened[:] = -1
        row = table[slot]
        raise_passed(row, program, ground, now, out)
        due[slot] = next_due(row, program, ground)
    return len(due)


@compiled
def rearm(
    table: Records,
    due: NDArray[np.uint32],
    old: Program,
    old_ground: Ground,
    new: Program,
    ground: Ground,
) -> None:
    """Carry every parcel over to new rules and ground: rules that now watch its stage start to wait."""
    for slot in range(len(table)):
        row = table[slot]
        if row.hi == 0 and row.lo == 0:
            continue
        done = done_rules(row, old, old_ground)
        row.armed = waiting_places(new, ground, row, ~done)
        due[slot] = next_due(row, new, ground)


@compiled
def _scan(row: Any, program: Program, ground: Ground, batch: Batch, i: int, out: Out) -> None:
    code, at = batch.code[i], batch.at[i]
    node, operator = batch.node[i], batch.operator[i]
    after = _is_after(row, program, code, at)
    if after:
        raise_passed(row, program, ground, at, out)
    takes = ground.profile_takes[row.profile] & program.kind_takes[kind_of(ground, node)]
    if code == PICKED_UP:
        pick_up(row, program, takes, at, node, operator, out)
    check_places(row, program, ground, takes, code, at, node, operator, out)
    check_forbidden(row, program, takes, code, at, node, operator, out)
    check_consent(row, program, takes, code, at, node, operator, out)
    count_out(row, program, code, at, node, out)
    marks = np.uint32(1) << np.uint32(code)
    if code == ARRIVED and (kind_of(ground, node) == OUTLET_KIND or kind_of(ground, node) == UNKNOWN_KIND):
        marks |= OUTLET_MARK
    _clear_supplied(row, program, marks, at, out)
    if after:
        _satisfy(row, program, code, at, out)
    if not program.final[code]:
        clear_all(row, program.keeping[code], at, out)
    if _moves(row, program, code, after):
        _move(row, program, ground, code, at, node, operator, out)
    row.seen |= marks


@compiled
def _is_after(row: Any, program: Program, code: int, at: int) -> bool:
    if row.code == NO_STAGE or at > row.stage_at:
        return True
    return bool(at == row.stage_at and program.order[code] > program.order[row.code])


@compiled
def _moves(row: Any, program: Program, code: int, after: bool) -> bool:
    if not program.stage[code]:
        return False
    if row.code == NO_STAGE:
        return True
    if program.final[row.code]:
        return bool(after and holds(program.undone_by[row.code], code))
    if after or not program.final[code]:
        return after
    # A sign-off that comes late still ends the watch, unless the stage speaks against it, or it is
    # a second telling of one that was undone since.
    return not holds(program.undone_by[code], row.code) and not holds(row.seen, code)


@compiled
def _move(
    row: Any, program: Program, ground: Ground, code: int, at: int, node: int, operator: int, out: Out
) -> None:
    if row.code != NO_STAGE:
        _clear_early(row, program, at, out)
    if program.final[code]:
        clear_all(row, program.expect_mask | program.keeping[code], at, out)
    row.code = code
    row.stage_at = at
    row.node = node
    row.operator = operator
    row.armed = waiting_places(program, ground, row, ~np.uint64(0))


@compiled
def _clear_early(row: Any, program: Program, at: int, out: Out) -> None:
    # The sweep was faster than the news: the parcel had moved on before the limit.
    for j in range(program.n_after[row.code]):
        rule = program.after[row.code, j]
        if row.fired & (ONE << np.uint64(rule)) and deadline_of(program, rule, row.stage_at) >= at:
            clear(row, rule, at, out)


@compiled
def _satisfy(row: Any, program: Program, code: int, at: int, out: Out) -> None:
    right = program.satisfied[code]
    clear_all(row, right, at, out)
    if row.armed:
        for j in range(program.n_after[row.code]):
            if right & (ONE << np.uint64(program.after[row.code, j])):
                row.armed &= ~(np.uint32(1) << np.uint32(j))


@compiled
def _clear_supplied(row: Any, program: Program, marks: Any, at: int, out: Out) -> None:
    if row.fired == 0 or at > row.stage_at:
        return
    # The offending scan's time is known while its sign-off still is the stage. After that only
    # something never seen before can put it right, or a doubled scan would.
    stands = program.final[row.code] and row.seen & program.undone_by[row.code] == 0
    for mark in range(32):
        if holds(marks, mark) and (stands or not holds(row.seen, mark)):
            clear_all(row, program.supplied[mark], at, out)


@compiled
def _register(row: Any, program: Program, ground: Ground, batch: Batch, i: int, out: Out) -> None:
    at, fact = batch.at[i], batch.fact[i]
    promise, profile = batch.promise[fact], batch.profile[fact]
    new_promise = promise != 0 and promise != row.promise
    new_profile = profile != NO_PROFILE and profile != row.profile
    if (new_promise or new_profile) and (row.code == NO_STAGE or at > row.stage_at):
        raise_passed(row, program, ground, at, out)
    if batch.flags[fact] != NO_FLAGS:
        _take_flags(row, program, batch.flags[fact], at, out)
    if new_profile:
        done = done_rules(row, program, ground)
        row.profile = profile
        row.armed = waiting_places(program, ground, row, ~done)
    if new_promise:
        _take_promise(row, program, ground, promise, at, out)
    row.seen |= np.uint32(1) << np.uint32(REGISTERED)


@compiled
def _take_flags(row: Any, program: Program, flags: int, at: int, out: Out) -> None:
    if flags & CONSENTED:
        row.seen |= CONSENT_MARK
        clear_all(row, program.consent_mask, at, out)
    else:
        row.seen &= ~CONSENT_MARK


@compiled
def _take_promise(row: Any, program: Program, ground: Ground, promise: Any, at: int, out: Out) -> None:
    clear_all(row, program.promise_mask, at, out)
    row.promise = promise
    if program.final[row.code]:
        # Signed before we heard of the promise: say at once whether it was kept.
        raise_promise(row, program, ground, row.stage_at, out)
        clear_all(row, program.promise_mask, row.stage_at, out)
