"""Importing: good rows are written, refused ones can be fetched, a dry run leaves nothing behind."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError
from pydantic import AliasChoices, BaseModel, Field

from huhang.kit import imports, sheets
from huhang.kit.errors import DomainError, NotAllowed
from huhang.kit.imports import Outcome
from huhang.kit.models import CalendarDay, ImportRun

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
pytestmark = pytest.mark.django_db

FILE = """日期,name,is_off
2026-10-01,国庆节,true
2026-10-02,,true
someday,国庆节,true
2026-10-03,refused,true
2026-10-04,twice,true
2026-10-05,国庆节
2026-10-10,国庆节,false
"""


class DayRow(BaseModel):
    on: date = Field(validation_alias=AliasChoices("on", "日期"))
    name: str
    is_off: bool = True


class DayIsTaken(DomainError):
    """这一天已有安排。"""


def write(row: DayRow, *, by, now) -> Outcome:
    if row.name == "refused":
        raise DayIsTaken(field="on")
    if row.name == "twice":
        CalendarDay.objects.create(on=row.on, name=row.name, is_off=row.is_off)
        raise IntegrityError("duplicate key")
    _, is_new = CalendarDay.objects.update_or_create(on=row.on, defaults=row.model_dump(exclude={"on"}))
    return Outcome.CREATED if is_new else Outcome.UPDATED


@pytest.fixture(autouse=True)
def days(monkeypatch, tmp_path, settings):
    """The importer of the calendar's days, for the length of a test."""
    settings.VAR = tmp_path
    monkeypatch.setattr(imports, "_REGISTRY", dict(imports._REGISTRY))
    imports.importer("days", label="节假日", row=DayRow, permission="kit.calendars")(write)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text(FILE, encoding="gb18030")
    return path


def test_keeps_the_good_rows_and_names_the_others(file):
    run = imports.run("days", file, by=None, now=NOON)
    assert (run.rows, run.created, run.updated, run.rejected) == (7, 2, 0, 5)
    assert [error["row"] for error in run.errors] == [3, 4, 5, 6, 7]
    assert set(CalendarDay.objects.values_list("name", flat=True)) == {"国庆节"}


def test_rejects_can_be_mended_and_sent_again(file, tmp_path):
    run = imports.run("days", file, by=None, now=NOON)
    rows = [row for _, row in sheets.open_sheet(tmp_path / run.rejects_path)]
    assert [row["行号"] for row in rows] == ["3", "4", "5", "6", "7"]
    assert rows[0]["原因"] == "name：必填，不能为空"
    assert rows[2]["原因"] == "日期：这一天已有安排。"
    again = imports.run("days", tmp_path / run.rejects_path, by=None, now=NOON)
    assert (again.rows, again.rejected) == (5, 4)  # one was only cut off, and is whole now


def test_a_dry_run_leaves_nothing_but_its_receipt(file):
    run = imports.run("days", file, by=None, now=NOON, dry_run=True)
    assert (run.created, run.rejected, run.dry_run) == (2, 5, True)
    assert not CalendarDay.objects.exists()
    assert ImportRun.objects.count() == 1


def test_a_column_may_be_called_otherwise(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("Tag,name\n2026-01-01,元旦\n", encoding="utf-8")
    assert imports.run("days", path, by=None, now=NOON, rename={"Tag": "on"}).created == 1


def test_an_unreadable_file_writes_nothing(tmp_path):
    path = tmp_path / "days.xlsx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(sheets.FileUnreadable):
        imports.run("days", path, by=None, now=NOON)
    assert not ImportRun.objects.exists()


def test_files_are_kept_a_month_and_no_longer(file, tmp_path):
    run = imports.run("days", file, by=None, now=NOON)
    written = datetime.fromtimestamp((tmp_path / run.rejects_path).stat().st_mtime, UTC)
    assert imports.forget_files(now=written + timedelta(days=29)) == 0
    assert imports.forget_files(now=written + timedelta(days=31)) == 1


def test_refuses_who_may_not(file):
    class Stranger:
        def may(self, permission, path=None):
            return False

    with pytest.raises(NotAllowed):
        imports.run("days", file, by=Stranger(), now=NOON)


def test_refuses_an_unknown_kind(file):
    with pytest.raises(imports.UnknownKind, match="days"):
        imports.run("nights", file, by=None, now=NOON)


def test_explains_its_columns():
    on, name, is_off = imports.find("days").columns
    assert (on.name, on.aliases, on.is_required) == ("on", ("日期",), True)
    assert name.is_required
    assert not is_off.is_required
