"""How often the watch is right, and how early: its shipped rules on real parcels whose end is known.

A warning is a parcel's first hit of a rule while the harm can still be prevented. Precision is the share of warnings
whose parcel was harmed, beside the share of all parcels; recall is the share of harmed parcels that were warned of;
the lead is the time from a right warning to the harm. `real_parcels` says how rows became scans. Everything goes
through the shard itself; a sweep moves one limit and leaves the rest as shipped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from bench import real_parcels
from bench.picture import Curve, Panel, Point, draw
from bench.real_parcels import LONG_AFTER, Parcels
from bench.report import RESULTS, Report
from huhang.journey.rules.codes import FINAL_CODES, Code
from huhang.journey.rules.watch import OPEN_CODES, Link, Rule, RuleKind
from huhang.journey.watch.ground import EPOCH
from huhang.journey.watch.pack import read_rules
from huhang.journey.watch.program import LIFE_ORDER
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.world import World

RULES = read_rules(Path(__file__).resolve().parent.parent / "packs" / "watch_rules.yaml")
SETS = {"olist_orders": real_parcels.olist, "changshu_parcels": real_parcels.changshu}
MARGINS = (6, 12, 24, 48, 72, 96)  # hours before the promise
WITHINS = (48, 96, 144, 192, 240, 360)  # hours after the stage
SHORT_WITHINS = (3, 5, 7, 9, 11, 13, 17)  # the same for rules that go by the clock
CLOCKS = (18, 20, 21)  # o'clock
FEWEST = 30  # warnings, below which a share says little

TITLES = {
    "olist_orders": ("真实订单：谁会迟到", "olist_orders (real): who will be late"),
    "changshu_parcels": ("真实派件：谁要再派一次", "changshu_parcels (real): who needs a second delivery"),
}
NOT_TOLD = {
    RuleKind.FORBIDDEN: "a parcel's scans are made from one row, so none can be missing before another",
    RuleKind.TWICE: "a row tells one pickup at most",
    RuleKind.CONSENT: "consent is not told",
}


class Sweep(NamedTuple):
    """One way of moving a rule's limit: what the labels count, and the rule at each."""

    zh: str
    en: str
    limits: list[tuple[str, Rule]]


class Judgement(NamedTuple):
    """What became of one rule's warnings at one limit."""

    rule: Rule
    parcels: Parcels
    warned: frozenset[str]
    leads: tuple[timedelta, ...]  # of the right ones
    too_late: int  # parcels hit only when it could no longer be prevented

    @property
    def precision(self) -> float:
        return len(self.leads) / len(self.warned)

    @property
    def recall(self) -> float:
        return len(self.leads) / len(self.parcels.harmed)

    def lead_hours(self, tenth: int) -> float:
        """The lead in hours that so many tenths of the right warnings stay below."""
        hours = [lead / timedelta(hours=1) for lead in self.leads]
        return quantiles(hours, n=10, method="inclusive")[tenth - 1] if len(hours) > 1 else hours[0]


class Study:
    """One set of parcels, watched."""

    def __init__(self, parcels: Parcels) -> None:
        self.parcels = parcels
        codes = parcels.scans["code"].unique().to_pylist()
        self.shown = frozenset(code for code in Code if code in codes)

    @cached_property
    def shipped(self) -> dict[int, dict[str, datetime]]:
        """The first hits of the rules as shipped: rule → waybill → when."""
        return first_hits(RULES, self.parcels)

    def judged(self) -> Iterator[Rule]:
        """The rules that this set can judge."""
        return (rule for rule in RULES if not self.why_not(rule))

    def why_not(self, rule: Rule) -> str:
        """Why this set cannot judge the rule; '' when it can."""
        reason = _unfit(rule, self.shown)
        warned = self.at_shipped_limit(rule).warned
        if not reason and len(warned) < FEWEST:
            return f"only {len(warned)} warnings"
        return reason

    def at_shipped_limit(self, rule: Rule) -> Judgement:
        return self.judge(rule, self.shipped.get(rule.number, {}))

    def at(self, rule: Rule) -> Judgement:
        """What becomes of the rule with another limit."""
        return self.judge(rule, first_hits((rule,), self.parcels).get(rule.number, {}))

    def judge(self, rule: Rule, hits: dict[str, datetime]) -> Judgement:
        """Hold hits against what became of their parcels."""
        until, harmed = self.parcels.until, self.parcels.harmed
        known = {waybill: until[waybill] - at for waybill, at in hits.items() if waybill in until}
        leads = {waybill: lead for waybill, lead in known.items() if lead > timedelta()}
        right = tuple(sorted(lead for waybill, lead in leads.items() if waybill in harmed))
        return Judgement(rule, self.parcels, frozenset(leads), right, len(known) - len(leads))


def main() -> None:
    """Judge every rule on every set that is on this machine, and draw lead against precision."""
    report, panels = Report("precision"), []
    for name, read in SETS.items():
        if not real_parcels.present(name):
            print(f"{name} is not on this machine")
            continue
        study = Study(read())
        tell_set(report, study)
        panels.append(panel_of(report, study))
    if panels:
        report.finish()
        (RESULTS / "precision.svg").write_text(draw(panels), "utf-8")


