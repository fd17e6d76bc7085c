"""The parcel's state: a fold over the sorted SET of its scans, so doubled and disordered feeds change nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from huhang.journey.rules.codes import SIGNED_CODES, Code, Reason


class Status(StrEnum):
    """What a customer is told in one word."""

    UNKNOWN = "UNKNOWN"
    ORDERED = "ORDERED"
    PICKED_UP = "PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    CUSTOMS = "CUSTOMS"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    AT_AGENT = "AT_AGENT"
    HELD = "HELD"
    FAILED = "FAILED"
    SIGNED = "SIGNED"
    SIGNED_AFTER_EXCEPTION = "SIGNED_AFTER_EXCEPTION"
    RETURNING = "RETURNING"
    RETURN_SIGNED = "RETURN_SIGNED"
    CANCELLED = "CANCELLED"


LABELS = {
    Status.UNKNOWN: "暂无信息",
    Status.ORDERED: "已下单",
    Status.PICKED_UP: "已揽收",
    Status.IN_TRANSIT: "运输中",
    Status.CUSTOMS: "清关中",
    Status.OUT_FOR_DELIVERY: "派送中",
    Status.AT_AGENT: "待取件",
    Status.HELD: "滞留",
    Status.FAILED: "派送异常",
    Status.SIGNED: "已签收",
    Status.SIGNED_AFTER_EXCEPTION: "异常后签收",
    Status.RETURNING: "退回中",
    Status.RETURN_SIGNED: "退回已签收",
    Status.CANCELLED: "已取消",
}

_STATUS = {
    Code.ORDER_CREATED: Status.ORDERED,
    Code.PICKUP_ASSIGNED: Status.ORDERED,
    Code.PICKUP_FAILED: Status.ORDERED,
    Code.PICKED_UP: Status.PICKED_UP,
    Code.CUSTOMS: Status.CUSTOMS,
    Code.CUSTOMS_HELD: Status.CUSTOMS,
    Code.OUT_FOR_DELIVERY: Status.OUT_FOR_DELIVERY,
    Code.AT_AGENT: Status.AT_AGENT,
    Code.HELD: Status.HELD,
    Code.PROBLEM: Status.FAILED,
    Code.DELIVERY_FAILED: Status.FAILED,
    Code.RETURNING: Status.RETURNING,
    Code.RETURN_SIGNED: Status.RETURN_SIGNED,
    Code.CANCELLED: Status.CANCELLED,
    Code.SIGNED_AFTER_EXCEPTION: Status.SIGNED_AFTER_EXCEPTION,
} | dict.fromkeys(SIGNED_CODES - {Code.SIGNED_AFTER_EXCEPTION}, Status.SIGNED)

# Where two scans bear the same second, the one later in a parcel's life counts as later.
_RANK = {
    code: rank
    for rank, code in enumerate(
        (
            Code.REGISTERED, Code.WITHDRAWN, Code.OTHER, Code.ORDER_CREATED, Code.PICKUP_ASSIGNED, Code.PICKUP_FAILED,
            Code.PICKED_UP, Code.UNLOADED, Code.ARRIVED, Code.UNBAGGED, Code.SORTED, Code.CUSTOMS,
            Code.CUSTOMS_HELD, Code.CUSTOMS_CLEARED, Code.HELD, Code.PROBLEM, Code.BAGGED, Code.LOADED,
            Code.DEPARTED, Code.FORWARDED, Code.OUT_FOR_DELIVERY, Code.DELIVERY_FAILED, Code.RETURNING,
            Code.AT_AGENT, Code.SIGNED, Code.SIGNED_BY_PROXY, Code.SIGNED_AT_AGENT,
            Code.SIGNED_AFTER_EXCEPTION, Code.RETURN_SIGNED, Code.CANCELLED,
        )
    )
}  # fmt: skip

# A merchant's line, a note or a late hub scan after the sign-off changes nothing; only these say it was wrong.
_UNDOES_A_SIGN_OFF = frozenset({Code.DELIVERY_FAILED, Code.RETURNING, Code.RETURN_SIGNED})
# On the way back, hubs scan the parcel again: it stays "returning" until somebody has it.
_ENDS_A_RETURN = SIGNED_CODES | {Code.RETURN_SIGNED, Code.FORWARDED, Code.CANCELLED}
_SAYS_NOTHING = frozenset({Code.OTHER, Code.REGISTERED, Code.WITHDRAWN})
_DOOR_REASONS = frozenset(
    {
        Reason.REFUSED, Reason.UNREACHABLE, Reason.ADDRESS_UNCLEAR, Reason.PHONE_WRONG,
        Reason.CUSTOMER_RESCHEDULED, Reason.OUT_OF_AREA,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as the log holds it; equal scans are one scan."""

    at: datetime
    code: Code
    reason: Reason = Reason.NONE
    node: str = ""
    operator: str = ""
    text: str = ""

    @property
    def order(self) -> tuple[datetime, int, int, str, str, str]:
        return (self.at, _RANK[self.code], self.reason, self.node, self.operator, self.text)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a parcel, since when, why, and `how` it was handed over (the code of the sign-off)."""

    status: Status
    since: datetime | None = None
    how: Code = Code.OTHER
    reason: Reason = Reason.NONE

    @property
    def is_signed(self) -> bool:
        return self.status in {Status.SIGNED, Status.SIGNED_AFTER_EXCEPTION}

    @property
    def label(self) -> str:
        return LABELS[self.status]


def in_order(scans: Iterable[Scan]) -> list[Scan]:
    """Return each scan once, by event time, ties by place in a parcel's life."""
    return sorted(set(scans), key=lambda scan: scan.order)


