"""What Tencent posts to us: an array of receipts, or one reply; nothing is signed, anything may come twice."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from huhang.channels.adapters.sms_service import read_posted
from huhang.channels.rules.gateway import Report
from huhang.channels.rules.incoming import Incoming, Reading
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.outgoing import State
from huhang.channels.rules.sms import LONGEST_ID, LONGEST_NUMBER, LONGEST_TEXT, moment, words
from huhang.channels.rules.wire import Callback

TAKEN = json.dumps({"result": 0, "errmsg": "OK"}).encode()


def read(callback: Callback) -> Reading:
    """Receipts, or the reply, of one callback. Raises Unreadable."""
    return read_posted(callback, _fact, taken=TAKEN)


def _fact(row: dict[str, Any], *, now: datetime) -> Incoming | Report:
    return _report(row, now) if "report_status" in row else _reply(row, now)


def _report(row: dict[str, Any], now: datetime) -> Report:
    is_there = row["report_status"] == "SUCCESS"
    reason = f"{words(row.get('errmsg'), 40)} {words(row.get('description'), 150)}".strip()
    serial = words(row["sid"], LONGEST_ID)
    if not serial or row["report_status"] not in ("SUCCESS", "FAIL"):
        raise ValueError("no sid, or no known status")
    return Report(
        State.DELIVERED if is_there else State.FAILED,
        moment(row.get("user_receive_time"), now),
        external_id=serial,
        reason="" if is_there else reason,
    )


def pulled(row: dict[str, Any], *, now: datetime) -> Incoming:
    """A reply that was asked for: the same fact as by callback, under the same name."""
    names = {
        "mobile": "SubscriberNumber",
        "nationcode": "CountryCode",
        "time": "ReplyTime",
        "text": "ReplyContent",
    }
    return _reply(
        {ours: row[theirs] for ours, theirs in names.items()} | {"extend": row.get("ExtendCode")}, now
    )


def _reply(row: dict[str, Any], now: datetime) -> Incoming:
    """A reply has no number of its own: it is known by all that is said of it."""
    number = plain(f"+{words(row.get('nationcode'), 6)}{words(row['mobile'], LONGEST_NUMBER)}")
    if not number:
        raise ValueError("no number")
    parts = [words(row.get(name), LONGEST_TEXT) for name in ("mobile", "time", "text", "extend")]
    return Incoming(
        external_id=f"mo:{sha256(json.dumps(parts).encode()).hexdigest()[:40]}",
        address=number,
        at=moment(row.get("time"), now),
        text=words(row["text"], LONGEST_TEXT),
        door=words(row.get("extend"), LONGEST_NUMBER),
    )
