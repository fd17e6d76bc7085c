"""The fold: what one scan does to one parcel's 64 bytes. Compiled by numba; the rules are data.

A parcel's rows are folded in event-time order. Nothing here reads a clock: a deadline counts as
passed when a scan with a later time, or the `now` handed to `sweep`, says so.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from huhang.journey.rules.codes import Code
from huhang.journey.rules.watch import ARRIVED_AT_OUTLET, MOST_RULES
from huhang.journey.watch.program import DAY, OUTLET_KIND, SECOND, UNKNOWN_KIND, Program

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile with numba and keep the machine code beside the source, so that a start is quick."""
    return cast(F, njit(cache=True, nogil=True)(function))


# One cache line per parcel. Times in u4 are seconds since 1970 (until 2106), 0 is unknown.
PARCEL = np.dtype(
    [
        ("hi", "u8"),
        ("lo", "u8"),
        ("stage_at", "i8"),
        ("fired", "u8"),  # rules with an open hit
        ("armed", "u4"),  # places in the stage's list of EXPECT rules that still wait
        ("promise", "u4"),
        ("seen", "u4"),  # codes seen, and the marks below
        ("node", "i4"),  # of the stage
        ("operator", "i4"),
        ("picked_at", "u4"),
        ("picked_node", "i4"),
        ("profile", "u2"),
        ("code", "u1"),  # the stage; 0 is none yet
        ("touched", "u1"),  # day of the last change, modulo 256
    ],
    align=True,
)
HIT = np.dtype(
    [
        ("hi", "u8"),
        ("lo", "u8"),
        ("anchor", "i8"),
        ("raised_at", "i8"),
        ("cleared_at", "i8"),
        ("node", "i4"),
        ("operator", "i4"),
        ("previous", "i4"),
        ("rule", "i4"),
    ],
    align=True,
)
CLEAR = np.dtype([("hi", "u8"), ("lo", "u8"), ("cleared_at", "i8"), ("rule", "i8")], align=True)
COUNT = np.dtype([("minute", "i8"), ("node", "i4"), ("code", "i4")], align=True)

NEVER = np.uint32(0xFFFFFFFF)
NOWHERE = -1
OPEN = -1  # cleared_at of a hit that is open
NO_STAGE = 0
NO_FLAGS = -1
NO_PROFILE = 0xFFFF
ROOM = 256  # more entries than one scan can write

# Marks in `seen` that are no codes.
CONSENT_MARK = np.uint32(1 << 28)
OUTLET_MARK = np.uint32(1 << ARRIVED_AT_OUTLET)
COUNTED_MARK = np.uint32(1 << 30)

REGISTERED = int(Code.REGISTERED)
PICKED_UP = int(Code.PICKED_UP)
ARRIVED = int(Code.ARRIVED)
OUT_FOR_DELIVERY = int(Code.OUT_FOR_DELIVERY)
RETURN_SIGNED = int(Code.RETURN_SIGNED)
CANCELLED = int(Code.CANCELLED)
CONSENTED = 1  # of the waybill's flags
LOCAL = 8 * 3600 * SECOND  # Asia/Shanghai has kept this offset since 1991
ONE = np.uint64(1)


class Ground(NamedTuple):
    """What is known of nodes, operators and profiles, by index. `order` breaks ties the same way everywhere."""

    kind: NDArray[np.uint8]
    city: NDArray[np.int32]
    node_order: NDArray[np.uint32]
    operator_order: NDArray[np.uint32]
    profile_takes: NDArray[np.uint64]


class Batch(NamedTuple):
    """Columns of scans. `fact` is the row's place in the facts columns (only REGISTERED rows have one)."""

    hi: NDArray[np.uint64]
    lo: NDArray[np.uint64]
    code: NDArray[np.uint8]
    at: NDArray[np.int64]
    node: NDArray[np.int32]
    operator: NDArray[np.int32]
    fact: NDArray[np.int32]
    promise: NDArray[np.uint32]
    profile: NDArray[np.uint16]
    flags: NDArray[np.int16]


class Out(NamedTuple):
    """Where the kernel writes; `used` counts hits, clears and counts, `opened` is scratch for one parcel."""

    hits: NDArray[Any]
    clears: NDArray[Any]
    counts: NDArray[Any]
    used: NDArray[np.int64]
    opened: NDArray[np.int64]


