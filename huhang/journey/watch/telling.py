"""How the kernel tells a hit, its end, or a tally: the only functions that write to `Out`."""

from typing import Any

import numpy as np

from huhang.journey.rules.watch import MOST_RULES
from huhang.journey.watch.compiling import Word, compiled
from huhang.journey.watch.layout import OPEN, ROOM, Out
from huhang.journey.watch.program import SECOND

ONE = np.uint64(1)


@compiled
def is_full(out: Out) -> bool:
    return bool(
        out.used[0] + ROOM > len(out.hits)
        or out.used[1] + ROOM > len(out.clears)
        or out.used[2] + ROOM > len(out.counts)
    )


@compiled
def raise_hit(
    row: Any, rule: Word, anchor: Word, raised_at: Word, node: Word, operator: Word, previous: Word, out: Out
) -> None:
    place = out.used[0]
    hit = out.hits[place]
    hit.hi = row.hi
    hit.lo = row.lo
    hit.rule = rule
    hit.anchor = anchor
    hit.raised_at = raised_at
    hit.cleared_at = OPEN
    hit.node = node
    hit.operator = operator
    hit.previous = previous
    out.used[0] = place + 1
    out.opened[rule] = place
    row.fired |= ONE << np.uint64(rule)


@compiled
def clear_all(row: Any, mask: Any, at: Word, out: Out) -> None:
    open_ones = row.fired & mask
    if open_ones == 0:
        return
    for rule in range(MOST_RULES):
        if open_ones & (ONE << np.uint64(rule)):
            clear(row, rule, at, out)


@compiled
def clear(row: Any, rule: Word, at: Word, out: Out) -> None:
    row.fired &= ~(ONE << np.uint64(rule))
    if out.opened[rule] >= 0:  # raised in this very batch: it is told as one closed hit
        out.hits[out.opened[rule]].cleared_at = at
        out.opened[rule] = -1
        return
    place = out.used[1]
    clear = out.clears[place]
    clear.hi = row.hi
    clear.lo = row.lo
    clear.rule = rule
    clear.cleared_at = at
    out.used[1] = place + 1


@compiled
def count(code: Word, node: Word, at: Word, out: Out) -> None:
    place = out.used[2]
    count = out.counts[place]
    count.code = code
    count.node = node
    count.minute = at // (60 * SECOND)
    out.used[2] = place + 1
