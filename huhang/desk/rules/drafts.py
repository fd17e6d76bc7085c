"""Drafts: what holds when two windows write, and whose drafts one is shown."""

from datetime import datetime, timedelta
from enum import StrEnum

# A browser's word of how long ago the last key was pressed is believed up to this.
OLDEST = timedelta(days=7)


class DraftKind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


def typed_at(*, now: datetime, ago: timedelta) -> datetime:
    """When the last key was pressed, by our clock."""
    return now - min(max(ago, timedelta()), OLDEST)


def holds(mine: datetime, kept: datetime | None) -> bool:
    """Does what was typed then replace what is kept? The later key wins."""
    return kept is None or mine >= kept


def is_left_behind(*, writer: int, owner: int | None, reader: int, is_here: bool) -> bool:
    """Is it a draft that the new owner may take over: a colleague's, who is not at the case now?"""
    return reader == owner and writer != reader and not is_here
