"""That somebody writes: told to the other side now and then, and never what."""

from datetime import datetime, timedelta

# A page asks again after each telling, so that one is not worth more than this often.
TOLD_EVERY = timedelta(seconds=3)
# Who has touched no key for so long does not write any more; the page takes the sign down by itself.
SHOWN_FOR = timedelta(seconds=6)


def is_news(told_at: datetime | None, *, now: datetime) -> bool:
    """Is it time to tell the other side, once more, that somebody writes?"""
    return told_at is None or now - told_at >= TOLD_EVERY


def is_shown(text: str, touched_at: datetime, *, now: datetime) -> bool:
    """Does somebody write just now? Who has only emptied the field does not."""
    return bool(text.strip()) and now - touched_at < SHOWN_FOR
