"""Tiny made-up logs, written as the real ones are."""

import csv
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path

from huhang.desk.replays import baltimore, helpdesk, pingshan, servicenow

Row = Mapping[str, str]


def written(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> Path:
    """A CSV file, gzipped when its name ends so; values not given are empty."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="")
        writer.writeheader()
        writer.writerows(dict(row) for row in rows)
    return path


def request(number: str, **values: str) -> Row:
    """A closed request of Baltimore: promised five days, done in two."""
    return {
        "ServiceRequestNum": number, "SRType": "SW-Dirty Alley", "CreatedDate": "04/16/2018 05:30:13 AM",
        "SRStatus": "Closed", "StatusDate": "04/18/2018 06:25:34 AM", "DueDate": "04/21/2018 05:30:13 AM",
        "CloseDate": "04/18/2018 06:25:33 AM", "Agency": "Solid Waste", "DaysOpen": "2", **values,
    }  # fmt: skip


def event(case: str, activity: str, at: str, by: str = "Value 1") -> Row:
    """An activity of the help desk in January 2012: `at` is day and hour, `10 09:30`."""
    return {
        helpdesk.CASE: case, helpdesk.ACTIVITY: activity, helpdesk.RESOURCE: by,
        helpdesk.TIME: f"2012-01-{at}:00+00:00",
    }  # fmt: skip


def change(number: str, state: str, at: str, turn: int, **values: str) -> Row:
    """A row of an incident in March 2016: `at` is day and hour, `01 09:30`."""
    return {
        "number": number, "incident_state": state, "reassignment_count": "0", "reopen_count": "0",
        "sys_mod_count": str(turn), "made_sla": "TRUE", "opened_at": "01-03-2016 09:00",
        "sys_updated_by": "Updated by 1", "sys_updated_at": f"{at[:2]}-03-2016 {at[3:]}", "category": "Category 1",
        "priority": "3 - Moderate", "assignment_group": "Group 1", "assigned_to": "?", "resolved_at": "?",
        "closed_at": "?", **values,
    }  # fmt: skip


def order(number: str, **values: str) -> Row:
    """A complaint order of Pingshan, closed in time."""
    return {
        "REC_ID": number, "CREATE_TIME": "2018-09-28 16:00:00", "EVENT_PROPERTY_NAME": "投诉",
        "EVENT_TYPE_NAME": "市容环卫", "EVENT_SRC_NAME": "12345", "SUB_TYPE_NAME": "占道经营",
        "DISPOSE_UNIT_NAME": "教育局", "INTIME_ARCHIVE_NUM": "1", "OVERTIME_ARCHIVE_NUM": "0", **values,
    }  # fmt: skip


def baltimore_file(folder: Path, *rows: Row, name: str = "requests.csv") -> Path:
    return written(folder / name, [*baltimore.NEEDED, "DaysOpen"], rows)


def helpdesk_file(folder: Path, *rows: Row) -> Path:
    columns = (helpdesk.CASE, helpdesk.ACTIVITY, helpdesk.RESOURCE, helpdesk.TIME)
    return written(folder / "events.csv.gz", columns, rows)


def servicenow_file(folder: Path, *rows: Row) -> Path:
    return written(folder / "events.csv", servicenow.NEEDED, rows)


def pingshan_file(folder: Path, *rows: Row) -> Path:
    return written(folder / "orders.csv", pingshan.NEEDED, rows)
