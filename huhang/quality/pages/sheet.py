"""What the sheets of this room share."""

from datetime import datetime

from django.utils import timezone

# A sheet holds no more than this; whoever needs more narrows the time.
AT_MOST = 5000


def moment(at: datetime | None) -> str:
    """As sheets write it, in Shanghai."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
