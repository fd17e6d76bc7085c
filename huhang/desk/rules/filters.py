"""What a list of cases can be narrowed to: fixed names in the URL, and for each the values that mean something.

A URL may be old, cut or made up: what means nothing is as if it were not given, and no name of a column or a
table ever comes from outside.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Self
from zoneinfo import ZoneInfo

from huhang.desk.rules.kinds import LIVE_STATES, Kind, Priority, State

ZONE = ZoneInfo("Asia/Shanghai")
ME, NOBODY = "me", "none"
LIVE, OVER, ALL = "live", "over", "all"
MET, MISSED = "met", "missed"
PARENT, CHILD, ALONE = "parent", "child", "alone"
# Days that a saved view can mean whenever it is looked at.
DAYS_AGO = {"today": 0, "yesterday": 1, "7d": 6, "30d": 29}
LONGEST_VALUE = 80
MOST_VALUES = 20
SOON_MINUTES = ("15", "30", "60", "120", "240", "480", "1440")
SORTS = ("due", "-due", "opened", "-opened", "resolved", "-resolved", "value", "-value")
# What the sort needs in order to walk an index: cases that are over, cases whose value is known.
SORTS_OF_OVER, SORTS_OF_VALUE = ("resolved", "-resolved"), ("value", "-value")
OVER_STATES = (OVER, State.RESOLVED, State.WITHDRAWN)

_CODE = re.compile(r"[\w.@+-]{1,80}")

Reader = Callable[[str], str]


def _one_of(allowed: Iterable[str]) -> Reader:
    known = frozenset(allowed)
    return lambda value: value if value in known else ""


def _some_of(allowed: Iterable[str]) -> Reader:
    known = frozenset(allowed)
    return lambda value: ",".join(dict.fromkeys(v for v in value.split(",") if v in known))


def _code(value: str) -> str:
    return value if _CODE.fullmatch(value) else ""


def _codes(value: str) -> str:
    return ",".join(dict.fromkeys(v for v in value.split(",")[:MOST_VALUES] if _CODE.fullmatch(v)))


def _text(value: str) -> str:
    return value.replace("\x00", "")


def _number(value: str) -> str:
    """A waybill is read in groups of four and looked for without them."""
    return re.sub(r"[\s-]", "", _text(value))[:40]


def _flag(value: str) -> str:
    return "1" if value in {"1", "true", "on"} else ""


def _amount(value: str) -> str:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return ""
    return f"{amount.normalize():f}" if amount.is_finite() and 0 <= amount < 10**10 else ""


def _moment(value: str) -> str:
    """A day, a moment or `today`; without a zone it is meant in ours."""
    return value if value in DAYS_AGO or (value and moment(value)) else ""


def moment(text: str, *, is_end: bool = False, now: datetime | None = None) -> datetime | None:
    """The moment that is meant; a bare day begins at midnight, and as an end it is meant whole."""
    if text in DAYS_AGO and now is not None:
        day = now.astimezone(ZONE).date() - timedelta(days=DAYS_AGO[text])
        text = day.isoformat()
    try:
        if len(text) == len("2026-11-20"):
            at = datetime.combine(date.fromisoformat(text) + timedelta(days=is_end), time(), ZONE)
        else:
            at = datetime.fromisoformat(text.replace(" ", "+"))
            at = at if at.tzinfo else at.replace(tzinfo=ZONE)
        return at if 1970 <= at.year <= 9000 else None
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to and how it is ordered. Fields of several values hold them with commas.

    `since` and `until` bound when cases were opened, or with `first_response` when their first response was
    due: the list behind a figure of the board.
    """

    state: str = LIVE
    kind: str = ""
    priority: str = ""
    late: bool = False
    soon: str = ""
    paused: str = ""
    escalated: str = ""
    # Up to whom it went: a unit, or any below it.
    escalated_to: str = ""
    reopened: str = ""
    first_response: str = ""
    owner: str = ""
    handler: str = ""
    follower: str = ""
    # Where it happened or stands; where it happened; who owes a step now.
    unit: str = ""
    happened: str = ""
    owes: str = ""
    q: str = ""
    waybill: str = ""
    customer: str = ""
    customer_class: str = ""
    product: str = ""
    entrance: str = ""
    language: str = ""
    source: str = ""
    courier: str = ""
    value_over: str = ""
    value_under: str = ""
    closing: str = ""
    opened_by: str = ""
    ended_as: str = ""
    ended_by: str = ""
    family: str = ""
    parent: str = ""
    merged: str = ""
    opened_from: str = ""
    opened_to: str = ""
    claimed_from: str = ""
    claimed_to: str = ""
    responded_from: str = ""
    responded_to: str = ""
    due_from: str = ""
    due_to: str = ""
    resolved_from: str = ""
    resolved_to: str = ""
    since: datetime | None = None
    until: datetime | None = None
    sort: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        asked = {name: str(query.get(name, "")).strip()[:LONGEST_VALUE] for name in query}
        values: dict[str, Any] = {name: read(asked.get(name, "")) for name, read in READERS.items()}
        values["late"] = bool(values["late"])
        since, until = moment(asked.get("from", "")), moment(asked.get("to", ""))
        state = values["state"] or _usual_state(since, until, values["first_response"])
        if values["sort"] in SORTS_OF_OVER and state not in OVER_STATES:
            values["sort"] = ""
        if values["sort"] in SORTS_OF_VALUE and not values["value_over"]:
            values["value_over"] = "0"
        return cls(**{**values, "state": state, "since": since, "until": until})

    def to_query(self) -> dict[str, str]:
        """The same filters as a URL has them, without those that change nothing."""
        query = {name: self._written(name) for name in READERS if name not in ("state", "sort")}
        given = {name: value for name, value in query.items() if value}
        if self.since:
            given["from"] = self.since.isoformat()
        if self.until:
            given["to"] = self.until.isoformat()
        if self.state != _usual_state(self.since, self.until, self.first_response):
            given["state"] = self.state
        return given | ({"sort": self.sort} if self.sort else {})

    def _written(self, name: str) -> str:
        value = getattr(self, name)
        return "1" if value is True else str(value or "")

    @property
    def kinds(self) -> list[str]:
        return split(self.kind)

    @property
    def order(self) -> str:
        """As asked, else what burns first; what is over, and what words find, newest first."""
        return self.sort or ("due" if self.state in {LIVE, *LIVE_STATES} and not self.q else "-opened")

    @property
    def is_newest_first(self) -> bool:
        return self.order == "-opened"

    @property
    def is_narrowed(self) -> bool:
        return self != type(self)(sort=self.sort)

    @property
    def speaks_of_me(self) -> bool:
        return ME in (self.owner, self.handler, self.follower, self.opened_by, self.ended_by)


