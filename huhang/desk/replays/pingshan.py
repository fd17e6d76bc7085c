"""Complaint orders of a Shenzhen district: one row per order with its time of creation, unit, and whether it was late.

No promise and no time of closing is in the log. What can be compared is how many were late, and where.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from huhang.desk.replays import rows
from huhang.desk.replays.facts import Act, Case, Fact, Log, Promise, Reject, Terms
from huhang.desk.rules.kinds import Kind
from huhang.kit.calendars import SpecialDay, YearUnknown, add_working, china_days

NAME = "civic_orders_pingshan"
ZONE = ZoneInfo("Asia/Shanghai")
FORM = "%Y-%m-%d %H:%M:%S"
NEEDED = (
    "REC_ID", "CREATE_TIME", "EVENT_PROPERTY_NAME", "EVENT_TYPE_NAME", "EVENT_SRC_NAME", "SUB_TYPE_NAME",
    "DISPOSE_UNIT_NAME", "INTIME_ARCHIVE_NUM", "OVERTIME_ARCHIVE_NUM",
)  # fmt: skip
BLANK = "-"
KINDS = {"投诉": Kind.COMPLAINT}
OFFICE = {str(day): [["09:00", "12:00"], ["14:00", "18:00"]] for day in range(1, 6)}
DAY_MINUTES = 7 * 60
DAYS = 5

NOT_ARCHIVED = "来源未说是否按时结案，按在办处理"
NO_SORT = "来源没有诉求性质"
WHY = f"日志没有承诺时限；以 {DAYS} 个工作日代替（未确认）"
SAYS = (
    f"来源没有承诺时限，也没有结案时间，只说每件是否按时结案。时限以 {DAYS} 个工作日代替（未确认），含节假日与调休。",
    "按时的按承诺的最后一刻办结，超时的按过后一秒办结；因此只能比较超时的件数与各单位的超时率，不能比较时间。",
    "来源没有等待与重开的记录。",
)


def read(path: Path) -> Log:
    """Every order as a case, closed at the last moment in time or the first second late."""
    good, rejects = rows.sorted_out(rows.numbered(path, NEEDED), _opened)
    count = len(good) + len(rejects)
    seen: dict[str, tuple[rows.Row, Case]] = {}
    for number, row, case in good:
        if case.ref in seen:
            rejects.append(rows.rejected(number, row, f"编号重复：{case.ref}"))
        else:
            seen[case.ref] = (row, case)
    terms = _terms([case for _, case in seen.values()])
    cases = tuple(_closed(row, case, terms) for row, case in seen.values())
    aside: tuple[Reject, ...] = tuple(sorted(rejects, key=lambda r: r.row))
    return Log(NAME, count, cases, aside, terms, says=SAYS)


def _terms(cases: list[Case]) -> Terms:
    """Working days with the holidays of the log's years, and of the year after."""
    years = {case.opened_at.year for case in cases}
    special = [day for year in sorted(years | {y + 1 for y in years}) for day in _days_of(year)]
    promise = Promise(DAYS * DAY_MINUTES, why=WHY)
    return Terms(ZONE.key, (promise,), OFFICE, uses_holidays=True, special=tuple(special))


def _days_of(year: int) -> tuple[SpecialDay, ...]:
    """A year whose holidays nobody knows yet has none."""
    try:
        return china_days(year)
    except YearUnknown:
        return ()


def _opened(row: rows.Row) -> Case:
    kept, late = _flag(row, "INTIME_ARCHIVE_NUM"), _flag(row, "OVERTIME_ARCHIVE_NUM")
    if kept and late:
        raise rows.BadRow("既按时又超时")
    nature = _known(row, "EVENT_PROPERTY_NAME")
    sort = "/".join(filter(None, (_known(row, "EVENT_TYPE_NAME"), _known(row, "SUB_TYPE_NAME"))))
    return Case(
        ref=rows.text(row, "REC_ID"), title=sort or nature or "诉求", sort=sort,
        unit=_known(row, "DISPOSE_UNIT_NAME") or "未定单位", kind=KINDS.get(nature, Kind.INQUIRY),
        opened_at=rows.moment(rows.wall(row, "CREATE_TIME", FORM), ZONE),
        late=late if kept or late else None, remarks=tuple(_remarks(nature, kept or late)),
    )  # fmt: skip


def _closed(row: rows.Row, case: Case, terms: Terms) -> Case:
    promise = terms.promise_for(case)
    if case.late is None or promise is None:
        return case
    due = add_working(terms.calendar, case.opened_at, promise.minutes).due
    at = due + timedelta(seconds=1) if case.late else due
    return replace(case, facts=(Fact(at, Act.RESOLVED, unit=case.unit, words="结案"),))


def _remarks(nature: str, is_archived: bool) -> Iterator[str]:
    if not is_archived:
        yield NOT_ARCHIVED
    if not nature:
        yield NO_SORT


def _flag(row: rows.Row, column: str) -> bool:
    value = row.get(column, "")
    if value not in ("0", "1", BLANK, ""):
        raise rows.BadRow(f"{column} 不是 0 或 1：{value}")
    return value == "1"


def _known(row: rows.Row, column: str) -> str:
    value = row.get(column, "")
    return "" if value == BLANK else value
