"""Is a source silent that usually speaks at this time of day?"""

from collections.abc import Collection
from datetime import datetime, timedelta

WINDOW = timedelta(hours=2)
DAYS = 7
USUALLY = 5  # of these days


def is_silent(spoke: Collection[datetime], last_at: datetime | None, *, now: datetime) -> bool:
    """`spoke` are the full hours of the last days in which the source told anything."""
    if last_at is None or last_at > now - WINDOW:
        return False
    hours = set(spoke)
    usual = sum(_spoke_around(hours, now - timedelta(days=day)) for day in range(1, DAYS + 1))
    return usual >= USUALLY


def _spoke_around(hours: Collection[datetime], at: datetime) -> bool:
    full = at.replace(minute=0, second=0, microsecond=0)
    return any(full - timedelta(hours=back) in hours for back in range(int(WINDOW.total_seconds() // 3600)))
