"""Canonical scan codes and problem reasons: the one vocabulary every feed is translated into.

Numbers are stored in the scan log and are bits in the watch's state: never renumber, only add.
Sources for the names: kuaidi100 `state`, kdniao `StateEx`, WeChat `action_type`, UPU EMSEVT, GS1 CBV.
"""

from enum import IntEnum


class Code(IntEnum):
    """What happened to the parcel."""

    OTHER = 0
    ORDER_CREATED = 1
    PICKUP_ASSIGNED = 2
    PICKUP_FAILED = 3
    PICKED_UP = 4
    BAGGED = 5
    UNBAGGED = 6
    LOADED = 7
    UNLOADED = 8
    DEPARTED = 9
    ARRIVED = 10
    SORTED = 11
    CUSTOMS = 12
    CUSTOMS_HELD = 13
    CUSTOMS_CLEARED = 14
    OUT_FOR_DELIVERY = 15
    AT_AGENT = 16
    HELD = 17
    PROBLEM = 18
    DELIVERY_FAILED = 19
    FORWARDED = 20
    RETURNING = 21
    SIGNED = 22
    SIGNED_BY_PROXY = 23
    SIGNED_AT_AGENT = 24
    SIGNED_AFTER_EXCEPTION = 25
    RETURN_SIGNED = 26
    CANCELLED = 27
    # Not an event: takes one back. Its text begins with the identity of the scan that never was (`rules.withdrawn`).
    WITHDRAWN = 30
    # Not an event: the waybill's own facts (promise, product, ends, consent) ride the log, so that
    # the log alone can rebuild the watch.
    REGISTERED = 31


class Reason(IntEnum):
    """Why a parcel is held, failed or in trouble."""

    NONE = 0
    NO_INFO_AFTER_SHIP = 1
    UNSIGNED_TIMEOUT = 2
    NO_UPDATE = 3
    REFUSED = 4
    UNREACHABLE = 5
    ADDRESS_UNCLEAR = 6
    MISSORTED = 7
    OUT_OF_AREA = 8
    AGENT_TIMEOUT = 9
    INTERCEPTED = 10
    DAMAGED = 11
    PHONE_WRONG = 12
    CUSTOMER_RESCHEDULED = 13
    WEATHER = 14
    CLOSED = 15
    OTHER_REASON = 16


SIGNED_CODES = frozenset(
    {Code.SIGNED, Code.SIGNED_BY_PROXY, Code.SIGNED_AT_AGENT, Code.SIGNED_AFTER_EXCEPTION}
)
# Rows of the log that are no events.
PSEUDO_CODES = frozenset({Code.WITHDRAWN, Code.REGISTERED})
FINAL_CODES = SIGNED_CODES | {Code.RETURN_SIGNED, Code.CANCELLED}