@compiled
def slot_of(table: NDArray[Any], hi: Any, lo: Any) -> int:
    """Return the slot that holds the key, or the empty one where it belongs."""
    last = len(table) - 1
    mixed = (hi ^ (lo >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32)) ^ lo) * np.uint64(0xD6E8FEB86659FD93)
    slot = np.int64((mixed >> np.uint64(32)) & np.uint64(last))
    while True:
        row = table[slot]
        if (row.hi == hi and row.lo == lo) or (row.hi == 0 and row.lo == 0):
            return slot
        slot = (slot + 1) & last


@compiled
def locate(table: NDArray[Any], batch: Batch, slots: NDArray[np.int64], room: int) -> int:
    """Find or make every row's slot; returns the number of new parcels, or -1 when `room` ran out."""
    new = 0
    for i in range(len(batch.code)):
        hi, lo = batch.hi[i], batch.lo[i]
        slot = slot_of(table, hi, lo)
        row = table[slot]
        if row.hi == 0 and row.lo == 0:
            if new == room:
                return -1
            new += 1
            row.hi = hi
            row.lo = lo
            row.node = NOWHERE
            row.operator = NOWHERE
            row.picked_node = NOWHERE
        slots[i] = slot
    return new


@compiled
def rehash(old: NDArray[Any], old_due: NDArray[np.uint32], new: NDArray[Any], new_due: NDArray[np.uint32]) -> int:
    """Copy every parcel into a bigger (or cleaner) table; returns how many there are."""
    parcels = 0
    for i in range(len(old)):
        if old[i].hi != 0 or old[i].lo != 0:
            slot = slot_of(new, old[i].hi, old[i].lo)
            new[slot] = old[i]
            new_due[slot] = old_due[i]
            parcels += 1
    return parcels


@compiled
def arrange(
    batch: Batch, order: NDArray[np.uint8], ground: Ground, slots: NDArray[np.int64], head: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the rows grouped by parcel, each parcel's in event-time order. `head` comes and goes as -1s."""
    n = len(slots)
    group = np.empty(n, np.int32)
    size = np.zeros(n + 1, np.int64)
    groups = 0
    for i in range(n):
        if head[slots[i]] < 0:
            head[slots[i]] = groups
            groups += 1
        group[i] = head[slots[i]]
        size[group[i] + 1] += 1
    for g in range(groups):
        size[g + 1] += size[g]
    place = size[: groups + 1].copy()
    rows = np.empty(n, np.int64)
    for i in range(n):
        head[slots[i]] = -1
        rows[place[group[i]]] = i
        place[group[i]] += 1
    for g in range(groups):
        _sort_life(batch, order, ground, rows[size[g] : size[g + 1]])
    return rows


@compiled
def _sort_life(batch: Batch, order: NDArray[np.uint8], ground: Ground, rows: NDArray[np.int64]) -> None:
    # Shell sort: nearly free for the usual handful of rows in order, safe for a parcel with a million.
    gap = 1
    while gap < len(rows) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, len(rows)):
            row = rows[i]
            j = i
            while j >= gap and _comes_before(batch, order, ground, row, rows[j - gap]):
                rows[j] = rows[j - gap]
                j -= gap
            rows[j] = row
        gap //= 3


@compiled
def _comes_before(batch: Batch, order: NDArray[np.uint8], ground: Ground, a: int, b: int) -> bool:
    if batch.at[a] != batch.at[b]:
        return bool(batch.at[a] < batch.at[b])
    if batch.code[a] != batch.code[b]:
        return bool(order[batch.code[a]] < order[batch.code[b]])
    if batch.node[a] != batch.node[b]:
        x, y = _order_of(ground.node_order, batch.node[a]), _order_of(ground.node_order, batch.node[b])
        if x != y:
            return bool(x < y)
    if batch.operator[a] != batch.operator[b]:
        x = _order_of(ground.operator_order, batch.operator[a])
        y = _order_of(ground.operator_order, batch.operator[b])
        if x != y:
            return bool(x < y)
    return a < b


@compiled
def _order_of(order: NDArray[np.uint32], index: int) -> int:
    return np.int64(order[index]) if index >= 0 else -1


