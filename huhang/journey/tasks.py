"""What the journey does by the clock."""

from django.utils import timezone

from huhang.journey.actions import compaction, previewing, reminders
from huhang.kit import jobs, ticking


@ticking.every(seconds=300)
def tidy_the_log() -> None:
    """Merge small segments, and remove files that are no part of the log."""
    compaction.merge_old(now=timezone.now())
    compaction.remove_strays(now=timezone.now())


@jobs.job(previewing.JOB)
def answer_preview(*, preview_id: int) -> None:
    """Work out what a change would have done."""
    previewing.answer(preview_id=preview_id, now=timezone.now())


@ticking.every(seconds=3600)
def forget_previews() -> None:
    """Answers about yesterday's log help nobody."""
    previewing.forget_old(now=timezone.now())


@ticking.every(seconds=1)
def take_rungs() -> None:
    """Remind those whose time has come."""
    reminders.send_due(now=timezone.now())
