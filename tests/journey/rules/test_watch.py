"""Rules are rows: what a row means, and which rows are refused with which sentence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from huhang.journey.rules.codes import Code
from huhang.journey.rules.watch import RuleKind, UnclearRules, parse, read_row, write_row

PACK = Path(__file__).resolve().parents[3] / "packs" / "watch_rules.yaml"
ROWS = yaml.safe_load(PACK.read_text(encoding="utf-8"))["rules"]
GOOD: dict[str, Any] = {
    "id": "held_too_long",
    "number": 11,
    "kind": "expect",
    "name": {"zh": "留仓超时", "en": "Held too long"},
    "after": ["HELD"],
    "within_minutes": 1440,
    "addressed": "outlet",
    "link": "delivery",
}
FORBIDDEN: dict[str, Any] = {"kind": "forbidden", "after": [], "within_minutes": None}


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != field}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (without("link"), "held_too_long: link is missing"),
        (without("id"), "#1: id is missing"),
        (GOOD | {"number": 64}, "number must be 0 to 63"),
        (GOOD | {"kind": "sometimes"}, "'sometimes' is not a valid RuleKind"),
        (GOOD | {"after": ["ARIVED"]}, "unknown code 'ARIVED'"),
        (GOOD | {"after": "HELD"}, "write a list, not 'HELD'"),
        (GOOD | {"after": ["SORTED"]}, "after must name stages"),  # seen, but no stage
        (GOOD | {"after": ["SIGNED"]}, "after must name stages"),  # nothing follows the end
        (GOOD | {"by_time": "21:00"}, "give either within_minutes or by_time"),
        (GOOD | {"within_minutes": None}, "give either within_minutes or by_time"),
        (GOOD | {"within_minutes": 0}, "within_minutes must be more than 0"),
        (GOOD | {"days": 1}, "days goes with by_time"),
        (GOOD | {"node_kinds": ["harbour"]}, "node_kinds must be among"),
        (GOOD | {"withn_minutes": 5}, "unknown field withn_minutes"),
        (GOOD | FORBIDDEN | {"scans": ["SIGNED"]}, "needs must name what must have been seen before"),
        (GOOD | FORBIDDEN | {"needs": ["ARRIVED"]}, "scans must name the scans that are forbidden"),
        (GOOD | {"kind": "twice"}, "minutes must be more than 0"),
        (GOOD | {"kind": "consent"}, "scans must name the scans that need consent"),
        (GOOD | {"flags": ["fragile"]}, "flags must be among cod, insured"),
        (GOOD | {"charged": "nowhere"}, "charged must be here or there"),
        (GOOD | {"charged": "there"}, "charged there goes with"),  # nobody had it before
        (GOOD | {"kind": "skipped", "scans": ["SIGNED"], "expects": ["ARRIVED"]}, "scans must name stages"),
        (GOOD | {"kind": "skipped", "scans": ["DEPARTED"]}, "expects must name the scan that is missing"),
        (GOOD | {"kind": "loop", "node_kinds": ["outlet"]}, "arrivals at hubs are looked at"),
        (GOOD | {"kind": "rescanned"}, "scans must name what should not follow a sign-off"),
        (GOOD | {"kind": "odd_hour"}, "scans must name the scans whose hour is looked at"),
        (GOOD | {"kind": "promise", "margin_minutes": -1}, "margin_minutes must be 0 or more"),
        (GOOD | {"kind": "promise", "node_kinds": ["hub"]}, "a promise is not tied to node_kinds"),
    ],
)
def test_an_unclear_row_is_refused_with_the_reason(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnclearRules) as refusal:
        parse([row])
    assert any(reason in told for told in refusal.value.reasons)


def test_every_unclear_row_is_named_at_once() -> None:
    with pytest.raises(UnclearRules) as refusal:
        parse([without("link"), GOOD, GOOD | {"id": "other"}])
    assert refusal.value.reasons == [
        "held_too_long: link is missing",
        "other: number 11 belongs to held_too_long",
    ]


def test_the_pack_covers_what_the_watch_promises() -> None:
    rules = parse(ROWS)
    assert {rule.kind for rule in rules} == set(RuleKind)
    assert {code for rule in rules for code in rule.after} >= {
        Code.PICKED_UP,
        Code.DEPARTED,
        Code.ARRIVED,
        Code.OUT_FOR_DELIVERY,
        Code.AT_AGENT,
        Code.HELD,
    }
    assert all(rule.source for rule in rules)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_rule_written_down_is_read_as_it_was(row: dict[str, Any]) -> None:
    rule = read_row(row)
    assert read_row(write_row(rule)) == rule


@pytest.mark.parametrize(
    ("product", "origin", "destination", "takes"),
    [
        ("standard", "江苏", "浙江", True),
        ("", "", "", True),  # nothing known: the rule for all
        ("economy", "江苏", "浙江", False),  # has a rule of its own
        ("standard", "江苏", "新疆", False),  # remote: has a rule of its own
        ("standard", "西藏", "江苏", False),
    ],
)
def test_which_parcels_the_line_haul_rule_takes(
    product: str, origin: str, destination: str, takes: bool
) -> None:
    rule = next(rule for rule in parse(ROWS) if rule.id == "departed_not_arrived")
    assert rule.takes(product=product, origin=origin, destination=destination) is takes


def test_only_so_many_rules_can_wait_after_one_code() -> None:
    crowd = [GOOD | {"id": f"rule_{number}", "number": number} for number in range(17)]
    with pytest.raises(UnclearRules) as refusal:
        parse(crowd)
    assert refusal.value.reasons == ["no more than 16 rules can wait after HELD"]


@pytest.mark.parametrize(
    ("flags", "takes"),
    [
        (set(), False),
        ({"cod"}, True),
        ({"insured"}, True),  # any one of them
    ],
)
def test_a_rule_for_parcels_of_value_takes_no_others(flags: set[str], takes: bool) -> None:
    rule = next(rule for rule in parse(ROWS) if rule.id == "valued_at_hub")
    assert rule.takes(product="", origin="", destination="", flags=frozenset(flags)) is takes
