"""Hypothesis draws what a watch may meet: scans in any order, facts and worlds that change, restarts."""

import os
import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from huhang.journey.rules.codes import PSEUDO_CODES, Code
from huhang.journey.rules.storm import Storm
from huhang.journey.rules.watch import (
    ARRIVED_AT_OUTLET,
    CHARGEABLE,
    HERE,
    OPEN_CODES,
    THERE,
    Addressed,
    Link,
    Rule,
    RuleKind,
    clashes,
    faults,
)
from huhang.journey.watch.world import World
from tests.journey.watch.plain import Facts, Scan, second_of
from tests.journey.watch.scans import PLACES, ROUTES, RULES

# HUHANG_DEPTH=50 tries fifty times as many examples.
DEPTH = int(os.environ.get("HUHANG_DEPTH", "1"))
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAYBILLS = ["YT1234567890123", "JDVA-a-very-long-number-01", "运单一"]
CODES = [code for code in Code if code not in PSEUDO_CODES]
LIVELY = [
    Code.PICKED_UP,
    Code.DEPARTED,
    Code.ARRIVED,
    Code.OUT_FOR_DELIVERY,
    Code.DELIVERY_FAILED,
    Code.SIGNED,
]
HUBS = ["SZ-HUB", "NJ-HUB", "HZ-HUB", "NB-HUB"]

# --- scans ------------------------------------------------------------------------------------------

# Few moments, so that ties are common, and spread so that every limit of the rules is crossed; now and
# then one of a clock that runs wrong by days.
skews = st.sampled_from([0] * 12 + [-100, 30, 400])
moments = st.builds(
    lambda hours, skew, minutes, odd: (
        START + timedelta(hours=hours + skew, minutes=minutes, microseconds=odd)
    ),
    st.integers(0, 200),
    skews,
    st.sampled_from([0, 7, 15, 30]),
    st.sampled_from([0, 0, 0, 250_000, 999_999]),
)
nodes = st.sampled_from(["", "NOBODY-KNOWS", *HUBS, *PLACES])
waybills = st.sampled_from(WAYBILLS)
facts = st.builds(
    Facts,
    promised_at=st.one_of(st.none(), moments),
    product=st.sampled_from([None, "", "standard", "same_city", "economy"]),
    origin=st.sampled_from(["SZ-WZ", "SZ-WZ", "NJ-HUB", "江苏", "", None]),
    dest=st.sampled_from(["HZ-XH", "HZ-XH", "XJ-1", "XJ", "浙江", "", None]),
    flags=st.sampled_from([None, 0, 1, 2, 4, 7]),
)
events = st.builds(
    lambda *told: [Scan(*told)],
    waybills,
    st.one_of(st.sampled_from(LIVELY), st.sampled_from(CODES)),
    moments,
    nodes,
    st.sampled_from(["", "w1", "w2"]),
)
registrations = st.builds(
    lambda waybill, at, known: [Scan(waybill, Code.REGISTERED, at, facts=known)], waybills, moments, facts
)


def ride(waybill: str, at: datetime, stops: list[tuple[str, bool, bool, int]]) -> list[Scan]:
    """From place to place: arrived and departed, or only one of the two."""
    scans = []
    for node, is_arrival_told, is_departure_told, hours in stops:
        if is_arrival_told:
            scans.append(Scan(waybill, Code.ARRIVED, at, node, "w1"))
        if is_departure_told:
            scans.append(Scan(waybill, Code.DEPARTED, at + hours * HOUR / 2, node, "w2"))
        at += hours * HOUR
    return scans


mostly = st.sampled_from([True, True, True, False])
stops = st.tuples(
    st.sampled_from([*HUBS, *HUBS, *HUBS[:2], "SZ-WZ", "HZ-XH", ""]), mostly, mostly, st.integers(0, 30)
)
rides = st.builds(ride, waybills, moments, st.lists(stops, min_size=3, max_size=6))


def united(told: list[list[Scan]]) -> list[Scan]:
    return [scan for scans in told for scan in scans]


told = st.one_of(events, events, rides, rides, registrations)
batches = st.lists(told, max_size=7).map(united)
busy_batches = st.lists(told, min_size=3, max_size=12).map(united)
segments = st.lists(batches, max_size=6)