@compiled
def fold(
    table: NDArray[Any],
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
        if _is_full(out):
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
            due[slot] = _next_due(row, program, ground)
    return len(rows)


@compiled
def sweep(
    table: NDArray[Any],
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
        if _is_full(out):
            return slot
        out.opened[:] = -1
        row = table[slot]
        _raise_passed(row, program, ground, now, out)
        due[slot] = _next_due(row, program, ground)
    return len(due)


@compiled
def _is_full(out: Out) -> bool:
    return (
        out.used[0] + ROOM > len(out.hits)
        or out.used[1] + ROOM > len(out.clears)
        or out.used[2] + ROOM > len(out.counts)
    )


@compiled
def reap(table: NDArray[Any], final: NDArray[np.bool_], day: int, keep_final: int, keep_open: int) -> int:
    """Empty the slots of parcels that nobody will ask about again; returns how many. Rehash afterwards."""
    reaped = 0
    for slot in range(len(table)):
        row = table[slot]
        if row.hi == 0 and row.lo == 0:
            continue
        idle = (day - row.touched) & 255
        if idle > (keep_final if final[row.code] else keep_open):
            row.hi = 0
            row.lo = 0
            reaped += 1
    return reaped


@compiled
def rearm(
    table: NDArray[Any], due: NDArray[np.uint32], old: Program, old_ground: Ground, new: Program, ground: Ground
) -> None:
    """Carry every parcel over to new rules and ground: rules that now watch its stage start to wait."""
    for slot in range(len(table)):
        row = table[slot]
        if row.hi == 0 and row.lo == 0:
            continue
        done = _done_rules(row, old, old_ground)
        row.armed = _places(new, ground, row, ~done)
        due[slot] = _next_due(row, new, ground)


@compiled
def _scan(row: Any, program: Program, ground: Ground, batch: Batch, i: int, out: Out) -> None:
    code, at = batch.code[i], batch.at[i]
    node, operator = batch.node[i], batch.operator[i]
    after = _is_after(row, program, code, at)
    if after:
        _raise_passed(row, program, ground, at, out)
    takes = ground.profile_takes[row.profile] & program.kind_takes[_kind_of(ground, node)]
    if code == PICKED_UP:
        _pick_up(row, program, takes, at, node, operator, out)
    _check_places(row, program, ground, takes, code, at, node, operator, out)
    _check_forbidden(row, program, takes, code, at, node, operator, out)
    _check_consent(row, program, takes, code, at, node, operator, out)
    _count_out(row, program, code, at, node, out)
    marks = np.uint32(1) << np.uint32(code)
    if code == ARRIVED and (_kind_of(ground, node) == OUTLET_KIND or _kind_of(ground, node) == UNKNOWN_KIND):
        marks |= OUTLET_MARK
    _clear_supplied(row, program, marks, at, out)
    if after:
        _satisfy(row, program, code, at, out)
    if not program.final[code]:
        _clear_all(row, program.keeping[code], at, out)
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
        return bool(after and _holds(program.undone_by[row.code], code))
    if after or not program.final[code]:
        return after
    # A sign-off that comes late still ends the watch, unless the stage speaks against it, or it is
    # a second telling of one that was undone since.
    return not _holds(program.undone_by[code], row.code) and not _holds(row.seen, code)


@compiled
def _holds(bits: Any, code: int) -> bool:
    return bool((np.uint32(bits) >> np.uint32(code)) & np.uint32(1))


@compiled
def _move(
    row: Any, program: Program, ground: Ground, code: int, at: int, node: int, operator: int, out: Out
) -> None:
    if row.code != NO_STAGE:
        _clear_early(row, program, at, out)
    if program.final[code]:
        _clear_all(row, program.expect_mask | program.keeping[code], at, out)
    row.code = code
    row.stage_at = at
    row.node = node
    row.operator = operator
    row.armed = _places(program, ground, row, ~np.uint64(0))


@compiled
def _clear_early(row: Any, program: Program, at: int, out: Out) -> None:
    # The sweep was faster than the news: the parcel had moved on before the limit.
    for j in range(program.n_after[row.code]):
        rule = program.after[row.code, j]
        if row.fired & (ONE << np.uint64(rule)) and _deadline(program, rule, row.stage_at) >= at:
            _clear(row, rule, at, out)


@compiled
def _satisfy(row: Any, program: Program, code: int, at: int, out: Out) -> None:
    right = program.satisfied[code]
    _clear_all(row, right, at, out)
    if row.armed:
        for j in range(program.n_after[row.code]):
            if right & (ONE << np.uint64(program.after[row.code, j])):
                row.armed &= ~(np.uint32(1) << np.uint32(j))


@compiled
def _clear_supplied(row: Any, program: Program, marks: Any, at: int, out: Out) -> None:
    if row.fired == 0 or at > row.stage_at:
        return
    for b in range(32):
        if _holds(marks, b):
            _clear_all(row, program.supplied[b], at, out)


@compiled
def _places(program: Program, ground: Ground, row: Any, among: Any) -> Any:
    """Places in the stage's rule list that wait: they watch such a parcel and have no open hit."""
    watching = _watching(program, ground.profile_takes[row.profile], _kind_of(ground, row.node), row.code)
    watching &= among & ~row.fired
    places = np.uint32(0)
    for j in range(program.n_after[row.code]):
        if watching & (ONE << np.uint64(program.after[row.code, j])):
            places |= np.uint32(1) << np.uint32(j)
    return places


@compiled
def _watching(program: Program, takes: Any, kind: int, code: int) -> Any:
    listed = np.uint64(0)
    for j in range(program.n_after[code]):
        listed |= ONE << np.uint64(program.after[code, j])
    return listed & takes & program.kind_takes[kind]


@compiled
def _done_rules(row: Any, program: Program, ground: Ground) -> Any:
    """Rules that watch the stage and wait no longer: put right, or raised."""
    done = _watching(program, ground.profile_takes[row.profile], _kind_of(ground, row.node), row.code)
    for j in range(program.n_after[row.code]):
        if _holds(row.armed, j):
            done &= ~(ONE << np.uint64(program.after[row.code, j]))
    return done


@compiled
def _kind_of(ground: Ground, node: int) -> int:
    return np.int64(ground.kind[node]) if node >= 0 else UNKNOWN_KIND


@compiled
def _deadline(program: Program, rule: int, at: int) -> int:
    if program.within[rule] >= 0:
        return at + program.within[rule]
    midnight = (at + LOCAL) // DAY * DAY - LOCAL
    deadline = midnight + program.by_time[rule]
    return deadline if deadline > at else deadline + DAY


@compiled
def _raise_passed(row: Any, program: Program, ground: Ground, until: int, out: Out) -> None:
    if row.armed:
        for j in range(program.n_after[row.code]):
            if not _holds(row.armed, j):
                continue
            rule = program.after[row.code, j]
            deadline = _deadline(program, rule, row.stage_at)
            if deadline < until:
                row.armed &= ~(np.uint32(1) << np.uint32(j))
                _raise(row, rule, row.stage_at, deadline, row.node, row.operator, NOWHERE, out)
    if row.promise and not program.final[row.code]:
        _raise_promise(row, program, ground, until, out)


@compiled
def _raise_promise(row: Any, program: Program, ground: Ground, until: int, out: Out) -> None:
    promise = np.int64(row.promise) * SECOND
    for rule in program.promise:
        if promise - program.margin[rule] < until and _is_owed(row, program, ground, rule):
            _raise(row, rule, promise, promise - program.margin[rule], row.node, row.operator, NOWHERE, out)


@compiled
def _is_owed(row: Any, program: Program, ground: Ground, rule: int) -> bool:
    bit = ONE << np.uint64(rule)
    return bool(
        row.fired & bit == 0 and row.seen & program.kept[rule] == 0 and ground.profile_takes[row.profile] & bit != 0
    )


@compiled
def _next_due(row: Any, program: Program, ground: Ground) -> Any:
    soonest = np.int64(NEVER)
    if row.armed:
        for j in range(program.n_after[row.code]):
            if _holds(row.armed, j):
                rule = program.after[row.code, j]
                soonest = min(soonest, _deadline(program, rule, row.stage_at) // SECOND)
    if row.promise and not program.final[row.code]:
        for rule in program.promise:
            if _is_owed(row, program, ground, rule):
                soonest = min(soonest, np.int64(row.promise) - program.margin[rule] // SECOND)
    return np.uint32(max(soonest, 0))


@compiled
def _pick_up(row: Any, program: Program, takes: Any, at: int, node: int, operator: int, out: Out) -> None:
    second = np.int64(at // SECOND)
    if row.picked_at == 0:
        row.picked_at = second
        row.picked_node = node
        _count(PICKED_UP, node, at, out)
        return
    elsewhere = node != row.picked_node and node >= 0 and row.picked_node >= 0
    apart = abs(second - np.int64(row.picked_at)) * SECOND
    for rule in program.twice:
        if (elsewhere or apart > program.apart[rule]) and _is_free(row, takes, rule):
            _raise(row, rule, at, at, node, operator, row.picked_node, out)
    if second < np.int64(row.picked_at):
        row.picked_at = second
        row.picked_node = node


@compiled
def _check_places(
    row: Any, program: Program, ground: Ground, takes: Any, code: int, at: int, node: int, operator: int, out: Out
) -> None:
    if node < 0 or row.node < 0 or not program.physical[code] or not program.physical[row.code]:
        return
    here, there = ground.city[node], ground.city[row.node]
    if here < 0 or there < 0 or here == there:
        return
    for rule in program.two_places:
        if abs(at - row.stage_at) < program.apart[rule] and _is_free(row, takes, rule):
            _raise(row, rule, at, at, node, operator, row.node, out)


@compiled
def _check_forbidden(
    row: Any, program: Program, takes: Any, code: int, at: int, node: int, operator: int, out: Out
) -> None:
    for j in range(program.n_forbidden[code]):
        rule = program.forbidden[code, j]
        if row.seen & program.needs[rule] == 0 and _is_free(row, takes, rule):
            _raise(row, rule, at, at, node, operator, row.node, out)


@compiled
def _check_consent(
    row: Any, program: Program, takes: Any, code: int, at: int, node: int, operator: int, out: Out
) -> None:
    for j in range(program.n_consent[code]):
        rule = program.consent[code, j]
        if row.seen & CONSENT_MARK == 0 and _is_free(row, takes, rule):
            _raise(row, rule, at, at, node, operator, NOWHERE, out)


@compiled
def _is_free(row: Any, takes: Any, rule: int) -> bool:
    bit = ONE << np.uint64(rule)
    return bool(takes & bit != 0 and row.fired & bit == 0)


@compiled
def _count_out(row: Any, program: Program, code: int, at: int, node: int, out: Out) -> None:
    signed = program.final[code] and code != RETURN_SIGNED and code != CANCELLED
    if (signed or code == OUT_FOR_DELIVERY) and row.seen & COUNTED_MARK == 0:
        row.seen |= COUNTED_MARK
        _count(OUT_FOR_DELIVERY, node, at, out)


@compiled
def _register(row: Any, program: Program, ground: Ground, batch: Batch, i: int, out: Out) -> None:
    at, fact = batch.at[i], batch.fact[i]
    if row.code == NO_STAGE or at > row.stage_at:
        _raise_passed(row, program, ground, at, out)
    if batch.flags[fact] != NO_FLAGS:
        _take_flags(row, program, batch.flags[fact], at, out)
    profile = batch.profile[fact]
    if profile != NO_PROFILE and profile != row.profile:
        done = _done_rules(row, program, ground)
        row.profile = profile
        row.armed = _places(program, ground, row, ~done)
    if batch.promise[fact] and batch.promise[fact] != row.promise:
        _take_promise(row, program, ground, batch.promise[fact], at, out)
    row.seen |= np.uint32(1) << np.uint32(REGISTERED)


@compiled
def _take_flags(row: Any, program: Program, flags: int, at: int, out: Out) -> None:
    if flags & CONSENTED:
        row.seen |= CONSENT_MARK
        _clear_all(row, program.consent_mask, at, out)
    else:
        row.seen &= ~CONSENT_MARK


@compiled
def _take_promise(row: Any, program: Program, ground: Ground, promise: Any, at: int, out: Out) -> None:
    _clear_all(row, program.promise_mask, at, out)
    row.promise = promise
    if program.final[row.code]:
        # Signed before we heard of the promise: say at once whether it was kept.
        _raise_promise(row, program, ground, row.stage_at, out)
        _clear_all(row, program.promise_mask, row.stage_at, out)


@compiled
def _raise(
    row: Any, rule: int, anchor: int, raised_at: int, node: int, operator: int, previous: int, out: Out
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
def _clear_all(row: Any, mask: Any, at: int, out: Out) -> None:
    open_ones = row.fired & mask
    if open_ones == 0:
        return
    for rule in range(MOST_RULES):
        if open_ones & (ONE << np.uint64(rule)):
            _clear(row, rule, at, out)


@compiled
def _clear(row: Any, rule: int, at: int, out: Out) -> None:
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
def _count(code: int, node: int, at: int, out: Out) -> None:
    place = out.used[2]
    count = out.counts[place]
    count.code = code
    count.node = node
    count.minute = at // (60 * SECOND)
    out.used[2] = place + 1
