"""The telephone over the API: the calls that one has, and what is written down after them."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import BaseModel, Field

from huhang.channels.actions.call_reports import Report
from huhang.channels.models import Call, CallReport
from huhang.channels.queries import calls, talks
from huhang.channels.rules.call_reports import CallReason, CallResult
from huhang.desk.actions import telephone as verbs
from huhang.kit import masking
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Strict, wrote

router = Router(tags=["calls"])


class CallAtHand(BaseModel):
    id: int
    phase: str
    outcome: str
    number: str = Field(description="Masked, as on the screen.")
    queue: str | None
    digits: str = Field(description="What was typed in the menu.")
    is_outbound: bool
    arrived_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


class CallsAtHand(BaseModel):
    calls: list[CallAtHand] = Field(description="Ringing, talked, held, written about; the newest first.")
    unwritten: list[CallAtHand] = Field(description="Answered lately, and nothing was written down.")


class ReportIn(Strict):
    reason: CallReason = Field(examples=["urge"])
    result: CallResult = Field(examples=["solved"])
    note: str = Field("", max_length=1000)
    waybill_no: str = Field("", max_length=40)
    opens_case: bool = Field(False, description="Open a case of it as well; once for each call.")


class ReportOut(BaseModel):
    call: int
    reason: str
    result: str
    note: str
    waybill_no: str
    case: str = Field(description="The number of the case; empty when there is none.")
    at: datetime


@router.get("/calls/own", response=CallsAtHand, summary="The calls at one's own telephone")
@may_api(talks.TALK)
def own(request: StaffRequest) -> Any:
    return CallsAtHand(
        calls=[_told(row) for row in calls.at_telephone(request.person, now=request.now)],
        unwritten=[_told(row) for row in calls.unwritten(request.person, now=request.now)],
    )


def _told(row: Call) -> CallAtHand:
    return CallAtHand(
        id=row.pk, phase=row.phase, outcome=row.outcome, number=masking.phone(row.number),
        queue=row.queue.key if row.queue else None, digits=row.digits, is_outbound=row.is_outbound,
        arrived_at=row.arrived_at, queued_at=row.queued_at, answered_at=row.answered_at, ended_at=row.ended_at,
    )  # fmt: skip


@router.put("/calls/{call_id}/report", response=ReportOut, summary="Write a call down, or correct it")
@may_api(talks.TALK)
def report(request: StaffRequest, call_id: int, payload: ReportIn) -> Any:
    """By whoever talked; after the last one they are back at work."""
    calls.own(request.person, call_id)
    written = Report(payload.reason, payload.result, payload.note, payload.waybill_no)

    def do() -> ReportOut:
        row, _ticket = verbs.finish(
            call_id=call_id, report=written, opens_case=payload.opens_case, by=request.person, now=request.now
        )
        return _report(row)

    return wrote(request, do)


def _report(row: CallReport) -> ReportOut:
    return ReportOut(
        call=row.call_id, reason=row.reason, result=row.result, note=row.note, waybill_no=row.waybill_no,
        case=row.case_no, at=row.at,
    )  # fmt: skip