def received(number: int) -> datetime:
    """When the log took a segment."""
    return START + timedelta(hours=40 * (number + 1), seconds=30)


def without_rival_facts(scans: list[Scan]) -> list[Scan]:
    """Two registrations of one waybill in one second have no order of their own: keep the first."""
    known: set[tuple[str, datetime]] = set()
    kept = []
    for scan in scans:
        place = scan.waybill, second_of(scan.at)
        if scan.facts and place in known:
            continue
        if scan.facts:
            known.add(place)
        kept.append(scan)
    return kept


# --- worlds -----------------------------------------------------------------------------------------

EDITS: tuple[dict[str, Any], ...] = (
    {"enabled": False},
    {"node_kinds": frozenset({"outlet"})},
    {"flags": frozenset({"cod", "insured"})},
    {"products": frozenset({"economy", ""})},
    {"margin_minutes": 3000},
    {"minutes": 1},
    {"within_minutes": 61, "by_time": None, "days": 0},
    {"within_minutes": None, "by_time": time(9), "days": 2},
    {"charged": THERE},
)


def edited(edits: list[tuple[int, dict[str, Any]]], more: list[Rule]) -> tuple[Rule, ...]:
    """The shipped rules and some odd ones, after those edits that a page would accept."""
    rules = {rule.number: rule for rule in (*RULES, *more)}
    for place, change in edits:
        number = sorted(rules)[place % len(rules)]
        changed = {**rules, number: replace(rules[number], **change)}
        if not faults(changed[number]) and not clashes(changed.values()):
            rules = changed
    return tuple(rules.values())


def odd_rule(kind: RuleKind, **values: Any) -> Rule:
    """A rule that nobody would ship; its number tells its kind."""
    told = {name: value for name, value in values.items() if name in FIELDS[kind]}
    return Rule(
        id=f"odd_{kind}",
        number=64 - len(RuleKind) + list(RuleKind).index(kind),
        kind=kind,
        name_zh="怪",
        name_en="odd",
        addressed=Addressed.HUB,
        link=Link.LINEHAUL,
        **told,
    )


FIELDS = {
    RuleKind.EXPECT: {"after", "expects", "within_minutes"},
    RuleKind.FORBIDDEN: {"scans", "needs"},
    RuleKind.TWICE: {"minutes"},
    RuleKind.TWO_PLACES: {"minutes"},
    RuleKind.CONSENT: {"scans"},
    RuleKind.PROMISE: {"expects", "margin_minutes"},
    RuleKind.SKIPPED: {"after", "scans", "expects", "charged"},
    RuleKind.MISROUTED: {"charged"},
    RuleKind.LOOP: {"charged"},
    RuleKind.RESCANNED: {"scans", "minutes", "charged"},
    RuleKind.ODD_HOUR: {"scans"},
}
some_codes = st.frozensets(st.sampled_from([*LIVELY, *CODES]), min_size=1, max_size=4)
some_stages = st.frozensets(
    st.sampled_from([*(set(LIVELY) & OPEN_CODES), *sorted(OPEN_CODES)]), min_size=2, max_size=6
)


def odd_rules_of(kind: RuleKind) -> st.SearchStrategy[Rule]:
    stages_only = kind in (RuleKind.EXPECT, RuleKind.SKIPPED)
    return st.builds(
        odd_rule,
        st.just(kind),
        after=some_stages,
        expects=some_codes,
        within_minutes=st.sampled_from([1, 30, 600, 3000]),
        scans=some_stages if stages_only else some_codes,
        needs=st.frozensets(st.sampled_from([*LIVELY, ARRIVED_AT_OUTLET]), min_size=1, max_size=2),
        minutes=st.sampled_from([1, 15, 2000]),
        margin_minutes=st.sampled_from([0, 7, 2000]),
        charged=st.sampled_from([HERE, THERE]) if kind in CHARGEABLE else st.just(HERE),
    )


