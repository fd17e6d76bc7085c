"""Cases out of a sheet."""

from pathlib import Path

import pytest

from huhang.desk.models import Ticket
from huhang.kit import imports
from huhang.kit.models import ImportRun
from tests.cast import NOON, Cast

pytestmark = pytest.mark.django_db
HEAD = "类型,标题,内容,运单号,网点编号,联系人,电话,优先级,外部单号,受理时间\n"
GOOD = "投诉,外箱破损,杯子碎了,SX1,SZ-WZ,王小明,13800001234,高,A-1,2026-11-20 09:30\n"
OTHER = "催派,请尽快派送,,SX2,SZ-WZ,,,,,2026/11/20 9:05\n"


def run(tmp_path: Path, rows: str, who: object = None, **more: object) -> ImportRun:
    file = tmp_path / "cases.csv"
    file.write_text(HEAD + rows, encoding="utf-8")
    return imports.run("tickets", file, by=who, now=NOON, rejects=tmp_path / "rejects.csv", **more)  # type: ignore[arg-type]


def test_each_row_opens_a_case_as_of_its_own_moment(cast: Cast, tmp_path: Path) -> None:
    told = run(tmp_path, GOOD + OTHER)
    assert (told.created, told.rejected) == (2, 0)
    ticket = Ticket.objects.get(title="外箱破损")
    assert (ticket.unit.code, ticket.priority, ticket.kind) == ("SZ-WZ", "high", "complaint")
    assert ticket.opened_at.isoformat() == "2026-11-20T01:30:00+00:00"
    assert ticket.clocks.get(obligation="first_response").started_at == ticket.opened_at


def test_the_same_file_twice_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    run(tmp_path, GOOD + OTHER)
    told = run(tmp_path, GOOD + OTHER)
    assert (told.created, told.unchanged, Ticket.objects.count()) == (0, 2, 2)


def test_a_dry_run_opens_nothing(cast: Cast, tmp_path: Path) -> None:
    assert run(tmp_path, GOOD, dry_run=True).created == 1
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("谜语,外箱破损,,,SZ-WZ,,,,,\n", "只能是"),
        ("投诉,,,,SZ-WZ,,,,,\n", "必填"),
        ("投诉,外箱破损,,,,,,,,\n", "没有写明单位"),
        ("投诉,外箱破损,,,NOWHERE,,,,,\n", "没有这个单位"),
        ("投诉,外箱破损,,,SZ-WZ,,,,,2027-01-01\n", "晚于现在"),
        ("投诉,外箱破损,,,SZ-WZ,,,,,昨天\n", "不是有效的时间"),
    ],
)
def test_a_bad_row_is_named_with_its_reason_and_the_good_ones_stay(
    cast: Cast, tmp_path: Path, row: str, reason: str
) -> None:
    told = run(tmp_path, row + GOOD)
    assert (told.created, told.rejected) == (1, 1)
    assert told.errors[0]["row"] == 2
    assert reason in told.errors[0]["reason"]
    assert "外箱破损" in (tmp_path / "rejects.csv").read_text("utf-8-sig") or "投诉" in row


def test_nobody_opens_cases_for_a_foreign_unit(cast: Cast, tmp_path: Path) -> None:
    told = run(tmp_path, GOOD.replace("SZ-WZ", "SZ-GS"), cast.gao)
    assert (told.created, told.rejected) == (0, 1)
