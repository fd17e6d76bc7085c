"""From WeChat's XML to facts: messages of all sorts, events, and what became of notices."""

from collections.abc import Mapping
from datetime import datetime
from xml.etree.ElementTree import Element

from huhang.channels.adapters.weixin import fields, moment
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
    "shortvideo": Sort.VIDEO,
    "file": Sort.FILE,
    "location": Sort.LOCATION,
    "link": Sort.LINK,
    "miniprogrampage": Sort.CARD,
}
# What a message or an event tells beside its words, and under which name we keep it.
KEPT = {
    "PicUrl": "picture",
    "ThumbUrl": "picture",
    "ThumbMediaId": "thumb",
    "Format": "format",
    "Title": "title",
    "Description": "description",
    "Url": "url",
    "AppId": "appid",
    "PagePath": "pagepath",
    "Location_X": "latitude",
    "Location_Y": "longitude",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Scale": "scale",
    "Ticket": "ticket",
    "SessionFrom": "from",
}
NOTICES = {"templatesendjobfinish", "subscribe_msg_sent_event"}


def heard(root: Element) -> tuple[tuple[Incoming, ...], tuple[Report, ...]]:
    """What a callback tells: a fact, or what became of notices."""
    told = fields(root)
    who, sort = told.get("FromUserName", ""), told.get("MsgType", "").lower()
    if not who or not sort:
        raise Unreadable("FromUserName or MsgType is missing")
    if sort != "event":
        return (_message(told, who, sort),), ()
    event = told.get("Event", "").lower()
    if event in NOTICES:
        return (), tuple(_reports(root, told))
    return (_event(root, told, who, event),), ()


def _message(told: Mapping[str, str], who: str, sort: str) -> Incoming:
    number = told.get("MsgId") or told.get("MsgID") or name_of(*told.values())
    pressed = told.get("bizmsgmenuid", "")
    return Incoming(
        # The number alone is not enough: it was seen with two people who spoke at the same moment.
        external_id=f"{who}:{number}",
        address=who,
        at=moment(told.get("CreateTime", "")),
        sort=SORTS.get(sort, Sort.TEXT),
        text=_words(told, sort),
        media=_media(told, sort),
        event="menu_reply" if pressed else "",
        event_key=pressed,
        extra=_kept(told),
    )


def _words(told: Mapping[str, str], sort: str) -> str:
    """What a person reads first; a sort that did not exist when this was written is named, not dropped."""
    if sort == "link":
        return "\n".join(filter(None, (told.get("Title"), told.get("Description"), told.get("Url"))))
    said = {
        "text": told.get("Content"),
        "voice": told.get("Recognition"),
        "location": told.get("Label"),
        "file": told.get("Title"),
        "miniprogrampage": told.get("Title"),
    }
    return said.get(sort, "" if sort in SORTS else f"[{sort}]") or ""


def _media(told: Mapping[str, str], sort: str) -> tuple[Media, ...]:
    if sort not in ("image", "voice", "video", "shortvideo") or not told.get("MediaId"):
        return ()
    return (Media(ref=told["MediaId"]),)


def _event(root: Element, told: Mapping[str, str], who: str, event: str) -> Incoming:
    key = told.get("EventKey", "")
    return Incoming(
        external_id=name_of("event", who, told.get("CreateTime", ""), event, key),
        address=who,
        at=moment(told.get("CreateTime", "")),
        sort=Sort.EVENT,
        event=event,
        event_key=key,
        extra=_kept(told) | _scanned(root) | _subscriptions(root),
    )


def _kept(told: Mapping[str, str]) -> dict[str, str]:
    return {ours: told[theirs] for theirs, ours in KEPT.items() if told.get(theirs)}


def _scanned(root: Element) -> dict[str, str]:
    """What a customer's camera read: as like as not the number of a waybill."""
    scanned = root.findtext("ScanCodeInfo/ScanResult")
    return {"scanned": legible(scanned)} if scanned else {}


def _subscriptions(root: Element) -> dict[str, str]:
    """Which notices somebody has just subscribed to or refused: {template: accept}."""
    rows = [fields(row) for row in root.iter("List")]
    return {row["TemplateId"]: row.get("SubscribeStatusString", "") for row in rows if row.get("TemplateId")}


def _reports(root: Element, told: Mapping[str, str]) -> list[Report]:
    at = moment(told.get("CreateTime", ""))
    rows: list[Mapping[str, str]] = [fields(row) for row in root.iter("List")]
    return [
        _report(row.get("Status") or row.get("ErrorStatus", ""), row["MsgID"], at)
        for row in rows or [told]
        if row.get("MsgID")
    ]


def _report(status: str, number: str, at: datetime) -> Report:
    if status == "success":
        return Report(State.DELIVERED, at, external_id=number)
    reason = Closed.UNWANTED if "user block" in status or "refuse" in status else legible(status)[:200]
    return Report(State.FAILED, at, external_id=number, reason=reason)
