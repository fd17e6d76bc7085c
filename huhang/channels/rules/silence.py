"""Has a channel gone quiet? By how much usually comes at these hours, not by how long nothing has come."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
# What came in so many days tells what usually comes; with fewer days nobody can say.
LOOKED_BACK, FEWEST_DAYS = 14, 3
# So many messages that should have come and did not: by chance that happens once in twenty thousand times.
MISSED = 10.0
AN_HOUR = timedelta(hours=1)


def usual(came: Mapping[tuple[date, int], int], *, today: date) -> list[float]:
    """How many come in each hour of a day, of the days before today since the first one on which something came."""
    days = [day for day, _hour in came if day < today]
    known = (today - min(days)).days if days else 0
    if known < FEWEST_DAYS:
        return [0.0] * 24
    totals = [0] * 24
    for (day, hour), number in came.items():
        if day < today:
            totals[hour] += number
    return [total / known for total in totals]


def expected(per_hour: list[float], *, since: datetime, now: datetime) -> float:
    """How many should have come from then until now."""
    since = max(since, now - timedelta(days=1))
    total, at = 0.0, since.astimezone(CHINA)
    end = now.astimezone(CHINA)
    while at < end:
        until = min(at.replace(minute=0, second=0, microsecond=0) + AN_HOUR, end)
        total += per_hour[at.hour] * ((until - at) / AN_HOUR)
        at = until
    return total


def is_silent(per_hour: list[float], *, since: datetime, now: datetime) -> bool:
    """Should so much have come that its absence is no chance?"""
    return expected(per_hour, since=since, now=now) >= MISSED
