"""A case and its parts as programs read them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from huhang.desk.models import Ticket
from huhang.desk.queries.outline import CaseLine, CaseOutline, ClockLine, StepLine, outlined
from huhang.kit import masking
from huhang.kit.programs import Strict


class Change(Strict):
    """What any change of a case may carry."""

    version: int | None = Field(
        None,
        ge=0,
        lt=2**31,
        description="The version that was read; refused (409) when it is not the newest.",
        examples=[None],
    )


class UnitOut(BaseModel):
    code: str
    name: str


class ClockOut(BaseModel):
    obligation: str
    state: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    is_late: bool


class StepOut(BaseModel):
    id: int
    order: int
    lane: int
    parent: int | None
    title: str
    unit: UnitOut
    state: str
    done_at: datetime | None
    result: str
    rating: int | None


class TicketRow(BaseModel):
    no: str
    kind: str
    state: str
    title: str
    waybill: str
    unit: UnitOut
    at_unit: UnitOut
    owner: str | None
    contact: str
    opened_at: datetime
    claimed_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    next_due_at: datetime | None
    version: int


class TicketOut(TicketRow):
    body: str
    clocks: list[ClockOut]
    steps: list[StepOut]


class NewTicketOut(TicketOut):
    progress_url: str


class TicketPage(BaseModel):
    items: list[TicketRow]
    next: str | None


def row(case: CaseLine) -> dict[str, Any]:
    """A case as a list shows it; whom to call is masked, as on the screen."""
    return {
        "no": case.no,
        "kind": case.kind,
        "state": case.state,
        "title": case.title,
        "waybill": case.waybill_no,
        "unit": {"code": case.unit_code, "name": case.unit_name},
        "at_unit": {"code": case.at_unit_code, "name": case.at_unit_name},
        "owner": case.owner,
        "contact": " ".join(
            filter(None, [masking.name(case.contact_name), masking.phone(case.contact_phone)])
        ),
        "opened_at": case.opened_at,
        "claimed_at": case.claimed_at,
        "first_response_at": case.first_response_at,
        "resolved_at": case.resolved_at,
        "next_due_at": case.next_due_at,
        "version": case.version,
    }


def detail(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """A case of which one has the row."""
    owed = ticket.clocks.order_by("started_at", "id")
    return told(outlined(ticket, owed, ticket.steps.select_related("unit", "rating")), now)


def told(case: CaseOutline, now: datetime) -> dict[str, Any]:
    """A case with its parts."""
    return {
        **row(case.line),
        "body": case.body,
        "clocks": [_clock(clock, now) for clock in case.clocks],
        "steps": [_step(step) for step in case.steps],
    }


def _clock(clock: ClockLine, now: datetime) -> dict[str, Any]:
    return {**clock._asdict(), "is_late": (clock.stopped_at or now) > clock.due_at}


def _step(step: StepLine) -> dict[str, Any]:
    return {
        "id": step.id,
        "order": step.order,
        "lane": step.lane,
        "parent": step.parent,
        "title": step.title,
        "unit": {"code": step.unit_code, "name": step.unit_name},
        "state": step.state,
        "done_at": step.done_at,
        "result": step.result,
        "rating": step.rating,
    }
