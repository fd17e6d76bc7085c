"""What is wrong the moment it is scanned: twice, in two places, too early, off its way, at an odd hour."""

from typing import Any

import numpy as np

from huhang.journey.rules.codes import Code
from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import CONSENT_MARK, COUNTED_MARK, NOWHERE
from huhang.journey.watch.program import A_DAY, A_MINUTE, HUB_KIND, UNKNOWN_KIND, Program
from huhang.journey.watch.telling import ONE, count, raise_hit
from huhang.journey.watch.waiting import LOCAL, holds

PICKED_UP = int(Code.PICKED_UP)
ARRIVED = int(Code.ARRIVED)
OUT_FOR_DELIVERY = int(Code.OUT_FOR_DELIVERY)
RETURN_SIGNED = int(Code.RETURN_SIGNED)
CANCELLED = int(Code.CANCELLED)
AN_HOUR = 60 * A_MINUTE
HALF_AGE = 1 << 23  # minutes


@compiled
def check(row: Any, turn: Any, program: Program, after: bool) -> None:
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
    if after:
        _check_way(row, turn, program, takes)
    if program.signed[row.code]:
        _check_rescan(row, turn, program, takes)
    if turn.hours:
        _check_hour(row, turn, program, takes)
    _count_out(row, turn, program)


@compiled
def _raise_here(row: Any, turn: Any, takes: Any, rule: Word, previous: Word) -> None:
    if takes & (ONE << np.uint64(rule)):
        raise_hit(row, turn, rule, turn.at, turn.at, turn.node, turn.operator, previous)


@compiled
def _raise_charged(row: Any, turn: Any, program: Program, takes: Any, rule: Word) -> None:
    bit = ONE << np.uint64(rule)
    if takes & program.there & bit:
        raise_hit(row, turn, rule, turn.at, turn.at, row.node, row.operator, row.node)
    elif takes & bit:
        raise_hit(row, turn, rule, turn.at, turn.at, turn.node, turn.operator, row.node)


@compiled
def _pick_up(row: Any, turn: Any, program: Program, takes: Any) -> None:
    minute = turn.at // A_MINUTE
    is_first = not holds(row.seen, PICKED_UP)
    # 24 bits are kept of the first pickup's minute: right within 15 years of this one.
    first = minute + ((row.picked_minute - minute + HALF_AGE) & (2 * HALF_AGE - 1)) - HALF_AGE
    if is_first:
        count(turn, PICKED_UP, turn.node, turn.at)
    else:
        elsewhere = turn.node != row.picked_node and turn.node >= 0 and row.picked_node >= 0
        for j in range(program.n_twice):
            rule = program.twice[j]
            if elsewhere or abs(minute - first) > program.apart[rule]:
                _raise_here(row, turn, takes, rule, row.picked_node)
    if is_first or minute < first:
        row.picked_minute = minute
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
def _check_way(row: Any, turn: Any, program: Program, takes: Any) -> None:
    moved = turn.kind != UNKNOWN_KIND and turn.stage_kind != UNKNOWN_KIND and turn.node != row.node
    if moved:
        for j in range(program.n_skipped[turn.code]):
            rule = program.skipped[turn.code, j]
            if holds(program.skipped_after[rule], row.code) and takes & (ONE << np.uint64(rule)):
                _raise_charged(row, turn, program, takes, rule)
                turn.raised |= ONE << np.uint64(rule)
    if turn.code != ARRIVED or turn.kind != HUB_KIND:
        return
    if turn.off_way:
        for j in range(program.n_misrouted):
            _raise_charged(row, turn, program, takes, program.misrouted[j])
    if moved and turn.stage_kind == HUB_KIND and row.came_from == turn.node:
        for j in range(program.n_loop):
            _raise_charged(row, turn, program, takes, program.loop[j])


@compiled
def _check_rescan(row: Any, turn: Any, program: Program, takes: Any) -> None:
    for j in range(program.n_rescanned[turn.code]):
        rule = program.rescanned[turn.code, j]
        if turn.at - row.stage_at > program.apart[rule]:
            _raise_charged(row, turn, program, takes, rule)


@compiled
def _check_hour(row: Any, turn: Any, program: Program, takes: Any) -> None:
    hour = (turn.at + LOCAL) % A_DAY // AN_HOUR
    if not holds(turn.hours, hour):
        for j in range(program.n_odd_hour[turn.code]):
            _raise_here(row, turn, takes, program.odd_hour[turn.code, j], NOWHERE)


@compiled
def _count_out(row: Any, turn: Any, program: Program) -> None:
    signed = program.final[turn.code] and turn.code != RETURN_SIGNED and turn.code != CANCELLED
    if (signed or turn.code == OUT_FOR_DELIVERY) and row.seen & COUNTED_MARK == 0:
        row.seen |= COUNTED_MARK
        count(turn, OUT_FOR_DELIVERY, turn.node, turn.at)
