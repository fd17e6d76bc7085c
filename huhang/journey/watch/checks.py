"""What is wrong the moment it is scanned: twice, in two places, too early, without consent."""

from typing import Any

import numpy as np

from huhang.journey.rules.codes import Code
from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import CONSENT_MARK, COUNTED_MARK, NOWHERE
from huhang.journey.watch.program import SECOND, Program
from huhang.journey.watch.telling import ONE, count, raise_hit

PICKED_UP = int(Code.PICKED_UP)
OUT_FOR_DELIVERY = int(Code.OUT_FOR_DELIVERY)
RETURN_SIGNED = int(Code.RETURN_SIGNED)
CANCELLED = int(Code.CANCELLED)


@compiled
def check(row: Any, turn: Any, program: Program) -> None:
    """Raise what this scan breaks by itself, and count what it is the first to show."""
    takes = turn.takes & program.kind_takes[turn.kind] & ~row.fired
    if turn.code == PICKED_UP:
        _pick_up(row, turn, program, takes)
    _check_places(row, turn, program, takes)
    for j in range(program.n_forbidden[turn.code]):
        rule = program.forbidden[turn.code, j]
        if row.seen & program.needs[rule] == 0:
            _raise_here(row, turn, takes, rule, row.node)
    if row.seen & CONSENT_MARK == 0:
        for j in range(program.n_consent[turn.code]):
            _raise_here(row, turn, takes, program.consent[turn.code, j], NOWHERE)
    _count_out(row, turn, program)


@compiled
def _raise_here(row: Any, turn: Any, takes: Any, rule: Word, previous: Word) -> None:
    if takes & (ONE << np.uint64(rule)):
        raise_hit(row, turn, rule, turn.at, turn.at, turn.node, turn.operator, previous)


@compiled
def _pick_up(row: Any, turn: Any, program: Program, takes: Any) -> None:
    second = turn.at // SECOND
    first = np.int64(row.picked_at)
    if first == 0:
        count(turn, PICKED_UP, turn.node, turn.at)
    else:
        elsewhere = turn.node != row.picked_node and turn.node >= 0 and row.picked_node >= 0
        for j in range(program.n_twice):
            rule = program.twice[j]
            if elsewhere or abs(second - first) * SECOND > program.apart[rule]:
                _raise_here(row, turn, takes, rule, row.picked_node)
    if first == 0 or second < first:
        row.picked_at = second
        row.picked_node = turn.node


@compiled
def _check_places(row: Any, turn: Any, program: Program, takes: Any) -> None:
    if turn.city < 0 or turn.stage_city < 0 or turn.city == turn.stage_city:
        return
    if program.physical[turn.code] and program.physical[row.code]:
        for j in range(program.n_two_places):
            rule = program.two_places[j]
            if abs(turn.at - row.stage_at) < program.apart[rule]:
                _raise_here(row, turn, takes, rule, row.node)


@compiled
def _count_out(row: Any, turn: Any, program: Program) -> None:
    signed = program.final[turn.code] and turn.code != RETURN_SIGNED and turn.code != CANCELLED
    if (signed or turn.code == OUT_FOR_DELIVERY) and row.seen & COUNTED_MARK == 0:
        row.seen |= COUNTED_MARK
        count(turn, OUT_FOR_DELIVERY, turn.node, turn.at)
