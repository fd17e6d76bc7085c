"""A calculation in plain words."""

from datetime import UTC, date, datetime

from huhang.kit import calendars
from huhang.kit.calendar_words import explain
from huhang.kit.calendars import SpecialDay, Window

OFFICE = calendars.weekly(
    {day: ["08:00-18:00"] for day in calendars.WEEKDAYS[:5]},
    [
        SpecialDay(date(2026, 10, 1), "国庆节"),
        SpecialDay(date(2026, 10, 2), "大促", windows=(Window.parse("22:00-06:00"),)),
        SpecialDay(date(2026, 10, 4), "国庆节", worked_as=0),
    ],
)


def test_says_what_was_counted_and_why_not_more():
    start = datetime(2026, 9, 30, 11, tzinfo=UTC)  # 19:00 in Shanghai: closed
    assert explain(calendars.add_working(OFFICE, start, 9 * 60)) == [
        "9月30日 周三 当天已下班",
        "10月1日 周四 放假：国庆节",
        "10月2日 周五（特别安排：大促） 22:00-06:00 计 480 分钟",
        "10月3日 周六 休息",
        "10月4日 周日（调休上班：国庆节） 08:00-18:00 计 60 分钟",
    ]
