"""Baltimore's 311 requests: one row per request with created, due, status and closing times in US Eastern time.

A type promises a fixed number of calendar days: due at the same hour on the wall, so many days later.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from huhang.desk.replays import rows
from huhang.desk.replays.facts import Act, Case, Fact, Log, Promise, Terms
from huhang.desk.rules.kinds import Kind

NAME = "baltimore_311"
ZONE = ZoneInfo("America/New_York")
FORM = "%m/%d/%Y %I:%M:%S %p"
NEEDED = (
    "ServiceRequestNum", "SRType", "CreatedDate", "SRStatus", "StatusDate", "DueDate", "CloseDate", "Agency",
)  # fmt: skip
MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
STATES = {"New", "Open", "Pending", "Closed"}
MARKS = {"", "Duplicate", "Transferred"}

NO_PROMISE = "来源没有承诺时间"
CLOSED_AT_ONCE = "受理的同一秒办结"
CLOSED_BEFORE = "来源的办结早于受理，按受理时办结"
CLOSED_UNDATED = "已关闭但没有关闭时间，以状态时间代替"
STATUS_HOUR_OFF = "状态时间比关闭时间差整一小时"
STATUS_BEFORE_CLOSE = "状态时间早于关闭时间"
SKIPPED_HOUR = "承诺时间落在夏令时跳过的一小时"
DOUBLED_HOUR = "时间落在夏令时重复的一小时，取第一次"
DAYS_OPEN_DIFFERS = "DaysOpen 与日期之差不符"
CLOSED_YET_ALIVE = "有关闭时间而状态仍在办，按在办处理"
UNKNOWN_STATUS = "不认识的状态，按在办处理"


def read(path: Path) -> Log:
    """Every request as a case, and per type the promise that its rows show."""
    good, rejects = rows.sorted_out(rows.numbered(path, NEEDED), _Request)
    count = len(good) + len(rejects)
    seen: dict[str, _Request] = {}
    for number, row, request in good:
        if request.ref in seen:
            rejects.append(rows.rejected(number, row, f"单号重复：{request.ref}"))
        else:
            seen[request.ref] = request
    ends = [request.last for request in seen.values()]
    cases = tuple(request.case(max(ends)) for request in seen.values())
    terms = Terms(zone=ZONE.key, promises=tuple(_promises(seen.values())), by_wall_clock=True)
    return Log(NAME, count, cases, tuple(sorted(rejects, key=lambda r: r.row)), terms, says=SAYS)


SAYS = (
    "承诺：每类事项固定天数，由本文件每类“承诺减受理”最常见的天数得出；按墙上钟点计，夏令时不改变钟点。",
    "超时：关闭晚于承诺；未关闭的以本文件最后时刻为准。",
    "来源没有等待与重开的记录；Pending 不移动来源的承诺时间，因此记为备注，不停钟。",
)


class _Request:
    """One row, understood. Times are as the clock on the wall showed them."""

    def __init__(self, row: rows.Row) -> None:
        self.ref, self.sort = rows.text(row, "ServiceRequestNum"), rows.text(row, "SRType")
        self.agency, self.status = rows.text(row, "Agency"), rows.text(row, "SRStatus")
        self.created = rows.wall(row, "CreatedDate", FORM)
        self.due = rows.wall_or_none(row, "DueDate", FORM)
        self.turned = rows.wall_or_none(row, "StatusDate", FORM) or self.created
        self.closed = rows.wall_or_none(row, "CloseDate", FORM)
        self.days_open = row.get("DaysOpen", "")
        self.state, _, mark = self.status.partition(" (")
        self.mark = mark.rstrip(")")
        self.is_over = self.state == "Closed"

    @property
    def last(self) -> datetime:
        return max(filter(None, (self.created, self.closed, self.turned)))

    @property
    def ended(self) -> datetime | None:
        return (self.closed or self.turned) if self.is_over else None

    def case(self, until: datetime) -> Case:
        return Case(
            ref=self.ref, title=self.sort, sort=self.sort, unit=self.agency, kind=Kind.COMPLAINT,
            opened_at=rows.moment(self.created, ZONE),
            promised_at=rows.moment(self.due, ZONE) if self.due else None,
            late=(self.ended or until) > self.due if self.due else None,
            facts=tuple(self._facts()), remarks=tuple(self._remarks()),
        )  # fmt: skip

    def _facts(self) -> Iterable[Fact]:
        at = rows.moment(max(self.created, self.ended or self.turned), ZONE)
        if self.is_over:
            yield self._ending(at)
            return
        if self.state != "New":
            yield Fact(at, Act.TAKEN, unit=self.agency)
        if self.mark or self.state not in ("New", "Open"):
            yield Fact(at, Act.NOTED, words=self.status)

    def _ending(self, at: datetime) -> Fact:
        ends = {"Duplicate": Act.DUPLICATE, "Transferred": Act.TRANSFERRED}
        return Fact(at, ends.get(self.mark, Act.RESOLVED), unit=self.agency, words=self.status)

    def _remarks(self) -> Iterable[str]:
        if self.state not in STATES or self.mark not in MARKS:
            yield UNKNOWN_STATUS
        if self.mark:
            yield f"状态 {self.status}"
        elif not self.is_over:
            yield f"仍在办：{self.state}"
        if self.due is None:
            yield NO_PROMISE
        elif rows.is_skipped(self.due, ZONE):
            yield SKIPPED_HOUR
        if any(moment and rows.is_doubled(moment, ZONE) for moment in (self.created, self.due, self.closed)):
            yield DOUBLED_HOUR
        yield from self._about_closing()

    def _about_closing(self) -> Iterable[str]:
        if self.is_over and self.closed is None:
            yield CLOSED_UNDATED
        if self.closed is None:
            return
        if not self.is_over:
            yield CLOSED_YET_ALIVE
        if self.closed == self.created:
            yield CLOSED_AT_ONCE
        elif self.closed < self.created:
            yield CLOSED_BEFORE
        apart = self.turned - self.closed
        if abs(abs(apart) - HOUR) <= SECOND:
            yield STATUS_HOUR_OFF
        elif apart < -SECOND:
            yield STATUS_BEFORE_CLOSE
        if self.days_open and self.days_open != str((self.closed.date() - self.created.date()).days):
            yield DAYS_OPEN_DIFFERS


def _promises(requests: Iterable[_Request]) -> Iterable[Promise]:
    """Per type the span that most of its rows have; of equally many the shorter."""
    spans: dict[str, Counter[int]] = defaultdict(Counter)
    for request in requests:
        if request.due:
            spans[request.sort][round((request.due - request.created) / MINUTE)] += 1
    for sort, found in sorted(spans.items()):
        minutes, times = min(found.items(), key=lambda item: (-item[1], item[0]))
        if minutes >= 0:
            why = f"{times}/{found.total()} 件的承诺都是 {minutes / 1440:g} 天"
            yield Promise(minutes, sort=sort, why=why)
