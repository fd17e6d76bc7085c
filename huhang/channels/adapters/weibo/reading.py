"""From Weibo's JSON to facts."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from huhang.channels.rules.incoming import Incoming, name_of
from huhang.channels.rules.matter import Media, Sort, legible
from huhang.channels.rules.wire import Unreadable

SORTS = {
    "text": Sort.TEXT,
    "image": Sort.IMAGE,
    "voice": Sort.VOICE,
    "position": Sort.LOCATION,
    "event": Sort.EVENT,
}
MENTION = "mention"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# "Mon Jul 16 18:09:20 +0800 2012": English in every locale, so the standard library's reader will not do.
MOMENT = re.compile(
    rf"\w{{3}} ({'|'.join(MONTHS)}) (\d\d?) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{{4}})", re.ASCII
)


def heard(body: bytes) -> Incoming:
    """The one fact of a callback."""
    told = _told(body)
    who, sort, data = _word(told, "sender_id"), _word(told, "type"), told.get("data")
    data = data if isinstance(data, dict) else {}
    if not who or not sort:
        raise Unreadable("sender_id or type is missing")
    is_event = sort == "event"
    file = _word(data, "tovfid")
    return Incoming(
        external_id=name_of(who, _word(told, "created_at"), sort, _word(told, "text"), _canonical(data)),
        address=who,
        at=moment(_word(told, "created_at")),
        # A sort of tomorrow is shown with the words that came with it.
        sort=SORTS.get(sort, Sort.TEXT),
        text="" if is_event else _word(told, "text"),
        media=(Media(ref=file),) if file else (),
        event=_word(data, "subtype").lower() if is_event else MENTION if sort == MENTION else "",
        event_key=_word(data, "key"),
        extra={name: word for name in ("longitude", "latitude", "ticket") if (word := _word(data, name))},
    )


def moment(text: str) -> datetime:
    """Their way to write a moment."""
    found = MOMENT.fullmatch(text)
    if not found:
        raise Unreadable("created_at")
    month, day, hour, minute, second, sign, hours, minutes, year = found.groups()
    try:
        ahead = timedelta(hours=int(hours), minutes=int(minutes)) * (1 if sign == "+" else -1)
        at = datetime(
            int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second),
            tzinfo=timezone(ahead),
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise Unreadable("created_at") from error
    if not 2000 < at.year < 2200:
        raise Unreadable("created_at")
    return at


def _told(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"JSON: {type(error).__name__}") from error
    if not isinstance(told, dict):
        raise Unreadable("JSON: not an object")
    return told


def _word(told: Mapping[str, Any], name: str) -> str:
    """Ids are numbers there, and longer than JavaScript counts; we only ever compare them."""
    value = told.get(name)
    return legible(str(value)) if isinstance(value, str | int | float) else ""


def _canonical(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=True)
