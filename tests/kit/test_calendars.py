"""Working time: the arithmetic by tables, its laws by properties, China's days against the official list."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.kit import calendars
from huhang.kit.calendars import Calendar, Kind, SpecialDay, Window, add_working, working_between
from tests.data import shared

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAKE_UP = SpecialDay(date(2026, 10, 10), "国庆节", worked_as=0)
HOLIDAY = SpecialDay(date(2026, 10, 1), "国庆节")

OFFICE = calendars.weekly(
    {day: ["08:00-12:00", "13:00-18:00"] for day in calendars.WEEKDAYS[:5]}, [HOLIDAY, MAKE_UP]
)
NIGHTS = calendars.weekly({day: ["22:00-06:00"] for day in calendars.WEEKDAYS[:5]}, [HOLIDAY])
# A night that runs into a special morning: the overlap from 05:00 to 06:00 is one hour of work, not two.
OVERLAP = calendars.weekly(
    {day: ["22:00-06:00"] for day in calendars.WEEKDAYS},
    [
        SpecialDay(
            date(2026, 11, 3), "大促", windows=(Window.parse("05:00-20:00"), Window.parse("22:00-06:00"))
        )
    ],
)
BERLIN = calendars.weekly({day: ["01:00-09:00"] for day in calendars.WEEKDAYS}, zone="Europe/Berlin")
ALL = [OFFICE, NIGHTS, OVERLAP, BERLIN, calendars.always()]


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "due"),
    [
        (OFFICE, "2026-11-16T09:00", 15, "2026-11-16T09:15"),  # within a window
        (OFFICE, "2026-11-16T11:50", 15, "2026-11-16T13:05"),  # over lunch
        (OFFICE, "2026-11-16T17:00", 60, "2026-11-16T18:00"),  # ends with the day, not next morning
        (OFFICE, "2026-11-20T17:50", 15, "2026-11-23T08:05"),  # over the weekend
        (OFFICE, "2026-11-21T03:00", 0, "2026-11-21T03:00"),  # nothing to count
        (OFFICE, "2026-09-30T17:30", 60, "2026-10-02T08:30"),  # over a holiday
        (OFFICE, "2026-10-09T17:30", 60, "2026-10-10T08:30"),  # a Saturday worked like a Monday
        (NIGHTS, "2026-11-16T23:00", 420, "2026-11-17T06:00"),  # across midnight
        (NIGHTS, "2026-11-17T03:00", 240, "2026-11-17T23:00"),  # begun yesterday, ends tonight
        (NIGHTS, "2026-11-21T05:00", 90, "2026-11-23T22:30"),  # Friday's night ends on Saturday morning
        (NIGHTS, "2026-10-01T05:00", 120, "2026-10-02T23:00"),  # the night before a holiday is worked
        (OVERLAP, "2026-11-03T04:00", 180, "2026-11-03T07:00"),  # the shared hour counts once
    ],
)
def test_add_working(calendar: Calendar, start: str, minutes: int, due: str) -> None:
    assert add_working(calendar, at(start), minutes).due == at(due)


class TestExplanation:
    def test_names_what_was_counted_and_what_was_not(self) -> None:
        lines = add_working(OFFICE, at("2026-09-30T17:30"), 60).lines
        assert [(line.on.day, line.kind, line.window, line.minutes) for line in lines] == [
            (30, Kind.WORKDAY, "13:00-18:00", 30),
            (1, Kind.HOLIDAY, "", 0),
            (2, Kind.WORKDAY, "08:00-12:00", 30),
        ]
        assert lines[1].name == "国庆节"

    def test_tells_make_up_days_rest_days_and_closed_hours(self) -> None:
        kinds = {line.kind for line in add_working(OFFICE, at("2026-10-09T20:00"), 10 * 60).lines}
        assert kinds == {Kind.WORKDAY, Kind.MAKE_UP, Kind.REST}

    @given(st.sampled_from(ALL), st.integers(0, 20_000), st.integers(0, 400_000))
    def test_lines_add_up(self, calendar: Calendar, minutes: int, offset: int) -> None:
        start = at("2026-03-01T00:00") + timedelta(minutes=offset)
        lines = add_working(calendar, start, minutes).lines
        assert sum((line.counted for line in lines), timedelta()) == timedelta(minutes=minutes)


MOMENTS = st.integers(0, 366 * 24 * 3600).map(lambda s: at("2026-01-01T00:00") + timedelta(seconds=s))
SPANS = st.integers(0, 30 * 24 * 3600).map(lambda s: timedelta(seconds=s))


# Days as the law counts them, here and where summer time begins and ends.
ON_THE_WALL = [
    replace(calendars.always(), by_wall_clock=True, zone=zone)
    for zone in ("Asia/Shanghai", "America/New_York")
]


class TestLaws:
    @given(st.sampled_from(ALL), MOMENTS, SPANS)
    def test_between_is_the_inverse_of_add(
        self, calendar: Calendar, start: datetime, span: timedelta
    ) -> None:
        assert working_between(calendar, start, add_working(calendar, start, span).due) == span

    @given(st.sampled_from(ALL), MOMENTS, MOMENTS)
    def test_add_is_the_inverse_of_between_up_to_closed_time(
        self, calendar: Calendar, one: datetime, other: datetime
    ) -> None:
        start, end = sorted((one, other))
        due = add_working(calendar, start, working_between(calendar, start, end)).due
        assert due <= end
        assert working_between(calendar, due, end) == timedelta()

    @given(st.sampled_from(ALL), MOMENTS, MOMENTS, SPANS, SPANS)
    def test_later_or_longer_is_never_due_sooner(
        self, calendar: Calendar, one: datetime, other: datetime, short: timedelta, long: timedelta
    ) -> None:
        start, later = sorted((one, other))
        short, long = sorted((short, long))
        assert add_working(calendar, start, short).due <= add_working(calendar, later, long).due

    @given(st.sampled_from(ALL), MOMENTS, SPANS, SPANS)
    def test_time_between_adds_up(
        self, calendar: Calendar, start: datetime, first: timedelta, second: timedelta
    ) -> None:
        middle, end = start + first, start + first + second
        parts = working_between(calendar, start, middle) + working_between(calendar, middle, end)
        assert parts == working_between(calendar, start, end)

    @given(st.sampled_from(ALL), MOMENTS)
    def test_next_opening_is_open_and_nothing_is_worked_before_it(
        self, calendar: Calendar, moment: datetime
    ) -> None:
        opening = calendars.next_opening(calendar, moment)
        assert calendars.is_open(calendar, opening)
        assert working_between(calendar, moment, opening) == timedelta()
        assert calendars.is_open(calendar, moment) == (opening == moment)

    @given(st.sampled_from([*ALL, *ON_THE_WALL]), MOMENTS, SPANS)
    def test_the_moment_alone_is_that_of_the_explanation(
        self, calendar: Calendar, start: datetime, span: timedelta
    ) -> None:
        assert calendars.after(calendar, start, span) == add_working(calendar, start, span).due

    @given(MOMENTS, SPANS)
    def test_around_the_clock_is_plain_time(self, start: datetime, span: timedelta) -> None:
        assert add_working(calendars.always(), start, span).due == start + span


class TestRefusals:
    def test_a_calendar_that_never_opens(self) -> None:
        with pytest.raises(calendars.NeverOpens):
            add_working(calendars.weekly({}), at("2026-01-01T00:00"), 1)

    @pytest.mark.parametrize("text", ["8-12", "25:00-26:00", "12:00", "24:00-02:00", "08:60-09:00"])
    def test_a_broken_window(self, text: str) -> None:
        with pytest.raises(ValueError):
            Window.parse(text)

    def test_negative_time(self) -> None:
        with pytest.raises(ValueError):
            add_working(OFFICE, at("2026-01-01T00:00"), -1)

    def test_an_unknown_weekday(self) -> None:
        with pytest.raises(ValueError, match="monday"):
            calendars.weekly({"monday": ["08:00-12:00"]})


@pytest.mark.parametrize("calendar", ALL)
def test_stored_and_read_back(calendar: Calendar) -> None:
    stored = calendars.as_windows(calendar)
    assert calendars.from_windows(stored, calendar.special, calendar.zone) == calendar


class TestChinaDays:
    def test_knows_holidays_and_make_up_days(self) -> None:
        days = {day.on: day for day in calendars.china_days(2026)}
        assert days[date(2026, 10, 1)].is_off
        assert days[date(2026, 10, 10)].worked_as == 0

    def test_refuses_a_year_it_does_not_know(self) -> None:
        with pytest.raises(calendars.YearUnknown, match="2031"):
            calendars.china_days(2031)

    def test_agrees_with_the_official_list(self) -> None:
        """Both sources are compared day by day as worked or not; every difference is named here."""
        with (shared("cn_holidays") / "holidays_2007_2027.csv").open(encoding="utf-8-sig") as lines:
            listed = {day.on: day for day in calendars.days_from_rows(csv.DictReader(lines))}
        packaged = {day.on: day for year in range(2007, 2027) for day in calendars.china_days(year)}
        differences = [
            on.isoformat()
            for on in sorted(listed.keys() | packaged.keys())
            if 2007 <= on.year <= 2026 and is_worked(listed, on) != is_worked(packaged, on)
        ]
        assert differences == KNOWN_DIFFERENCES


def is_worked(days: dict[date, SpecialDay], on: date) -> bool:
    return not days[on].is_off if on in days else on.weekday() < 5


KNOWN_DIFFERENCES: list[str] = []
