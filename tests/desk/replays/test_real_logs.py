"""The real process logs, where they are on this machine: our clocks against what the sources say.

A part of each log keeps this under a minute; `huhang desk replay` does the whole.
"""

import csv
import gzip
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from huhang.desk.actions.replaying import Replayed, replay
from huhang.desk.replays import logs, verdicts
from huhang.desk.replays.facts import waits_of
from tests.cast import NOON, Cast
from tests.data import shared

PART = 25


def file_of(name: str) -> Path:
    """The log's one file: whichever part of it lies there."""
    found = sorted(shared(name).glob("*.csv*"))
    if not found:
        pytest.skip(f"no log of {name} on this machine")
    return found[0]


def rows_of(name: str) -> list[dict[str, str]]:
    with gzip.open(file_of(name), "rt", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def lived(name: str) -> Replayed:
    return replay(logs.read(name, file_of(name), limit=PART), now=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(logs.READERS))
def test_a_part_of_it_lived_through_differs_in_nothing_unexplained(name: str, cast: Cast) -> None:
    done = lived(name)
    assert {check.name: check.unexplained for check in done.checks if check.unexplained} == {}
    assert (done.cases, dict(done.refused)) == (PART, {})


class TestBaltimore:
    def test_every_due_time_is_what_our_calendar_makes_of_the_types_span(self) -> None:
        log = logs.read("baltimore_311", file_of("baltimore_311"))
        calendar = log.terms.calendar
        apart: Counter[str] = Counter()
        for case in log.cases:
            promise = log.terms.promise_for(case)
            if case.promised_at and promise:
                ours = verdicts.due_of(promise, case.opened_at, calendar)
                apart[case.sort] += ours != case.promised_at
        assert sum(apart.values()) == 0
        promised = {row["SRType"] for row in rows_of("baltimore_311") if row["DueDate"]}
        assert set(apart) == promised and len(log.rejects) == 0

    def test_every_row_is_a_case(self) -> None:
        log = logs.read("baltimore_311", file_of("baltimore_311"))
        rows = rows_of("baltimore_311")
        assert len(log.cases) == len(rows)
        closed = sum(row["SRStatus"].startswith("Closed") for row in rows)
        assert sum(case.ended_at is not None for case in log.cases) == closed


class TestHelpdesk:
    def test_waits_and_reopenings_are_those_of_the_file(self) -> None:
        log = logs.read("helpdesk_log", file_of("helpdesk_log"))
        words = defaultdict(list)
        for row in rows_of("helpdesk_log"):
            words[row["case:concept:name"]].append(row["concept:name"])
        waiting, over = {"Wait", "Require upgrade"}, {"Resolve ticket", "Closed"}
        silent = {"VERIFIED", "RESOLVED", "INVALID", "DUPLICATE"}
        waits = reopened = 0
        for said in words.values():
            acts = [word for word in said if word not in silent]
            pairs = list(zip(["", *acts], acts, strict=False))
            waits += sum(now in waiting and now != before for before, now in pairs)
            reopened += sum(before in over and now not in over for before, now in pairs)
        assert sum(len(waits_of(case, until=log.until)) for case in log.cases) == waits
        assert sum(case.reopenings for case in log.cases) == reopened


class TestServicenow:
    def test_waits_reopenings_and_verdicts_are_those_of_the_file(self) -> None:
        log = logs.read("servicenow_incidents", file_of("servicenow_incidents"))
        turns = defaultdict(list)
        for row in rows_of("servicenow_incidents"):
            turns[row["number"]].append(row)
        waits = reopened = 0
        for rows in turns.values():
            states = ["New", *(row["incident_state"] for row in rows)]
            waits += sum(now.startswith("Awaiting") and now != before for before, now in pairwise(states))
            reopened += int(rows[-1]["reopen_count"])
        assert sum(len(waits_of(case, until=log.until)) for case in log.cases) == waits
        assert sum(case.reopenings for case in log.cases) == reopened
        late = {number for number, rows in turns.items() if rows[-1]["made_sla"] == "FALSE"}
        assert {case.ref for case in log.cases if case.late} == late


class TestPingshan:
    def test_late_orders_by_unit_are_those_of_the_file(self) -> None:
        log = logs.read("civic_orders_pingshan", file_of("civic_orders_pingshan"))
        theirs = Counter(
            row["DISPOSE_UNIT_NAME"]
            for row in rows_of("civic_orders_pingshan")
            if row["OVERTIME_ARCHIVE_NUM"] == "1"
        )
        assert Counter(case.unit for case in log.cases if case.late) == theirs
