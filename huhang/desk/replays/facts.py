"""What a foreign log says, in our words: cases, and what happened to each in order of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from huhang.desk.rules.kinds import Kind, Priority
from huhang.kit.calendars import Calendar, SpecialDay, from_windows

WHOLE_DAY = [["00:00", "00:00"]]
ALL_WEEK: Mapping[str, list[list[str]]] = {str(day): WHOLE_DAY for day in range(1, 8)}
# As long as the column of a ticket's product.
PRODUCT_LENGTH = 32


class NotThisLog(ValueError):
    """The file is not the log it was said to be: unreadable, or without the columns that this log has."""


class Act(StrEnum):
    """What happened to a case after it was opened."""

    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    WAITS = "waits"
    GOES_ON = "goes_on"
    ANSWERED = "answered"
    WEIGHED = "weighed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    DUPLICATE = "duplicate"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    NOTED = "noted"


ENDINGS = frozenset({Act.RESOLVED, Act.CLOSED, Act.DUPLICATE, Act.TRANSFERRED, Act.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened. `words` is a reason to wait, a new priority, or what the source calls it."""

    at: datetime
    act: Act
    unit: str = ""
    person: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the source. `late` is the source's own verdict; None where it has none."""

    ref: str
    title: str
    unit: str
    opened_at: datetime
    sort: str = ""
    kind: Kind = Kind.COMPLAINT
    priority: Priority = Priority.NORMAL
    person: str = ""
    promised_at: datetime | None = None
    late: bool | None = None
    facts: tuple[Fact, ...] = ()
    # What is odd about the case's rows, by name; reported with counts.
    remarks: tuple[str, ...] = ()

    @property
    def ended_at(self) -> datetime | None:
        """When its books were closed for the last time; None while it is alive."""
        ended = None
        for fact in self.facts:
            if fact.act in ENDINGS:
                ended = ended or fact.at
            elif fact.act == Act.REOPENED:
                ended = None
        return ended

    @property
    def last_priority(self) -> Priority:
        """What it weighed when its books were closed; a later change weighs nothing any more."""
        ended = self.ended_at
        weighed = [f for f in self.facts if f.act == Act.WEIGHED and (ended is None or f.at <= ended)]
        return Priority(weighed[-1].words) if weighed else self.priority

    @property
    def reopenings(self) -> int:
        return sum(fact.act == Act.REOPENED for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be read: where it stands in the file (the header is row 1), and why."""

    row: int
    reason: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """How long cases of a sort or a priority may take; blank means any."""

    minutes: int
    sort: str = ""
    priority: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """The calendar that a log's promises are counted in, and the promises."""

    zone: str
    promises: tuple[Promise, ...]
    windows: Mapping[str, list[list[str]]] = field(default_factory=lambda: ALL_WEEK)
    by_wall_clock: bool = False
    uses_holidays: bool = False
    special: tuple[SpecialDay, ...] = ()
    # Does the source's promise wait while the case does?
    waits_stop: bool = True

    @property
    def calendar(self) -> Calendar:
        return from_windows(self.windows, self.special, self.zone, by_wall_clock=self.by_wall_clock)

    def promise_for(self, case: Case) -> Promise | None:
        """The promise that names most of the case as it was last, as the desk's policies choose it."""
        sorts, priorities = ("", case.sort), ("", case.last_priority.value)
        fitting = [p for p in self.promises if p.sort in sorts and p.priority in priorities]
        return max(fitting, key=lambda p: (bool(p.sort) + bool(p.priority), bool(p.sort)), default=None)


@dataclass(frozen=True, slots=True)
class Log:
    """A file, read: its cases, the rows kept aside, and the terms that hold for it."""

    name: str
    rows: int
    cases: tuple[Case, ...]
    rejects: tuple[Reject, ...]
    terms: Terms
    # The reasons to wait that the log knows, by code.
    waits: Mapping[str, str] = field(default_factory=dict)
    # What can be compared with the source, and what cannot, in a sentence each.
    says: tuple[str, ...] = ()
    # Of a part of a log: the last moment of the whole.
    whole_until: datetime | None = None

    @property
    def until(self) -> datetime:
        """The last moment that the log knows of: what is alive is judged as of then."""
        if self.whole_until:
            return self.whole_until
        moments = [case.opened_at for case in self.cases]
        moments += [fact.at for case in self.cases for fact in case.facts]
        return max(moments)


@dataclass(frozen=True, slots=True)
class Wait:
    reason: str
    started_at: datetime
    ended_at: datetime

    @property
    def lasted(self) -> timedelta:
        return self.ended_at - self.started_at


def waits_of(case: Case, *, until: datetime) -> list[Wait]:
    """The stretches in which the source says the case waited; one that never ended lasts until then."""
    waits: list[Wait] = []
    reason, since = "", case.opened_at
    for fact in case.facts:
        if fact.act not in ENDS_A_WAIT:
            continue
        if reason and fact.act == Act.WAITS and fact.words == reason:
            continue
        if reason:
            waits.append(Wait(reason, since, fact.at))
        reason, since = (fact.words, fact.at) if fact.act == Act.WAITS else ("", fact.at)
    return [*waits, Wait(reason, since, until)] if reason else waits


ENDS_A_WAIT = ENDINGS | {Act.WAITS, Act.GOES_ON}


def product_of(sort: str) -> str:
    """The name of a sort of case as a policy can hold it: short ones as they are, long ones cut and marked."""
    if len(sort) <= PRODUCT_LENGTH:
        return sort
    return f"{sort[: PRODUCT_LENGTH - 9]}~{sha256(sort.encode()).hexdigest()[:8]}"
