"""kdniao's push: form fields `RequestData` (JSON), `DataSign`, `RequestType`; each push repeats whole traces.

`DataSign` is base64 of the MD5 (as hexadecimal) of the body and our key. Whatever is not answered by
`{"Success": true, …}` comes again.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from datetime import datetime, timedelta
from hashlib import md5
from hmac import compare_digest
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from huhang.journey.feeds import forms, pushed, times
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.feeds.pushed import Line, Message, Note, listed, word
from huhang.journey.rules.feeds import Why

TABLE = "kdniao"
ZONE = ZoneInfo("Asia/Shanghai")
TRACES = {"101", "102", ""}  # trace pushes, plain and with states; 103 pickups and 107 money are no scans
# A signature has no nonce; PushTime is under it, and an older message is a replay.
FRESH = timedelta(days=7)
CLOCKS_DIFFER = timedelta(hours=1)


def opened(body: bytes, secret: str) -> bytes:
    """Return the signed JSON with its request type; raises UnreadablePush when it is not the partner's."""
    form = forms.fields(body)
    content = forms.unwrapped(forms.needed(form, "RequestData"))
    if not compare_digest(_decoded(form.get("DataSign", b"")), _digest(content, secret)):
        raise UnreadablePush(Why.FORGED, "DataSign")
    kind = form.get("RequestType", b"").decode("ascii", "replace")
    if kind not in TRACES:
        raise UnreadablePush(Why.UNKNOWN_EVENT, f"RequestType {kind[:20]}")
    return content


def signature(content: bytes, secret: str) -> bytes:
    """What `DataSign` must be."""
    return b64encode(_digest(content, secret))


def partner_of(content: bytes) -> str:
    """Whom a message names as its customer; the answer repeats it."""
    try:
        return word(pushed.tree(content).get("EBusinessID"))[:40]
    except UnreadablePush:
        return ""


def check_partner(content: bytes, partner_no: str, *, now: datetime) -> None:
    """Refuse what is signed well but meant for another customer, or old."""
    told = pushed.tree(content)
    if partner_no and word(told.get("EBusinessID")) != partner_no:
        raise UnreadablePush(Why.NOT_FOR_US, word(told.get("EBusinessID"))[:40])
    pushed_at = times.moment(word(told.get("PushTime")))
    if pushed_at is None:
        return
    at = pushed_at if pushed_at.tzinfo else pushed_at.replace(tzinfo=ZONE)
    if not now - FRESH < at < now + CLOCKS_DIFFER:
        raise UnreadablePush(Why.STALE, word(told.get("PushTime")))


def read(content: bytes) -> Message:
    """Return the scans of a push, parcel by parcel; raises UnreadablePush."""
    told = pushed.tree(content)
    data = told.get("Data")
    if isinstance(data, str):  # JSON within JSON is sent too
        try:
            data = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise UnreadablePush(Why.BROKEN_JSON, str(error)[: pushed.SHOWN]) from error
    if not isinstance(data, list):
        raise UnreadablePush(Why.BAD_EVENT, "Data")
    found = Message()
    for parcel in listed(data):
        _add(found, parcel)
    if len(found.lines) > pushed.MOST_SCANS:
        raise UnreadablePush(Why.TOO_LARGE, str(len(found.lines)))
    return found


def answer(*, is_taken: bool, partner_no: str, now: datetime, sentence: str = "") -> dict[str, Any]:
    """What kdniao wants to hear."""
    return {
        "EBusinessID": partner_no,
        "UpdateTime": f"{now.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
        "Success": is_taken,
        "Reason": sentence,
    }


def _add(found: Message, parcel: dict[str, Any]) -> None:
    waybill, carrier = word(parcel.get("LogisticCode")), word(parcel.get("ShipperCode"))
    traces = listed(parcel.get("Traces"))
    if parcel.get("Success") is False and not traces:
        found.notes.append(Note(Why.POLLING_STOPPED, word(parcel.get("Reason"))[: pushed.SHOWN], waybill))
    found.lines += [
        Line(
            waybill=waybill,
            carrier=carrier,
            at=word(entry.get("AcceptTime")),
            text=word(entry.get("AcceptStation")),
            word=word(entry.get("Action")),
            place=word(entry.get("Location")),
        )
        for entry in traces
    ]


def _digest(content: bytes, secret: str) -> bytes:
    return md5(content + secret.encode(), usedforsecurity=False).hexdigest().encode()


def _decoded(sign: bytes) -> bytes:
    try:
        return b64decode(unquote_to_bytes(sign.strip().replace(b" ", b"+")), validate=True).lower()
    except (BadBase64, ValueError):
        return b""
