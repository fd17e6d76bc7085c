"""What the journey does by the clock."""

from django.utils import timezone

from huhang.journey.actions import compaction
from huhang.kit import ticking


@ticking.every(seconds=300)
def tidy_the_log() -> None:
    """Merge small segments, and remove files that are no part of the log."""
    compaction.merge_old(now=timezone.now())
    compaction.remove_strays(now=timezone.now())