def split(values: str) -> list[str]:
    return [value for value in values.split(",") if value]


def _usual_state(since: datetime | None, until: datetime | None, first_response: str) -> str:
    return ALL if since or until or first_response else LIVE


READERS: Mapping[str, Reader] = {
    "state": _one_of([LIVE, OVER, ALL, *State]),
    "kind": _some_of(Kind),
    "priority": _some_of(Priority),
    "late": _flag,
    "soon": _one_of(SOON_MINUTES),
    "paused": _flag,
    "escalated": _flag,
    "escalated_to": _code,
    "reopened": _flag,
    "first_response": _one_of([MET, MISSED]),
    "owner": _code,
    "handler": _code,
    "follower": _code,
    "unit": _text,
    "happened": _code,
    "owes": _code,
    "q": _text,
    "waybill": _number,
    "customer": _code,
    "customer_class": _codes,
    "product": _codes,
    "entrance": _codes,
    "language": _codes,
    "source": _codes,
    "courier": _code,
    "value_over": _amount,
    "value_under": _amount,
    "closing": _one_of(["last_step", "owner"]),
    "opened_by": _code,
    "ended_as": _codes,
    "ended_by": _code,
    "family": _one_of([PARENT, CHILD, ALONE]),
    "parent": _code,
    "merged": _flag,
    "opened_from": _moment,
    "opened_to": _moment,
    "claimed_from": _moment,
    "claimed_to": _moment,
    "responded_from": _moment,
    "responded_to": _moment,
    "due_from": _moment,
    "due_to": _moment,
    "resolved_from": _moment,
    "resolved_to": _moment,
    "sort": _one_of(SORTS),
}
NAMES = frozenset({*READERS, "from", "to"})
assert {field.name for field in fields(Filters)} == {*READERS, "since", "until"}
