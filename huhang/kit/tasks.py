"""Housekeeping that every worker does: dead workers' jobs go back, what is done is forgotten."""

from huhang.kit import jobs, live
from huhang.kit.ticking import every


@every(seconds=10)
def reap() -> None:
    jobs.reap()


@every(seconds=600)
def purge() -> None:
    jobs.purge()
    live.purge()
