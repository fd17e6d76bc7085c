"""What Aliyun posts to us: SmsReport and SmsUp, both JSON arrays without a signature, possibly more than once."""

import json
from datetime import datetime
from typing import Any

from huhang.channels.adapters.sms_service import read_posted
from huhang.channels.rules.gateway import Report
from huhang.channels.rules.incoming import Incoming, Reading
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.outgoing import State
from huhang.channels.rules.sms import LONGEST_ID, LONGEST_NUMBER, LONGEST_TEXT, moment, words
from huhang.channels.rules.wire import Callback

# It checks that the status is 200 and that `code` is a number; otherwise it comes again after 1, 5 and 10 minutes.
TAKEN = json.dumps({"code": 0, "msg": "接收成功"}, ensure_ascii=False).encode()


def read(callback: Callback) -> Reading:
    """Receipts and replies of one callback. Raises Unreadable."""
    return read_posted(callback, _fact, taken=TAKEN)


def _fact(row: dict[str, Any], *, now: datetime) -> Incoming | Report:
    return _report(row, now) if "success" in row else _reply(row, now)


def _report(row: dict[str, Any], now: datetime) -> Report:
    # Our own number comes back with every receipt of a letter of ours; theirs, where somebody else sent it.
    ours = words(row.get("out_id"), LONGEST_ID) or words(row.get("biz_id"), LONGEST_ID)
    if not ours:
        raise ValueError("neither out_id nor biz_id")
    is_there = row["success"] is True or str(row["success"]).lower() == "true"
    reason = f"{words(row.get('err_code'), 40)} {words(row.get('err_msg'), 150)}".strip()
    return Report(
        State.DELIVERED if is_there else State.FAILED,
        moment(row.get("report_time"), now),
        external_id=ours,
        reason="" if is_there else reason,
    )


def _reply(row: dict[str, Any], now: datetime) -> Incoming:
    number = plain(words(row["phone_number"], LONGEST_NUMBER))
    sequence = words(row["sequence_id"], LONGEST_ID - 3)
    if not number or not sequence:
        raise ValueError("no number or no sequence_id")
    return Incoming(
        external_id=f"mo:{sequence}",
        address=number,
        at=moment(row.get("send_time"), now),
        text=words(row.get("content"), LONGEST_TEXT),
        door=words(row.get("dest_code"), LONGEST_NUMBER),
    )
