"""From a page of WeCom's messages to facts. One that makes no sense costs only itself: its page is not told again."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from huhang.channels.adapters.weixin import moment
from huhang.channels.rules.gateway import Report
from huhang.channels.rules.incoming import Incoming, name_of
from huhang.channels.rules.matter import Media, Sort, legible
from huhang.channels.rules.outgoing import State
from huhang.channels.rules.quotas import Closed
from huhang.channels.rules.wire import Unreadable

SORTS = {
    "text": Sort.TEXT,
    "image": Sort.IMAGE,
    "voice": Sort.VOICE,
    "video": Sort.VIDEO,
    "file": Sort.FILE,
    "location": Sort.LOCATION,
    "link": Sort.LINK,
    "miniprogram": Sort.CARD,
    "business_card": Sort.CARD,
}
# Who speaks: the customer, the system, or a colleague in the WeCom app.
SYSTEM, COLLEAGUE = 4, 5
# Some events come without their moment; whoever keeps them knows when they came.
UNTOLD = datetime(2001, 1, 1, tzinfo=UTC)
FAILURES = {4: Closed.TOO_LATE, 5: Closed.NOT_OURS, 6: Closed.USED_UP, 10: Closed.UNWANTED}
OTHER_FAILURE = "企业微信未能送达（fail_type {}）"

Item = Mapping[str, Any]


def heard(page: object, door: str) -> tuple[tuple[Incoming, ...], tuple[Report, ...]]:
    """The facts and failures of a page."""
    items = [item for item in page if isinstance(item, dict)] if isinstance(page, list) else []
    reports = [report for item in items if (report := _report(item))]
    facts = [fact for item in items if not _is_failure(item) and (fact := _fact(item, door))]
    return tuple(facts), tuple(reports)


def _event_of(item: Item) -> Item:
    event = item.get("event")
    return event if item.get("msgtype") == "event" and isinstance(event, dict) else {}


def _is_failure(item: Item) -> bool:
    return _event_of(item).get("event_type") == "msg_send_fail"


def _report(item: Item) -> Report | None:
    told = _event_of(item)
    if not _is_failure(item) or not told.get("fail_msgid"):
        return None
    sort = told.get("fail_type")
    reason = FAILURES.get(sort, OTHER_FAILURE.format(sort)) if isinstance(sort, int) else OTHER_FAILURE
    return Report(State.FAILED, _at(item), external_id=_word(told, "fail_msgid"), reason=reason)


def _fact(item: Item, door: str) -> Incoming | None:
    """None for what is about nobody: a colleague's status."""
    event = _event_of(item)
    who = _word(item, "external_userid") or _word(event, "external_userid")
    if not who:
        return None
    sort = _word(item, "msgtype")
    told = item.get(sort)
    told = told if isinstance(told, dict) else {}
    is_said = item.get("origin") not in (SYSTEM, COLLEAGUE) and not event
    return Incoming(
        external_id=_word(item, "msgid") or name_of(json.dumps(item, sort_keys=True)),
        address=who,
        at=_at(item),
        sort=SORTS.get(sort, Sort.TEXT) if is_said else Sort.EVENT,
        text=_words(told, sort),
        media=(Media(ref=_word(told, "media_id")),) if told.get("media_id") else (),
        door=_word(item, "open_kfid") or _word(event, "open_kfid") or door,
        event=_event_name(item, event, told),
        event_key=_word(event, "scene_param") or _word(event, "recall_msgid") or _word(told, "menu_id"),
        extra=_extra(item, told),
    )


def _event_name(item: Item, event: Item, told: Item) -> str:
    """What happened, where nothing was said; or how it was said, where a menu of ours was pressed."""
    if event:
        return _word(event, "event_type")
    if item.get("origin") == COLLEAGUE:
        return "colleague_said"
    return "menu_reply" if told.get("menu_id") else ""


def _words(told: Item, sort: str) -> str:
    if sort == "link":
        return "\n".join(filter(None, (_word(told, "title"), _word(told, "desc"), _word(told, "url"))))
    if sort == "location":
        return " ".join(filter(None, (_word(told, "name"), _word(told, "address"))))
    if sort == "miniprogram":
        return _word(told, "title")
    if sort == "text":
        return _word(told, "content")
    # A sort that did not exist when this was written is named, not dropped.
    return "" if sort in SORTS or sort == "event" else f"[{sort}]"


def _extra(item: Item, told: Item) -> dict[str, str]:
    kept = {name: _word(told, name) for name, value in told.items() if isinstance(value, str | int | float)}
    for spoken in ("content", "media_id", "menu_id", "event_type", "open_kfid", "external_userid"):
        kept.pop(spoken, None)
    if item.get("servicer_userid"):
        kept["colleague"] = _word(item, "servicer_userid")
    return kept


def _word(told: Item, name: str) -> str:
    value = told.get(name)
    return legible(str(value)) if isinstance(value, str | int | float) else ""


def _at(item: Item) -> datetime:
    try:
        return moment(item.get("send_time"))
    except Unreadable:
        return UNTOLD
