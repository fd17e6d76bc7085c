"""Windows: boundaries as people in China count them, and pieces that cover exactly."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huhang.metrics.rules.windows import (
    ZONE,
    Grain,
    Window,
    cut,
    days_before,
    end_of,
    periods_before,
    spans,
    start_of,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("grain", "moment", "since", "until"),
    [
        ("minute", "2026-11-21 14:20:35", "2026-11-21 14:20", "2026-11-21 14:21"),
        ("hour", "2026-11-21 23:59", "2026-11-21 23:00", "2026-11-22 00:00"),
        ("day", "2026-11-21 00:00", "2026-11-21 00:00", "2026-11-22 00:00"),
        ("xun", "2026-11-10 23:59", "2026-11-01 00:00", "2026-11-11 00:00"),
        ("xun", "2026-11-11 00:00", "2026-11-11 00:00", "2026-11-21 00:00"),
        ("xun", "2026-11-30 12:00", "2026-11-21 00:00", "2026-12-01 00:00"),
        ("xun", "2026-02-28 12:00", "2026-02-21 00:00", "2026-03-01 00:00"),  # eight days
        ("xun", "2026-12-31 12:00", "2026-12-21 00:00", "2027-01-01 00:00"),  # eleven days
        ("month", "2026-02-28 12:00", "2026-02-01 00:00", "2026-03-01 00:00"),
        ("month", "2026-12-31 12:00", "2026-12-01 00:00", "2027-01-01 00:00"),
    ],
)
def test_bounds(grain, moment, since, until):
    assert start_of(Grain(grain), at(moment)) == at(since)
    assert end_of(Grain(grain), at(moment)) == at(until)


def test_a_day_is_the_day_in_shanghai():
    late_in_london = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert start_of(Grain.DAY, late_in_london) == at("2026-11-21 00:00")


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(ZONE))  # noqa: DTZ001


@given(MOMENTS, st.sampled_from(list(Grain)))
def test_periods_follow_one_another(moment, grain):
    start, end = start_of(grain, moment), end_of(grain, moment)
    assert start <= moment < end
    assert start_of(grain, end) == end
    assert start_of(grain, end - timedelta(microseconds=1)) == start


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=70)), st.sampled_from(["day", "xun", "month"]))
def test_pieces_cover_the_window(moment, length, grain):
    window = Window(moment, moment + length)
    pieces = cut(Grain(grain), window)
    assert all(a.until == b.since for a, b in itertools.pairwise(pieces))
    if pieces:
        assert pieces[0].since == start_of(Grain(grain), moment)
        assert pieces[-1].until == window.until


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=70)))
@example(at("2026-11-20 00:51"), timedelta(days=1, minutes=9))  # longer than a day, and no whole day in it
def test_spans_cover_every_minute_once(moment, length):
    window = Window(moment, moment + length)
    pieces = spans(window)
    assert all(a.until == b.since for a, b in itertools.pairwise(pieces))
    assert len(pieces) <= 5
    if length:
        assert pieces[0].since == start_of(Grain.MINUTE, moment)
        assert pieces[-1].until == window.until
    for piece in pieces:
        assert start_of(Grain(piece.grain), piece.since) == piece.since
        assert piece.grain == "minute" or start_of(Grain(piece.grain), piece.until) == piece.until
    # Few rows: a piece in which a whole day (or hour) lies for certain is not read by its hours (or minutes).
    longest = {"hour": timedelta(days=2), "minute": timedelta(hours=2)}
    assert all(p.until - p.since < longest.get(p.grain, timedelta.max) for p in pieces)


class TestEarlier:
    def test_the_same_time_yesterday(self):
        today = Window(at("2026-11-21 00:00"), at("2026-11-21 14:20"))
        assert days_before(today, 1) == Window(at("2026-11-20 00:00"), at("2026-11-20 14:20"))

    def test_as_far_into_the_last_xun(self):
        now = Window(at("2026-11-21 00:00"), at("2026-11-23 09:00"))
        assert periods_before(Grain.XUN, now, 1) == Window(at("2026-11-11 00:00"), at("2026-11-13 09:00"))

    def test_a_shorter_month_ends_at_its_end(self):
        march = Window(at("2026-03-01 00:00"), at("2026-03-31 12:00"))
        assert periods_before(Grain.MONTH, march, 1) == Window(at("2026-02-01 00:00"), at("2026-03-01 00:00"))
