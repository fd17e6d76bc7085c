"""A calendar calculation in plain words; apart from the arithmetic, which stays without Django."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from huhang.kit.calendars import Calculation, Kind, Line
from huhang.kit.languages import shown

WHOLE_DAY = "00:00-00:00"
WEEKDAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)
# What the law calls its days off, as `chinese_calendar` names them: said here so that the catalogues hold them.
HOLIDAYS = (
    gettext_noop("元旦"), gettext_noop("春节"), gettext_noop("清明"), gettext_noop("劳动节"),
    gettext_noop("端午"), gettext_noop("中秋"), gettext_noop("国庆节"),
)  # fmt: skip


def explain(calculation: Calculation) -> list[str]:
    """One sentence per line of the calculation."""
    return [sentence(line) for line in calculation.lines]


def sentence(line: Line) -> str:
    """`10月10日 周六（调休上班：国庆节）08:00-18:00 计 120 分钟`."""
    day = _("%(month)d月%(day)d日 %(weekday)s") % {
        "month": line.on.month,
        "day": line.on.day,
        "weekday": WEEKDAYS[line.on.weekday()],
    }
    if not line.window:
        return f"{day} {_reason_for_nothing(line)}"
    counted = _("计 %(minutes)g 分钟") % {"minutes": round(line.minutes, 1)}
    return f"{day}{_remark(line)} {hours(line.window)} {counted}"


def hours(window: str) -> str:
    """A window of the day in words; the whole day is not from midnight to midnight for whoever reads it."""
    return _("全天候") if window == WHOLE_DAY else window


def _reason_for_nothing(line: Line) -> str:
    if line.kind is Kind.HOLIDAY:
        return _("放假：%(name)s") % {"name": shown(line.name)} if line.name else _("放假")
    return _("休息") if line.kind is Kind.REST else _("当天已下班")


def _remark(line: Line) -> str:
    if line.kind is Kind.MAKE_UP:
        return _("（调休上班：%(name)s）") % {"name": shown(line.name)}
    return _("（特别安排：%(name)s）") % {"name": shown(line.name)} if line.kind is Kind.SPECIAL else ""
