"""Is prevention worth anything: the counted days added up by rule, as the page shows and exports them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from huhang.desk.models import ProofDay
from huhang.desk.rules.proof import NOBODY, WITHIN, Group, Proof, Trial, Verdict, prove, prove_all, ripe_on
from huhang.journey.models import WatchRule
from huhang.network.models import OrgUnit, under

PERIODS = (7, 30, 90)
USUAL_PERIOD, USUAL_WITHIN = 30, 7
PER = 10_000
LOWEST_LEVEL = 3  # cities
MEASURES = {"contacts": _("客户来件（含催派、咨询）"), "complaints": _("投诉与理赔")}
VERDICTS = {
    Verdict.NO_CONTROL: _("没有对照"),
    Verdict.OPEN: _("尚不能断定"),
    Verdict.WORKS: _("有效"),
    Verdict.HARMS: _("适得其反"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters, as they stand in the URL; unreadable ones count as not given."""

    days: int
    within: int
    measure: str
    unit: str

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Asked":
        days, within, measure = query.get("days", ""), query.get("within", ""), query.get("measure", "")
        return cls(
            days=int(days) if days in map(str, PERIODS) else USUAL_PERIOD,
            within=int(within) if within in map(str, WITHIN) else USUAL_WITHIN,
            measure=measure if measure in MEASURES else "contacts",
            unit=query.get("unit", ""),
        )

    def span(self, now: datetime) -> tuple[date, date]:
        """First and last day: the latest of which all that counts has had its time to happen."""
        last = ripe_on(self.within, now=now)
        return last - timedelta(days=self.days - 1), last


@dataclass(frozen=True, slots=True)
class Line:
    """One rule, or all of them when `rule` is None."""

    rule: WatchRule | None
    proof: Proof

    @property
    def verdict(self) -> Any:
        return VERDICTS[self.proof.verdict]

    @property
    def lacking(self) -> int | None:
        """How many parcels more the control group should have."""
        needed = self.proof.needed
        return max(0, needed - self.proof.control.parcels) if needed is not None else None


@dataclass(frozen=True, slots=True)
class Told:
    """The page: all rules together, then each; `first` and `last` are the days that were counted."""

    whole: Line
    lines: list[Line]
    first: date
    last: date

    @property
    def reach(self) -> float:
        """The farthest end of an interval, for drawing them to one scale."""
        spans = [line.proof.difference for line in self.lines if line.proof.difference]
        return max((max(abs(span.low), abs(span.high)) for span in spans), default=1.0)

    @property
    def by_chance(self) -> int:
        """How many of the rules would stand out by chance alone, one in twenty."""
        return round(len(self.lines) / 20)


def told(paths: list[str], asked: Asked, *, now: datetime) -> Told:
    """Two statements, over counted days only."""
    first, last = asked.span(now)
    rows = ProofDay.objects.filter(_below(paths), within_days=asked.within, day__range=(first, last))
    if asked.unit:
        rows = rows.filter(path__contains=f"/{asked.unit}/")
    sums = list(
        rows.values("rule_id", "is_control", "is_first").annotate(n=Sum("parcels"), c=Sum(asked.measure))
    )
    every = _trials(sums)
    named = WatchRule.objects.in_bulk(every)
    lines = [Line(named[pk], prove(trial)) for pk, trial in every.items()]
    lines.sort(key=lambda line: -line.proof.treated.parcels - line.proof.control.parcels)
    whole = prove_all(_trials([row for row in sums if row["is_first"]]).values())
    return Told(Line(None, whole), lines, first, last)


def _trials(sums: Iterable[Mapping[str, Any]]) -> dict[int, Trial]:
    groups: dict[tuple[int, bool], Group] = defaultdict(lambda: NOBODY)
    for row in sums:
        groups[row["rule_id"], row["is_control"]] += Group(row["n"], row["c"])
    rules = dict.fromkeys(rule for rule, _ in groups)
    return {rule: Trial(treated=groups[rule, False], control=groups[rule, True]) for rule in rules}


def units(paths: list[str]) -> QuerySet[OrgUnit]:
    """What one can narrow the page to: down to cities."""
    rows = OrgUnit.objects.within(paths).filter(is_active=True, kind__in=["hq", "province", "city"])
    return rows.order_by("path")


def sees_enough(paths: list[str]) -> bool:
    """Is any of one's subtrees at least a city? Below that nothing is counted."""
    return any(path.strip("/").count("/") < LOWEST_LEVEL for path in paths)


def _below(paths: list[str]) -> Q:
    return Q() if "/" in paths else under(paths)
