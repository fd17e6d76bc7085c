"""The kernel equals the plainly written watch, whatever the order, the doubles and the batches."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from huhang.journey.rules.codes import Code
from tests.journey.watch.book import Book
from tests.journey.watch.reference import Facts, Reference, Scan
from tests.journey.watch.scans import PLACES, RULES

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CODES = [code for code in Code if code is not Code.REGISTERED]
WAYBILLS = ["YT1234567890123", "SF0001", "JDVA-a-very-long-number-01", "运单一"]

# Few moments, so that ties are common, and spread so that every limit of the rules is crossed.
moments = st.builds(
    lambda hours, minutes, odd: START + timedelta(hours=hours, minutes=minutes, microseconds=odd),
    st.integers(0, 200),
    st.sampled_from([0, 7, 15, 30]),
    st.sampled_from([0, 0, 0, 250_000]),
)
nodes = st.sampled_from(["", "SZ-WZ", "SZ-HUB", "HZ-XH", "HZ-HUB", "NOBODY-KNOWS"])
facts = st.builds(
    Facts,
    promised_at=st.one_of(st.none(), st.integers(0, 200).map(lambda h: START + timedelta(hours=h))),
    product=st.sampled_from(["", "standard", "same_city", "economy"]),
    origin=st.sampled_from(["", "江苏", "SZ-WZ"]),
    dest=st.sampled_from(["", "浙江", "XJ-1"]),
    consent=st.booleans(),
)
events = st.builds(
    Scan, st.sampled_from(WAYBILLS), st.sampled_from(CODES), moments, nodes, st.sampled_from(["", "w1", "w2"])
)
registrations = st.builds(
    lambda waybill, at, known: Scan(waybill, Code.REGISTERED, at, facts=known),
    st.sampled_from(WAYBILLS),
    moments,
    facts,
)
segments = st.lists(st.lists(st.one_of(events, events, events, registrations), max_size=14), max_size=6)


def without_rival_facts(scans: list[Scan]) -> list[Scan]:
    """Two registrations of one waybill at one moment have no order of their own: keep the first."""
    known: set[tuple[str, datetime]] = set()
    kept = []
    for scan in scans:
        if scan.facts and (scan.waybill, scan.at) in known:
            continue
        if scan.facts:
            known.add((scan.waybill, scan.at))
        kept.append(scan)
    return kept


def received(number: int) -> datetime:
    return START + timedelta(hours=40 * (number + 1), seconds=30)


@settings(max_examples=400, deadline=None)
@given(segments)
def test_equals_the_plain_watch(batches: list[list[Scan]]) -> None:
    book, plain = Book(), Reference(RULES, PLACES)
    for number, batch in enumerate(batches):
        book.due(received(number))
        plain.due(received(number))
        book.advance(batch, received(number))
        plain.advance(batch)
    book.due(received(99))
    plain.due(received(99))
    assert book.hits == plain.hits
    assert book.counts == plain.counts


@settings(max_examples=150, deadline=None)
@given(segments, st.randoms(use_true_random=False))
def test_order_and_doubles_inside_a_segment_change_nothing(
    batches: list[list[Scan]], chance: random.Random
) -> None:
    once, shuffled = Book(), Book()
    for number, batch in enumerate(batches):
        scans = without_rival_facts(batch)
        doubled = scans + scans[::2]
        chance.shuffle(doubled)
        once.advance(scans, received(number))
        shuffled.advance(doubled, received(number))
    once.due(received(99))
    shuffled.due(received(99))
    assert once.hits == shuffled.hits
    assert once.counts == shuffled.counts


@settings(max_examples=100, deadline=None)
@given(segments)
def test_the_same_segment_twice_changes_nothing(batches: list[list[Scan]]) -> None:
    scans = [scan for batch in batches for scan in batch if not scan.facts]
    once, twice = Book(), Book()
    once.advance(scans, received(0))
    twice.advance(scans, received(0))
    told = dict(twice.hits)
    twice.advance(scans, received(0))
    assert twice.hits.keys() == once.hits.keys() == told.keys()
    assert twice.counts == once.counts
