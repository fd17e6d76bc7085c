"""The arithmetic of promises."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.desk.rules.clock import Budget, Pause, Rung, moments, next_call
from huhang.desk.rules.kinds import Level
from huhang.kit.calendars import always, china_days, weekly, working_between

START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUARTER = Budget(within=timedelta(minutes=15))
OFFICE = weekly(
    {day: ["09:00-12:00", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    special=china_days(2026),
)
NIGHTS = weekly({day: ["20:00-06:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})


def test_fifteen_minutes_call_the_owner_at_half_and_the_province_after_the_grace() -> None:
    found = moments(QUARTER, always(), started_at=START)
    assert found.due_at == START + 15 * MINUTE
    assert dict(found.calls) == {
        Level.OWNER: START + 7.5 * MINUTE, Level.BREACH: START + 15 * MINUTE, Level.PROVINCE: START + 30 * MINUTE,
    }  # fmt: skip


def test_a_ladder_reads_what_it_writes() -> None:
    for rung in (Rung(Level.LEAD, percent=80), Rung(Level.HQ, after=90 * MINUTE)):
        assert Rung.read(rung.stored()) == rung


def test_an_office_clock_that_starts_on_friday_evening_waits_for_monday() -> None:
    friday_evening = datetime(2026, 11, 20, 9, 50, tzinfo=UTC)  # 17:50 in Shanghai
    found = moments(Budget(timedelta(minutes=30)), OFFICE, started_at=friday_evening)
    assert found.due_at == datetime(2026, 11, 23, 1, 20, tzinfo=UTC)  # Monday 9:20: ten minutes, then twenty


def test_a_makeup_saturday_is_worked() -> None:
    # 2026-02-14 is a Saturday that is worked for the Spring Festival.
    saturday = datetime(2026, 2, 14, 1, 0, tzinfo=UTC)
    found = moments(Budget(timedelta(hours=1)), OFFICE, started_at=saturday)
    assert found.due_at == saturday + timedelta(hours=1)


@pytest.mark.parametrize(
    ("fired", "expected"),
    [
        ([], Level.OWNER),
        ([Level.OWNER], Level.BREACH),
        ([Level.OWNER, Level.BREACH], Level.PROVINCE),
        (list(Level), None),
    ],
)
def test_levels_come_in_order_each_once(fired: list[Level], expected: Level | None) -> None:
    found = moments(QUARTER, always(), started_at=START)
    following = next_call(found, fired)
    assert (following[0] if following else None) == expected


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    """Finished pauses that do not overlap, some before the start, some long after it."""
    cursor, found = START - timedelta(hours=3), []
    for _ in range(draw(st.integers(0, 5))):
        begin = cursor + timedelta(minutes=draw(st.integers(0, 600)))
        cursor = begin + timedelta(minutes=draw(st.integers(0, 2000)))
        found.append(Pause(begin, cursor))
    return found


@given(pauses=pauses(), within=st.integers(1, 3000), hours=st.sampled_from([always(), OFFICE, NIGHTS]))
def test_worked_time_outside_the_pauses_is_exactly_the_budget(pauses, within, hours) -> None:
    found = moments(Budget(timedelta(minutes=within)), hours, started_at=START, pauses=pauses)
    worked = working_between(hours, START, found.due_at) - sum(
        (working_between(hours, max(p.started_at, START), min(p.ended_at, found.due_at)) for p in pauses),
        timedelta(),
    )
    assert worked == timedelta(minutes=within)


@given(pauses=pauses())
def test_the_rungs_of_a_ladder_never_change_places(pauses) -> None:
    calls = moments(QUARTER, OFFICE, started_at=START, pauses=pauses).calls
    assert calls[Level.OWNER] <= calls[Level.BREACH] <= calls[Level.PROVINCE]
