"""Storm mode: for a while, a region's limits are relaxed, with a reason that customers are told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


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


def relaxed(limit: datetime, storms: Iterable[Storm]) -> datetime:
    """Return the limit moved by the longest of the storms that it falls into; storms do not add up."""
    extra = [storm.extra_minutes for storm in storms if storm.starts_at <= limit < storm.ends_at]
    return limit + timedelta(minutes=max(extra, default=0))
