"""What a parcel's stage waits for, until when, and what has run out."""

from typing import Any

import numpy as np

from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import HIGHEST_PLACE, NEVER, NOWHERE
from huhang.journey.watch.program import A_DAY, Program
from huhang.journey.watch.telling import ONE, raise_hit

LOCAL = 8 * 3600  # Asia/Shanghai has kept this offset since 1991


@compiled
def holds(bits: Any, place: Word) -> bool:
    """Is this bit of a 32-bit word set?"""
    return bool((np.uint32(bits) >> np.uint32(place)) & np.uint32(1))


@compiled
def deadline_of(program: Program, turn: Any, rule: Word, at: Word) -> Word:
    """Return until when an EXPECT rule waits after a stage at this time."""
    if program.within[rule] >= 0:
        return relaxed(turn, at + program.within[rule])
    midnight = (at + LOCAL) // A_DAY * A_DAY - LOCAL
    deadline = midnight + program.by_time[rule]
    return relaxed(turn, deadline if deadline > at else deadline + A_DAY)


@compiled
def relaxed(turn: Any, limit: Word) -> Word:
    """Return when a limit ends that may fall into a storm over the parcel's stage or destination."""
    near, far = turn.near, turn.far
    if turn.storms[near] == 0 and turn.storms[far] == 0:
        return limit
    return limit + max(_extra(turn, near, limit), _extra(turn, far, limit))


@compiled
def _extra(turn: Any, where: Word, limit: Word) -> Word:
    extra: Word = np.int64(0)
    for k in range(turn.storms[where]):
        if turn.storm_starts[where, k] <= limit < turn.storm_ends[where, k]:
            extra = max(extra, turn.storm_extra[where, k])
    return extra


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
def skipped_rules(row: Any, program: Program) -> Any:
    """Return the SKIPPED rules that the stage's scan raised: a late scan can put them right."""
    rules = np.uint64(0)
    for j in range(program.n_skipped[row.code]):
        if holds(row.armed, HIGHEST_PLACE - j):
            rules |= ONE << np.uint64(program.skipped[row.code, j])
    return rules


@compiled
def skipped_places(row: Any, program: Program, rules: Any) -> Any:
    """Return the places of these SKIPPED rules in the stage's list."""
    places = np.uint32(0)
    for j in range(program.n_skipped[row.code]):
        if rules & (ONE << np.uint64(program.skipped[row.code, j])):
            places |= np.uint32(1) << np.uint32(HIGHEST_PLACE - j)
    return places


@compiled
def raise_passed(row: Any, turn: Any, program: Program, until: Word) -> None:
    """Raise what ran out before `until`."""
    if row.armed:
        for j in range(program.n_after[row.code]):
            if not holds(row.armed, j):
                continue
            rule = program.after[row.code, j]
            deadline = deadline_of(program, turn, rule, row.stage_at)
            if deadline < until:
                row.armed &= ~(np.uint32(1) << np.uint32(j))
                raise_hit(row, turn, rule, row.stage_at, deadline, row.node, row.operator, NOWHERE)
    if row.promise and not program.final[row.code]:
        raise_promise(row, turn, program, until)


@compiled
def raise_promise(row: Any, turn: Any, program: Program, until: Word) -> None:
    """Raise what the promise brings before `until`."""
    for j in range(program.n_promise):
        rule = program.promise[j]
        limit = relaxed(turn, row.promise - program.margin[rule])
        if limit < until and _is_owed(row, turn, program, rule):
            raise_hit(row, turn, rule, row.promise, limit, row.node, row.operator, NOWHERE)


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
                soonest = min(soonest, deadline_of(program, turn, program.after[row.code, j], row.stage_at))
    if row.promise and not program.final[row.code]:
        for j in range(program.n_promise):
            rule = program.promise[j]
            if _is_owed(row, turn, program, rule):
                soonest = min(soonest, relaxed(turn, row.promise - program.margin[rule]))
    return np.uint32(max(soonest, 0))
