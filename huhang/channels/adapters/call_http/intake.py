"""Call events as JSON: `{"events": [{"id", "call", "kind", "at", …}]}`, at most a thousand, signed over time and body.

X-Huhang-Timestamp: 1763600400
X-Huhang-Signature: sha256=<hex HMAC-SHA256 of "1763600400." + body>
"""

import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from huhang.channels.rules.calls import CallEvent, CallKind, EndedBy
from huhang.channels.rules.wire import Callback, Forged, Unreadable

# A copied request is worth nothing after this; what it tells is known anyway.
VALID_FOR = timedelta(minutes=5)
AT_MOST = 1000
LENGTHS = {
    "id": 180, "call": 100, "leg": 100, "queue": 100, "agent": 100, "ani": 32, "dnis": 32, "digits": 64,
    "cause": 60, "recording": 500, "state": 40,
}  # fmt: skip
KNOWN = {*LENGTHS, "kind", "at", "seq", "outbound", "ended_by"}


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature that a switch sends along."""
    return "sha256=" + hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def read_calls(callback: Callback, *, secret: str) -> list[CallEvent]:
    """What a post tells. Raises Forged or Unreadable; of a post with a mistake nothing is taken."""
    stamp = callback.headers.get("x-huhang-timestamp", "")
    given = callback.headers.get("x-huhang-signature", "")
    if not secret or not hmac.compare_digest(sign(secret, stamp, callback.body).encode(), given.encode()):
        raise Forged("wrong signature")
    if not _is_fresh(stamp, callback.at):
        raise Forged("signed too long ago, or by a clock that is wrong")
    return [_event(told, number) for number, told in enumerate(_told(callback.body))]


def _is_fresh(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        return False
    return abs(now - datetime.fromtimestamp(int(stamp), UTC)) <= VALID_FOR


def _told(body: bytes) -> list[dict[str, Any]]:
    try:
        posted = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is no JSON") from error
    events = posted.get("events") if isinstance(posted, dict) else None
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise Unreadable('the body is not {"events": [{…}, …]}')
    if len(events) > AT_MOST:
        raise Unreadable(f"more than {AT_MOST} events")
    return events


def _event(told: dict[str, Any], number: int) -> CallEvent:
    if unknown := set(told) - KNOWN:
        raise Unreadable(f"events[{number}] has {', '.join(sorted(map(str, unknown)))[:80]}")
    texts = {name: _text(told, name, number) for name in LENGTHS}
    if not texts["id"] or not texts["call"]:
        raise Unreadable(f"events[{number}] has no id or no call")
    return CallEvent(
        f"http/{texts['id']}",
        texts["call"],
        _choice(CallKind, told, "kind", number),
        _moment(told, number),
        seq=_seq(told, number),
        leg_id=texts["leg"],
        queue=texts["queue"],
        agent=texts["agent"],
        ani=texts["ani"],
        dnis=texts["dnis"],
        is_outbound=told.get("outbound") is True,
        digits=texts["digits"],
        cause=texts["cause"],
        ended_by=_choice(EndedBy, told, "ended_by", number) if told.get("ended_by") else None,
        recording=texts["recording"],
        extra={"state": texts["state"]} if texts["state"] else {},
    )


def _text(told: dict[str, Any], name: str, number: int) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > LENGTHS[name] or "\0" in value:
        raise Unreadable(f"events[{number}].{name} is not a text of at most {LENGTHS[name]} characters")
    return value


def _choice(kind: Any, told: dict[str, Any], name: str, number: int) -> Any:
    try:
        return kind(told.get(name))
    except ValueError as error:
        raise Unreadable(f"events[{number}].{name} is not one of {', '.join(kind)}") from error


def _moment(told: dict[str, Any], number: int) -> datetime:
    try:
        at = datetime.fromisoformat(str(told.get("at")))
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"events[{number}].at is not a moment with its zone (ISO 8601)") from error


def _seq(told: dict[str, Any], number: int) -> int:
    seq = told.get("seq", 0)
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2**63:
        raise Unreadable(f"events[{number}].seq is not a number")
    return seq
