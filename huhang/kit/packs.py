"""Packs: the carrier's starting knowledge as readable YAML.

Loading adds what is missing and never overwrites people's edits.
"""

from pathlib import Path
from typing import Any

import yaml

from huhang.kit import calendars
from huhang.kit.models import Calendar, CalendarDay

FOLDER = Path(__file__).resolve().parent.parent.parent / "packs"
FIRST_HOLIDAY_YEAR = 2020


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of `packs/<name>.yaml`."""
    content: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf8"))
    return content


def load_calendars() -> int:
    """Working calendars, and China's holidays and make-up workdays as far as they are known."""
    added = 0
    for row in rows("calendars"):
        windows = _by_weekday(row["windows"])
        _, is_new = Calendar.objects.get_or_create(key=row["key"], defaults={**row, "windows": windows})
        added += is_new
    return added + _load_holidays()


def _by_weekday(windows: dict[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    """`{"1-5": …}` → one entry per weekday, as the table keeps it."""
    days = {}
    for span, hours in windows.items():
        first, _, last = str(span).partition("-")
        days.update({str(day): hours for day in range(int(first), int(last or first) + 1)})
    return days


def _load_holidays() -> int:
    known = set(CalendarDay.objects.values_list("on", flat=True))
    year, fresh = FIRST_HOLIDAY_YEAR, []
    while True:
        try:
            days = calendars.china_days(year)
        except calendars.YearUnknown:
            break
        fresh += [CalendarDay(on=d.on, name=d.name, is_off=d.is_off) for d in days if d.on not in known]
        year += 1
    CalendarDay.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)
