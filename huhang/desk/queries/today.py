"""How the day goes, beside the same hours of the same weekday last week. The figures are those of the board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    Value,
)

from huhang.desk.models import BaselineWeek, Step
from huhang.desk.rules.kinds import StepState
from huhang.metrics.queries.readings import Sums, sums
from huhang.metrics.rules.windows import ZONE, Grain, Window, days_before, end_of, start_of
from huhang.network.models import OrgUnit

MET, MISSED = "desk.first_response.met", "desk.first_response.missed"
# In the order in which a day takes them.
MEASURES = (MET, MISSED, "desk.step.met", "desk.step.missed", "desk.step.rated", "desk.step.score")
QUICK = timedelta(minutes=1)
WEEK = 7
HOURS_SHOWN = 12


class Median(Aggregate):
    """The middle value, `percentile_cont(0.5)`."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Day:
    """A day as far as it has come: what was promised and kept, how quickly steps were taken and done, how rated."""

    window: Window
    due: int
    met: int
    steps_due: int
    steps_met: int
    rated: int
    score: int
    claimed: int
    quick: int
    resolved: int
    median: timedelta | None

    @property
    def share(self) -> float | None:
        return _per_cent(self.met, self.due)

    @property
    def quick_share(self) -> float | None:
        """Of the steps that somebody took, those taken within a minute."""
        return _per_cent(self.quick, self.claimed)

    @property
    def steps_share(self) -> float | None:
        return _per_cent(self.steps_met, self.steps_due)

    @property
    def rating(self) -> float | None:
        return self.score / self.rated if self.rated else None


def _per_cent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Rank:
    """A unit below, beside its fellows: who keeps what was promised stands first."""

    unit: OrgUnit
    day: Day

    @property
    def place(self) -> tuple[bool, float, float, str]:
        share, steps = self.day.share, self.day.steps_share
        return share is None and steps is None, -(share or 0), -(steps or 0), self.unit.path


@dataclass(frozen=True, slots=True)
class Hour:
    """One bar of the day's chart."""

    at: datetime
    due: int
    met: int


@dataclass(frozen=True, slots=True)
class Report:
    today: Day
    last_week: Day
    # The same hours of the same weekday before there was a window, where headquarters has named that week.
    before: Day | None
    baseline: BaselineWeek | None
    hours: list[Hour]
    ranking: list[Rank]

    @property
    def days(self) -> list[Day]:
        """What stands side by side."""
        return [self.today, self.last_week, *([self.before] if self.before else [])]

    @property
    def faster_by(self) -> timedelta | None:
        """How much shorter the middle case takes now; negative when longer."""
        if self.today.median is None or self.last_week.median is None:
            return None
        return self.last_week.median - self.today.median


def share_today(unit: OrgUnit, *, now: datetime) -> float | None:
    """Per cent of today's due first responses that were given in time; one statement."""
    counted = sums([MET, MISSED], [unit.path], [_today(now)])
    met, missed = (_amount(counted, unit.path, 0, name) for name in (MET, MISSED))
    return 100 * met / (met + missed) if met + missed else None


def share_of_hour(paths: list[str], *, now: datetime) -> tuple[float | None, list[float | None]]:
    """This hour's share over these paths, and those of the hours before it; one statement."""
    windows = _hours(now, HOURS_SHOWN)
    counted = sums([MET, MISSED], paths, windows)
    shares: list[float | None] = []
    for number in range(len(windows)):
        met = sum(_amount(counted, path, number, MET) for path in paths)
        due = met + sum(_amount(counted, path, number, MISSED) for path in paths)
        shares.append(100 * met / due if due else None)
    return shares[-1], shares


def report(unit: OrgUnit, *, now: datetime) -> Report:
    """The day so far, the same hours a week ago and before there was a window, by hours, and by units below.

    Four statements for a unit with none below it, six for others.
    """
    today = _today(now)
    so_far = Window(today.since, now)
    baseline = baseline_of(unit)
    past = [days_before(so_far, days) for days in (WEEK, *_days_since(baseline, now))]
    hours = _hours(now, HOURS_SHOWN)
    counted = sums(MEASURES, [unit.path], [today, *past, *hours])
    days = _days(unit.path, [today, *past], counted, _work(unit.path, [today, *past]))
    return Report(
        today=days[0],
        last_week=days[1],
        before=days[2] if baseline else None,
        baseline=baseline,
        hours=[_hour(unit, hour, counted, number) for number, hour in enumerate(hours, len(days))][::-1],
        ranking=_ranking(unit, today),
    )


