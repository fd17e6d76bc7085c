"""The line's memory: whatever was cut off, it never forgets what may have left."""

from datetime import UTC, datetime, timedelta

import pytest

from huhang.channels.adapters.cmpp.journal import KEPT, Journal

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.jsonl", now=lambda: NOW)


def again(journal, *, at=NOW):
    """As a process would read it that comes later."""
    journal.close()
    return Journal(journal._file, now=lambda: at)


def test_a_letter_is_begun_then_taken_then_delivered(journal):
    journal.begin("k", 1, 2)
    journal.begin("k", 2, 2)
    journal.took("k", 1, "0a")
    assert again(journal).of("k").parts == {1: "0a", 2: ""}
    later = again(journal)
    later.took("k", 2, "0b")
    assert later.receipt("0a", "DELIVRD") == ("k", "")
    assert again(later).receipt("0b", "DELIVRD") == ("k", "DELIVRD")


def test_what_was_let_go_was_never_begun(journal):
    journal.begin("k", 1, 1)
    journal.let_go("k", 1)
    assert again(journal).of("k").parts == {}


def test_the_first_failure_is_what_became_of_the_whole(journal):
    for number in (1, 2):
        journal.begin("k", number, 2)
        journal.took("k", number, f"0{number}")
    journal.receipt("01", "EXPIRED")
    assert journal.receipt("02", "DELIVRD") == ("k", "EXPIRED")


def test_a_strangers_receipt_is_unknown(journal):
    assert journal.receipt("0a", "DELIVRD") is None


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_line_that_a_crash_cut_off_costs_only_itself(journal, cut):
    journal.begin("first", 1, 1)
    journal.begin("second", 1, 1)
    journal.close()
    content = journal._file.read_bytes()
    journal._file.write_bytes(content[:-cut])
    later = again(journal)
    later.begin("third", 1, 1)
    last = again(later)
    assert last.of("first") is not None
    assert last.of("third") is not None


def test_a_line_that_a_full_disk_cut_off_costs_only_itself(journal):
    with journal._file.open("ab") as full:
        full.write(b'\n["begun", 17')
    journal.begin("k", 1, 1)
    assert again(journal).of("k") is not None


def test_joined_parts_are_remembered(journal):
    journal.join(["a", "b"])
    assert again(journal).is_joined("b")
    assert not journal.is_joined("c")


def test_it_forgets_when_no_receipt_can_come_any_more(journal):
    journal.begin("k", 1, 1)
    later = again(journal, at=NOW + KEPT + timedelta(seconds=1))
    assert later.of("k") is None
    assert later._file.read_text() == ""
