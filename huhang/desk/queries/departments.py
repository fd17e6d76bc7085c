"""How departments do with their steps: in time, late, sent back, rated by customers, judged by customer service."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from huhang.desk.models import DepartmentVote
from huhang.kit.doors import Actor
from huhang.metrics.queries import units as metric_units
from huhang.metrics.queries.readings import sums
from huhang.metrics.rules.windows import ZONE, Grain, Window, whole
from huhang.network.models import OrgUnit

GRAINS = {Grain.DAY: _("日"), Grain.XUN: _("旬"), Grain.MONTH: _("月")}
BELOW = "below"
KINDS = {
    BELOW: _("直接下级"), "province": _("省区"), "city": _("城市"), "outlet": _("网点"), "hub": _("分拨"),
    "linehaul": _("车队"), "department": _("职能部门"),
}  # fmt: skip
# More rows than this nobody compares by eye; a smaller area shows the rest.
UNITS_AT_MOST = 500
# Fewer voices than this would tell who said what.
VOICES_AT_LEAST = 3
MEASURES = ("met", "missed", "refused", "rated", "score")
SORTS = ("on_time", "missed", "refused", "rating", "vote", "name", "met")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for; unreadable values count as not given."""

    unit: str
    kind: str
    grain: Grain
    at: datetime
    sort: str

    @classmethod
    def from_query(cls, query: Mapping[str, str], *, now: datetime) -> "Asked":
        grain, kind, sort = query.get("grain", ""), query.get("kind", ""), query.get("sort", "")
        return cls(
            unit=query.get("unit", "")[:32],
            kind=kind if kind in KINDS else BELOW,
            grain=Grain(grain) if grain in set(GRAINS) else Grain.MONTH,
            at=_day(query.get("at", ""), now),
            sort=sort if sort.removeprefix("-") in SORTS else "on_time",
        )

    @property
    def window(self) -> Window:
        return whole(self.grain, self.at)

    @property
    def before(self) -> date:
        return (self.window.since - timedelta(hours=1)).astimezone(ZONE).date()

    @property
    def after(self) -> date:
        return self.window.until.astimezone(ZONE).date()

    @property
    def last_day(self) -> date:
        return (self.window.until - timedelta(hours=1)).astimezone(ZONE).date()

    @property
    def month(self) -> date:
        """Votes are given by month: the one in which the period begins."""
        return self.window.since.astimezone(ZONE).date().replace(day=1)


def _day(text: str, now: datetime) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return now
    # Near the ends of the calendar there is no month before or after.
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE) if 2000 < day.year < 2100 else now


@dataclass(frozen=True, slots=True)
class Vote:
    """What several people of customer service think of a unit, without who thinks what."""

    voices: int
    score: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A unit's steps that fell due in the period."""

    unit: OrgUnit
    met: int
    missed: int
    refused: int
    rated: int
    score: int
    vote: Vote | None

    @property
    def due(self) -> int:
        return self.met + self.missed

    @property
    def on_time(self) -> Decimal | None:
        return Decimal(100 * self.met) / self.due if self.due else None

    @property
    def rating(self) -> Decimal | None:
        return Decimal(self.score) / self.rated if self.rated else None


@dataclass(frozen=True, slots=True)
class Assessment:
    unit: OrgUnit
    asked: Asked
    lines: list[Line]
    is_cut: bool


def assess(person: Actor, asked: Asked) -> Assessment:
    """The units below one that the person may see figures of, the worst first; a known number of statements."""
    top = metric_units.unit(person, asked.unit)
    units = _units(top, asked.kind)
    shown = units[:UNITS_AT_MOST]
    counted = sums([f"desk.step.{m}" for m in MEASURES], [unit.path for unit in shown], [asked.window])
    votes = _votes(top, asked.month, [unit.path for unit in shown])
    lines = [
        Line(unit, **{m: _amount(counted, unit, m) for m in MEASURES}, vote=votes.get(unit.path))
        for unit in shown
    ]
    lines = [line for line in lines if line.due or line.refused or line.rated or line.vote]
    return Assessment(top, asked, _sorted(lines, asked.sort), len(units) > len(shown))


def _units(top: OrgUnit, kind: str) -> list[OrgUnit]:
    units = OrgUnit.objects.filter(is_active=True)
    units = units.filter(parent=top) if kind == BELOW else units.filter(path__startswith=top.path, kind=kind)
    found = list(units.order_by("path")[: UNITS_AT_MOST + 1])
    return found or [top]


def _amount(counted: Mapping[Any, Any], unit: OrgUnit, measure: str) -> int:
    found = counted.get((unit.path, 0, f"desk.step.{measure}"))
    return found.amount if found else 0


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    """Small first, or with a minus large first; what has no figure comes last either way."""
    name = sort.removeprefix("-")
    if name == "name":
        return sorted(lines, key=lambda line: line.unit.path, reverse=sort.startswith("-"))
    having = [line for line in lines if _figure(line, name) is not None]
    having.sort(key=lambda line: _figure(line, name) or 0, reverse=sort.startswith("-"))
    return having + [line for line in lines if _figure(line, name) is None]


def _figure(line: Line, name: str) -> Decimal | int | None:
    if name == "vote":
        return line.vote.score if line.vote else None
    found: Decimal | int | None = getattr(line, name)
    return found


def _votes(top: OrgUnit, month: date, paths: Sequence[str]) -> dict[str, Vote]:
    """The votes on each unit and on all below it, where enough different people gave one."""
    rows = DepartmentVote.objects.filter(month=month, path__startswith=top.path)
    given: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path, by, score in rows.values_list("path", "by", "score"):
        for unit in paths:
            if path.startswith(unit):
                given[unit].append((by, score))
    return {path: vote for path, found in given.items() if (vote := _vote(found))}


def _vote(given: Iterable[tuple[int, int]]) -> Vote | None:
    scores = list(given)
    voices = len({by for by, _score in scores})
    if voices < VOICES_AT_LEAST:
        return None
    return Vote(voices, Decimal(sum(score for _by, score in scores)) / len(scores))


def words_about(unit: OrgUnit, month: date) -> list[str]:
    """What was said with the votes, in no order that tells who; nothing while too few have voted."""
    rows = list(DepartmentVote.objects.filter(month=month, path__startswith=unit.path))
    if len({row.by_id for row in rows}) < VOICES_AT_LEAST:
        return []
    return sorted(row.words for row in rows if row.words)
