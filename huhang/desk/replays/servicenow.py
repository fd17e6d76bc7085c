"""ServiceNow incidents: one row per change, holding the whole incident as it then was.

The log says whether the promise was kept (`made_sla`), not what was promised.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from huhang.desk.replays import learning, rows
from huhang.desk.replays.facts import Act, Case, Fact, Log, Terms
from huhang.desk.rules.kinds import Kind, Priority

NAME = "servicenow_incidents"
ZONE = ZoneInfo("UTC")
FORM = "%d-%m-%Y %H:%M"
UNKNOWN = "?"
NEEDED = (
    "number", "incident_state", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla", "opened_at",
    "sys_updated_by", "sys_updated_at", "category", "priority", "assignment_group", "assigned_to", "resolved_at",
    "closed_at",
)  # fmt: skip
WAITS = {
    "Awaiting User Info": "servicenow-user-info",
    "Awaiting Problem": "servicenow-problem",
    "Awaiting Vendor": "servicenow-vendor",
    "Awaiting Evidence": "servicenow-evidence",
}
OVER = {"Resolved", "Closed"}
WORK = {"New", "Active"}
PRIORITIES = {"1": Priority.URGENT, "2": Priority.HIGH, "3": Priority.NORMAL, "4": Priority.LOW}
MINUTE = timedelta(minutes=1)

EARLY_ROW = "有记录早于受理时间，按受理时间计"
CUT_AT_START = "第一条记录时已不是新单"
REOPEN_UNSEEN = "reopen_count 与状态变化看到的重开次数不同"
STATE_UNKNOWN = "不认识的状态，按处理中计"
RESOLVED_AT_DIFFERS = "resolved_at 与状态变为已解决的时间不同"
NEVER_OVER = "记录结束时未解决"
SAYS = (
    "来源只有是否守时（made_sla），没有承诺时间：按最后的优先级求出与 made_sla 最相符的时限，报告相符的件数。",
    "等待停钟与不停钟都试，取相符更多的一种。不停钟时，时限由任何原因都不停的时钟（法定处理）来计。",
    "等待：Awaiting … 状态的起止；重开：状态从已解决或已关闭回到处理中（reopen_count）。",
    "来源没有时区，按 UTC 读取；一天 24 小时计时。",
)


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    opened_at: datetime
    turn: int
    state: str
    group: str
    assigned: str
    by: str
    priority: Priority
    kept: bool
    reopened: int
    resolved_at: datetime | None
    category: str


def read(path: Path) -> Log:
    """Every incident from its rows, and per priority the limit that explains `made_sla` best."""
    good, rejects = rows.sorted_out(rows.numbered(path, NEEDED), _row)
    found: dict[str, list[_Row]] = defaultdict(list)
    for _, row, read_row in good:
        found[row["number"]].append(read_row)
    cases = tuple(_case(ref, sorted(turns, key=lambda t: (t.at, t.turn))) for ref, turns in found.items())
    promises, waits_stop = learning.fitted(cases)
    terms = Terms(zone=ZONE.key, promises=promises, waits_stop=waits_stop)
    waits = {code: state for state, code in WAITS.items()}
    return Log(NAME, len(good) + len(rejects), cases, tuple(rejects), terms, waits, SAYS)


def _row(row: rows.Row) -> _Row:
    rows.text(row, "number")
    resolved = rows.wall_or_none(row, "resolved_at", FORM, UNKNOWN)
    level = rows.text(row, "priority")[:1]
    if level not in PRIORITIES:
        raise rows.BadRow(f"priority 不认识：{row['priority']}")
    if rows.text(row, "made_sla").upper() not in ("TRUE", "FALSE"):
        raise rows.BadRow(f"made_sla 不是 TRUE 或 FALSE：{row['made_sla']}")
    return _Row(
        at=rows.moment(rows.wall(row, "sys_updated_at", FORM), ZONE),
        opened_at=rows.moment(rows.wall(row, "opened_at", FORM), ZONE),
        turn=_count(row, "sys_mod_count"), state=rows.text(row, "incident_state"),
        group=_known(row, "assignment_group"), assigned=_known(row, "assigned_to"),
        by=_known(row, "sys_updated_by"), priority=PRIORITIES[level],
        kept=row["made_sla"].upper() == "TRUE", reopened=_count(row, "reopen_count"),
        resolved_at=rows.moment(resolved, ZONE) if resolved else None, category=_known(row, "category"),
    )  # fmt: skip


def _count(row: rows.Row, column: str) -> int:
    value = rows.text(row, column)
    if not value.isdecimal():
        raise rows.BadRow(f"{column} 不是次数：{value}")
    return int(value)


def _known(row: rows.Row, column: str) -> str:
    value = row.get(column, "")
    return "" if value == UNKNOWN else value


def _case(ref: str, turns: list[_Row]) -> Case:
    first, last = turns[0], turns[-1]
    reading = _Reading(first)
    facts = [fact for turn in turns for fact in reading.of(turn)]
    opened = first.opened_at
    case = Case(
        ref=ref, title=f"{ref} {last.category}".strip(), unit=next((t.group for t in turns if t.group), ""),
        kind=Kind.INQUIRY, opened_at=opened, priority=first.priority, late=not last.kept,
        facts=tuple(replace(fact, at=max(fact.at, opened)) for fact in facts),
    )  # fmt: skip
    return replace(case, remarks=tuple(_remarks(case, turns)))


class _Reading:
    """One incident, row by row: only what changed is a fact."""

    def __init__(self, first: _Row) -> None:
        self.state, self.group, self.assigned, self.priority = "New", first.group, "", first.priority

    def of(self, row: _Row) -> Iterator[Fact]:
        base = Fact(row.at, Act.NOTED, unit=row.group, person=row.by)
        yield from self._weighed(row, base)
        if self.state in OVER and row.state not in OVER:
            yield replace(base, act=Act.REOPENED, words=row.state)
        if self.state in WAITS and row.state not in WAITS and row.state not in OVER:
            yield replace(base, act=Act.GOES_ON)
        yield from self._placed(row, base)
        if row.state != self.state:
            yield from self._turned(row, base)
        self.state = row.state

    def _weighed(self, row: _Row, base: Fact) -> Iterable[Fact]:
        changed, self.priority = row.priority != self.priority, row.priority
        return [replace(base, act=Act.WEIGHED, words=row.priority.value)] if changed else []

    def _placed(self, row: _Row, base: Fact) -> Iterator[Fact]:
        if row.group and row.group != self.group:
            if self.group and row.state not in OVER:
                yield replace(base, act=Act.HANDED_OVER)
            self.group = row.group
        if row.assigned and row.assigned != self.assigned:
            self.assigned = row.assigned
            if row.state not in OVER:
                yield replace(base, act=Act.TAKEN, person=row.assigned)

    def _turned(self, row: _Row, base: Fact) -> Iterable[Fact]:
        if row.state in WAITS:
            return [replace(base, act=Act.WAITS, words=WAITS[row.state])]
        if row.state == "Resolved":
            return [replace(base, act=Act.NOTED if self.state == "Closed" else Act.RESOLVED, words=row.state)]
        if row.state == "Closed":
            return [replace(base, act=Act.CLOSED, words=row.state)]
        return [replace(base, words=row.state)]


def _remarks(case: Case, turns: list[_Row]) -> Iterator[str]:
    if any(turn.at < case.opened_at for turn in turns):
        yield EARLY_ROW
    if turns[0].state != "New":
        yield CUT_AT_START
    if case.reopenings != turns[-1].reopened:
        yield REOPEN_UNSEEN
    if any(turn.state not in WORK | OVER | set(WAITS) for turn in turns):
        yield STATE_UNKNOWN
    solved = [fact.at for fact in case.facts if fact.act == Act.RESOLVED]
    if case.ended_at is None:
        yield NEVER_OVER
    elif turns[-1].resolved_at and solved and solved[-1] != turns[-1].resolved_at:
        yield RESOLVED_AT_DIFFERS