def baseline_of(unit: OrgUnit) -> BaselineWeek | None:
    """The unit's own week to compare with, else that of the nearest unit above it."""
    codes = [code for code in unit.path.split("/") if code]
    rows = BaselineWeek.objects.select_related("unit").filter(unit__code__in=codes)
    return max(rows, key=lambda row: len(row.unit.path), default=None)


def _days_since(baseline: BaselineWeek | None, now: datetime) -> list[int]:
    """How many days ago this weekday was in the week to compare with."""
    if baseline is None:
        return []
    today = now.astimezone(ZONE).date()
    then = baseline.starts_on + timedelta(days=today.weekday())
    return [(today - then).days]


def _work(path: str, windows: Sequence[Window]) -> dict[str, Any]:
    """Steps taken and done below a path in each window, by its number: one statement over their two indexes."""
    figures: dict[str, Any] = {}
    wanted = Q(pk__in=[])
    for number, window in enumerate(windows):
        taken, over = _within("claimed_at", window), _within("done_at", window) & Q(state=StepState.DONE)
        wanted |= taken | over
        figures |= _figures(str(number), taken, over)
    return Step.objects.filter(wanted, path__startswith=path).aggregate(**figures)


def _figures(name: str, taken: Q, over: Q) -> dict[str, Aggregate]:
    soon = Q(claimed_at__lte=F("opened_at") + QUICK)
    took = ExpressionWrapper(F("done_at") - F("claimed_at"), output_field=DurationField())
    return {
        f"claimed_{name}": Count("pk", filter=taken),
        f"quick_{name}": Count("pk", filter=taken & soon),
        f"resolved_{name}": Count("pk", filter=over),
        f"median_{name}": Median(took, filter=over & Q(claimed_at__isnull=False)),
    }


def _within(field: str, window: Window) -> Q:
    return Q(**{f"{field}__gte": window.since, f"{field}__lt": window.until})


def _days(path: str, windows: Sequence[Window], counted: Sums, work: Mapping[str, Any]) -> list[Day]:
    return [_day(path, window, counted, work, number) for number, window in enumerate(windows)]


def _ranking(unit: OrgUnit, today: Window) -> list[Rank]:
    """The units just below, the best first; three statements, or one when there are none."""
    below = list(OrgUnit.objects.filter(parent=unit, is_active=True))
    if not below:
        return []
    counted = sums(MEASURES, [child.path for child in below], [today])
    work = _work_of_each(unit, today)
    ranks = [Rank(c, _day(c.path, today, counted, work.get(c.code, {}), 0)) for c in below]
    return sorted(ranks, key=lambda rank: rank.place)


def _work_of_each(unit: OrgUnit, window: Window) -> dict[str, dict[str, Any]]:
    """By the code of the unit just below: a row each, whatever lies deeper."""
    depth = unit.path.count("/")
    below = Func(F("path"), Value("/"), Value(depth + 1), function="split_part", output_field=CharField())
    taken, over = _within("claimed_at", window), _within("done_at", window) & Q(state=StepState.DONE)
    rows = Step.objects.filter(taken | over, path__startswith=unit.path).order_by().values(below=below)
    return {row["below"]: dict(row) for row in rows.annotate(**_figures("0", taken, over))}


def _today(now: datetime) -> Window:
    """To the end of this minute: a promise that falls due in it already counts."""
    return Window(start_of(Grain.DAY, now), end_of(Grain.MINUTE, now))


def _hours(now: datetime, count: int) -> list[Window]:
    first = start_of(Grain.HOUR, now) - timedelta(hours=count - 1)
    return [Window(at, at + timedelta(hours=1)) for at in (first + timedelta(hours=n) for n in range(count))]


def _day(path: str, window: Window, counted: Sums, work: Mapping[str, Any], number: int) -> Day:
    met, missed, steps_met, steps_missed, rated, score = (
        _amount(counted, path, number, name) for name in MEASURES
    )
    return Day(
        window=window,
        due=met + missed,
        met=met,
        steps_due=steps_met + steps_missed,
        steps_met=steps_met,
        rated=rated,
        score=score,
        claimed=work.get(f"claimed_{number}", 0),
        quick=work.get(f"quick_{number}", 0),
        resolved=work.get(f"resolved_{number}", 0),
        median=work.get(f"median_{number}"),
    )


def _hour(unit: OrgUnit, window: Window, counted: Sums, number: int) -> Hour:
    met, missed = (_amount(counted, unit.path, number, name) for name in (MET, MISSED))
    return Hour(window.since, met + missed, met)


def _amount(counted: Sums, path: str, number: int, measure: str) -> int:
    found = counted.get((path, number, measure))
    return found.amount if found else 0