odd_rules = st.one_of([odd_rules_of(kind) for kind in RuleKind])
rule_sets = st.builds(
    edited,
    st.lists(st.tuples(st.integers(0, 99), st.sampled_from(EDITS)), max_size=4),
    st.lists(odd_rules, min_size=2, max_size=7, unique_by=lambda rule: rule.number),
)
storms = st.builds(
    lambda path, begin, hours, extra: Storm(
        id=1, path=path, starts_at=begin, ends_at=begin + hours * HOUR, extra_minutes=extra
    ),
    st.sampled_from(["/HQ/", "/HQ/JS/", "/HQ/JS/SZ/", "/HQ/ZJ/", "/HQ/XJ/"]),
    moments,
    st.integers(1, 120),
    st.sampled_from([1, 60, 1440, 5000]),
)
FEWER_PLACES = {code: place for code, place in PLACES.items() if code not in ("SZ", "ZJ", "HZ-HUB")}
OTHER_PLACES = {**PLACES, "SZ-HUB": PLACES["SZ-WZ"], "HZ-XH": PLACES["HZ-HUB"], "NB-HUB": PLACES["NJ-HUB"]}
OTHER_ROUTES = {("SZ-WZ", "HZ-XH", ""): frozenset({"NB-HUB"}), ("JS", "ZJ", ""): frozenset({"NJ-HUB"})}
worlds = st.builds(
    World,
    rules=rule_sets,
    places=st.sampled_from([PLACES, PLACES, PLACES, FEWER_PLACES, OTHER_PLACES]),
    routes=st.sampled_from([ROUTES, ROUTES, OTHER_ROUTES, {}]),
    storms=st.lists(storms, max_size=3).map(tuple),
)

# --- what happens to a watch --------------------------------------------------------------------------


class Step(NamedTuple):
    """So many hours later: a batch comes, or time passes, or the world is another, or the watch restarts."""

    hours: int
    scans: list[Scan] | None = None
    world: World | None = None
    restarts: bool = False


gaps = st.sampled_from([0, 1, 7, 13, 26, 48] * 5 + [400, 5000])
arrivals = st.tuples(gaps, busy_batches).map(lambda told: Step(*told))
steps = st.lists(
    st.one_of(
        arrivals,
        arrivals,
        arrivals,
        gaps.map(Step),
        worlds.map(lambda world: Step(0, world=world)),
        worlds.map(lambda world: Step(0, world=world, restarts=True)),
        st.just(Step(0, restarts=True)),
    ),
    min_size=2,
    max_size=9,
)


# --- a crowd: drawn without hypothesis, because it would take too long ------------------------------


def crowd(chance: random.Random, parcels: int, batches: int) -> list[list[Scan]]:
    """Batches of many parcels' scans, each parcel's strewn over them in any order."""
    strewn: list[list[Scan]] = [[] for _ in range(batches)]
    for number in range(parcels):
        waybill = f"{chance.choice(WAYBILLS)}-{number}"
        scans = [_any_scan(chance, waybill) for _ in range(chance.randrange(6))]
        if chance.random() < 0.6:
            legs = [_any_stop(chance) for _ in range(chance.randrange(2, 6))]
            scans += ride(waybill, _any_moment(chance), legs)
        for scan in scans:
            strewn[chance.randrange(batches)].append(scan)
            if chance.random() < 0.05:
                strewn[chance.randrange(batches)].append(scan)
    return strewn


def _any_scan(chance: random.Random, waybill: str) -> Scan:
    at = _any_moment(chance)
    if chance.random() < 0.25:
        facts = Facts(
            chance.choice([None, None, _any_moment(chance)]),
            chance.choice([None, "", "standard", "economy", "same_city"]),
            chance.choice([None, "", "SZ-WZ", "SZ-WZ", "江苏"]),
            chance.choice([None, "", "HZ-XH", "HZ-XH", "XJ-1"]),
            chance.choice([None, 0, 1, 2, 4, 7]),
        )
        return Scan(waybill, Code.REGISTERED, at, facts=facts)
    code = chance.choice(LIVELY if chance.random() < 0.7 else CODES)
    return Scan(
        waybill, code, at, chance.choice(["", "NOBODY-KNOWS", *HUBS, *PLACES]), chance.choice(["", "w1"])
    )


def _any_moment(chance: random.Random) -> datetime:
    skew = chance.choice([0] * 20 + [-100, 30, 400])
    return START + timedelta(hours=chance.randrange(200) + skew, minutes=chance.choice([0, 7, 30]))


def _any_stop(chance: random.Random) -> tuple[str, bool, bool, int]:
    node = chance.choice([*HUBS, *HUBS[:2], "SZ-WZ", "HZ-XH"])
    return node, chance.random() < 0.8, chance.random() < 0.8, chance.randrange(30)
