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
    rules: list[Rule]  # shipped
    limits: list[tuple[str, Rule]]
    is_even: bool = True  # does a later limit always wait longer?


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
        started = rule.after & self.shown
        other_words = [self.parcels.stand_ins[code] for code in started if code in self.parcels.stand_ins]
        reason = other_words[0] if len(started) == len(other_words) > 0 else _unfit(rule, self.shown)
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
    curves = [
        Curve([_called(rule, sweep) for rule in sweep.rules], points, sweep.is_even)
        for family in families(study.judged())
        for sweep in sweeps_of(family)
        if (points := tell_sweep(report, study, sweep))
    ]
    zh, en = TITLES[parcels.name]
    return Panel(zh, f"{en}; {len(parcels.until):,} parcels", parcels.base_rate, curves)


def _called(rule: Rule, sweep: Sweep) -> tuple[str, str]:
    return f"{rule.name_zh}：{sweep.zh}", f"{rule.name_en}: {sweep.en}"


def tell_sweep(report: Report, study: Study, sweep: Sweep) -> list[Point]:
    """Report what becomes of a rule at each limit, except where it hardly ever warns."""
    points = []
    for label, rule in sweep.limits:
        found = study.at(rule)
        if len(found.warned) < FEWEST or not found.leads:
            continue
        lead, called = found.lead_hours(5), f"{study.parcels.name} {rule.id} at {label}"
        report.add(f"{called}: precision", found.precision, "share")
        report.add(f"{called}: recall", found.recall, "share")
        report.add(f"{called}: lead median", lead, "hours")
        is_shipped = any(_limit(rule) == _limit(shipped) for shipped in sweep.rules)
        points.append(Point(label, lead, found.precision, found.recall, is_shipped))
    return points


def families(rules: Iterable[Rule]) -> list[list[Rule]]:
    """Rules that differ in nothing but the limit belong together: one sweep shows them all."""
    found: dict[Rule, list[Rule]] = {}
    for rule in rules:
        nameless = replace(rule, id="", number=0, name_zh="", name_en="", source="", opens_ticket=False)
        same = replace(nameless, within_minutes=None, by_time=None, days=0, margin_minutes=0)
        found.setdefault(same, []).append(rule)
    return list(found.values())


def sweeps_of(family: list[Rule]) -> list[Sweep]:
    """The ways in which the limit of a family can be moved; its shipped limits are always among them."""
    rule = family[0]
    if rule.kind is RuleKind.PROMISE:
        hours = sorted({*MARGINS, *(member.margin_minutes / 60 for member in family)})
        limits = [(f"{h:g} h", replace(rule, margin_minutes=int(h * 60))) for h in hours]
        return [Sweep("承诺前若干小时", "hours before the promise", family, limits)]
    timed = [member for member in family if member.by_time is not None]
    counted = [member for member in family if member.within_minutes is not None]
    sweeps = []
    if timed:
        sweeps.append(Sweep("当日钟点", "by the clock", timed, _by_clock(timed), is_even=False))
    hours = sorted({*(SHORT_WITHINS if timed else WITHINS), *((r.within_minutes or 0) / 60 for r in counted)})
    limits = [(f"{h:g} h", replace(rule, by_time=None, days=0, within_minutes=int(h * 60))) for h in hours]
    return [*sweeps, Sweep("之后若干小时", "hours after", counted or family[:1], limits)]


def _by_clock(timed: list[Rule]) -> list[tuple[str, Rule]]:
    clocks = {(0, time(hour)) for hour in CLOCKS} | {(rule.days, rule.by_time or time()) for rule in timed}
    return [
        (f"{clock:%H:%M}" + f" +{days}" * bool(days), replace(timed[0], by_time=clock, days=days))
        for days, clock in sorted(clocks)
    ]


def _limit(rule: Rule) -> tuple[object, ...]:
    return rule.within_minutes, rule.by_time, rule.days, rule.margin_minutes


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
