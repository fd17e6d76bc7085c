"""Clock policies and step templates, and what a policy means for a given moment, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from huhang.desk.models import ClockPolicy, StepTemplate
from huhang.desk.rules import clock as rule
from huhang.desk.rules.kinds import Level, Obligation
from huhang.kit import calendar_store, calendar_words
from huhang.kit.calendars import add_working
from huhang.kit.models import Calendar


@dataclass(frozen=True, slots=True)
class Example:
    """A clock started at a moment: whom it calls when, and how the due one was calculated."""

    started_at: datetime
    due_at: datetime
    calls: list[tuple[Level, datetime]]
    lines: list[str]


def policies() -> list[ClockPolicy]:
    """In the order in which a case meets them; the row for all kinds first."""
    order = list(Obligation)
    return sorted(
        ClockPolicy.objects.all(), key=lambda row: (order.index(Obligation(row.obligation)), row.kind)
    )


def templates() -> list[StepTemplate]:
    return list(StepTemplate.objects.all())


def calendars() -> list[tuple[str, str]]:
    """(key, name) of every calendar; `always` has no row and no name of its own."""
    return list(Calendar.objects.order_by("key").values_list("key", "name"))


def example(*, minutes: int, ladder: rule.Ladder, calendar: str, started_at: datetime) -> Example:
    """What these settings would mean for a clock that starts now; NotFound for an unknown calendar."""
    hours = calendar_store.get(calendar).hours
    within = timedelta(minutes=minutes)
    moments = rule.moments(rule.Budget(within, ladder), hours, started_at=started_at)
    return Example(
        started_at=started_at,
        due_at=moments.due_at,
        calls=sorted(moments.calls.items(), key=lambda call: call[1]),
        lines=calendar_words.explain(add_working(hours, started_at, within)),
    )