def fold(scans: Iterable[Scan]) -> Verdict:
    """Return the state that a set of scans amounts to, in whatever order and number they came."""
    verdict = Verdict(Status.UNKNOWN)
    was_in_trouble = False
    for scan in in_order(scans):
        if scan.code in _SAYS_NOTHING or _is_too_late(verdict, scan.code):
            continue
        status = _next(verdict, scan.code)
        if status is Status.SIGNED and was_in_trouble:
            status = Status.SIGNED_AFTER_EXCEPTION
        was_in_trouble = was_in_trouble or _is_trouble(scan)
        if status is verdict.status and verdict.is_signed:
            continue  # a doubled sign-off keeps the first moment
        how = scan.code if scan.code in SIGNED_CODES else Code.OTHER
        verdict = Verdict(status, scan.at, how, scan.reason)
    return verdict


def _is_too_late(verdict: Verdict, code: Code) -> bool:
    if verdict.is_signed:
        return code not in SIGNED_CODES and code not in _UNDOES_A_SIGN_OFF
    if verdict.status is Status.RETURN_SIGNED:
        return True
    if verdict.status is Status.CANCELLED:
        # A parcel that moves was not cancelled; another order note does not bring it back.
        return _STATUS.get(code) in {Status.ORDERED, Status.CANCELLED}
    return verdict.status is Status.RETURNING and code not in _ENDS_A_RETURN


def _next(verdict: Verdict, code: Code) -> Status:
    if verdict.status is Status.RETURNING and code in SIGNED_CODES:
        return Status.RETURN_SIGNED  # few carriers have a word of their own for the sender's signature
    # Later order notes of a shop do not take a parcel back to its beginning.
    status = _STATUS.get(code, Status.IN_TRANSIT)
    underway = verdict.status not in {Status.UNKNOWN, Status.ORDERED, Status.CANCELLED}
    return verdict.status if status is Status.ORDERED and underway else status


def _is_trouble(scan: Scan) -> bool:
    """Did delivery go wrong? Waiting at a hub (HELD for a storm) is not a failed delivery."""
    if scan.code is Code.HELD:
        return scan.reason in _DOOR_REASONS
    return scan.code in {Code.DELIVERY_FAILED, Code.PROBLEM}
