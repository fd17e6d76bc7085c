"""Which hits are worth a case."""

from datetime import datetime, timedelta

# What went wrong longer ago is history that was brought in late, not a customer who is about to call.
COLD_AFTER = timedelta(days=7)


def is_worth_a_case(*, raised_at: datetime, cleared_at: datetime | None, now: datetime) -> bool:
    """Can somebody still spare the customer a call?"""
    return cleared_at is None and raised_at > now - COLD_AFTER
