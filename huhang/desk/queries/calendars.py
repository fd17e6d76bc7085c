"""Working calendars as their page shows them."""

from dataclasses import dataclass
from datetime import datetime

from huhang.kit.calendar_words import WEEKDAYS, hours
from huhang.kit.errors import NotFound
from huhang.kit.models import Calendar, CalendarDay


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A calendar with its weekdays, those of equal hours joined: [(周一至周五, 09:00-12:00 13:30-18:00)]."""

    calendar: Calendar
    hours: list[tuple[str, str]]


def calendars() -> list[CalendarLine]:
    return [CalendarLine(row, _hours(row)) for row in Calendar.objects.order_by("key")]


def calendar(key: str) -> Calendar:
    row = Calendar.objects.filter(key=key).first()
    if row is None:
        raise NotFound(calendar=key)
    return row


def days(*, now: datetime) -> list[CalendarDay]:
    """The special days from this year on."""
    return list(CalendarDay.objects.filter(on__year__gte=now.year).order_by("on"))


def _hours(row: Calendar) -> list[tuple[str, str]]:
    lines: list[tuple[int, int, str]] = []
    for day in range(1, 8):
        text = " ".join("-".join(span) for span in row.windows.get(str(day), ()))
        if lines and lines[-1][2] == text:
            lines[-1] = (lines[-1][0], day, text)
        else:
            lines.append((day, day, text))
    return [(_span(first, last), hours(text)) for first, last, text in lines if text]


def _span(first: int, last: int) -> str:
    names = [str(WEEKDAYS[day - 1]) for day in (first, last)]
    return names[0] if first == last else "–".join(names)
