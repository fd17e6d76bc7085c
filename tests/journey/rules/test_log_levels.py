"""Which files are merged next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from huhang.journey.rules.log_levels import LogFile, next_merge

DAY = datetime(2026, 3, 10, tzinfo=UTC)
NOW = DAY + timedelta(days=5)
MILLION = 1_000_000


def files(*rows: int, at: datetime = DAY, first: int = 1, **known: bool) -> list[LogFile]:
    """Fresh files one after the other; negative sizes stand for merged ones."""
    return [
        LogFile(first + n if size > 0 else -first - n, abs(size), at + timedelta(minutes=n), **known)
        for n, size in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        ([10] * 7, 0),  # not worth it yet
        ([10] * 8, 8),
        ([10] * 100, 100),  # all that wait, at once
        ([-1000, *[10] * 8], 8),  # the bigger one stays as it is
        ([*[10] * 4, -1000, *[10] * 4], 0),  # they are not neighbours
        ([-20 * MILLION, -20 * MILLION, -MILLION], 0),
        ([-6 * MILLION] * 8, 8),
        ([-7 * MILLION] * 8, 0),  # 49 million in seven: nothing is gained by less than eight
        ([-40 * MILLION, *[-MILLION] * 7], 0),  # a great file is not written again for small ones
        ([MILLION] * 8, 0),  # only two million at a time are sorted in memory
    ],
)
def test_next_merge(rows: list[int], merged: int) -> None:
    assert len(next_merge(files(*rows), now=NOW)) == merged


def test_what_just_arrived_is_left_alone() -> None:
    assert not next_merge(files(*[10] * 8), now=DAY + timedelta(seconds=30))


def test_a_big_file_that_must_be_searched_is_sorted_at_once() -> None:
    assert len(next_merge(files(MILLION, is_found=False), now=NOW)) == 1


def test_what_a_watch_has_not_read_stays_in_files_of_five_million() -> None:
    assert not next_merge(files(*[-MILLION] * 8, is_read=False), now=NOW)
    assert len(next_merge(files(*[-MILLION // 2] * 12, is_read=False), now=NOW)) == 10


class TestMonths:
    def test_are_not_merged_with_each_other(self) -> None:
        last = datetime(2026, 2, 28, 23, 58, tzinfo=UTC)
        assert not next_merge(files(*[-10] * 8, at=last), now=datetime(2026, 2, 28, 23, 59, tzinfo=UTC))
        chosen = next_merge(files(*[-10] * 8, at=last), now=NOW)
        assert {file.received_at.month for file in chosen} == {2}

    def test_become_one_file_when_they_are_over(self) -> None:
        left = files(-1000, -100, 10)
        assert not next_merge(left, now=NOW)
        assert len(next_merge(left, now=NOW + timedelta(days=30))) == 3

    def test_need_no_more_then(self) -> None:
        assert not next_merge(files(-1000), now=NOW + timedelta(days=30))
        assert len(next_merge(files(10), now=NOW + timedelta(days=30))) == 1  # fresh ones have no index


def test_files_stay_few_and_are_rarely_written_again() -> None:
    """A month of twenty batches an hour: what the policy comes to."""
    held: list[LogFile] = []
    numbers = count(1)
    written = arrived = 0
    for hour in range(24 * 30):
        at = DAY.replace(day=1) + timedelta(hours=hour)
        held += [LogFile(next(numbers), 40_000, at + timedelta(minutes=n)) for n in range(20)]
        arrived += 20 * 40_000
        while chosen := next_merge(held, now=at + timedelta(minutes=40)):
            written += sum(file.rows for file in chosen)
            held = _after(held, chosen, -next(numbers))
    assert len(held) < 60
    assert written < 5 * arrived


def _after(held: Sequence[LogFile], chosen: Sequence[LogFile], seq: int) -> list[LogFile]:
    rest = [file for file in held if file not in chosen]
    return [*rest, LogFile(seq, sum(file.rows for file in chosen), chosen[-1].received_at)]
