"""The arithmetic of promises."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.desk.rules.clock import Budget, Moments, Pause, moments, next_level
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


def test_fifteen_minutes_warn_at_half_and_escalate_after_the_grace() -> None:
    found = moments(QUARTER, always(), started_at=START)
    assert found == Moments(
        warn_at=START + 7.5 * MINUTE, due_at=START + 15 * MINUTE, escalate_at=START + 30 * MINUTE
    )


def test_an_open_pause_has_no_deadline() -> None:
    assert moments(QUARTER, always(), started_at=START, pauses=[Pause(START + MINUTE)]) is None


def test_an_office_clock_that_starts_on_friday_evening_waits_for_monday() -> None:
    friday_evening = datetime(2026, 11, 20, 9, 50, tzinfo=UTC)  # 17:50 in Shanghai
    found = moments(Budget(timedelta(minutes=30)), OFFICE, started_at=friday_evening)
    assert found is not None
    assert found.due_at == datetime(2026, 11, 23, 1, 20, tzinfo=UTC)  # Monday 9:20: ten minutes, then twenty


def test_a_makeup_saturday_is_worked() -> None:
    # 2026-02-14 is a Saturday that is worked for the Spring Festival.
    saturday = datetime(2026, 2, 14, 1, 0, tzinfo=UTC)
    found = moments(Budget(timedelta(hours=1)), OFFICE, started_at=saturday)
    assert found is not None
    assert found.due_at == saturday + timedelta(hours=1)


@pytest.mark.parametrize(
    ("fired", "expected"),
    [
        ([], Level.WARN),
        ([Level.WARN], Level.BREACH),
        ([Level.WARN, Level.BREACH], Level.ESCALATE),
        (list(Level), None),
    ],
)
def test_levels_come_in_order_each_once(fired: list[Level], expected: Level | None) -> None:
    found = moments(QUARTER, always(), started_at=START)
    assert found is not None
    following = next_level(found, fired)
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
    assert found is not None
    worked = working_between(hours, START, found.due_at) - sum(
        (working_between(hours, max(p.started_at, START), min(p.ended_at, found.due_at)) for p in pauses),
        timedelta(),
    )
    assert worked == timedelta(minutes=within)


@given(pauses=pauses())
def test_warning_breach_and_escalation_never_change_places(pauses) -> None:
    found = moments(QUARTER, OFFICE, started_at=START, pauses=pauses)
    assert found is not None
    assert found.warn_at <= found.due_at <= found.escalate_at
