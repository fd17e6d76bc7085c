"""Rules compiled to flat arrays, indexed by scan code, so that a scan pays only for rules about it."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huhang.journey.rules.codes import FINAL_CODES, SIGNED_CODES, Code
from huhang.journey.rules.watch import (
    ARRIVED_AT_OUTLET,
    MOST_RULES,
    MOST_RULES_AFTER_ONE_CODE,
    NODE_KINDS,
    STAGE_CODES,
    Rule,
    RuleKind,
)

SECOND = 1_000_000  # every time in the kernel is in microseconds since 1970, UTC
MINUTE = 60 * SECOND
DAY = 1440 * MINUTE

CODES = 32
UNKNOWN_KIND = 0  # kinds are numbered from 1 in the order of NODE_KINDS
OUTLET_KIND = 1 + NODE_KINDS.index("outlet")

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


class Program(NamedTuple):
    """Compiled rules. Rule lists are [code, place] with their lengths in `n_*`; masks have one bit per rule."""

    stage: NDArray[np.bool_]
    final: NDArray[np.bool_]
    physical: NDArray[np.bool_]
    order: NDArray[np.uint8]
    undone_by: NDArray[np.uint32]  # [final code] -> codes that revive the parcel
    n_after: NDArray[np.int64]
    after: NDArray[np.int64]
    satisfied: NDArray[np.uint64]  # [code] -> EXPECT rules that the code puts right
    within: NDArray[np.int64]  # [rule] microseconds, or -1 when the limit is a clock time
    by_time: NDArray[np.int64]  # [rule] microseconds after local midnight
    n_forbidden: NDArray[np.int64]
    forbidden: NDArray[np.int64]
    needs: NDArray[np.uint32]  # [rule] -> seen bits
    supplied: NDArray[np.uint64]  # [seen bit] -> FORBIDDEN rules that the scan supplies
    n_consent: NDArray[np.int64]
    consent: NDArray[np.int64]
    consent_mask: np.uint64
    twice: NDArray[np.int64]
    two_places: NDArray[np.int64]
    apart: NDArray[np.int64]  # [rule] microseconds, for TWICE and TWO_PLACES
    promise: NDArray[np.int64]
    promise_mask: np.uint64
    margin: NDArray[np.int64]
    kept: NDArray[np.uint32]  # [rule] -> seen bits that end a PROMISE rule
    keeping: NDArray[np.uint64]  # [code] -> PROMISE rules that the code ends
    expect_mask: np.uint64
    kind_takes: NDArray[np.uint64]  # [node kind] -> rules that watch it


def compile_rules(rules: Iterable[Rule]) -> Program:
    """Compile the enabled rules; a disabled rule raises nothing, and its open hits stay open."""
    enabled = sorted((rule for rule in rules if rule.enabled), key=lambda rule: rule.number)
    program = _blank(enabled)
    for rule in enabled:
        _ADD[rule.kind](program, rule)
        for kind, name in enumerate(("", *NODE_KINDS)):
            if rule.takes_kind(name):
                program.kind_takes[kind] |= bit(rule)
    return program


def profile_mask(rules: Iterable[Rule], product: str, origin: str, destination: str) -> np.uint64:
    """Return the bits of the rules that watch such parcels."""
    mask = np.uint64(0)
    for rule in rules:
        if rule.enabled and rule.takes(product=product, origin=origin, destination=destination):
            mask |= bit(rule)
    return mask


def bit(rule: Rule) -> np.uint64:
    """Return the rule's bit in a parcel's state."""
    return np.uint64(1 << rule.number)


def _blank(rules: list[Rule]) -> Program:
    def numbers(kind: RuleKind) -> NDArray[np.int64]:
        return np.array([rule.number for rule in rules if rule.kind is kind], np.int64)

    def mask(kind: RuleKind) -> np.uint64:
        return np.uint64(sum(1 << rule.number for rule in rules if rule.kind is kind))

    return Program(
        stage=_flags(STAGE_CODES),
        final=_flags(FINAL_CODES),
        physical=_flags(PHYSICAL_CODES),
        order=_life_order(),
        undone_by=_undone_by(),
        n_after=np.zeros(CODES, np.int64),
        after=np.zeros((CODES, MOST_RULES_AFTER_ONE_CODE), np.int64),
        satisfied=np.zeros(CODES, np.uint64),
        within=np.full(MOST_RULES, -1, np.int64),
        by_time=np.zeros(MOST_RULES, np.int64),
        n_forbidden=np.zeros(CODES, np.int64),
        forbidden=np.zeros((CODES, MOST_RULES), np.int64),
        needs=np.zeros(MOST_RULES, np.uint32),
        supplied=np.zeros(CODES, np.uint64),
        n_consent=np.zeros(CODES, np.int64),
        consent=np.zeros((CODES, MOST_RULES), np.int64),
        consent_mask=mask(RuleKind.CONSENT),
        twice=numbers(RuleKind.TWICE),
        two_places=numbers(RuleKind.TWO_PLACES),
        apart=np.zeros(MOST_RULES, np.int64),
        promise=numbers(RuleKind.PROMISE),
        promise_mask=mask(RuleKind.PROMISE),
        margin=np.zeros(MOST_RULES, np.int64),
        kept=np.zeros(MOST_RULES, np.uint32),
        keeping=np.zeros(CODES, np.uint64),
        expect_mask=mask(RuleKind.EXPECT),
        kind_takes=np.zeros(1 + len(NODE_KINDS), np.uint64),
    )


def _add_expect(program: Program, rule: Rule) -> None:
    for code in rule.after:
        program.after[code, program.n_after[code]] = rule.number
        program.n_after[code] += 1
    for code in (rule.expects or STAGE_CODES) | FINAL_CODES:
        program.satisfied[code] |= bit(rule)
    if rule.within_minutes is not None:
        program.within[rule.number] = rule.within_minutes * MINUTE
    if rule.by_time is not None:
        at = rule.by_time
        program.by_time[rule.number] = (at.hour * 60 + at.minute) * MINUTE + at.second * SECOND
        program.by_time[rule.number] += rule.days * DAY


def _add_forbidden(program: Program, rule: Rule) -> None:
    for code in rule.scans:
        program.forbidden[code, program.n_forbidden[code]] = rule.number
        program.n_forbidden[code] += 1
    for need in rule.needs:
        program.needs[rule.number] |= np.uint32(1 << need)
        program.supplied[need] |= bit(rule)


def _add_apart(program: Program, rule: Rule) -> None:
    program.apart[rule.number] = rule.minutes * MINUTE


def _add_consent(program: Program, rule: Rule) -> None:
    for code in rule.scans:
        program.consent[code, program.n_consent[code]] = rule.number
        program.n_consent[code] += 1


def _add_promise(program: Program, rule: Rule) -> None:
    program.margin[rule.number] = rule.margin_minutes * MINUTE
    for code in rule.expects:
        program.kept[rule.number] |= np.uint32(1 << code)
    for code in rule.expects | FINAL_CODES:
        program.keeping[code] |= bit(rule)


_ADD = {
    RuleKind.EXPECT: _add_expect,
    RuleKind.FORBIDDEN: _add_forbidden,
    RuleKind.TWICE: _add_apart,
    RuleKind.TWO_PLACES: _add_apart,
    RuleKind.CONSENT: _add_consent,
    RuleKind.PROMISE: _add_promise,
}


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
