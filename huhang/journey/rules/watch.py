"""The watch's rules as facts: what must follow, what may not happen, and who is told.

A rule is a row that operators edit. This module says what a row means and refuses unclear ones;
`journey.watch` compiles rows into flat arrays and folds scans through them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from typing import Any

from huhang.journey.rules.codes import FINAL_CODES, Code

MOST_RULES = 64  # a parcel's open hits are one bit each in a 64-bit word
MOST_RULES_AFTER_ONE_CODE = 16  # that wait for something: one bit each

# A place in the word of seen codes that no code uses: "arrived at an outlet", because an arrival at
# the first hub says nothing about whether a signature was possible.
ARRIVED_AT_OUTLET = 29
_NEED_NAMES = {ARRIVED_AT_OUTLET: "ARRIVED_AT_OUTLET"}

# A parcel's stage is its latest scan with one of these; other scans are only remembered as seen.
STAGE_CODES = FINAL_CODES | {
    Code.ORDER_CREATED,
    Code.PICKUP_ASSIGNED,
    Code.PICKED_UP,
    Code.DEPARTED,
    Code.ARRIVED,
    Code.OUT_FOR_DELIVERY,
    Code.AT_AGENT,
    Code.HELD,
    Code.DELIVERY_FAILED,
    Code.FORWARDED,
    Code.RETURNING,
}
OPEN_CODES = STAGE_CODES - FINAL_CODES

NODE_KINDS = ("hq", "province", "city", "outlet", "hub", "linehaul", "department")
ANYWHERE = "*"
# What a parcel carries, by its bit in the facts of its registration.
FLAGS = {"cod": 2, "insured": 4}
# Who a scan's fault is charged to: the node that scanned, or the one that had the parcel before.
HERE, THERE = "here", "there"


class RuleKind(StrEnum):
    """The shapes of rule; decision 0010 says what each means to the second."""

    EXPECT = "expect"  # after a stage, something must follow in time
    FORBIDDEN = "forbidden"  # a scan that needs another one before it
    TWICE = "twice"  # picked up a second time
    TWO_PLACES = "two_places"  # in two cities at once
    CONSENT = "consent"  # left with somebody else without being allowed to
    PROMISE = "promise"  # the promised time has passed, or is near
    SKIPPED = "skipped"  # scanned elsewhere while the scan in between is missing
    MISROUTED = "misrouted"  # at a hub that is not on its way
    LOOP = "loop"  # back at a hub that it had left for another
    RESCANNED = "rescanned"  # scanned after it was signed off
    ODD_HOUR = "odd_hour"  # at an hour at which the node does not do this


# What may be charged to the node that had the parcel before the scan.
CHARGEABLE = frozenset({RuleKind.SKIPPED, RuleKind.MISROUTED, RuleKind.LOOP, RuleKind.RESCANNED})


class Addressed(StrEnum):
    """Who can still do something about it."""

    COURIER = "courier"
    OUTLET = "outlet"
    HUB = "hub"
    LINEHAUL = "linehaul"
    ORIGIN = "origin"


class Link(StrEnum):
    """The stretch of the journey that a hit is charged to."""

    COLLECTION = "collection"
    ORIGIN_HUB = "origin_hub"
    LINEHAUL = "linehaul"
    DESTINATION_HUB = "destination_hub"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the watch; `number` is its bit in every parcel's state and is never reused."""

    id: str
    number: int
    kind: RuleKind
    name_zh: str
    name_en: str
    addressed: Addressed
    link: Link
    opens_ticket: bool = False
    enabled: bool = True
    source: str = ""
    after: frozenset[Code] = frozenset()
    expects: frozenset[Code] = frozenset()
    within_minutes: int | None = None
    by_time: time | None = None
    days: int = 0
    scans: frozenset[Code] = frozenset()
    needs: frozenset[int] = frozenset()
    minutes: int = 0
    margin_minutes: int = 0
    node_kinds: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    charged: str = HERE
    products: frozenset[str] = frozenset()
    except_products: frozenset[str] = frozenset()
    routes: frozenset[tuple[str, str]] = frozenset()
    except_routes: frozenset[tuple[str, str]] = frozenset()

    def takes(
        self, *, product: str, origin: str, destination: str, flags: frozenset[str] = frozenset()
    ) -> bool:
        """Does the rule watch such parcels between these provinces ('' is unknown)? Any one of its flags is enough."""
        if (self.products and product not in self.products) or (self.flags and not self.flags & flags):
            return False
        if product in self.except_products or _runs(self.except_routes, origin, destination):
            return False
        return not self.routes or _runs(self.routes, origin, destination)

    def takes_kind(self, kind: str) -> bool:
        """Does the rule watch nodes of this kind ('' is unknown, watched only by rules for all)?"""
        return not self.node_kinds or kind in self.node_kinds


