"""Cases as programs read them: plain rows of just the columns that an answer holds, without models in between."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from huhang.desk.models import Clock, Step, Ticket
from huhang.desk.sql import statement
from huhang.kit import hot
from huhang.kit.errors import NotFound
from huhang.network.models import Person
from huhang.network.rules.roles import EVERYWHERE


class CaseLine(NamedTuple):
    """A case in a list."""

    no: str
    kind: str
    state: str
    title: str
    waybill_no: str
    unit_code: str
    unit_name: str
    at_unit_code: str
    at_unit_name: str
    owner: str | None
    contact_name: str
    contact_phone: str
    opened_at: datetime
    claimed_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    next_due_at: datetime | None
    version: int


# The same columns as a `values_list` of cases asks for them.
COLUMNS = (
    "no", "kind", "state", "title", "waybill_no", "unit__code", "unit__name", "at_unit__code", "at_unit__name",
    "owner__username", "contact_name", "contact_phone", "opened_at", "claimed_at", "first_response_at",
    "resolved_at", "next_due_at", "version",
)  # fmt: skip


class ClockLine(NamedTuple):
    """A clock of a case."""

    obligation: str
    state: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None


class StepLine(NamedTuple):
    """A step of a case."""

    id: int
    order: int
    lane: int
    parent: int | None
    title: str
    unit_code: str
    unit_name: str
    state: str
    done_at: datetime | None
    result: str
    rating: int | None


@dataclass(frozen=True, slots=True)
class CaseOutline:
    """A case with its parts."""

    line: CaseLine
    body: str
    clocks: list[ClockLine]
    steps: list[StepLine]


def outline_of(person: Person, no: str) -> CaseOutline:
    """The case that a person's program asks for: three statements; the same cases as `tickets.reachable`."""
    paths = person.visible_paths("desk.see")
    asked = {"no": no, "everywhere": EVERYWHERE in paths, "paths": paths}
    found = hot.row(statement("case_for_programs"), asked)
    width = len(COLUMNS)
    if found is None:
        raise NotFound(ticket=no)
    of_case = {"case": found[width]}
    return CaseOutline(
        line=CaseLine._make(found[:width]),
        body=found[width + 1],
        clocks=[ClockLine._make(row) for row in hot.rows(statement("clocks_for_programs"), of_case)],
        steps=[StepLine._make(row) for row in hot.rows(statement("steps_for_programs"), of_case)],
    )


def outlined(ticket: Ticket, clocks: Any, steps: Any) -> CaseOutline:
    """The same of rows at hand."""
    return CaseOutline(_line(ticket), ticket.body, [_clock(c) for c in clocks], [_step(s) for s in steps])


def _line(t: Ticket) -> CaseLine:
    return CaseLine(
        t.no, t.kind, t.state, t.title, t.waybill_no, t.unit.code, t.unit.name, t.at_unit.code, t.at_unit.name,
        t.owner.get_username() if t.owner_id and t.owner else None, t.contact_name, t.contact_phone, t.opened_at,
        t.claimed_at, t.first_response_at, t.resolved_at, t.next_due_at, t.version,
    )  # fmt: skip


def _clock(c: Clock) -> ClockLine:
    return ClockLine(c.obligation, c.state, c.started_at, c.due_at, c.stopped_at)


def _step(s: Step) -> StepLine:
    rating = s._state.fields_cache.get("rating")
    return StepLine(
        s.pk, s.order, s.lane, s.parent_id, s.title, s.unit.code, s.unit.name, s.state, s.done_at, s.result,
        rating.score if rating else None,
    )  # fmt: skip
