"""A channel is quiet when what usually comes at these hours does not, however long nothing has come."""

from datetime import UTC, date, datetime, timedelta

import pytest

from huhang.channels.rules.silence import expected, is_silent, usual

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in China
# Sixty an hour from eight to nine in the evening, nothing at night.
BUSY = [60.0 if 8 <= hour < 21 else 0.0 for hour in range(24)]


def came(days: int, hour: int = 12, number: int = 6) -> dict[tuple[date, int], int]:
    return {(TODAY - timedelta(days=day), hour): number for day in range(1, days + 1)}


def test_the_usual_is_told_by_days_before_today() -> None:
    per_hour = usual({**came(5), (TODAY, 12): 900}, today=TODAY)
    assert (per_hour[12], per_hour[13]) == (6.0, 0.0)


def test_days_without_anything_count() -> None:
    told = {(TODAY - timedelta(days=10), 12): 20}
    assert usual(told, today=TODAY)[12] == 2.0


@pytest.mark.parametrize("days", [0, 1, 2])
def test_with_few_days_nobody_can_say(days: int) -> None:
    assert usual(came(days), today=TODAY) == [0.0] * 24


@pytest.mark.parametrize(
    ("since", "now", "silent"),
    [
        (NOON, NOON + timedelta(minutes=9), False),
        (NOON, NOON + timedelta(minutes=10), True),
        # From nine in the evening to eight in the morning nobody misses anything …
        (NOON + timedelta(hours=9), NOON + timedelta(hours=20), False),
        # … and in the morning not at once.
        (NOON + timedelta(hours=9), NOON + timedelta(hours=20, minutes=9), False),
        (NOON + timedelta(hours=9), NOON + timedelta(hours=20, minutes=11), True),
    ],
)
def test_is_missed_by_how_much_should_have_come(since: datetime, now: datetime, silent: bool) -> None:
    assert is_silent(BUSY, since=since, now=now) is silent


def test_a_day_is_the_longest_that_is_looked_at() -> None:
    assert expected(BUSY, since=NOON - timedelta(days=400), now=NOON) == pytest.approx(13 * 60)


def test_nothing_is_expected_of_a_time_to_come() -> None:
    assert expected(BUSY, since=NOON, now=NOON - timedelta(hours=1)) == 0
