"""A watch that was stopped, saved and loaded goes on as if nothing had happened."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from huhang.journey.rules.codes import Code
from huhang.journey.watch.shard import Shard
from huhang.journey.watch.snapshot import UnreadableSnapshot, dump, load, restore, save
from tests.journey.watch.book import Book
from tests.journey.watch.plain import Scan
from tests.journey.watch.scans import NUMBER, RULES, WORLD
from tests.journey.watch.streams import DEPTH, START, received, segments

HOUR = timedelta(hours=1)


@settings(max_examples=40 * DEPTH, deadline=None)
@given(segments)
def test_a_restart_after_every_segment_changes_nothing(batches: list[list[Scan]]) -> None:
    steady, restarted = Book(), Book()
    for number, batch in enumerate(batches):
        for book in (steady, restarted):
            book.due(received(number))
            book.advance(batch, received(number))
        restarted.shard = load(dump(restarted.shard), WORLD)
    steady.due(received(99))
    restarted.due(received(99))
    assert steady.hits == restarted.hits
    assert steady.counts == restarted.counts


def test_names_that_do_not_fit_a_key_survive() -> None:
    book = Book()
    book.advance([Scan("运单一", Code.OUT_FOR_DELIVERY, START), Scan("W" * 30, Code.OUT_FOR_DELIVERY, START)])
    book.shard = load(dump(book.shard), WORLD)
    book.due(START + 24 * HOUR)
    assert {hit.waybill for hit in book.hits} == {"运单一", "W" * 30}


def test_a_long_name_that_comes_back_after_it_was_forgotten_survives() -> None:
    book = Book()
    book.advance([Scan("W" * 30, Code.OUT_FOR_DELIVERY, START)], START)
    book.advance([Scan("W" * 30, Code.OUT_FOR_DELIVERY, START + 5000 * HOUR)], START + 5000 * HOUR)
    book.due(START + 6000 * HOUR)
    assert {hit.waybill for hit in book.hits} == {"W" * 30}


def test_a_limit_that_was_changed_meanwhile_holds_for_parcels_that_wait() -> None:
    book = Book()
    book.advance([Scan("W1", Code.HELD, START)])
    longer = tuple(
        replace(rule, within_minutes=2880) if rule.id == "held_too_long" else rule for rule in RULES
    )
    book.shard = load(dump(book.shard), replace(WORLD, rules=longer))
    book.due(START + 25 * HOUR)
    assert not book.hits
    book.due(START + 49 * HOUR)
    assert [hit.raised_at for hit in book.hits] == [START + 48 * HOUR]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", dump(Shard(WORLD))[:-40]])
def test_a_torn_snapshot_says_so(content: bytes) -> None:
    with pytest.raises(UnreadableSnapshot):
        load(content, WORLD)


def test_saving_replaces_the_file_whole(tmp_path: Path) -> None:
    book = Book()
    save(tmp_path / "deep" / "1.watch", book.shard)
    book.advance([Scan("W1", Code.HELD, START)])
    save(tmp_path / "deep" / "1.watch", book.shard)
    assert [len(restore(path, WORLD)) for path in (tmp_path / "deep").iterdir()] == [1]


class TestLearn:
    def test_a_new_rule_watches_parcels_that_are_already_there(self) -> None:
        few = tuple(rule for rule in RULES if rule.id != "held_too_long")
        book = Book(Shard(replace(WORLD, rules=few)))
        book.advance([Scan("W1", Code.HELD, START, "SZ-WZ")])
        book.shard.learn(WORLD)
        book.due(START + 25 * HOUR)
        assert [hit.rule for hit in book.hits] == [NUMBER["held_too_long"]]

    def test_an_open_hit_is_not_raised_again(self) -> None:
        book = Book()
        book.advance([Scan("W1", Code.HELD, START, "SZ-WZ")])
        book.due(START + 25 * HOUR)
        told = dict(book.hits)
        book.shard.learn(replace(WORLD, rules=RULES[::-1]))
        outcome = book.shard.due(int((START + 80 * HOUR).timestamp()) * 1_000_000)
        assert told
        assert not list(outcome.raised())

    def test_a_node_whose_kind_becomes_known_is_watched_by_its_rules(self) -> None:
        book, stranger = (Book(Shard(replace(WORLD, places={}))) for _ in range(2))
        for one in (book, stranger):
            one.advance([Scan("W1", Code.ARRIVED, START, "SZ-HUB")])
        book.shard.learn(WORLD)
        for one in (book, stranger):
            one.due(START + 13 * HOUR)
        hub_rule = NUMBER["hub_not_departed"]
        assert hub_rule in {hit.rule for hit in book.hits}
        assert hub_rule not in {hit.rule for hit in stranger.hits}
