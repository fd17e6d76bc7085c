"""A call that an agent promises in a conversation: which number, and from when until when."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from huhang.channels.rules.call_backs import WITHIN, due
from huhang.channels.rules.numbers import plain
from huhang.kit.calendars import Calendar

# Further ahead nobody knows who will be there; a case with its own clock is for that.
FURTHEST = timedelta(days=7)
_NUMBER = re.compile(r"\d{7,15}")


@dataclass(frozen=True, slots=True)
class Promised:
    """Not before `from_at`, and by `due_at`; `is_agreed` when the customer named the hour."""

    from_at: datetime
    due_at: datetime
    is_agreed: bool


def number_of(text: str) -> str:
    """A number that can be dialled, as we keep it; empty for anything else."""
    number = plain(text)
    return number if _NUMBER.fullmatch(number) else ""


def is_possible(at: datetime, *, now: datetime) -> bool:
    return now < at <= now + FURTHEST


def promised(at: datetime | None, hours: Calendar, *, now: datetime) -> Promised:
    """At the hour that was agreed, whatever our hours are; else as soon as for those who could not reach us."""
    return (
        Promised(at, at + WITHIN, is_agreed=True) if at else Promised(now, due(now, hours), is_agreed=False)
    )
