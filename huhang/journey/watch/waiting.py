"""What a parcel's stage waits for, until when, and what has run out."""

from typing import Any

import numpy as np

from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import NEVER, NOWHERE, Ground, Out
from huhang.journey.watch.program import DAY, SECOND, UNKNOWN_KIND, Program
from huhang.journey.watch.telling import ONE, raise_hit

LOCAL = 8 * 3600 * SECOND  # Asia/Shanghai has kept this offset since 1991


@compiled
def holds(bits: Any, code: Word) -> bool:
    return bool((np.uint32(bits) >> np.uint32(code)) & np.uint32(1))


@compiled
def kind_of(ground: Ground, node: Word) -> Word:
    return np.int64(ground.kind[node]) if node >= 0 else UNKNOWN_KIND


@compiled
def deadline_of(program: Program, rule: Word, at: Word) -> Word:
    if program.within[rule] >= 0:
        return at + program.within[rule]
    midnight = (at + LOCAL) // DAY * DAY - LOCAL
    deadline = midnight + program.by_time[rule]
    return deadline if deadline > at else deadline + DAY


@compiled
def _watching(program: Program, takes: Any, kind: Word, code: Word) -> Any:
    listed = np.uint64(0)
    for j in range(program.n_after[code]):
        listed |= ONE << np.uint64(program.after[code, j])
    return listed & takes & program.kind_takes[kind]


@compiled
def waiting_places(program: Program, ground: Ground, row: Any, among: Any) -> Any:
    """Places in the stage's rule list that wait: they watch such a parcel and have no open hit."""
    watching = _watching(program, ground.profile_takes[row.profile], kind_of(ground, row.node), row.code)
    watching &= among & ~row.fired
    places = np.uint32(0)
    for j in range(program.n_after[row.code]):
        if watching & (ONE << np.uint64(program.after[row.code, j])):
            places |= np.uint32(1) << np.uint32(j)
    return places


@compiled
def done_rules(row: Any, program: Program, ground: Ground) -> Any:
    """Rules that watch the stage and wait no longer: put right, or raised."""
    done = _watching(program, ground.profile_takes[row.profile], kind_of(ground, row.node), row.code)
    for j in range(program.n_after[row.code]):
        if holds(row.armed, j):
            done &= ~(ONE << np.uint64(program.after[row.code, j]))
    return done


@compiled
def raise_passed(row: Any, program: Program, ground: Ground, until: Word, out: Out) -> None:
    if row.armed:
        for j in range(program.n_after[row.code]):
            if not holds(row.armed, j):
                continue
            rule = program.after[row.code, j]
            deadline = deadline_of(program, rule, row.stage_at)
            if deadline < until:
                row.armed &= ~(np.uint32(1) << np.uint32(j))
                raise_hit(row, rule, row.stage_at, deadline, row.node, row.operator, NOWHERE, out)
    if row.promise and not program.final[row.code]:
        raise_promise(row, program, ground, until, out)


@compiled
def raise_promise(row: Any, program: Program, ground: Ground, until: Word, out: Out) -> None:
    promise = np.int64(row.promise) * SECOND
    for rule in program.promise:
        if promise - program.margin[rule] < until and _is_owed(row, program, ground, rule):
            raise_hit(
                row, rule, promise, promise - program.margin[rule], row.node, row.operator, NOWHERE, out
            )


@compiled
def _is_owed(row: Any, program: Program, ground: Ground, rule: Word) -> bool:
    bit = ONE << np.uint64(rule)
    return bool(
        row.fired & bit == 0
        and row.seen & program.kept[rule] == 0
        and ground.profile_takes[row.profile] & bit != 0
    )


@compiled
def next_due(row: Any, program: Program, ground: Ground) -> Any:
    soonest: Word = np.int64(NEVER)
    if row.armed:
        for j in range(program.n_after[row.code]):
            if holds(row.armed, j):
                rule = program.after[row.code, j]
                soonest = min(soonest, deadline_of(program, rule, row.stage_at) // SECOND)
    if row.promise and not program.final[row.code]:
        for rule in program.promise:
            if _is_owed(row, program, ground, rule):
                soonest = min(soonest, np.int64(row.promise) - program.margin[rule] // SECOND)
    return np.uint32(max(soonest, 0))
