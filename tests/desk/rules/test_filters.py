"""What a URL can mean to a list: a fixed set of names and values, whatever is sent."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huhang.desk.rules.filters import NAMES, READERS, Filters, moment
from tests.cast import NOON

ODD = st.one_of(
    st.text(max_size=90),
    st.sampled_from(
        [
            "unit__path__startswith=/", "owner__password", "1 OR 1=1", "'; DROP TABLE desk_ticket;--", "%s", "{0}",
            "None", "[]", "-1", "1e400", "NaN", "Infinity", "9999-12-31", "0001-01-01", "2026-02-30", "today", "me",
            "none", "\x00", "\ud800", "due;", "-due,opened", "１２３", "²",
        ]
    ),
)  # fmt: skip


@example({"to": "0001011000"})  # a day before there were time zones
@given(st.dictionaries(st.one_of(st.sampled_from(sorted(NAMES)), st.text(max_size=20)), ODD, max_size=12))
def test_whatever_is_sent_is_understood_or_left_out(query: dict[str, str]) -> None:
    filters = Filters.from_query(query)
    written = filters.to_query()
    assert set(written) <= NAMES
    assert Filters.from_query(written) == filters  # what was understood is understood again


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ({}, {}),
        ({"kind": "urge,nonsense,urge"}, {"kind": "urge"}),
        ({"priority": "high,urgent"}, {"priority": "high,urgent"}),
        ({"late": "on", "paused": "yes"}, {"late": "1"}),
        ({"waybill": "SX 7730-0000 0011"}, {"waybill": "SX773000000011"}),  # read off a label
        ({"value_over": "1200.50"}, {"value_over": "1200.5"}),
        ({"value_over": "-3"}, {}),
        ({"soon": "7"}, {}),  # only spans that are offered
        ({"sort": "resolved"}, {}),  # what lives was resolved at no moment
        ({"sort": "resolved", "state": "over"}, {"state": "over", "sort": "resolved"}),
        ({"sort": "-value"}, {"value_over": "0", "sort": "-value"}),  # and says that the others are left out
        ({"sort": "owner__password"}, {}),
        ({"owner__password": "x", "pk": "1"}, {}),
        ({"opened_from": "2026-13-01"}, {}),
        ({"resolved_from": "today"}, {"resolved_from": "today"}),
        ({"owner": "gao", "handler": "no such one"}, {"owner": "gao"}),
        ({"state": "over"}, {"state": "over"}),
        ({"state": "live"}, {}),
    ],
)
def test_a_url_means(query: dict[str, str], written: dict[str, str]) -> None:
    assert Filters.from_query(query).to_query() == written


def test_every_name_has_a_condition_and_a_word() -> None:
    from huhang.desk.pages.filter_words import LABELS
    from huhang.desk.queries.narrowing import CONDITIONS

    assert set(CONDITIONS) == set(READERS) - {"sort", "q"}
    assert set(LABELS) == NAMES - {"sort"}


@pytest.mark.parametrize(
    ("text", "is_end", "meant"),
    [
        ("2026-11-20", False, "2026-11-20T00:00:00+08:00"),
        ("2026-11-20", True, "2026-11-21T00:00:00+08:00"),  # as an end the day is meant whole
        ("2026-11-20T09:30", True, "2026-11-20T09:30:00+08:00"),
        ("2026-11-20T01:30:00 00:00", False, "2026-11-20T01:30:00+00:00"),  # a plus that a URL made a space
        ("today", False, "2026-11-20T00:00:00+08:00"),
        ("yesterday", True, "2026-11-20T00:00:00+08:00"),
        ("7d", False, "2026-11-14T00:00:00+08:00"),
    ],
)
def test_a_moment_is(text: str, is_end: bool, meant: str) -> None:
    at = moment(text, is_end=is_end, now=NOON)
    assert at is not None
    assert at.isoformat() == meant
    assert at - NOON < timedelta(days=1)
