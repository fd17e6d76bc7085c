"""Two lists of hits side by side: what is added and removed always adds up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.journey.rules.preview import Found, compare, share_for

SINCE = datetime(2026, 11, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)

hits = st.lists(
    st.builds(
        lambda waybill, anchor, late, unit: Found(waybill, SINCE + anchor * HOUR, SINCE + (anchor + late) * HOUR, unit),
        st.sampled_from("ABCD"), st.integers(-40, 160), st.integers(0, 48), st.sampled_from(["", "U1", "U2"]),
    ),
    max_size=20, unique_by=lambda hit: hit.trouble,
)  # fmt: skip


@given(hits, hits)
def test_what_is_added_and_removed_adds_up(before: list[Found], after: list[Found]):
    told = compare(before, after, since=SINCE)
    assert len(told.before) + len(told.added) - len(told.removed) == len(told.after)
    first, last = SINCE.date(), (SINCE + timedelta(days=7)).date()
    days = told.by_day(first, last)
    assert sum(row.before for row in days) == len(told.before)
    assert sum(row.after for row in told.by_unit()) == sum(row.after for row in days) == len(told.after)


@given(hits)
def test_without_a_change_nothing_differs(before: list[Found]):
    told = compare(before, before, since=SINCE)
    assert (told.added, told.removed, told.moved) == ((), (), 0)


def test_a_limit_carried_over_the_edge_is_no_new_hit():
    early = Found("A", SINCE - 10 * HOUR, SINCE - HOUR, "")
    late = Found("A", SINCE - 10 * HOUR, SINCE + HOUR, "")
    assert compare([early], [late], since=SINCE).added == ()
    assert compare([late], [early], since=SINCE).removed == ()


@pytest.mark.parametrize(("rows", "share"), [(0, 1), (100, 1), (101, 2), (201, 4), (1600, 16), (1601, 32)])
def test_a_bigger_log_is_sampled_more_thinly(rows: int, share: int):
    assert share_for(rows, 100) == share