# What can be wrong with a rule, for those who write packs; `queries.rules` says it to those who fill in the form.
FAULTS = {
    "unreadable": "%(what)s",
    "number": "number must be 0 to %(n)s",
    "id": "id must be made of letters, digits and underscores",
    "node_kinds": "node_kinds must be among %(what)s",
    "flags": "flags must be among %(what)s",
    "charged": "charged must be here or there",
    "not_chargeable": "charged there goes with %(what)s",
    "same_id": "the id is used twice",
    "same_number": "number %(n)s belongs to %(what)s",
    "crowded": "no more than %(n)s rules can wait after %(what)s",
    "after": "after must name stages among %(what)s",
    "limit": "give either within_minutes or by_time",
    "within": "within_minutes must be more than 0",
    "days": "days goes with by_time and is 0 or more",
    "forbidden_scans": "scans must name the scans that are forbidden",
    "needs": "needs must name what must have been seen before",
    "skipped_scans": "scans must name stages among %(what)s",
    "skipped_expects": "expects must name the scan that is missing",
    "rescanned_scans": "scans must name what should not follow a sign-off",
    "hour_scans": "scans must name the scans whose hour is looked at",
    "consent_scans": "scans must name the scans that need consent",
    "delay": "minutes must be 0 or more",
    "apart": "minutes must be more than 0",
    "only_hubs": "arrivals at hubs are looked at, no other node_kinds",
    "margin": "margin_minutes must be 0 or more",
    "promise_kinds": "a promise is not tied to node_kinds",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with which rule ('' is all of them): a key of FAULTS, and what its sentence names."""

    rule: str
    code: str
    what: str = ""
    n: int = 0

    def __str__(self) -> str:
        sentence = FAULTS[self.code] % {"what": self.what, "n": self.n}
        return f"{self.rule}: {sentence}" if self.rule else sentence


class UnclearRules(ValueError):
    """The watch rules cannot be read; `reasons` names each rule and what is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults

    @property
    def reasons(self) -> list[str]:
        return [str(fault) for fault in self.faults]


def parse(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Turn rows into rules, or raise UnclearRules naming every unclear row at once."""
    rules: list[Rule] = []
    found: list[Fault] = []
    for place, row in enumerate(rows, start=1):
        called = str(row.get("id") or f"#{place}")
        try:
            rule = read_row(row)
        except (KeyError, TypeError, ValueError) as error:
            found.append(Fault(called, "unreadable", _sentence(error)))
            continue
        found += [replace(fault, rule=called) for fault in faults(rule)]
        rules.append(rule)
    found += clashes(rules)
    if found:
        raise UnclearRules(found)
    return tuple(rules)


def read_row(row: Mapping[str, Any]) -> Rule:
    """Read one row as written in a pack or kept in the table; raises ValueError, KeyError or TypeError."""
    unknown = set(row) - KNOWN_FIELDS
    if unknown:
        raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
    name = row["name"]
    return Rule(
        id=str(row["id"]),
        number=int(row["number"]),
        kind=RuleKind(row["kind"]),
        name_zh=str(name["zh"]),
        name_en=str(name["en"]),
        addressed=Addressed(row["addressed"]),
        link=Link(row["link"]),
        opens_ticket=bool(row.get("opens_ticket", False)),
        enabled=bool(row.get("enabled", True)),
        source=str(row.get("source", "")),
        after=_codes(row.get("after", ())),
        expects=_codes(row.get("expects", ())),
        within_minutes=None if row.get("within_minutes") is None else int(row["within_minutes"]),
        by_time=_clock(row.get("by_time")),
        days=int(row.get("days", 0)),
        scans=_codes(row.get("scans", ())),
        needs=frozenset(_need(name) for name in row.get("needs", ())),
        minutes=int(row.get("minutes", 0)),
        margin_minutes=int(row.get("margin_minutes", 0)),
        node_kinds=frozenset(row.get("node_kinds", ())),
        flags=frozenset(_listed(row.get("flags", ()))),
        charged=str(row.get("charged", HERE)),
        products=frozenset(row.get("products", ())),
        except_products=frozenset(row.get("except_products", ())),
        routes=frozenset(_route(pair) for pair in row.get("routes", ())),
        except_routes=frozenset(_route(pair) for pair in row.get("except_routes", ())),
    )


def write_row(rule: Rule) -> dict[str, Any]:
    """Write a rule as `read_row` reads it, with plain JSON values."""
    row: dict[str, Any] = {name: getattr(rule, name) for name in Rule.__slots__}
    row["name"] = {"zh": row.pop("name_zh"), "en": row.pop("name_en")}
    row["by_time"] = rule.by_time and rule.by_time.isoformat()
    for name in ("after", "expects", "scans"):
        row[name] = [code.name for code in sorted(row[name])]
    row["needs"] = [_NEED_NAMES.get(need) or Code(need).name for need in sorted(rule.needs)]
    for name in ("routes", "except_routes"):
        row[name] = sorted(list(pair) for pair in row[name])
    for name in ("node_kinds", "flags", "products", "except_products"):
        row[name] = sorted(row[name])
    return row | {name: str(row[name]) for name in ("kind", "addressed", "link")}


KNOWN_FIELDS = (set(Rule.__slots__) - {"name_zh", "name_en"}) | {"name"}


def faults(rule: Rule) -> list[Fault]:
    """Say what is wrong with one rule; an empty list means that it is clear."""
    found = [] if 0 <= rule.number < MOST_RULES else [Fault(rule.id, "number", n=MOST_RULES - 1)]
    if not rule.id.replace("_", "").isalnum() or not rule.id.isascii():
        found.append(Fault(rule.id, "id"))
    if rule.node_kinds - set(NODE_KINDS):
        found.append(Fault(rule.id, "node_kinds", ", ".join(NODE_KINDS)))
    if rule.flags - set(FLAGS):
        found.append(Fault(rule.id, "flags", ", ".join(FLAGS)))
    if rule.charged not in {HERE, THERE}:
        found.append(Fault(rule.id, "charged"))
    if rule.charged == THERE and rule.kind not in CHARGEABLE:
        found.append(Fault(rule.id, "not_chargeable", ", ".join(sorted(CHARGEABLE))))
    return found + _KIND_FAULTS[rule.kind](rule)


def clashes(rules: Iterable[Rule]) -> list[Fault]:
    """Say which rules claim the same id or the same number, or crowd one code."""
    found: list[Fault] = []
    ids: set[str] = set()
    numbers: dict[int, str] = {}
    crowd: dict[Code, int] = {}
    for rule in rules:
        if rule.id in ids:
            found.append(Fault(rule.id, "same_id"))
        if rule.number in numbers:
            found.append(Fault(rule.id, "same_number", numbers[rule.number], rule.number))
        ids.add(rule.id)
        numbers.setdefault(rule.number, rule.id)
        # An EXPECT rule waits after its stage; a SKIPPED rule may be put right while its scan is the stage.
        for code in rule.scans if rule.kind is RuleKind.SKIPPED else rule.after:
            crowd[code] = crowd.get(code, 0) + 1
    most = MOST_RULES_AFTER_ONE_CODE
    return found + [Fault("", "crowded", code.name, most) for code, n in crowd.items() if n > most]


def _expect_faults(rule: Rule) -> list[Fault]:
    found = []
    if not rule.after or rule.after - OPEN_CODES:
        found.append(Fault(rule.id, "after", _names(OPEN_CODES)))
    if (rule.within_minutes is None) == (rule.by_time is None):
        found.append(Fault(rule.id, "limit"))
    if rule.within_minutes is not None and rule.within_minutes <= 0:
        found.append(Fault(rule.id, "within"))
    if rule.days < 0 or (rule.days and rule.by_time is None):
        found.append(Fault(rule.id, "days"))
    return found


def _forbidden_faults(rule: Rule) -> list[Fault]:
    found = [] if rule.scans else [Fault(rule.id, "forbidden_scans")]
    return found if rule.needs else [*found, Fault(rule.id, "needs")]


def _skipped_faults(rule: Rule) -> list[Fault]:
    found = []
    if not rule.after or rule.after - OPEN_CODES:
        found.append(Fault(rule.id, "after", _names(OPEN_CODES)))
    if not rule.scans or rule.scans - OPEN_CODES:
        found.append(Fault(rule.id, "skipped_scans", _names(OPEN_CODES)))
    return found if rule.expects else [*found, Fault(rule.id, "skipped_expects")]


def _rescanned_faults(rule: Rule) -> list[Fault]:
    found = [] if rule.scans else [Fault(rule.id, "rescanned_scans")]
    return found if rule.minutes >= 0 else [*found, Fault(rule.id, "delay")]


def _odd_hour_faults(rule: Rule) -> list[Fault]:
    return [] if rule.scans else [Fault(rule.id, "hour_scans")]


def _arrival_faults(rule: Rule) -> list[Fault]:
    return [] if not rule.node_kinds - {"hub"} else [Fault(rule.id, "only_hubs")]


def _apart_faults(rule: Rule) -> list[Fault]:
    return [] if rule.minutes > 0 else [Fault(rule.id, "apart")]


def _consent_faults(rule: Rule) -> list[Fault]:
    return [] if rule.scans else [Fault(rule.id, "consent_scans")]


def _promise_faults(rule: Rule) -> list[Fault]:
    found = [] if rule.margin_minutes >= 0 else [Fault(rule.id, "margin")]
    return [*found, Fault(rule.id, "promise_kinds")] if rule.node_kinds else found


_KIND_FAULTS = {
    RuleKind.EXPECT: _expect_faults,
    RuleKind.FORBIDDEN: _forbidden_faults,
    RuleKind.TWICE: _apart_faults,
    RuleKind.TWO_PLACES: _apart_faults,
    RuleKind.CONSENT: _consent_faults,
    RuleKind.PROMISE: _promise_faults,
    RuleKind.SKIPPED: _skipped_faults,
    RuleKind.MISROUTED: _arrival_faults,
    RuleKind.LOOP: _arrival_faults,
    RuleKind.RESCANNED: _rescanned_faults,
    RuleKind.ODD_HOUR: _odd_hour_faults,
}


def _runs(routes: frozenset[tuple[str, str]], origin: str, destination: str) -> bool:
    return any(a in (ANYWHERE, origin) and b in (ANYWHERE, destination) for a, b in routes)


def _codes(names: Iterable[str]) -> frozenset[Code]:
    return frozenset(_code(name) for name in _listed(names))


def _code(name: str) -> Code:
    if name not in Code.__members__:
        raise ValueError(f"unknown code {name!r}")
    return Code[name]


def _need(name: str) -> int:
    return next((need for need, called in _NEED_NAMES.items() if called == name), None) or _code(name)


def _route(pair: Iterable[str]) -> tuple[str, str]:
    start, end = _listed(pair)
    return start, end


def _listed(values: Iterable[str]) -> Iterable[str]:
    if isinstance(values, str):
        raise ValueError(f"write a list, not {values!r}")
    return values


def _clock(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _names(codes: Iterable[Code]) -> str:
    return ", ".join(code.name for code in sorted(codes))


def _sentence(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
