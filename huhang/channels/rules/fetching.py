"""How long a file that lies at a vendor is asked for."""

from datetime import datetime, timedelta

# WeChat, WeCom and Weibo keep what customers send for three days.
KEPT_FOR = timedelta(days=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


def again_at(attempts: int, *, since: datetime, now: datetime) -> datetime | None:
    """When to ask again: after 10 s, 20, 40 … an hour; None once the vendor has thrown it away."""
    pause = min(FIRST_PAUSE * (1 << min(attempts - 1, 12)), LONGEST_PAUSE)
    return now + pause if now + pause < since + KEPT_FOR else None
