"""What is wrong the moment it is scanned: twice, in two places, too early, without consent."""

from typing import Any

import numpy as np

from huhang.journey.rules.codes import Code
from huhang.journey.watch.compiling import compiled
from huhang.journey.watch.layout import CONSENT_MARK, COUNTED_MARK, NOWHERE, Ground, Out
from huhang.journey.watch.program import SECOND, Program
from huhang.journey.watch.telling import ONE, count, raise_hit

PICKED_UP = int(Code.PICKED_UP)
OUT_FOR_DELIVERY = int(Code.OUT_FOR_DELIVERY)
RETURN_SIGNED = int(Code.RETURN_SIGNED)
CANCELLED = int(Code.CANCELLED)


@compiled
def pick_up(row: Any, program: Program, takes: Any, at: int, node: int, operator: int, out: Out) -> None:
    second = np.int64(at // SECOND)
    if row.picked_at == 0:
        row.picked_at = second
        row.picked_node = node
        count(PICKED_UP, node, at, out)
        return
    elsewhere = node != row.picked_node and node >= 0 and row.picked_node >= 0
    apart = abs(second - np.int64(row.picked_at)) * SECOND
    for rule in program.twice:
        if (elsewhere or apart > program.apart[rule]) and _is_free(row, takes, rule):
            raise_hit(row, rule, at, at, node, operator, row.picked_node, out)
    if second < np.int64(row.picked_at):
        row.picked_at = second
        row.picked_node = node


@compiled
def check_places(
    row: Any,
    program: Program,
    ground: Ground,
    takes: Any,
    code: int,
    at: int,
    node: int,
    operator: int,
    out: Out,
) -> None:
    if node < 0 or row.node < 0 or not program.physical[code] or not program.physical[row.code]:
        return
    here, there = ground.city[node], ground.city[row.node]
    if here < 0 or there < 0 or here == there:
        return
    for rule in program.two_places:
        if abs(at - row.stage_at) < program.apart[rule] and _is_free(row, takes, rule):
            raise_hit(row, rule, at, at, node, operator, row.node, out)


@compiled
def check_forbidden(
    row: Any, program: Program, takes: Any, code: int, at: int, node: int, operator: int, out: Out
) -> None:
    for j in range(program.n_forbidden[code]):
        rule = program.forbidden[code, j]
        if row.seen & program.needs[rule] == 0 and _is_free(row, takes, rule):
            raise_hit(row, rule, at, at, node, operator, row.node, out)


@compiled
def check_consent(
    row: Any, program: Program, takes: Any, code: int, at: int, node: int, operator: int, out: Out
) -> None:
    for j in range(program.n_consent[code]):
        rule = program.consent[code, j]
        if row.seen & CONSENT_MARK == 0 and _is_free(row, takes, rule):
            raise_hit(row, rule, at, at, node, operator, NOWHERE, out)


@compiled
def _is_free(row: Any, takes: Any, rule: int) -> bool:
    bit = ONE << np.uint64(rule)
    return bool(takes & bit != 0 and row.fired & bit == 0)


@compiled
def count_out(row: Any, program: Program, code: int, at: int, node: int, out: Out) -> None:
    signed = program.final[code] and code != RETURN_SIGNED and code != CANCELLED
    if (signed or code == OUT_FOR_DELIVERY) and row.seen & COUNTED_MARK == 0:
        row.seen |= COUNTED_MARK
        count(OUT_FOR_DELIVERY, node, at, out)
