"""From which moment a promise counts."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class CountsFrom(StrEnum):
    """What a policy may name; laws name the receipt of a complaint, or its transfer by the regulator."""

    OPENING = "opening"
    RECEIVED = "received"
    HANDED_IN = "handed_in"
    TRANSFERRED = "transferred"


def start_of(counts_from: str, moments: Mapping[str, datetime | None], *, opened_at: datetime) -> datetime:
    """Where the clock starts: at the moment named when it is known, and never after the case was opened."""
    at = moments.get(counts_from)
    return min(at, opened_at) if at else opened_at
