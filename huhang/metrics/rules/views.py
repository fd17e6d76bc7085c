"""What a board looks at: the last hour, today, this 旬 or this month so far, beside the same stretch before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from huhang.metrics.rules.windows import (
    ONE_MINUTE,
    ZONE,
    Grain,
    Window,
    cut,
    days_before,
    periods_before,
    start_of,
    whole,
)


class Period(StrEnum):
    HOUR = "hour"
    DAY = "day"
    XUN = "xun"
    MONTH = "month"


GRAINS = {Period.HOUR: Grain.MINUTE, Period.DAY: Grain.HOUR, Period.XUN: Grain.DAY, Period.MONTH: Grain.DAY}
LAST_HOUR = timedelta(minutes=60)
DAYS_BACK, PERIODS_BACK = 7, 3
# Before this hour a day has too few facts for its figures to mean much.
DAY_BEGINS = 7


@dataclass(frozen=True, slots=True)
class View:
    """`window` is what has passed of the `whole`; `before` are the same stretches earlier, the nearest first."""

    period: Period
    whole: Window
    window: Window
    before: tuple[Window, ...]
    wholes_before: tuple[Window, ...]

    @property
    def grain(self) -> Grain:
        return GRAINS[self.period]

    @property
    def is_running(self) -> bool:
        return self.window.until < self.whole.until or self.period is Period.HOUR

    def pieces(self) -> list[Window]:
        return cut(self.grain, self.whole)

    def pieces_before(self) -> list[list[Window]]:
        """The same pieces of earlier periods; a shorter month has fewer."""
        return [cut(self.grain, window) for window in self.wholes_before]


def view(period: Period, *, at: datetime, now: datetime) -> View:
    """The period that holds `at`, as far as it has passed; the last hour always ends now."""
    if period is Period.HOUR:
        window = Window(start_of(Grain.MINUTE, now) + ONE_MINUTE - LAST_HOUR, now)
        before = tuple(days_before(window, n) for n in range(1, DAYS_BACK + 1))
        return View(period, window, window, before, before)
    all_of_it = whole(Grain(period), at)
    window = Window(all_of_it.since, max(all_of_it.since, min(all_of_it.until, now)))
    if period is Period.DAY:
        days = range(1, DAYS_BACK + 1)
        return View(
            period, all_of_it, window,
            tuple(days_before(window, n) for n in days), tuple(days_before(all_of_it, n) for n in days),
        )  # fmt: skip
    before = tuple(periods_before(Grain(period), window, n) for n in range(1, PERIODS_BACK + 1))
    return View(period, all_of_it, window, before, tuple(whole(Grain(period), w.since) for w in before))


def has_just_begun(now: datetime) -> bool:
    """Is the day too young to be judged by?"""
    return now.astimezone(ZONE).hour < DAY_BEGINS
