"""An Italian software company's help desk: one row per event with case, activity, resource and time.

The log knows no promise. Whoever takes a ticket in charge has it from then on; waiting lasts until the next activity.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from huhang.desk.replays import learning, rows
from huhang.desk.replays.facts import Act, Case, Fact, Log, Terms
from huhang.desk.rules.kinds import Kind

NAME = "helpdesk_log"
ZONE = ZoneInfo("Europe/Rome")
CASE, ACTIVITY, RESOURCE, TIME = "case:concept:name", "concept:name", "org:resource", "time:timestamp"
WAITS = {"Wait": "helpdesk-wait", "Require upgrade": "helpdesk-upgrade"}
OPENS = {"Assign seriousness", "Insert ticket"}
WORK = {"Take in charge ticket", "Create SW anomaly", "Resolve SW anomaly", "Schedule intervention", *OPENS}
# What the developers' own tracker says of an anomaly: nothing that anybody does to the case.
ELSEWHERE = {"VERIFIED", "RESOLVED", "INVALID", "DUPLICATE"}

UNKNOWN = "不认识的活动，记为备注"
RESOLVED_AGAIN = "已解决后又记一次解决，不算重开"
CLOSED_AGAIN = "已关闭后又记一次关闭"
CLOSED_UNRESOLVED = "未经解决直接关闭"
STILL_OPEN = "记录结束时仍未关闭"
NOT_OPENED = "第一条记录不是登记"
SAYS = (
    "来源没有承诺时间，也没有超时标记：无可比较。时限取本文件从受理到第一次解决（扣除等待）工时的第 90 百分位。",
    "等待：Wait 与 Require upgrade 起，到下一项活动止；重开：解决或关闭之后又有处理活动。",
    "日历：本文件中有活动的星期与钟点。",
)


def read(path: Path) -> Log:
    """Every case with its activities in order of time."""
    good, rejects = rows.sorted_out(rows.numbered(path, (CASE, ACTIVITY, RESOURCE, TIME)), _event)
    events: dict[str, list[Fact]] = defaultdict(list)
    for _, row, event in good:
        events[row[CASE]].append(event)
    cases = tuple(_case(ref, sorted(found, key=lambda event: event.at)) for ref, found in events.items())
    hours = learning.hours_of([event.at for _, _, event in good], ZONE)
    terms = Terms(zone=ZONE.key, promises=(), windows=hours)
    terms = replace(terms, promises=tuple(learning.usual_limit(cases, terms)))
    waits = dict(zip(WAITS.values(), WAITS, strict=True))
    return Log(NAME, len(good) + len(rejects), cases, tuple(rejects), terms, waits, SAYS)


def _event(row: rows.Row) -> Fact:
    """An activity by its own name; what it means depends on what went before."""
    rows.text(row, CASE)
    value = rows.text(row, TIME)
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise rows.BadRow(f"{TIME} 不是时间：{value}") from error
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return Fact(at, Act.NOTED, person=rows.text(row, RESOURCE), words=rows.text(row, ACTIVITY))


def _case(ref: str, events: list[Fact]) -> Case:
    first, reading = events[0], _Reading()
    # The opening itself is no further fact; a case cut at its beginning starts with whatever came first.
    later = events[1:] if first.words in OPENS else events
    facts = tuple(fact for event in later for fact in reading.of(event))
    remarks = list(reading.remarks) + ([] if first.words in OPENS else [NOT_OPENED])
    remarks += [] if reading.is_closed else [STILL_OPEN]
    return Case(
        ref=ref, title=ref, unit=first.person, person=first.person, kind=Kind.INQUIRY, opened_at=first.at,
        facts=facts, remarks=tuple(dict.fromkeys(remarks)),
    )  # fmt: skip


class _Reading:
    """One case, activity by activity: who has it, whether it waits, whether it is over."""

    def __init__(self) -> None:
        self.is_over = self.is_closed = False
        self.waits_for = ""
        self.remarks: list[str] = []

    def of(self, event: Fact) -> Iterator[Fact]:
        word = event.words
        if word == "Resolve ticket":
            yield from self._resolved(event)
        elif word == "Closed":
            yield from self._closed(event)
        elif word in WAITS:
            yield from self._back(event)
            self.waits_for = WAITS[word]
            yield replace(event, act=Act.WAITS, words=self.waits_for)
        elif word in WORK:
            yield from self._worked(event)
        else:
            self.remarks += [] if word in ELSEWHERE else [f"{UNKNOWN}：{word}"]
            yield event

    def _resolved(self, event: Fact) -> Iterable[Fact]:
        if self.is_over:
            self.remarks.append(RESOLVED_AGAIN)
            return [event]
        self.is_over, self.waits_for = True, ""
        return [replace(event, act=Act.RESOLVED)]

    def _closed(self, event: Fact) -> Iterable[Fact]:
        if self.is_closed or not self.is_over:
            self.remarks.append(CLOSED_AGAIN if self.is_closed else CLOSED_UNRESOLVED)
        self.is_over, self.is_closed, self.waits_for = True, True, ""
        return [replace(event, act=Act.CLOSED)]

    def _worked(self, event: Fact) -> Iterator[Fact]:
        yield from self._back(event)
        if self.waits_for:
            self.waits_for = ""
            yield replace(event, act=Act.GOES_ON)
        if event.words == "Take in charge ticket":
            yield replace(event, act=Act.HANDED_OVER, unit=event.person)
            yield replace(event, act=Act.TAKEN, unit=event.person)
        else:
            yield event

    def _back(self, event: Fact) -> Iterator[Fact]:
        """Work on a case that was over brings it back."""
        if self.is_over:
            self.is_over = self.is_closed = False
            yield replace(event, act=Act.REOPENED)
