"""What may enter the scan log, and what is said of the rest."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huhang.journey.feeds import times, words
from huhang.journey.rules.codes import Code, Reason
from huhang.journey.rules.intake import COLUMNS, NAMES_ZH, Terms, check

NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)
NODES = {"SZ-WZ": "SZ-WZ", "吴中网点": "SZ-WZ"}
TERMS = Terms("test", words.by_carrier, times.moment, NODES)
GOOD = {"waybill": "YT1234567890123", "code": "SIGNED", "event_time": "2026-03-05 11:00:00", "node": "SZ-WZ"}


def checked(*rows, terms=TERMS):
    names = {name for row in rows for name in row}
    return check(pa.table({n: pa.array([row.get(n) for row in rows]) for n in sorted(names)}), terms, now=NOW)


def only(**changes):
    """The one row that was let in."""
    result = checked(GOOD | changes)
    assert result.refused == []
    return result.good.to_pylist()[0]


def refusal(**changes):
    result = checked(GOOD, GOOD | changes, GOOD)
    assert len(result.good) == 2
    assert {refused.row for refused in result.refused} == {2}
    return [(refused.field, refused.code, refused.value) for refused in result.refused]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"code": "out_for_delivery"}, Code.OUT_FOR_DELIVERY),
        ({"code": "15"}, Code.OUT_FOR_DELIVERY),
        ({"code": "派件"}, Code.OUT_FOR_DELIVERY),
        ({"code": "快件已发车"}, Code.DEPARTED),  # the carrier's own words
        ({"code": "301", "carrier": "kuaidi100"}, Code.SIGNED),
        ({"code": "", "text": "【吴中】已收入"}, Code.ARRIVED),
        ({"code": "Q7", "text": "【吴中】已收入"}, Code.ARRIVED),  # the text explains the unknown code
        ({"code": "", "text": "Out for delivery"}, Code.OUT_FOR_DELIVERY),
        ({"code": "", "text": "嗯嗯"}, Code.OTHER),  # kept: nothing is lost, and the codes page shows it
    ],
)
def test_a_code_may_be_told_in_many_ways(given, code):
    assert only(**given)["code"] == code


def test_a_reason_is_heard_in_the_text_or_told():
    assert only(code="", text="派送不成功，客户拒收")["reason"] == Reason.REFUSED
    assert only(code="", text="派送不成功，客户拒收", reason="weather")["reason"] == Reason.WEATHER


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-05 11:00:00", "2026-03-05T03:00:00"),  # without a zone: Shanghai
        ("2026-03-05T11:00", "2026-03-05T03:00:00"),
        ("2026-03-05T11:00:00.250+08:00", "2026-03-05T03:00:00.250000"),
        ("2026-03-05T02:00:00Z", "2026-03-05T02:00:00"),
        ("2026/3/5 11:00", "2026-03-05T03:00:00"),
        ("05.03.2026 11:00", "2026-03-05T03:00:00"),
        ("1772679600", "2026-03-05T03:00:00"),
        ("1772679600000", "2026-03-05T03:00:00"),
        (datetime(2026, 3, 5, 3, tzinfo=UTC), "2026-03-05T03:00:00"),
    ],
)
def test_times_in_many_spellings(written, utc):
    assert only(event_time=written)["event_time"].replace(tzinfo=None).isoformat() == utc


def test_kinds_of_time_may_be_mixed():
    rows = [
        GOOD | {"event_time": written}
        for written in ("2026-03-05 11:00", "2026-03-05T02:00Z", "2026/3/5 11:00")
    ]
    assert len(checked(*rows).good) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"waybill": ""}, [("waybill", "missing", "")]),
        ({"waybill": None}, [("waybill", "missing", "")]),
        ({"waybill": "YT12 34"}, [("waybill", "bad_waybill", "YT12 34")]),
        ({"waybill": "A" * 41}, [("waybill", "bad_waybill", "A" * 41)]),
        ({"code": "ZZZ"}, [("code", "unknown_code", "ZZZ")]),
        ({"code": ""}, [("code", "missing", "")]),
        ({"reason": "BORED"}, [("reason", "unknown_reason", "BORED")]),
        ({"node": "火星网点"}, [("node", "unknown_node", "火星网点")]),
        ({"event_time": ""}, [("event_time", "missing", "")]),
        ({"event_time": "昨天"}, [("event_time", "bad_time", "昨天")]),
        ({"event_time": "2026-02-30 10:00:00"}, [("event_time", "bad_time", "2026-02-30 10:00:00")]),
        ({"event_time": "2026-03-05 12:11:00"}, [("event_time", "time_in_future", "2026-03-05 12:11:00")]),
        ({"event_time": "1999-12-31 10:00:00"}, [("event_time", "time_too_old", "1999-12-31 10:00:00")]),
        (
            {"waybill": "", "node": "火星"},  # everything wrong is said at once
            [("waybill", "missing", ""), ("node", "unknown_node", "火星")],
        ),
    ],
)
def test_a_bad_row_stays_out_alone(changes, said):
    assert refusal(**changes) == said


def test_clocks_may_differ_by_ten_minutes():
    assert only(event_time=(NOW + timedelta(minutes=10)).isoformat())["waybill"]


def test_a_number_is_trimmed_and_raised_unless_the_mapping_keeps_it():
    assert only(waybill=" yt1234567890123 ")["waybill"] == "YT1234567890123"
    kept = checked(GOOD | {"waybill": "e481f51cbdc54678b7cc49136f2d6af7"}, terms=Terms(
        "test", words.by_carrier, times.moment, None, keep_case=True
    ))  # fmt: skip
    assert kept.good["waybill"].to_pylist() == ["e481f51cbdc54678b7cc49136f2d6af7"]


def test_foreign_nodes_are_taken_as_they_are():
    foreign = Terms("test", words.by_carrier, times.moment, None)
    assert checked(GOOD | {"node": "火星网点"}, terms=foreign).good["node"].to_pylist() == ["火星网点"]


def test_facts_ride_on_registered_rows_only():
    facts = {"promised_at": "2026-03-09 00:00:00", "product": "std", "origin": "A", "dest": "B", "flags": "3"}
    table = checked(GOOD | facts | {"code": "REGISTERED"}, GOOD | facts).good
    assert table["promised_at"].to_pylist() == [datetime(2026, 3, 8, 16, tzinfo=UTC), None]
    assert table["flags"].to_pylist() == [3, None]
    assert table.schema.equals(COLUMNS)


def test_typed_columns_need_no_text():
    table = pa.table(
        {
            "waybill": ["YT1234567890123", "YT1234567890124"],
            "code": pa.array([22, 99], pa.int64()),
            "event_time": pa.array([NOW, NOW], pa.timestamp("ns", "UTC")),
        }
    )
    result = check(table, TERMS, now=NOW, numbers=[7, 8])
    assert result.good["code"].to_pylist() == [22]
    assert [(r.row, r.code, r.value) for r in result.refused] == [(8, "unknown_code", "99")]


@given(
    st.lists(
        st.fixed_dictionaries(
            {name: st.text(max_size=12) for name in ("waybill", "code", "event_time", "node")}
        )
    )
)
def test_no_row_is_lost_or_breaks_the_rest(rows):
    table = pa.Table.from_pylist(
        rows, schema=pa.schema(dict.fromkeys(("waybill", "code", "event_time", "node"), pa.string()))
    )
    result = check(table, TERMS, now=NOW)
    assert len(result.good) + len({refused.row for refused in result.refused}) == len(rows)


def test_the_names_on_our_screens_can_be_sent_in_again():
    from huhang.journey.queries import words as screen

    assert {code: str(name) for code, name in screen.CODES.items()} == NAMES_ZH
