"""Who counts as being at a case."""

from datetime import datetime, timedelta

SIGN_EVERY = timedelta(seconds=10)
BELIEVED_FOR = timedelta(seconds=30)


def is_here(seen_at: datetime, *, now: datetime) -> bool:
    """Three signs of life missed: gone."""
    return now - seen_at < BELIEVED_FOR
