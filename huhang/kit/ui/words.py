"""Times, states and numbers as people read them. The browser says the same (`static/js/countdown.js`)."""

import re
from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

Say = Callable[[str], str]

MINUTE, HOUR, DAY = 60, 3600, 86400
# The share of its time at which a clock changes colour.
SOON, URGENT = 0.5, 0.8
# Where a clock's beginning is not known, the time left decides (seconds).
SOON_LEFT, URGENT_LEFT = 15 * MINUTE, 5 * MINUTE
# Letters of a carrier, then digits.
_PREFIXED = re.compile(r"([^\W\d_]{1,4})(\d+)")

STATES = {
    "on-time": gettext_noop("正常"),
    "soon": gettext_noop("将到时"),
    "urgent": gettext_noop("紧急"),
    "late": gettext_noop("超时"),
    "paused": gettext_noop("暂停"),
    "done": gettext_noop("已完成"),
    "open": gettext_noop("未处理"),
    "rest": gettext_noop("未开始"),
    "off": gettext_noop("停用"),
}

LEFT, OVER, PAUSED = gettext_noop("剩 %(time)s"), gettext_noop("超 %(time)s"), gettext_noop("暂停 %(time)s")
DAYS = gettext_noop("%(days)s天 %(time)s")
JUST_NOW = gettext_noop("刚刚")
# Past and future.
MINUTES = gettext_noop("%(n)s分钟前"), gettext_noop("%(n)s分钟后")
HOURS = gettext_noop("%(n)s小时前"), gettext_noop("%(n)s小时后")
DAYS_AWAY = gettext_noop("%(n)s天前"), gettext_noop("%(n)s天后")


def in_fours(number: str) -> list[str]:
    """`YT1234567890123` → YT, 1, 2345, 6789, 0123: counted from the end, so that the last four stay together."""
    numbered = _PREFIXED.fullmatch(number)
    prefix, rest = numbered.groups() if numbered else ("", number)
    first = len(rest) % 4
    groups = [prefix, rest[:first], *[rest[i : i + 4] for i in range(first, len(rest), 4)]]
    return [group for group in groups if group]


def state_of_clock(*, due: datetime, since: datetime | None, now: datetime) -> str:
    """on-time, soon (from half of the time), urgent (from 80 %) or late."""
    left = (due - now).total_seconds()
    if left < 0:
        return "late"
    if since is None or due <= since:
        return "urgent" if left < URGENT_LEFT else "soon" if left < SOON_LEFT else "on-time"
    used = 1 - left / (due - since).total_seconds()
    return "urgent" if used >= URGENT else "soon" if used >= SOON else "on-time"


def clock_text(left: float, *, paused: bool = False, say: Say = _) -> str:
    """`剩 03:12`, `超 02:40`, `暂停 03:12`."""
    pattern = PAUSED if paused else LEFT if left >= 0 else OVER
    return say(pattern) % {"time": digits(abs(left), say)}


def digits(seconds: float, say: Say = _) -> str:
    """`03:12`, `1:03:12`, from a day on `2天 03:12` (hours and minutes)."""
    whole = int(seconds)
    if whole >= DAY:
        return say(DAYS) % {
            "days": whole // DAY,
            "time": f"{whole % DAY // HOUR:02}:{whole % HOUR // MINUTE:02}",
        }
    if whole >= HOUR:
        return f"{whole // HOUR}:{whole % HOUR // MINUTE:02}:{whole % MINUTE:02}"
    return f"{whole // MINUTE:02}:{whole % MINUTE:02}"


def relative(seconds: float, say: Say = _) -> str:
    """`刚刚`, `3分钟前`, `2小时后`; negative is the past."""
    size = abs(seconds)
    if size < MINUTE:
        return say(JUST_NOW)
    if size < HOUR:
        number, (past, future) = int(size // MINUTE), MINUTES
    elif size < DAY:
        number, (past, future) = int(size // HOUR), HOURS
    else:
        number, (past, future) = int(size // DAY), DAYS_AWAY
    return say(past if seconds < 0 else future) % {"n": number}


def span(seconds: float) -> str:
    """`40 秒`, `25 分`, `2 小时 5 分`, `3 天 4 小时`."""
    whole = int(abs(seconds))
    if whole < MINUTE:
        return ngettext("%(n)s 秒", "%(n)s 秒", whole) % {"n": whole}
    if whole < HOUR:
        return _("%(n)s 分") % {"n": whole // MINUTE}
    big, small = (HOUR, MINUTE) if whole < DAY else (DAY, HOUR)
    first, second = whole // big, whole % big // small
    units = (_("%(n)s 小时"), _("%(n)s 分")) if big == HOUR else (_("%(n)s 天"), _("%(n)s 小时"))
    return " ".join(unit % {"n": n} for unit, n in zip(units, (first, second), strict=True) if n)


def absolute(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def short(at: datetime, now: datetime) -> str:
    then, today = timezone.localtime(at), timezone.localtime(now)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then:%m-%d %H:%M}" if then.year == today.year else f"{then:%Y-%m-%d %H:%M}"
