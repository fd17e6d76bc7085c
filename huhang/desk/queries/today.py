"""How the day goes, beside the same hours of the same weekday last week. The figures are those of the board."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F

from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import State
from huhang.metrics.queries.readings import Sums, sums
from huhang.metrics.rules.windows import Grain, Window, days_before, end_of, start_of
from huhang.network.models import OrgUnit

MET, MISSED = "desk.first_response.met", "desk.first_response.missed"
WEEK = 7
HOURS_SHOWN = 12


class Median(Aggregate):
    """The middle value, `percentile_cont(0.5)`."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Day:
    """First responses that fell due, of these given in time, and how long claimed cases took."""

    due: int
    met: int
    resolved: int
    median: timedelta | None

    @property
    def share(self) -> float | None:
        return 100 * self.met / self.due if self.due else None


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
    hours: list[Hour]

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
    """The day so far, the same hours a week ago, and the day by hours: three statements."""
    today = _today(now)
    past = days_before(Window(today.since, now), WEEK)
    hours = _hours(now, HOURS_SHOWN)
    counted = sums([MET, MISSED], [unit.path], [today, past, *hours])
    return Report(
        today=_day(unit, today, counted, 0),
        last_week=_day(unit, past, counted, 1),
        hours=[_hour(unit, window, counted, number) for number, window in enumerate(hours, start=2)][::-1],
    )


def _today(now: datetime) -> Window:
    """To the end of this minute: a promise that falls due in it already counts."""
    return Window(start_of(Grain.DAY, now), end_of(Grain.MINUTE, now))


def _hours(now: datetime, count: int) -> list[Window]:
    first = start_of(Grain.HOUR, now) - timedelta(hours=count - 1)
    return [Window(at, at + timedelta(hours=1)) for at in (first + timedelta(hours=n) for n in range(count))]


def _day(unit: OrgUnit, window: Window, counted: Sums, number: int) -> Day:
    met, missed = (_amount(counted, unit.path, number, name) for name in (MET, MISSED))
    solved = Ticket.objects.within([unit.path]).filter(
        state=State.RESOLVED,
        resolved_at__gte=window.since,
        resolved_at__lt=window.until,
        claimed_at__isnull=False,
    )
    took = ExpressionWrapper(F("resolved_at") - F("claimed_at"), output_field=DurationField())
    answer = solved.aggregate(median=Median(took), resolved=Count("pk"))
    return Day(due=met + missed, met=met, resolved=answer["resolved"], median=answer["median"])


def _hour(unit: OrgUnit, window: Window, counted: Sums, number: int) -> Hour:
    met, missed = (_amount(counted, unit.path, number, name) for name in (MET, MISSED))
    return Hour(window.since, met + missed, met)


def _amount(counted: Sums, path: str, number: int, measure: str) -> int:
    found = counted.get((path, number, measure))
    return found.amount if found else 0
