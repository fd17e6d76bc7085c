"""Storm mode: for a while, a region's limits are relaxed, with a reason that customers are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(days=30)  # a storm that lasts longer is extended on purpose
MOST_EXTRA_MINUTES = 10 * 24 * 60
# A form takes a while to fill in; what began longer ago cannot be declared, because hits of that time stand.
BEGINS_AT_MOST_AGO = timedelta(hours=1)


class State(StrEnum):
    """Where a storm stands; time alone moves it on."""

    COMING = "coming"
    HOLDING = "holding"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Limits that fall into [starts_at, ends_at) come `extra_minutes` later in the subtree of `path`."""

    id: int
    path: str
    starts_at: datetime
    ends_at: datetime
    extra_minutes: int
    reason: str = ""

    def covers(self, path: str, at: datetime) -> bool:
        """Does the storm hold at this unit at this time?"""
        return path.startswith(self.path) and self.starts_at <= at < self.ends_at


def state_of(starts_at: datetime, ends_at: datetime, *, now: datetime) -> State:
    """Is it to come, does it hold, or is it over?"""
    if now >= ends_at:
        return State.ENDED
    return State.HOLDING if now >= starts_at else State.COMING


def faults(starts_at: datetime, ends_at: datetime, extra_minutes: int, *, now: datetime) -> list[str]:
    """Name the fields that make no storm: `starts_at`, `ends_at`, `extra_minutes`."""
    found = []
    if starts_at < now - BEGINS_AT_MOST_AGO:
        found.append("starts_at")
    if ends_at <= max(starts_at, now) or ends_at - starts_at > LONGEST:
        found.append("ends_at")
    if not 0 < extra_minutes <= MOST_EXTRA_MINUTES:
        found.append("extra_minutes")
    return found


def relaxed(limit: datetime, storms: Iterable[Storm]) -> datetime:
    """Return the limit moved by the longest of the storms that it falls into; storms do not add up."""
    extra = [storm.extra_minutes for storm in storms if storm.starts_at <= limit < storm.ends_at]
    return limit + timedelta(minutes=max(extra, default=0))
