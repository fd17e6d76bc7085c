"""Time at the desk: clocks that fall due."""

from django.utils import timezone

from huhang.desk.actions import attachments, clocks, following, presence, proving
from huhang.kit.ticking import every


@every(seconds=0.5)
def fire_due_clocks() -> None:
    clocks.fire_due(now=timezone.now())


@every(seconds=5)
def tell_followers_of_breaches() -> None:
    following.tell_of_breaches(now=timezone.now())


@every(seconds=600)
def forget_who_was_where() -> None:
    presence.purge(now=timezone.now())


@every(seconds=3600)
def count_what_prevention_did() -> None:
    proving.count_due(now=timezone.now())


@every(seconds=6 * 3600)
def sweep_files_that_no_case_knows() -> None:
    attachments.sweep(now=timezone.now())
