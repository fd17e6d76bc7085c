"""The kernel equals the plainly written watch, whatever the order, the doubles, the batches and the edits."""

import random
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huhang.journey.rules.codes import Code
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.snapshot import dump, load
from huhang.journey.watch.world import World
from tests.journey.watch.book import Book
from tests.journey.watch.plain import Facts, Scan
from tests.journey.watch.reference import Reference
from tests.journey.watch.scans import NUMBER, RULES, WORLD
from tests.journey.watch.streams import (
    DEPTH,
    START,
    Step,
    crowd,
    received,
    segments,
    steps,
    without_rival_facts,
    worlds,
)

SLOW_TO_DRAW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


class Shards:
    """Several shards that share the waybills by their hash, and one book of what they tell."""

    def __init__(self, world: World, number: int) -> None:
        self.books = [Book(Shard(world)) for _ in range(number)]

    def advance(self, scans: list[Scan], received_at: datetime) -> None:
        for place, book in enumerate(self.books):
            mine = [scan for scan in scans if zlib.crc32(scan.waybill.encode()) % len(self.books) == place]
            book.advance(mine, received_at)

    def due(self, now: datetime) -> None:
        for book in self.books:
            book.due(now)

    def learn(self, world: World) -> None:
        for book in self.books:
            book.shard.learn(world)

    def restart(self, world: World) -> None:
        for book in self.books:
            book.shard = load(dump(book.shard), world)

    def told(self) -> Book:
        """Everything in one book."""
        together = Book(self.books[0].shard)
        for book in self.books:
            together.hits |= book.hits
            together.counts += book.counts
        return together


def live(watch: Shards | Reference, world: World, lived: list[Step], start: datetime = START) -> None:
    """Go through what happens, and in the end let everything run out."""
    now = start
    for step in lived:
        now += timedelta(hours=step.hours, seconds=30, microseconds=400_000)
        # A runner lets time pass before every batch, so that no parcel is forgotten with a limit that ran out.
        if step.scans is None or step.hours > 1000:
            watch.due(now)
        if step.scans is not None:
            watch.advance(step.scans, now)
        if step.restarts and isinstance(watch, Shards):
            watch.restart(step.world or world)
        elif step.world:
            watch.learn(step.world)
        world = step.world or world
    watch.due(now + timedelta(days=60))


@settings(max_examples=100 * DEPTH, deadline=None, suppress_health_check=SLOW_TO_DRAW)
@given(worlds, steps)
def test_equals_the_plain_watch(world: World, lived: list[Step]) -> None:
    plain, one, shared = Reference(world), Shards(world, 1), Shards(world, 2)
    for watch in (plain, one, shared):
        live(watch, world, lived)
    assert one.told().hits == plain.hits
    assert one.told().counts == plain.counts
    assert shared.told().hits == plain.hits
    assert shared.told().counts == plain.counts


@settings(max_examples=2 * DEPTH, deadline=None, suppress_health_check=SLOW_TO_DRAW)
@given(st.lists(worlds, min_size=3, max_size=3), st.integers(0, 2**32))
def test_equals_the_plain_watch_for_thousands_at_once(lived_in: list[World], seed: int) -> None:
    chance = random.Random(seed)
    first, second, third = lived_in
    lived = [Step(chance.choice([0, 13, 48]), scans) for scans in crowd(chance, 1500, 7)]
    lived.insert(chance.randrange(7), Step(0, world=second))
    lived.insert(chance.randrange(7), Step(26))
    lived.insert(chance.randrange(7), Step(7, world=third, restarts=True))
    plain, one = Reference(first), Shards(first, 1)
    for watch in (plain, one):
        live(watch, first, lived)
    assert one.told().hits == plain.hits
    assert one.told().counts == plain.counts


@pytest.mark.parametrize(("facts", "lets_pass"), [(Facts(flags=0), False), (Facts(product="economy"), True)])
def test_a_registration_lets_time_pass_only_when_it_changes_something(facts: Facts, lets_pass: bool) -> None:
    told = [
        Step(0, [Scan("W1", Code.HELD, START)]),
        Step(1, [Scan("W1", Code.REGISTERED, START + timedelta(hours=30), facts=facts)]),
        Step(1, [Scan("W1", Code.SIGNED, START + timedelta(hours=10))]),
    ]
    plain, one = Reference(WORLD), Shards(WORLD, 1)
    for watch in (plain, one):
        live(watch, WORLD, told)
    assert one.told().hits == plain.hits
    held = [hit.raised_at for hit in plain.hits if hit.rule == NUMBER["held_too_long"]]
    assert held == [START + timedelta(hours=24)] * lets_pass


@pytest.mark.parametrize(("edit", "is_mended"), [({}, True), ({"enabled": False}, False)])
def test_a_missing_scan_that_comes_late_mends_unless_the_rule_was_off(
    edit: dict[str, Any], is_mended: bool
) -> None:
    number = NUMBER["arrival_skipped_at_hub"]
    rules = tuple(replace(rule, **edit) if rule.number == number else rule for rule in RULES)
    between = replace(WORLD, rules=rules)
    told = [
        Step(0, [Scan("W1", Code.DEPARTED, START, "SZ-HUB")]),
        Step(1, [Scan("W1", Code.DEPARTED, START + timedelta(hours=9), "HZ-HUB")]),
        Step(1, world=between),
        Step(1, world=WORLD),
        Step(1, [Scan("W1", Code.ARRIVED, START + timedelta(hours=8), "HZ-HUB")]),
    ]
    plain, one = Reference(WORLD), Shards(WORLD, 1)
    for watch in (plain, one):
        live(watch, WORLD, told)
    assert one.told().hits == plain.hits
    (cleared_at,) = [at for hit, at in plain.hits.items() if hit.rule == number]
    assert (cleared_at is not None) == is_mended


@settings(max_examples=60 * DEPTH, deadline=None)
@given(segments, st.randoms(use_true_random=False))
def test_order_and_doubles_inside_a_segment_change_nothing(
    told: list[list[Scan]], chance: random.Random
) -> None:
    once, shuffled = Book(), Book()
    for number, batch in enumerate(told):
        scans = without_rival_facts(batch)
        doubled = scans + scans[::2]
        chance.shuffle(doubled)
        once.advance(scans, received(number))
        shuffled.advance(doubled, received(number))
    once.due(received(99))
    shuffled.due(received(99))
    assert once.hits == shuffled.hits
    assert once.counts == shuffled.counts


@settings(max_examples=40 * DEPTH, deadline=None)
@given(segments)
def test_the_same_segment_twice_changes_nothing(told: list[list[Scan]]) -> None:
    scans = [scan for batch in told for scan in batch if not scan.facts]
    once, twice = Book(), Book()
    once.advance(scans, received(0))
    twice.advance(scans, received(0))
    before = dict(twice.hits)
    twice.advance(scans, received(0))
    assert twice.hits.keys() == once.hits.keys() == before.keys()
    assert twice.counts == once.counts
