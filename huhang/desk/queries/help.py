"""How a customer reaches a human, told honestly: the number if there is one, the hours, and whether it is open now."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from huhang.kit import calendar_store, calendars
from huhang.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Help:
    """Whom to call, and when somebody is there."""

    phone: str
    hours: str
    is_open: bool
    opens_at: datetime | None


def help_now(*, now: datetime) -> Help:
    """One statement; where no calendar tells the hours, nothing is promised."""
    try:
        hours = calendar_store.get(settings.SERVICE_CALENDAR).hours
        opens_at = calendars.next_opening(hours, now)
    except (NotFound, calendars.NeverOpens):
        return Help(settings.SERVICE_PHONE, "", is_open=False, opens_at=None)
    windows = hours.windows(hours.local_date(opens_at))
    return Help(
        phone=settings.SERVICE_PHONE,
        hours=" ".join(str(window) for window in windows),
        is_open=calendars.is_open(hours, now),
        opens_at=opens_at,
    )
