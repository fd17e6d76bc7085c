"""Appeals out of a regulator's file."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Obligation
from huhang.kit import imports
from huhang.kit.errors import NotAllowed
from huhang.kit.models import ImportRun
from tests.cast import NOON, Cast
from tests.factories import channels as factory

pytestmark = pytest.mark.django_db
HEAD = "申诉编号,转办时间,申诉时间,申诉类型,申诉内容,诉求,运单号,申诉人,联系电话,网点编号,入口\n"
GOOD = (
    "SS-1,2026-11-18 10:00,2026/11/17 9:05,丢失短少,寄的手机没有收到,按价赔偿,SX1,王小明,13800001234,SZ-WZ,\n"
)


@pytest.fixture(autouse=True)
def entrance(cast: Cast) -> Any:
    return factory.entrance(cast.unit("HQ"), kind="regulator", key="regulator-12305")


def run(tmp_path: Path, rows: str, **more: Any) -> ImportRun:
    file = tmp_path / "appeals.csv"
    file.write_text(HEAD + rows, encoding="gb18030")
    given = {"by": None} | more
    return imports.run("appeals", file, now=NOON, rejects=tmp_path / "rejects.csv", **given)


def test_opens_a_case_on_the_regulators_clock(cast: Cast, tmp_path: Path) -> None:
    assert (run(tmp_path, GOOD).created, Ticket.objects.count()) == (1, 1)
    case = Ticket.objects.get()
    assert (case.title, case.entrance, case.priority) == ("监管转办：丢失短少", "regulator", "urgent")
    assert case.body == "寄的手机没有收到\n\n诉求：按价赔偿"
    clocks = {clock.obligation: clock for clock in case.clocks.all()}
    # 15 days from when it was passed on, 7 from when the customer complained: not from when the file came.
    assert case.transferred_at and case.received_at
    assert clocks[Obligation.REGULATOR].due_at == case.transferred_at + timedelta(days=15)
    assert clocks[Obligation.STATUTORY].due_at == case.received_at + timedelta(days=7)


def test_the_same_appeal_in_two_files_is_one_case(cast: Cast, tmp_path: Path) -> None:
    run(tmp_path, GOOD)
    told = run(tmp_path, GOOD + GOOD.replace("SS-1", "SS-2"))
    assert (told.created, told.unchanged) == (1, 1)


def test_without_unit_and_parcel_it_is_with_whoever_owns_the_entrance(cast: Cast, tmp_path: Path) -> None:
    run(tmp_path, "SS-9,2026-11-18 10:00,,,态度恶劣,,,,,,\n")
    assert Ticket.objects.get().unit == cast.unit("HQ")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (GOOD.replace("SS-1", ""), "必填"),
        (GOOD.replace("2026-11-18 10:00", ""), "必填"),
        (GOOD.replace("2026-11-18 10:00", "前天"), "不是有效的时间"),
        (GOOD.replace("2026-11-18", "2027-11-18"), "晚于现在"),
        (GOOD.replace("2026/11/17", "2026/11/19"), "申诉时间晚于转办时间"),
        (GOOD.replace(",SZ-WZ,", ",NOWHERE,"), "没有这个单位"),
        (GOOD.rstrip() + "regulator-99\n", "没有这个监管转办入口"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_stay(cast: Cast, tmp_path: Path, row: str, reason: str) -> None:
    told = run(tmp_path, row + GOOD.replace("SS-1", "SS-3"))
    assert (told.created, told.rejected) == (1, 1)
    assert reason in str(told.errors[0])


def test_nobody_opens_one_where_they_open_no_cases(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        run(tmp_path, GOOD, by=cast.nobody)
    assert run(tmp_path, GOOD, by=cast.qian).rejected == 1  # another outlet's
    assert not Ticket.objects.exists()
