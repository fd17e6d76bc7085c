"""A parcel between its 53 bytes and the record that the kernel works on."""

from typing import Any

import numpy as np

from huhang.journey.watch.compiling import Word, compiled


@compiled
def unpack(packed: Any, row: Any) -> None:
    """Lay a kept parcel out."""
    row.hi = packed.hi
    row.lo = packed.lo
    row.fired = packed.fired
    row.stage_at = packed.stage_at
    row.promise = packed.promise
    row.seen = packed.seen
    row.armed = packed.armed
    row.profile = packed.profile
    row.code = packed.code
    row.node = _joined(packed.node_low, packed.node_high) - 1
    row.operator = _joined(packed.operator_low, packed.operator_high) - 1
    row.came_from = _joined(packed.from_low, packed.from_high) - 1
    row.picked_node = _joined(packed.picked_low, packed.picked_high) - 1
    row.picked_minute = _joined(packed.picked_minute_low, packed.picked_minute_high)


@compiled
def pack(row: Any, packed: Any) -> None:
    """Keep a parcel; its key and `touched` stay what they are."""
    packed.fired = row.fired
    packed.stage_at = row.stage_at
    packed.promise = row.promise
    packed.seen = row.seen
    packed.armed = row.armed
    packed.profile = row.profile
    packed.code = row.code
    packed.node_low = _low(row.node + 1)
    packed.node_high = _high(row.node + 1)
    packed.operator_low = _low(row.operator + 1)
    packed.operator_high = _high(row.operator + 1)
    packed.from_low = _low(row.came_from + 1)
    packed.from_high = _high(row.came_from + 1)
    packed.picked_low = _low(row.picked_node + 1)
    packed.picked_high = _high(row.picked_node + 1)
    packed.picked_minute_low = _low(row.picked_minute)
    packed.picked_minute_high = _high(row.picked_minute)


@compiled
def _joined(low: Word, high: Word) -> Word:
    return np.int64(low) | (np.int64(high) << 16)


@compiled
def _low(number: Word) -> Word:
    return np.uint16(number & 0xFFFF)


@compiled
def _high(number: Word) -> Word:
    return np.uint8((number >> 16) & 0xFF)
