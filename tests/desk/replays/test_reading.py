"""Foreign rows become facts in our words; what cannot be read is named with its row and its reason."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huhang.desk.replays import baltimore, helpdesk, logs, pingshan, servicenow
from huhang.desk.replays.facts import Act, Case, NotThisLog, product_of, waits_of
from huhang.desk.rules.kinds import Kind, Priority
from tests.desk.replays.files import (
    baltimore_file,
    change,
    event,
    helpdesk_file,
    order,
    pingshan_file,
    request,
    servicenow_file,
)

HOUR = timedelta(hours=1)


def acts(case: Case) -> list[str]:
    return [fact.act.value for fact in case.facts]


class TestBaltimore:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("Closed", ["resolved"]),
            ("Closed (Duplicate)", ["duplicate"]),
            ("Closed (Transferred)", ["transferred"]),
            ("New", []),  # nobody has looked at it
            ("Open", ["taken"]),
            ("Pending", ["taken", "noted"]),  # the source's promise does not wait, so ours does not either
            ("Open (Duplicate)", ["taken", "noted"]),
            ("Brand new idea", ["taken", "noted"]),
        ],
    )
    def test_status_is_what_happened(self, tmp_path: Path, status: str, expected: list[str]) -> None:
        closed = {} if status.startswith("Closed") else {"CloseDate": ""}
        log = baltimore.read(baltimore_file(tmp_path, request("1", SRStatus=status, **closed)))
        assert acts(log.cases[0]) == expected

    def test_types_promise_what_most_of_their_rows_show(self, tmp_path: Path) -> None:
        ten_days = request("3", DueDate="04/26/2018 05:30:13 AM")
        other = request("4", SRType="ECC-Escalation", DueDate="")
        log = baltimore.read(baltimore_file(tmp_path, request("1"), request("2"), ten_days, other))
        assert [(p.sort, p.minutes) for p in log.terms.promises] == [("SW-Dirty Alley", 5 * 1440)]
        assert baltimore.NO_PROMISE in log.cases[3].remarks

    def test_times_are_eastern(self, tmp_path: Path) -> None:
        case = baltimore.read(baltimore_file(tmp_path, request("1"))).cases[0]
        assert case.opened_at == datetime(2018, 4, 16, 9, 30, 13, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("values", "remark"),
        [
            ({"CloseDate": "04/16/2018 05:30:13 AM", "DaysOpen": "0"}, baltimore.CLOSED_AT_ONCE),
            ({"CloseDate": "04/15/2018 05:30:13 AM", "DaysOpen": "-1"}, baltimore.CLOSED_BEFORE),
            ({"CloseDate": ""}, baltimore.CLOSED_UNDATED),
            ({"StatusDate": "04/18/2018 07:25:34 AM"}, baltimore.STATUS_HOUR_OFF),
            ({"StatusDate": "04/17/2018 07:25:34 AM"}, baltimore.STATUS_BEFORE_CLOSE),
            ({"DueDate": "03/11/2018 02:30:00 AM"}, baltimore.SKIPPED_HOUR),
            ({"CreatedDate": "11/04/2018 01:30:00 AM"}, baltimore.DOUBLED_HOUR),
            ({"DaysOpen": "9"}, baltimore.DAYS_OPEN_DIFFERS),
            ({"SRStatus": "Open"}, baltimore.CLOSED_YET_ALIVE),
        ],
    )
    def test_oddities_are_named(self, tmp_path: Path, values: dict[str, str], remark: str) -> None:
        assert remark in baltimore.read(baltimore_file(tmp_path, request("1", **values))).cases[0].remarks

    def test_closed_before_opening_ends_when_it_opens(self, tmp_path: Path) -> None:
        row = request("1", CloseDate="04/15/2018 05:30:13 AM")
        case = baltimore.read(baltimore_file(tmp_path, row)).cases[0]
        assert case.ended_at == case.opened_at

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"CreatedDate": "2018-04-16"}, "CreatedDate 不是时间：2018-04-16"),
            ({"SRType": ""}, "SRType 为空或无法读取"),
            ({"DueDate": "soon"}, "DueDate 不是时间：soon"),
            ({"ServiceRequestNum": "1"}, "单号重复：1"),
        ],
    )
    def test_bad_rows_are_kept_aside(self, tmp_path: Path, values: dict[str, str], reason: str) -> None:
        log = baltimore.read(baltimore_file(tmp_path, request("1"), request("2", **values)))
        assert [(r.row, r.reason) for r in log.rejects] == [(3, reason)]
        assert (log.rows, len(log.cases)) == (2, 1)


class TestHelpdesk:
    @pytest.mark.parametrize(
        ("activities", "expected"),
        [
            (["Resolve ticket", "Closed"], ["resolved", "closed"]),
            (["Wait", "Take in charge ticket"], ["waits", "goes_on", "handed_over", "taken"]),
            (["Wait", "Wait", "Resolve ticket"], ["waits", "waits", "resolved"]),
            (["Wait", "Require upgrade"], ["waits", "waits"]),
            (["Resolve ticket", "Resolve ticket"], ["resolved", "noted"]),  # told twice
            (["Closed", "Wait"], ["closed", "reopened", "waits"]),
            (["Resolve ticket", "Take in charge ticket"], ["resolved", "reopened", "handed_over", "taken"]),
            (["Closed", "VERIFIED"], ["closed", "noted"]),  # of the developers' own tracker
            (["Juggle"], ["noted"]),
        ],
    )
    def test_activities_by_what_went_before(
        self, tmp_path: Path, activities: list[str], expected: list[str]
    ) -> None:
        rows = [event("A", word, f"{day:02d} 09:00") for day, word in enumerate(activities, start=3)]
        log = helpdesk.read(helpdesk_file(tmp_path, event("A", "Assign seriousness", "02 09:00"), *rows))
        assert acts(log.cases[0]) == expected

    def test_a_wait_ends_with_the_next_activity(self, tmp_path: Path) -> None:
        words = [("Assign seriousness", "02"), ("Wait", "03"), ("Wait", "04"), ("Require upgrade", "05")]
        rows = [event("A", word, f"{day} 09:00") for word, day in [*words, ("Resolve ticket", "09")]]
        log = helpdesk.read(helpdesk_file(tmp_path, *rows))
        found = [(w.reason, w.lasted / (24 * HOUR)) for w in waits_of(log.cases[0], until=log.until)]
        assert found == [("helpdesk-wait", 2), ("helpdesk-upgrade", 4)]

    def test_events_out_of_order_are_put_in_order(self, tmp_path: Path) -> None:
        rows = [event("A", "Resolve ticket", "04 09:00"), event("A", "Assign seriousness", "02 09:00")]
        assert acts(helpdesk.read(helpdesk_file(tmp_path, *rows)).cases[0]) == ["resolved"]

    def test_a_torn_file_is_refused(self, tmp_path: Path) -> None:
        path = helpdesk_file(
            tmp_path, *(event(str(n), "Wait", "02 09:00", by=f"V{n * 7919}") for n in range(900))
        )
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(NotThisLog):
            helpdesk.read(path)


class TestServicenow:
    def test_only_changes_are_facts(self, tmp_path: Path) -> None:
        rows = [
            change("I1", "New", "01 09:05", 0),
            change("I1", "Active", "01 09:10", 1, assignment_group="Group 2", assigned_to="Resolver 1"),
            change(
                "I1",
                "Awaiting User Info",
                "01 10:00",
                2,
                assignment_group="Group 2",
                assigned_to="Resolver 1",
            ),
            change("I1", "Active", "01 12:00", 3, assignment_group="Group 2", priority="2 - High"),
            change("I1", "Resolved", "01 13:00", 4, assignment_group="Group 2", priority="2 - High"),
            change(
                "I1",
                "Active",
                "01 14:00",
                5,
                assignment_group="Group 2",
                priority="2 - High",
                reopen_count="1",
            ),
            change(
                "I1",
                "Closed",
                "02 09:00",
                6,
                assignment_group="Group 2",
                priority="2 - High",
                reopen_count="1",
            ),
        ]
        case = servicenow.read(servicenow_file(tmp_path, *rows)).cases[0]
        assert acts(case) == [
            "handed_over", "taken", "noted", "waits", "weighed", "goes_on", "noted", "resolved", "reopened",
            "noted", "closed",
        ]  # fmt: skip
        assert case.last_priority == Priority.HIGH
        assert (case.late, case.reopenings) == (False, 1)
        assert servicenow.REOPEN_UNSEEN not in case.remarks

    @pytest.mark.parametrize("waits_stop", [True, False])
    def test_finds_the_limit_that_explains_the_verdicts(self, tmp_path: Path, waits_stop: bool) -> None:
        """Four hours; three cases that took longer waited for two of them."""
        rows = []
        for number in range(12):
            waited = 2 if number % 3 == 0 else 0
            hours = 1 + number / 2
            late = "FALSE" if hours - (waited if waits_stop else 0) > 4 else "TRUE"
            minutes = round(hours * 60)
            end = f"01 {9 + minutes // 60:02d}:{minutes % 60:02d}"
            name = f"I{number}"
            rows += [change(name, "New", "01 09:00", 0, made_sla=late)]
            if waited:
                rows += [change(name, "Awaiting User Info", "01 09:00", 1, made_sla=late)]
                rows += [change(name, "Active", "01 11:00", 2, made_sla=late)] if hours >= 2 else []
            rows += [change(name, "Resolved", end, 3, made_sla=late)]
        terms = servicenow.read(servicenow_file(tmp_path, *rows)).terms
        assert terms.waits_stop is waits_stop
        assert terms.promises[0].minutes == 4 * 60

    @pytest.mark.parametrize(
        "values", [{"priority": "9 - Odd"}, {"made_sla": "maybe"}, {"sys_mod_count": "x"}]
    )
    def test_bad_rows_are_kept_aside(self, tmp_path: Path, values: dict[str, str]) -> None:
        good, bad = change("I1", "New", "01 09:05", 0), change("I1", "Closed", "01 10:00", 1, **values)
        log = servicenow.read(servicenow_file(tmp_path, good, bad))
        assert [reject.row for reject in log.rejects] == [3]


class TestPingshan:
    def test_closes_at_the_last_moment_in_time_or_the_first_second_late(self, tmp_path: Path) -> None:
        late = order("2", INTIME_ARCHIVE_NUM="0", OVERTIME_ARCHIVE_NUM="1")
        log = pingshan.read(pingshan_file(tmp_path, order("1"), late))
        # Five working days from Friday 16:00: the make-up weekend of 29 and 30 September counts, the golden week not.
        due = datetime(2018, 10, 10, 8, 0, tzinfo=UTC)
        assert [case.ended_at for case in log.cases] == [due, due + timedelta(seconds=1)]
        assert [case.late for case in log.cases] == [False, True]

    @pytest.mark.parametrize(
        ("nature", "kind"), [("投诉", Kind.COMPLAINT), ("咨询", Kind.INQUIRY), ("-", Kind.INQUIRY)]
    )
    def test_nature_is_the_kind(self, tmp_path: Path, nature: str, kind: Kind) -> None:
        log = pingshan.read(pingshan_file(tmp_path, order("1", EVENT_PROPERTY_NAME=nature)))
        assert log.cases[0].kind == kind

    def test_an_order_without_verdict_stays_alive(self, tmp_path: Path) -> None:
        row = order("1", INTIME_ARCHIVE_NUM="-", OVERTIME_ARCHIVE_NUM="-")
        case = pingshan.read(pingshan_file(tmp_path, row)).cases[0]
        assert (case.late, case.ended_at, case.remarks) == (None, None, (pingshan.NOT_ARCHIVED,))

    @pytest.mark.parametrize("values", [{"OVERTIME_ARCHIVE_NUM": "1"}, {"INTIME_ARCHIVE_NUM": "7"}])
    def test_bad_rows_are_kept_aside(self, tmp_path: Path, values: dict[str, str]) -> None:
        assert len(pingshan.read(pingshan_file(tmp_path, order("1", **values))).rejects) == 1


class TestFiles:
    def test_packed_and_plain_are_the_same(self, tmp_path: Path) -> None:
        rows = [request("1"), request("2")]
        plain, packed = (baltimore_file(tmp_path, *rows, name=name) for name in ("a.csv", "a.csv.gz"))
        assert baltimore.read(plain) == baltimore.read(packed)

    def test_a_log_of_another_shape_says_what_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(NotThisLog, match="缺少列：Agency"):
            logs.read("baltimore_311", helpdesk_file(tmp_path, event("A", "Wait", "02 09:00")))

    def test_a_limit_keeps_the_terms_and_the_end_of_the_whole(self, tmp_path: Path) -> None:
        late = request("2", StatusDate="05/01/2018 06:25:34 AM")
        path = baltimore_file(tmp_path, request("1"), late, request("3", SRType="Other"))
        whole, part = (logs.read("baltimore_311", path, limit=limit) for limit in (None, 1))
        assert (part.terms, part.until, len(part.cases)) == (whole.terms, whole.until, 1)


@pytest.mark.parametrize(
    ("sort", "product"),
    [
        ("SW-Dirty Alley", "SW-Dirty Alley"),
        ("TEC-Footways Contract/Reconstruction", "TEC-Footways Contract/R~"),
    ],
)
def test_long_sorts_are_cut_and_marked(sort: str, product: str) -> None:
    assert product_of(sort).startswith(product) and len(product_of(sort)) <= 32


def test_every_act_has_a_verb() -> None:
    from huhang.desk.actions.replaying import VERBS

    assert set(VERBS) == set(Act)
