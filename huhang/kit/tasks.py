"""Housekeeping that every worker does: dead workers' jobs go back, what is done is forgotten."""

from django.utils import timezone

from huhang.kit import imports, jobs, live, once
from huhang.kit.ticking import every


@every(seconds=5)
def reap() -> None:
    jobs.reap()


@every(seconds=600)
def purge() -> None:
    jobs.purge()
    live.purge()
    once.purge(now=timezone.now())


@every(seconds=3600)
def forget_files() -> None:
    imports.forget_files(now=timezone.now())
