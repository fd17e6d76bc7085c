"""Rules compiled to one flat record, indexed by scan code, so that a scan pays only for rules about it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.codes import FINAL_CODES, SIGNED_CODES, Code
from huhang.journey.rules.watch import (
    ARRIVED_AT_OUTLET,
    FLAGS,
    MOST_RULES,
    MOST_RULES_AFTER_ONE_CODE,
    NODE_KINDS,
    STAGE_CODES,
    THERE,
    Rule,
    RuleKind,
)
from huhang.journey.watch.compiling import Records

SECOND = 1_000_000  # outside, times are microseconds since 1970, UTC
MINUTE = 60 * SECOND
DAY = 1440 * MINUTE
# The kernel counts whole seconds.
A_MINUTE = 60
A_DAY = 1440 * A_MINUTE

CODES = 32
UNKNOWN_KIND = 0  # kinds are numbered from 1 in the order of NODE_KINDS
OUTLET_KIND = 1 + NODE_KINDS.index("outlet")
HUB_KIND = 1 + NODE_KINDS.index("hub")

# Scans with the same time are taken in the order of a sensible life.
LIFE_ORDER = (
    Code.REGISTERED,
    Code.ORDER_CREATED,
    Code.PICKUP_ASSIGNED,
    Code.PICKUP_FAILED,
    Code.PICKED_UP,
    Code.ARRIVED,
    Code.UNLOADED,
    Code.UNBAGGED,
    Code.SORTED,
    Code.CUSTOMS,
    Code.CUSTOMS_HELD,
    Code.CUSTOMS_CLEARED,
    Code.BAGGED,
    Code.LOADED,
    Code.DEPARTED,
    Code.OUT_FOR_DELIVERY,
    Code.PROBLEM,
    Code.HELD,
    Code.DELIVERY_FAILED,
    Code.FORWARDED,
    Code.RETURNING,
    Code.AT_AGENT,
    Code.SIGNED,
    Code.SIGNED_BY_PROXY,
    Code.SIGNED_AT_AGENT,
    Code.SIGNED_AFTER_EXCEPTION,
    Code.RETURN_SIGNED,
    Code.CANCELLED,
    Code.OTHER,
)

# Scans that need somebody's hands on the parcel: only these can place it in a city.
PHYSICAL_CODES = frozenset(
    {
        Code.PICKED_UP,
        Code.BAGGED,
        Code.UNBAGGED,
        Code.LOADED,
        Code.UNLOADED,
        Code.DEPARTED,
        Code.ARRIVED,
        Code.SORTED,
        Code.OUT_FOR_DELIVERY,
        Code.AT_AGENT,
    }
    | SIGNED_CODES
)

# A sign-off ends the watch: a scan with a later time (a device with a wrong clock, an evening
# inventory) must not start it again, unless it says that the sign-off did not hold.
UNSIGNING_CODES = frozenset({Code.DELIVERY_FAILED, Code.FORWARDED, Code.RETURNING})


# One record with everything in it: compiled code is handed a single pointer, where a tuple of
# arrays would be counted in and out at every call. Masks have a bit per rule.
PROGRAM = np.dtype(
    [
        ("stage", "u1", CODES),
        ("final", "u1", CODES),
        ("signed", "u1", CODES),
        ("physical", "u1", CODES),
        ("order", "u1", CODES),
        ("undone_by", "u4", CODES),  # [final code] -> codes that revive the parcel
        ("n_after", "i8", CODES),
        ("after", "i8", (CODES, MOST_RULES_AFTER_ONE_CODE)),  # [code] -> EXPECT rules
        ("satisfied", "u8", CODES),  # [code] -> EXPECT rules that the code puts right
        ("within", "i8", MOST_RULES),  # seconds, or -1 when the limit is a clock time
        ("by_time", "i8", MOST_RULES),  # seconds after local midnight
        ("n_forbidden", "i8", CODES),
        ("forbidden", "i8", (CODES, MOST_RULES)),
        ("needs", "u4", MOST_RULES),  # [rule] -> seen bits
        ("supplied", "u8", CODES),  # [seen bit] -> FORBIDDEN rules that the scan supplies
        ("n_consent", "i8", CODES),
        ("consent", "i8", (CODES, MOST_RULES)),
        ("n_twice", "i8"),
        ("twice", "i8", MOST_RULES),
        ("n_two_places", "i8"),
        ("two_places", "i8", MOST_RULES),
        ("apart", "i8", MOST_RULES),  # for TWO_PLACES and RESCANNED seconds, for TWICE minutes
        ("n_skipped", "i8", CODES),
        ("skipped", "i8", (CODES, MOST_RULES_AFTER_ONE_CODE)),  # [scan's code] -> SKIPPED rules
        ("skipped_after", "u4", MOST_RULES),  # [rule] -> bits of the stage's code
        ("found", "u8", CODES),  # [code] -> SKIPPED rules that such a late scan puts right
        ("n_misrouted", "i8"),
        ("misrouted", "i8", MOST_RULES),
        ("n_loop", "i8"),
        ("loop", "i8", MOST_RULES),
        ("n_rescanned", "i8", CODES),
        ("rescanned", "i8", (CODES, MOST_RULES)),
        ("n_odd_hour", "i8", CODES),
        ("odd_hour", "i8", (CODES, MOST_RULES)),
        ("there", "u8"),  # rules that are charged to the node that had the parcel before
        ("n_promise", "i8"),
        ("promise", "i8", MOST_RULES),
        ("margin", "i8", MOST_RULES),
        ("kept", "u4", MOST_RULES),  # [rule] -> seen bits that end a PROMISE rule
        ("keeping", "u8", CODES),  # [code] -> PROMISE rules that the code ends
        ("expect_mask", "u8"),
        ("consent_mask", "u8"),
        ("promise_mask", "u8"),
        ("misrouted_mask", "u8"),
        ("signed_off", "u8"),  # rules whose hits end with the watch
        ("kind_takes", "u8", 1 + len(NODE_KINDS)),  # [node kind] -> rules that watch it
    ],
    align=True,
)
Program = Any  # a record of PROGRAM


def compile_rules(rules: Iterable[Rule]) -> Records:
    """Compile the enabled rules; a disabled rule raises nothing, and its open hits stay open.

    Returns one record of PROGRAM in an array, because that is how compiled code takes it.
    """
    compiled = np.zeros(1, PROGRAM)
    program = compiled[0]
    _write_codes(program)
    for rule in sorted(rules, key=lambda rule: rule.number):
        if rule.enabled:
            _ADD[rule.kind](program, rule)
            if rule.charged == THERE:
                program["there"] |= bit(rule)
            if rule.kind in _ENDING:
                program["signed_off"] |= bit(rule)
            for kind, name in enumerate(("", *NODE_KINDS)):
                if rule.takes_kind(name):
                    program["kind_takes"][kind] |= bit(rule)
    return compiled


def profile_mask(rules: Iterable[Rule], product: str, origin: str, destination: str, value: int) -> np.uint64:
    """Return the bits of the rules that watch such parcels."""
    flags = frozenset(name for name, place in FLAGS.items() if value & place)
    mask = np.uint64(0)
    for rule in rules:
        if rule.enabled and rule.takes(product=product, origin=origin, destination=destination, flags=flags):
            mask |= bit(rule)
    return mask


def bit(rule: Rule) -> np.uint64:
    """Return the rule's bit in a parcel's state."""
    return np.uint64(1 << rule.number)


def _write_codes(program: Program) -> None:
    program["stage"] = _flags(STAGE_CODES)
    program["final"] = _flags(FINAL_CODES)
    program["signed"] = _flags(SIGNED_CODES)
    program["physical"] = _flags(PHYSICAL_CODES)
    program["order"] = _life_order()
    program["undone_by"] = _undone_by()
    program["within"] = -1


def _add_expect(program: Program, rule: Rule) -> None:
    program["expect_mask"] |= bit(rule)
    for code in rule.after:
        _list(program, "after", code, rule)
    for code in (rule.expects or STAGE_CODES) | FINAL_CODES:
        program["satisfied"][code] |= bit(rule)
    if rule.within_minutes is not None:
        program["within"][rule.number] = rule.within_minutes * A_MINUTE
    if rule.by_time is not None:
        at = rule.by_time
        of_day = (at.hour * 60 + at.minute) * A_MINUTE + at.second
        program["by_time"][rule.number] = of_day + rule.days * A_DAY


def _add_forbidden(program: Program, rule: Rule) -> None:
    for code in rule.scans:
        _list(program, "forbidden", code, rule)
    for need in rule.needs:
        program["needs"][rule.number] |= np.uint32(1 << need)
        program["supplied"][need] |= bit(rule)


def _add_twice(program: Program, rule: Rule) -> None:
    program["apart"][rule.number] = rule.minutes
    program["twice"][program["n_twice"]] = rule.number
    program["n_twice"] += 1


def _add_two_places(program: Program, rule: Rule) -> None:
    program["apart"][rule.number] = rule.minutes * A_MINUTE
    program["two_places"][program["n_two_places"]] = rule.number
    program["n_two_places"] += 1


def _add_consent(program: Program, rule: Rule) -> None:
    program["consent_mask"] |= bit(rule)
    for code in rule.scans:
        _list(program, "consent", code, rule)


def _add_promise(program: Program, rule: Rule) -> None:
    program["promise_mask"] |= bit(rule)
    program["promise"][program["n_promise"]] = rule.number
    program["n_promise"] += 1
    program["margin"][rule.number] = rule.margin_minutes * A_MINUTE
    for code in rule.expects:
        program["kept"][rule.number] |= np.uint32(1 << code)
    for code in rule.expects | FINAL_CODES:
        program["keeping"][code] |= bit(rule)


def _add_skipped(program: Program, rule: Rule) -> None:
    for code in rule.scans:
        _list(program, "skipped", code, rule)
    for code in rule.after:
        program["skipped_after"][rule.number] |= np.uint32(1 << code)
    for code in rule.expects:
        program["found"][code] |= bit(rule)


def _add_misrouted(program: Program, rule: Rule) -> None:
    program["misrouted_mask"] |= bit(rule)
    program["misrouted"][program["n_misrouted"]] = rule.number
    program["n_misrouted"] += 1


def _add_loop(program: Program, rule: Rule) -> None:
    program["loop"][program["n_loop"]] = rule.number
    program["n_loop"] += 1


def _add_rescanned(program: Program, rule: Rule) -> None:
    program["apart"][rule.number] = rule.minutes * A_MINUTE
    for code in rule.scans:
        _list(program, "rescanned", code, rule)


def _add_odd_hour(program: Program, rule: Rule) -> None:
    for code in rule.scans:
        _list(program, "odd_hour", code, rule)


def _list(program: Program, name: str, code: Code, rule: Rule) -> None:
    length = program[f"n_{name}"]
    program[name][code, length[code]] = rule.number
    length[code] += 1


_ADD = {
    RuleKind.EXPECT: _add_expect,
    RuleKind.FORBIDDEN: _add_forbidden,
    RuleKind.TWICE: _add_twice,
    RuleKind.TWO_PLACES: _add_two_places,
    RuleKind.CONSENT: _add_consent,
    RuleKind.PROMISE: _add_promise,
    RuleKind.SKIPPED: _add_skipped,
    RuleKind.MISROUTED: _add_misrouted,
    RuleKind.LOOP: _add_loop,
    RuleKind.RESCANNED: _add_rescanned,
    RuleKind.ODD_HOUR: _add_odd_hour,
}
_ENDING = frozenset({RuleKind.EXPECT, RuleKind.PROMISE, RuleKind.SKIPPED, RuleKind.MISROUTED})


def _flags(codes: frozenset[Code]) -> NDArray[np.bool_]:
    flags = np.zeros(CODES, np.bool_)
    flags[list(codes)] = True
    return flags


def _life_order() -> NDArray[np.uint8]:
    order = np.full(CODES, len(LIFE_ORDER), np.uint8)
    order[list(LIFE_ORDER)] = np.arange(len(LIFE_ORDER), dtype=np.uint8)
    return order


def _undone_by() -> NDArray[np.uint32]:
    masks = np.zeros(CODES, np.uint32)
    for code in SIGNED_CODES:
        masks[code] = sum(1 << undoing for undoing in UNSIGNING_CODES)
    # A cancelled order whose parcel moves all the same is a parcel to watch.
    masks[Code.CANCELLED] = sum(1 << code for code in STAGE_CODES - {Code.CANCELLED})
    return masks


assert ARRIVED_AT_OUTLET not in set(Code), "the bit is taken by a code"
