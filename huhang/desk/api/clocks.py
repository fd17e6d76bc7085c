"""The clocks of a case: stop them for a reason, let them run, weigh the case anew, explain one."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import BaseModel, Field

from huhang.desk.actions import clocks, weighing
from huhang.desk.api.acting import act
from huhang.desk.api.shapes import Change, TicketOut
from huhang.desk.queries.explaining import Explanation, explanation
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.kinds import Priority
from huhang.kit.doors import StaffRequest, may_api

router = Router(tags=["clocks"])


class Pause(Change):
    reason: str = Field(
        min_length=1, max_length=120, description="Code of a pause reason.", examples=["customer-info"]
    )


class Weight(Change):
    priority: Priority = Field(examples=["high"])
    reason: str = Field(min_length=2, max_length=200, examples=["生鲜"])


class StretchOut(BaseModel):
    """Counted day by day in `lines`, or paused for `reason`."""

    begins: datetime
    ends: datetime
    counted_seconds: float
    lines: list[str]
    reason: str


class CallOut(BaseModel):
    name: str
    due_at: datetime
    made_at: datetime | None
    who: list[str]


class ExplainedOut(BaseModel):
    id: int
    name: str
    state: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    source: str = Field(description="Where the promise comes from.")
    calendar: str
    stretches: list[StretchOut]
    calls: list[CallOut]


class ClockKey(BaseModel):
    id: int
    obligation: str
    state: str
    due_at: datetime


class Clocks(BaseModel):
    items: list[ClockKey]


@router.get("/tickets/{no}/clocks", response=Clocks, summary="The clocks of a case")
@may_api("desk.see")
def some(request: StaffRequest, no: str) -> Any:
    rows = reachable(request.person, no).clocks.order_by("started_at", "id")
    return {"items": [ClockKey.model_validate(clock, from_attributes=True) for clock in rows]}


@router.get(
    "/tickets/{no}/clocks/{clock_id}", response=ExplainedOut, summary="The whole calculation of a clock"
)
@may_api("desk.see")
def explain(request: StaffRequest, no: str, clock_id: int) -> Any:
    """What was promised and why, what counted, who was called when."""
    return _told(explanation(reachable(request.person, no), clock_id, now=request.now))


def _told(found: Explanation) -> ExplainedOut:
    clock = found.clock
    return ExplainedOut(
        id=clock.pk, name=str(found.name), state=clock.state, started_at=clock.started_at, due_at=clock.due_at,
        stopped_at=clock.stopped_at, source=found.policy.source if found.policy else "",
        calendar=found.calendar_name,
        stretches=[
            StretchOut(
                begins=one.begins, ends=one.ends, counted_seconds=one.counted.total_seconds(),
                lines=list(map(str, one.lines)), reason=str(one.pause.reason) if one.pause else "",
            )
            for one in found.stretches
        ],
        calls=[
            CallOut(name=str(one.name), due_at=one.due_at, made_at=one.made_at, who=one.who) for one in found.calls
        ],
    )  # fmt: skip


@router.post("/tickets/{no}/pause", response=TicketOut, summary="Stop the clocks for a reason")
@may_api("desk.resolve")
def pause(request: StaffRequest, no: str, payload: Pause) -> Any:
    """Up to the limit of the reason; what may never be paused goes on."""
    return act(
        request, no, "desk.resolve", payload,
        lambda: clocks.pause(ticket_no=no, reason=payload.reason, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/resume", response=TicketOut, summary="Let the clocks run again")
@may_api("desk.resolve")
def resume(request: StaffRequest, no: str, payload: Change | None = None) -> Any:
    return act(
        request, no, "desk.resolve", payload,
        lambda: clocks.resume(ticket_no=no, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/weigh", response=TicketOut, summary="Set how much a case weighs")
@may_api("desk.resolve")
def weigh(request: StaffRequest, no: str, payload: Weight) -> Any:
    """Its clocks go by the policies that hold for it now; both values stay on record."""
    return act(
        request, no, "desk.resolve", payload,
        lambda: weighing.weigh(
            ticket_no=no, priority=payload.priority, reason=payload.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip
