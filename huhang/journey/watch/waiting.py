"""What a parcel's stage waits for, until when, and what has run out."""

from typing import Any

import numpy as np

from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import NEVER, NOWHERE
from huhang.journey.watch.program import DAY, SECOND, Program
from huhang.journey.watch.telling import ONE, raise_hit

LOCAL = 8 * 3600 * SECOND  # Asia/Shanghai has kept this offset since 1991


@compiled
def holds(bits: Any, place: Word) -> bool:
    """Is this bit of a 32-bit word set?"""
    return bool((np.uint32(bits) >> np.uint32(place)) & np.uint32(1))


@compiled
def deadline_of(program: Program, rule: Word, at: Word) -> Word:
    """Return until when an EXPECT rule waits after a scan."""
    if program.within[rule] >= 0:
        return at + program.within[rule]
    midnight = (at + LOCAL) // DAY * DAY - LOCAL
    deadline = midnight + program.by_time[rule]
    return deadline if deadline > at else deadline + DAY


@compiled
def waiting_places(row: Any, turn: Any, program: Program, among: Any) -> Any:
    """Return the places in the stage's rule list that wait: they watch it and have no open hit."""
    watching = _watching(row, turn, program) & among & ~row.fired
    places = np.uint32(0)
    for j in range(program.n_after[row.code]):
        if watching & (ONE << np.uint64(program.after[row.code, j])):
            places |= np.uint32(1) << np.uint32(j)
    return places


@compiled
def done_rules(row: Any, turn: Any, program: Program) -> Any:
    """Return the rules that watch the stage and wait no longer: put right, or raised."""
    done = _watching(row, turn, program)
    for j in range(program.n_after[row.code]):
        if holds(row.armed, j):
            done &= ~(ONE << np.uint64(program.after[row.code, j]))
    return done


@compiled
def _watching(row: Any, turn: Any, program: Program) -> Any:
    listed = np.uint64(0)
    for j in range(program.n_after[row.code]):
        listed |= ONE << np.uint64(program.after[row.code, j])
    return listed & turn.takes & program.kind_takes[turn.stage_kind]


@compiled
def raise_passed(row: Any, turn: Any, program: Program, until: Word) -> None:
    """Raise what ran out before `until`."""
    if row.armed:
        for j in range(program.n_after[row.code]):
            if not holds(row.armed, j):
                continue
            rule = program.after[row.code, j]
            deadline = deadline_of(program, rule, row.stage_at)
            if deadline < until:
                row.armed &= ~(np.uint32(1) << np.uint32(j))
                raise_hit(row, turn, rule, row.stage_at, deadline, row.node, row.operator, NOWHERE)
    if row.promise and not program.final[row.code]:
        raise_promise(row, turn, program, until)


@compiled
def raise_promise(row: Any, turn: Any, program: Program, until: Word) -> None:
    """Raise what the promise brings before `until`."""
    promise = np.int64(row.promise) * SECOND
    for j in range(program.n_promise):
        rule = program.promise[j]
        limit = promise - program.margin[rule]
        if limit < until and _is_owed(row, turn, program, rule):
            raise_hit(row, turn, rule, promise, limit, row.node, row.operator, NOWHERE)


@compiled
def _is_owed(row: Any, turn: Any, program: Program, rule: Word) -> bool:
    bit = ONE << np.uint64(rule)
    return bool(row.fired & bit == 0 and row.seen & program.kept[rule] == 0 and turn.takes & bit != 0)


@compiled
def next_due(row: Any, turn: Any, program: Program) -> Any:
    """Return the second in which the parcel's next limit lies, or NEVER."""
    soonest: Word = np.int64(NEVER)
    if row.armed:
        for j in range(program.n_after[row.code]):
            if holds(row.armed, j):
                rule = program.after[row.code, j]
                soonest = min(soonest, deadline_of(program, rule, row.stage_at) // SECOND)
    if row.promise and not program.final[row.code]:
        for j in range(program.n_promise):
            rule = program.promise[j]
            if _is_owed(row, turn, program, rule):
                soonest = min(soonest, np.int64(row.promise) - program.margin[rule] // SECOND)
    return np.uint32(max(soonest, 0))
