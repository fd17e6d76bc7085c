"""What vendors let us write: a customer's act opens a window, every message of ours pays, and then it is shut.

Numbers are the vendors' own (WeChat since 2023-06, WeCom; Weibo as last published). Where a vendor does not say how
windows add up, we count what is surely left: each message pays into every open window, and the fullest one decides.
A promise of ours may be too small, never too large.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from huhang.channels.rules.entrances import EntranceKind
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.matter import Sort
from huhang.channels.rules.pieces import cut


class Cause(StrEnum):
    """What a customer did that lets us write."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"
    # Opened the mini-program's customer service.
    ENTER = "enter"
    PAYMENT = "payment"
    # Named us in public (Weibo).
    MENTION = "mention"


class Closed(StrEnum):
    """Why a vendor does not take a message for this address, in the words that the agent reads."""

    TOO_LATE = "客户超过 48 小时没有来消息，平台不再允许发送；请换其他方式联系"
    USED_UP = "本轮可发送的条数已用完，客户再来消息后才能发送；请换其他方式联系"
    NOT_FOLLOWING = "客户没有关注或已取消关注，平台不允许发送；请换其他方式联系"
    UNWANTED = "客户拒收消息或没有订阅这类通知；请换其他方式联系"
    TOO_MUCH = "这段内容要分成多条发送，超过了本轮还能发送的条数；请缩短后再发"
    NOT_OURS = "会话已结束或由他人接待，平台不允许发送；客户再来消息后才能发送"


@dataclass(frozen=True, slots=True)
class Allowance:
    messages: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """A row per account, address and cause: so many messages until then."""

    granted_by: Cause
    left: int
    until: datetime

    def is_open(self, now: datetime) -> bool:
        """May a message leave by it at this moment? At `until` itself it is shut."""
        return self.left > 0 and now < self.until


@dataclass(frozen=True, slots=True)
class Standing:
    """How many messages may surely leave now, and until when the fullest window stays open."""

    left: int = 0
    until: datetime | None = None


# More than anybody writes: the largest number that a small column holds.
WITHOUT_LIMIT = 32_767
TWO_DAYS, A_MINUTE = timedelta(hours=48), timedelta(minutes=1)
ALLOWED: Mapping[EntranceKind, Mapping[Cause, Allowance]] = {
    EntranceKind.WECHAT: {
        Cause.MESSAGE: Allowance(5, TWO_DAYS),
        Cause.MENU: Allowance(3, A_MINUTE),
        Cause.FOLLOW: Allowance(3, A_MINUTE),
        Cause.SCAN: Allowance(3, A_MINUTE),
        Cause.ENTER: Allowance(2, A_MINUTE),
        # No callback tells of it, and the newest guide leaves it out: opened only by whoever knows that somebody paid.
        Cause.PAYMENT: Allowance(WITHOUT_LIMIT, TWO_DAYS),
    },
    EntranceKind.WECOM: {Cause.MESSAGE: Allowance(5, TWO_DAYS)},
    EntranceKind.WEIBO: {
        Cause.MESSAGE: Allowance(WITHOUT_LIMIT, TWO_DAYS),
        Cause.MENU: Allowance(WITHOUT_LIMIT, TWO_DAYS),
        Cause.FOLLOW: Allowance(WITHOUT_LIMIT, TWO_DAYS),
        Cause.SCAN: Allowance(WITHOUT_LIMIT, TWO_DAYS),
        Cause.MENTION: Allowance(1, TWO_DAYS),
    },
}
# Events in vendors' words, in small letters. Of a menu's buttons only those that push an event or scan open a window;
# a button that opens a page (view) does not.
CAUSES = {
    "click": Cause.MENU,
    "scancode_push": Cause.MENU,
    "scancode_waitmsg": Cause.MENU,
    "menu_reply": Cause.MENU,
    "subscribe": Cause.FOLLOW,
    "follow": Cause.FOLLOW,
    "scan": Cause.SCAN,
    "scan_follow": Cause.SCAN,
    "user_enter_tempsession": Cause.ENTER,
    "mention": Cause.MENTION,
}
# Acts after which nobody may be written to, whatever was open.
SHUTTING = frozenset({"unsubscribe", "unfollow"})


def kind_of(adapter: str) -> EntranceKind | None:
    """By whose rules an adapter's vendor counts; None where nobody counts."""
    return next((kind for kind in ALLOWED if kind == adapter), None)


def is_counted(extra: Mapping[str, object]) -> bool:
    """Notices by template and the word of welcome have rules of their own."""
    return not extra.get("template") and not extra.get("welcome_code")


def messages_in(kind: EntranceKind, *, sort: str, text: str, files: int, extra: Mapping[str, object]) -> int:
    """For how many messages a letter counts: long words are cut, and each file is a message of its own."""
    is_card = sort == Sort.CARD and (extra.get("appid") or extra.get("url"))
    if kind == EntranceKind.WEIBO or sort == Sort.LINK or is_card or extra.get("menu"):
        return 1
    return max(len(cut(text)) + files, 1)


def cause_of(fact: Incoming) -> Cause | None:
    """What an incoming fact opens. The answer to a menu of ours looks like a message and is a click."""
    if fact.sort == Sort.EVENT or fact.event:
        return CAUSES.get(fact.event)
    return Cause.MESSAGE


def opened(kind: EntranceKind, cause: Cause, at: datetime, *, sent_since: int = 0) -> Window | None:
    """The window that an act opens, less what left us since that moment; None where the vendor grants nothing."""
    allowed = ALLOWED.get(kind, {}).get(cause)
    if allowed is None:
        return None
    return Window(cause, max(allowed.messages - sent_since, 0), at + allowed.within)


def with_window(windows: Iterable[Window], new: Window) -> tuple[Window, ...]:
    """The rows after an act. One told again, or told late after a newer one, fills nothing up."""
    others = [row for row in windows if row.granted_by != new.granted_by]
    known = [row for row in windows if row.granted_by == new.granted_by and row.until >= new.until]
    return (*others, *(known or [new]))


def after_sending(windows: Iterable[Window], *, now: datetime, messages: int = 1) -> tuple[Window, ...]:
    """The rows after a message, or several: every open window pays."""
    return tuple(
        replace(row, left=max(row.left - messages, 0)) if row.is_open(now) else row for row in windows
    )


def shut(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The rows after the vendor said no, or the customer left: its count is the one that holds."""
    return tuple(replace(row, left=0) for row in windows)


def standing(windows: Iterable[Window], *, now: datetime) -> Standing:
    """What may leave at this moment."""
    usable = [row for row in windows if row.is_open(now)]
    if not usable:
        return Standing()
    fullest = max(usable, key=lambda row: (row.left, row.until))
    return Standing(fullest.left, fullest.until)


def why_not(windows: Iterable[Window], messages: int, *, now: datetime) -> Closed | None:
    """Why so many messages may not leave now; None when they may."""
    rows = list(windows)
    left = standing(rows, now=now).left
    if left >= messages:
        return None
    if left:
        return Closed.TOO_MUCH
    return Closed.USED_UP if any(now < row.until for row in rows) else Closed.TOO_LATE
