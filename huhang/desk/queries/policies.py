"""Clock policies and reasons to pause, and what a policy means for a given moment, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from huhang.desk.models import ClockPolicy, PauseReason
from huhang.desk.models.clock import LEVEL_NAMES
from huhang.desk.rules import clock as rule
from huhang.desk.rules.kinds import Level, Obligation
from huhang.desk.rules.policy import NAMED
from huhang.kit import calendar_store, calendar_words
from huhang.kit.calendars import add_working
from huhang.kit.models import Calendar
from huhang.network.models.product import PRODUCT_NAMES

# Whom a person may let a clock call; being late itself is always called.
CALLABLE = tuple(level for level in Level if level != Level.BREACH)


@dataclass(frozen=True, slots=True)
class Example:
    """A clock started at a moment: whom it calls when, and how the due one was calculated."""

    started_at: datetime
    due_at: datetime
    calls: list[tuple[Any, datetime]]
    lines: list[str]


@dataclass(frozen=True, slots=True)
class RungLine:
    """A level as the page shows it: not called, at a share of the time, or so long after it ran out."""

    level: Level
    name: Any
    percent: int | None = None
    after: int | None = None

    @property
    def how(self) -> str:
        return "percent" if self.percent is not None else "after" if self.after is not None else ""


def rungs(ladder: rule.Ladder) -> list[RungLine]:
    """Every level in its order, called or not."""
    set_so = {rung.level: rung for rung in ladder}
    return [_rung_line(level, set_so.get(level)) for level in CALLABLE]


def _rung_line(level: Level, rung: rule.Rung | None) -> RungLine:
    if rung is None:
        return RungLine(level, LEVEL_NAMES[level])
    after = None if rung.percent is not None else int(rung.after / timedelta(minutes=1))
    return RungLine(level, LEVEL_NAMES[level], rung.percent, after)


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy as a row of the page."""

    policy: ClockPolicy
    calls: list[RungLine]


def policies() -> list[PolicyLine]:
    """In the order in which a case meets them; the row that names least first."""
    order = list(Obligation)
    rows = sorted(
        ClockPolicy.objects.all(),
        key=lambda row: (
            order.index(Obligation(row.obligation)), sum(bool(getattr(row, name)) for name in NAMED), row.kind, row.pk,
        ),
    )  # fmt: skip
    return [PolicyLine(row, [line for line in rungs(rule.ladder_of(row.ladder)) if line.how]) for row in rows]


def pause_reasons() -> list[PauseReason]:
    return list(PauseReason.objects.all())


def products() -> list[tuple[str, Any]]:
    """Products that a policy may name."""
    return list(PRODUCT_NAMES.items())


def calendars() -> list[tuple[str, str]]:
    """(key, name) of every calendar; `always` has no row and no name of its own."""
    return list(Calendar.objects.order_by("key").values_list("key", "name"))


def example(*, minutes: int, ladder: rule.Ladder, calendar: str, started_at: datetime) -> Example:
    """What these settings would mean for a clock that starts now; NotFound for an unknown calendar."""
    hours = calendar_store.get(calendar).hours
    within = timedelta(minutes=minutes)
    moments = rule.moments(rule.Budget(within, ladder), hours, started_at=started_at)
    calls = sorted(moments.calls.items(), key=lambda call: call[1])
    return Example(
        started_at=started_at,
        due_at=moments.due_at,
        calls=[(LEVEL_NAMES[level], at) for level, at in calls if level != Level.BREACH],
        lines=calendar_words.explain(add_working(hours, started_at, within)),
    )
