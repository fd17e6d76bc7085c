"""How far back to look: by what is known of the rows, further and further, and at last at everything."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from huhang.kit.reach import Spread, back

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPREAD = Spread(10_000_000, [NOON + timedelta(days=day) for day in range(101)])


def test_looks_further_and_further_back_and_at_last_at_everything() -> None:
    *looks, last = back(SPREAD, 1_000_000, wanted=8)
    assert last is None
    shares = [(SPREAD.bounds[-1] - since) / timedelta(days=100) for since in looks if since]
    assert round(shares[0] * 1_000_000) == 16  # eight, and three times the root of it
    assert all(round(more / less) == 4 for less, more in pairwise(shares))
    assert sum(shares) < 1.4 * shares[-1] < 0.7


def test_looks_no_oftener_than_pays() -> None:
    assert len(list(back(SPREAD, 1_000_000, wanted=8, looks=2))) == 3


def test_knows_about_how_many_lie_after_a_moment() -> None:
    assert [round(SPREAD.after(SPREAD.bounds[day])) for day in (0, 75, 100)] == [10_000_000, 2_500_000, 0]
    assert Spread(7, ()).after(NOON) == 7


def test_few_are_gathered_all_at_once() -> None:
    assert list(back(SPREAD, 20, wanted=8)) == [None]
    assert list(back(Spread(0, ()), 1_000_000, wanted=8)) == [None]
