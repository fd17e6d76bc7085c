"""A clock lived again: what must hold whatever its history."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from huhang.desk.rules.clock import Budget, Pause, Rung, moments
from huhang.desk.rules.kinds import ClockState, Level
from huhang.desk.rules.replay import Change, Record, Rest, Terms, replay
from huhang.kit.calendars import always, china_days, from_windows, weekly

START = datetime(2026, 9, 30, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = weekly({day: ["09:00-12:00", "13:30-18:00"] for day in WEEK[:5]}, special=china_days(2026))
NIGHTS = weekly({day: ["20:00-06:00"] for day in WEEK})
WALL = from_windows(
    {str(day): [["00:00", "00:00"]] for day in range(1, 8)}, zone="Europe/Berlin", by_wall_clock=True
)
hours = st.sampled_from([always(), OFFICE, NIGHTS, WALL])
rungs = st.lists(
    st.builds(Rung, st.sampled_from([Level.OWNER, Level.LEAD, Level.UNIT, Level.HQ]), st.integers(1, 100)),
    unique_by=lambda rung: rung.level, max_size=4,
)  # fmt: skip
budgets = st.builds(
    lambda minutes, ladder: Budget(minutes * MINUTE, tuple(ladder)), st.integers(1, 4000), rungs
)
FOREVER = START + timedelta(days=300)


@given(budget=budgets, calendar=hours)
def test_undisturbed_it_calls_every_rung_at_its_moment(budget: Budget, calendar) -> None:
    stand = replay(Record(START, Terms(budget, calendar)), until=FOREVER)
    expected = moments(budget, calendar, started_at=START)
    assert {call.level: call.due_at for call in stand.calls} == expected.calls
    assert (stand.state, stand.due_at, stand.next_at) == (ClockState.RUNNING, expected.due_at, None)


@given(budget=budgets, calendar=hours, begins=st.integers(0, 3000), lasts=st.integers(1, 3000))
def test_a_pause_ends_at_its_limit_when_nobody_ends_it(budget, calendar, begins, lasts) -> None:
    rest = Rest(START + begins * MINUTE, START + (begins + lasts) * MINUTE)
    ended = Rest(rest.started_at, rest.until_at, rest.until_at)
    terms = Terms(budget, calendar)
    left, right = (replay(Record(START, terms, rests=[one]), until=FOREVER) for one in (rest, ended))
    assert left == right
    pause = Pause(rest.started_at, rest.until_at)
    assert left.due_at == moments(budget, calendar, started_at=START, pauses=[pause]).due_at


@given(before=budgets, after=budgets, calendar=hours, at=st.integers(1, 5000))
def test_a_change_calls_no_level_twice_and_counts_from_the_start(before, after, calendar, at) -> None:
    record = Record(START, Terms(before, calendar), [Change(START + at * MINUTE, Terms(after, calendar))])
    stand = replay(record, until=FOREVER)
    assert len({call.level for call in stand.calls}) == len(stand.calls)
    assert stand.due_at == moments(after, calendar, started_at=START).due_at


def test_what_is_kept_at_its_very_due_moment_was_never_late() -> None:
    terms = Terms(Budget(15 * MINUTE, ()), always())
    kept, late = (
        replay(Record(START, terms, stopped_at=START + 15 * MINUTE + after), until=FOREVER)
        for after in (timedelta(), timedelta.resolution)
    )
    assert (kept.calls, [call.level for call in late.calls]) == ((), [Level.BREACH])