def first_hits(rules: tuple[Rule, ...], parcels: Parcels) -> dict[int, dict[str, datetime]]:
    """Let a shard watch the set under these rules; returns rule → waybill → when it was first raised."""
    shard = Shard(World(rules))
    found: dict[int, dict[str, datetime]] = {}
    end = (LONG_AFTER - EPOCH) // timedelta(microseconds=1)
    for outcome in (shard.advance(parcels.scans), shard.due(end)):
        hits = outcome.hits
        columns = (hits[name].to_pylist() for name in ("rule", "waybill", "raised_at"))
        for rule, waybill, at in zip(*columns, strict=True):
            of_rule = found.setdefault(rule, {})
            of_rule[waybill] = min(at, of_rule.get(waybill, at))
    return found


def tell_set(report: Report, study: Study) -> None:
    """Report the set, its rules at their shipped limits, and those that it cannot judge."""
    parcels = study.parcels
    base = f"{parcels.name}: {parcels.harm}, of all parcels"
    report.add(f"{parcels.name}: parcels judged", len(parcels.until), "parcels")
    report.add(base, parcels.base_rate, "share")
    for rule in RULES:
        reason = study.why_not(rule)
        if reason:
            report.remark(f"{parcels.name} cannot judge {rule.id}: {reason}")
        else:
            tell_rule(report, study.at_shipped_limit(rule), base)


def tell_rule(report: Report, found: Judgement, base: str) -> None:
    """Report one rule at its shipped limit."""
    called = f"{found.parcels.name} {found.rule.id}"
    report.add(f"{called}: warnings", len(found.warned), "parcels")
    report.add(f"{called}: hits after the harm", found.too_late, "parcels")
    report.add(f"{called}: precision", found.precision, "share", beside=base)
    report.add(f"{called}: recall", found.recall, "share")
    for name, tenth in (("p10", 1), ("median", 5), ("p90", 9)):
        report.add(f"{called}: lead {name}", found.lead_hours(tenth), "hours")


def panel_of(report: Report, study: Study) -> Panel:
    """Report the sweeps of a set, and return them as a panel of the picture."""
    parcels = study.parcels
    curves = []
    for rule in study.judged():
        for sweep in sweeps_of(rule):
            points = [point for limit in sweep.limits if (point := tell_limit(report, study, rule, *limit))]
            curves.append(Curve(f"{rule.name_zh}：{sweep.zh}", f"{rule.name_en}: {sweep.en}", points))
    zh, en = TITLES[parcels.name]
    number = f"{len(parcels.until):,}"
    return Panel(zh, f"{en}; {number} parcels", parcels.base_rate, curves)


def tell_limit(report: Report, study: Study, rule: Rule, label: str, other: Rule) -> Point | None:
    """Report what becomes of a rule at another limit; None when it hardly ever warns."""
    found = study.at(other)
    if len(found.warned) < FEWEST or not found.leads:
        return None
    called = f"{study.parcels.name} {rule.id} at {label}"
    report.add(f"{called}: precision", found.precision, "share")
    report.add(f"{called}: recall", found.recall, "share")
    report.add(f"{called}: lead median", found.lead_hours(5), "hours")
    return Point(label, found.lead_hours(5), found.precision, found.recall, other == rule)


def sweeps_of(rule: Rule) -> list[Sweep]:
    """The ways in which a rule's limit can be moved; its own limit is always among them."""
    if rule.kind is RuleKind.PROMISE:
        hours = sorted({*MARGINS, rule.margin_minutes / 60})
        limits = [(f"{h:g} h", replace(rule, margin_minutes=int(h * 60))) for h in hours]
        return [Sweep("承诺前若干小时", "hours before the promise", limits)]
    if rule.by_time is None:
        assert rule.within_minutes is not None
        return [_within(rule, sorted({*WITHINS, rule.within_minutes / 60}))]
    clocks = sorted({*(time(hour) for hour in CLOCKS), rule.by_time})
    limits = [(f"{clock:%H:%M}", replace(rule, by_time=clock)) for clock in clocks]
    return [Sweep("当日钟点", "by the clock", limits), _within(rule, SHORT_WITHINS)]


def _within(rule: Rule, hours: Iterable[float]) -> Sweep:
    limits = [(f"{h:g} h", replace(rule, by_time=None, days=0, within_minutes=int(h * 60))) for h in hours]
    return Sweep("之后若干小时", "hours after", limits)


def _unfit(rule: Rule, shown: frozenset[Code]) -> str:
    """Why rows with only these scans say nothing about the rule; '' when they may."""
    if rule.kind is RuleKind.PROMISE:
        if Code.REGISTERED not in shown:
            return "no promise is told"
        return "" if rule.margin_minutes else "it is the harm itself"
    if rule.kind is RuleKind.EXPECT:
        return _unfit_to_expect(rule, shown)
    return NOT_TOLD.get(rule.kind, "no known nodes are told")


def _unfit_to_expect(rule: Rule, shown: frozenset[Code]) -> str:
    started = rule.after & shown
    if not started:
        return f"no scan of {', '.join(code.name for code in sorted(rule.after))}"
    last = max(LIFE_ORDER.index(code) for code in started)
    later = {code for code in (rule.expects or OPEN_CODES) & shown if LIFE_ORDER.index(code) > last}
    if not later - FINAL_CODES and rule.link is not Link.DELIVERY:
        return f"nothing is shown between {max(started).name} and the end"
    return ""
