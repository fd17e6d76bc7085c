"""How the fold tells a hit, its end, or a tally: into the turn, and from there into the batch's columns."""

from typing import Any

import numpy as np

from huhang.journey.rules.watch import MOST_RULES
from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import CLEAR_TOLD, COUNT_TOLD, HIT_TOLD, NOWHERE, OPEN, ROOM, Out
from huhang.journey.watch.program import A_MINUTE

ONE = np.uint64(1)


@compiled
def raise_hit(
    row: Any, turn: Any, rule: Word, anchor: Word, raised_at: Word, node: Word, operator: Word, previous: Word
) -> None:
    """Tell that a rule is broken; it stays broken until `clear`."""
    row.fired |= ONE << np.uint64(rule)
    place = _tell(turn, HIT_TOLD, rule, raised_at)
    turn.anchor[place] = anchor
    turn.told_node[place] = node
    turn.told_operator[place] = operator
    turn.previous[place] = previous


@compiled
def clear(row: Any, turn: Any, rule: Word, at: Word) -> None:
    """Tell that an open hit is put right."""
    row.fired &= ~(ONE << np.uint64(rule))
    _tell(turn, CLEAR_TOLD, rule, at)


@compiled
def clear_all(row: Any, turn: Any, mask: Any, at: Word) -> None:
    """Tell that those of these rules that have an open hit are put right."""
    open_ones = row.fired & mask
    if open_ones != 0:
        for rule in range(MOST_RULES):
            if open_ones & (ONE << np.uint64(rule)):
                clear(row, turn, rule, at)


@compiled
def count(turn: Any, code: Word, node: Word, at: Word) -> None:
    """Tell that a parcel is the first time seen with this code."""
    turn.told_node[_tell(turn, COUNT_TOLD, code, at)] = node


@compiled
def _tell(turn: Any, what: Word, rule: Word, moment: Word) -> Word:
    place = turn.told
    turn.what[place] = what
    turn.rule[place] = rule
    turn.moment[place] = moment
    turn.told = place + 1
    return place


@compiled
def forget_opened(turn: Any) -> None:
    """Begin with another parcel."""
    for rule in range(MOST_RULES):
        turn.opened[rule] = NOWHERE


@compiled
def write_down(row: Any, turn: Any, out: Out) -> bool:
    """Move what was told into the batch's columns; says whether they may be too short for the next scan."""
    for place in range(turn.told):
        if turn.what[place] == HIT_TOLD:
            _write_hit(row, turn, place, out)
        elif turn.what[place] == CLEAR_TOLD:
            _write_clear(row, turn, place, out)
        else:
            _write_count(turn, place, out)
    turn.told = 0
    return bool(
        out.used[0] + ROOM > len(out.hits)
        or out.used[1] + ROOM > len(out.clears)
        or out.used[2] + ROOM > len(out.counts)
    )


@compiled
def _write_hit(row: Any, turn: Any, place: Word, out: Out) -> None:
    hit = out.hits[out.used[0]]
    hit.hi = row.hi
    hit.lo = row.lo
    hit.rule = turn.rule[place]
    hit.anchor = turn.anchor[place]
    hit.raised_at = turn.moment[place]
    hit.cleared_at = OPEN
    hit.node = turn.told_node[place]
    hit.operator = turn.told_operator[place]
    hit.previous = turn.previous[place]
    turn.opened[turn.rule[place]] = out.used[0]
    out.used[0] += 1


@compiled
def _write_clear(row: Any, turn: Any, place: Word, out: Out) -> None:
    rule = turn.rule[place]
    if turn.opened[rule] >= 0:  # raised in this very batch: it is told as one closed hit
        hit = out.hits[turn.opened[rule]]
        hit.cleared_at = turn.moment[place]
        turn.opened[rule] = NOWHERE
        return
    ended = out.clears[out.used[1]]
    ended.hi = row.hi
    ended.lo = row.lo
    ended.rule = rule
    ended.cleared_at = turn.moment[place]
    out.used[1] += 1


@compiled
def _write_count(turn: Any, place: Word, out: Out) -> None:
    first = out.counts[out.used[2]]
    first.code = turn.rule[place]
    first.node = turn.told_node[place]
    first.minute = turn.moment[place] // A_MINUTE
    out.used[2] += 1
