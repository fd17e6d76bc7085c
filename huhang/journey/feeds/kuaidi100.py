"""kuaidi100's push: form fields `param` (JSON) and `sign`; every push repeats the whole trace, newest first.

`sign` is the upper-case MD5 of `param` and the salt that the subscription gave. Whatever is not answered by
`{"result": true, "returnCode": "200", …}` comes again, three times, some 35 minutes apart.
"""

from hashlib import md5
from hmac import compare_digest
from typing import Any

from huhang.journey.feeds import forms, pushed
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.feeds.pushed import Line, Message, Note, listed, word
from huhang.journey.rules.feeds import Why

TABLE = "kuaidi100"
# "abort": nothing found for three days, or no change for sixty; "updateall" and "shutdown" are ordinary lists.
STOPPED = "abort"


def opened(body: bytes, secret: str) -> bytes:
    """Return the signed JSON; raises UnreadablePush when it is not the partner's."""
    form = forms.fields(body)
    param = forms.needed(form, "param")
    if not compare_digest(signature(param, secret), form.get("sign", b"").strip().upper()):
        raise UnreadablePush(Why.FORGED, "sign")
    return param


def signature(param: bytes, secret: str) -> bytes:
    """What `sign` must be."""
    return md5(param + secret.encode(), usedforsecurity=False).hexdigest().upper().encode()


def read(content: bytes) -> Message:
    """Return the scans of a push, oldest first; raises UnreadablePush."""
    told = pushed.tree(content)
    found = Message()
    for part in ("lastResult", "destResult"):  # the second one of parcels that leave the country
        if isinstance(told.get(part), dict):
            found.lines += _lines(told[part], word(told.get("comNew")))
    if len(found.lines) > pushed.MOST_SCANS:
        raise UnreadablePush(Why.TOO_LARGE, str(len(found.lines)))
    if word(told.get("status")) == STOPPED:
        found.notes.append(_stopped(told))
    elif not isinstance(told.get("lastResult"), dict):
        raise UnreadablePush(Why.BAD_EVENT, "lastResult")
    return found


def answer(*, is_taken: bool, sentence: str = "") -> dict[str, Any]:
    """What kuaidi100 wants to hear."""
    return {"result": is_taken, "returnCode": "200" if is_taken else "500", "message": sentence or "成功"}


def _lines(result: dict[str, Any], corrected: str) -> list[Line]:
    carrier = corrected or word(result.get("com"))
    lines = [
        Line(
            waybill=word(result.get("nu")),
            carrier=carrier,
            at=word(entry.get("ftime")) or word(entry.get("time")),
            text=word(entry.get("context")),
            word=word(entry.get("statusCode")) or word(entry.get("status")),
            place=word(entry.get("areaName")),
        )
        for entry in listed(result.get("data"))
    ]
    return lines[::-1]


def _stopped(told: dict[str, Any]) -> Note:
    result = told.get("lastResult")
    waybill = word(result.get("nu")) if isinstance(result, dict) else ""
    return Note(
        Why.POLLING_STOPPED, word(told.get("message"))[: pushed.SHOWN], waybill, word(told.get("comNew"))
    )
