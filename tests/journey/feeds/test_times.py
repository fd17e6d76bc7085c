"""Moments in the spellings of the world."""

from datetime import UTC, datetime, time, timedelta

import pytest

from huhang.journey.feeds import times


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-05T11:04:27+11:00", "2026-03-05T00:04:27+00:00"),
        ("2026-04-17T23:43:17.6571145", "2026-04-17T23:43:17.657114+00:00"),  # .NET's seven digits
        ("/Date(1772582400000+0800)/", "2026-03-04T00:00:00+00:00"),
        ("18.03.2026 10:02", "2026-03-18T10:02:00+00:00"),
        ("05/03/2026", "2026-03-05T00:00:00+00:00"),
        ("June 1, 2026", "2026-06-01T00:00:00+00:00"),
        ("20260304", "2026-03-04T00:00:00+00:00"),
        ("20260304 131000", "2026-03-04T13:10:00+00:00"),
        ("17052026", "2026-05-17T00:00:00+00:00"),
        ("2023-04-05 18:56:00 UTC", "2023-04-05T18:56:00+00:00"),
        (1704110400, "2024-01-01T12:00:00+00:00"),
        (1704110400000, "2024-01-01T12:00:00+00:00"),
        ("2026/3/5 11:00", "2026-03-05T11:00:00+00:00"),
    ],
)
def test_moment(written, moment):
    found = times.moment(written)
    assert found is not None
    assert times.joined(found, None, None, default=UTC).isoformat() == moment


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Delivered",
        "Monday",
        "AB123456",
        "12345",
        None,
        True,
        "2026-02-30",
        "99999999",
        "Berlin 10115",
        "1.5 kg",
    ],
)
def test_what_is_no_moment(written):
    assert times.moment(written) is None


def test_figures_that_can_be_read_both_ways_follow_the_rest_of_the_answer():
    assert times.day_comes_first("13/02/2026") is True
    assert times.day_comes_first("02/13/2026") is False
    assert times.day_comes_first("02/03/2026") is None
    assert times.moment("02/03/2026", day_first=False) == datetime(2026, 2, 3)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("11:59:59", time(11, 59, 59)),
        ("9:00 am", time(9)),
        ("12:30 AM", time(0, 30)),
        ("3:05 p.m.", time(15, 5)),
        ("22:13 PM", time(22, 13)),
        ("10h30", time(10, 30)),
        ("1130", time(11, 30)),
        ("172300", time(17, 23)),
        ("2561", None),
        ("noon", None),
    ],
)
def test_clock(written, clock):
    assert times.clock(written) == clock


@pytest.mark.parametrize(
    ("written", "hours"),
    [("-05:00", -5), ("GMT+8", 8), ("EDT", -4), ("+0530", 5.5), ("Mars/Olympus", None), ("", None)],
)
def test_zone(written, hours):
    found = times.zone(written)
    assert (found and found.utcoffset(None)) == (None if hours is None else timedelta(hours=hours))
