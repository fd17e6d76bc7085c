"""What the push server remembers: each browser hears what it missed, all of it, once, in the order it was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.kit import hub
from huhang.kit.hub import Hub, Memory, Stream

A, B = "desk.ticket@/", "desk.ticket#T1"


def told(memory: Memory, number: int, *topics: str) -> None:
    memory.keep(number, list(topics), b"%d " % number)


class TestMemory:
    def test_a_late_commit_with_an_early_number_is_not_missed(self) -> None:
        memory = Memory()
        for number in (7, 9, 8):  # 8 was begun before 9 and ended after it
            told(memory, number, A)
        assert memory.after(9, [A]) == [b"8 "]
        assert memory.after(7, [A, B]) == [b"9 ", b"8 "]

    def test_what_reaches_two_topics_of_a_page_is_told_once(self) -> None:
        memory = Memory()
        told(memory, 1, A)
        told(memory, 2, A, B)
        assert memory.after(1, [A, B]) == [b"2 "]

    def test_of_what_was_read_from_the_table_more_is_told_than_was_missed(self) -> None:
        memory = Memory()
        for number in (1, 2, 3):
            told(memory, number, A)
        memory.read_up_to = 3
        told(memory, 4, A)
        assert memory.after(3, [A]) == [b"1 ", b"2 ", b"3 ", b"4 "]
        assert memory.after(4, [A]) == []

    def test_a_page_painted_after_the_table_was_read_missed_nothing_of_it(self) -> None:
        memory = Memory()
        for number in (1, 2, 3):
            told(memory, number, A)
        memory.read_up_to, memory.read_at = 3, 1000.0
        assert memory.after(3, [A], painted_at=1000.0) == [b"1 ", b"2 ", b"3 "]
        assert memory.after(3, [A], painted_at=1006.0) == []

    def test_a_page_may_be_painted_before_its_announcement_is_heard(self) -> None:
        memory = Memory()
        told(memory, 1, A)
        assert memory.after(2, [A]) == []

    def test_knows_what_it_has_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hub, "REMEMBERED", 2)
        memory = Memory()
        for number in (1, 2, 3):
            told(memory, number, A, B)
        assert memory.after(1, [A]) is None
        assert memory.after(2, [B]) == [b"3 "]


@given(st.permutations(range(1, 9)), st.integers(0, 7), st.integers(0, 8))
def test_a_cut_line_loses_and_doubles_nothing(order: list[int], cut: int, back: int) -> None:
    """Whatever the order of commits, and wherever the line was cut: heard before + replayed + heard after = all."""
    house, topics = Hub(), ["desk.ticket@/"]
    heard: list[bytes] = []
    stream = Stream(topics)
    house.join(stream)
    for place, number in enumerate(order):
        if place == cut + 1:
            heard += _taken(stream)
            house.leave(stream)
        if place == max(cut + 1, back):
            stream = Stream(topics)
            house.join(stream)
            heard += house.memory.after(order[cut], topics) or []
        house.tell(number, "desk.ticket", "/HQ/", f"T{number}")
    if max(cut + 1, back) < len(order):
        heard += _taken(stream)
        assert heard == [hub.as_event(number, "desk.ticket", f"T{number}") for number in order]


def _taken(stream: Stream) -> list[bytes]:
    waiting = list(stream._waiting)
    stream.forget()
    return waiting


class TestStream:
    def test_who_is_too_slow_starts_again(self) -> None:
        stream = Stream([A])
        for _ in range(hub.QUEUE):
            stream.put(b"x")
        assert not stream.is_over
        stream.put(b"x")
        assert stream.is_over
