"""For how long answers to customers can be taken back, and taking one back."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import BaseModel, Field

from huhang.desk.actions import answering
from huhang.desk.actions import delays as verbs
from huhang.desk.api.acting import act
from huhang.desk.api.shapes import Change, TicketOut, UnitOut
from huhang.desk.models import AnswerDelay
from huhang.desk.queries.leaving import delays
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Strict, wrote
from huhang.kit.reveal import address_of

router = Router(tags=["words"])


class DelayIn(Strict):
    seconds: int | None = Field(
        ge=0, le=verbs.LONGEST, description="0: at once. Null: none of its own.", examples=[10]
    )


class DelayOut(BaseModel):
    unit: UnitOut
    seconds: int | None
    set_at: datetime | None
    set_by: str


class Delays(BaseModel):
    items: list[DelayOut]


@router.get("/answer_delays", response=Delays, summary="For how long answers can be taken back, by unit")
@may_api(verbs.PERMISSION)
def some(request: StaffRequest) -> Any:
    return {"items": [_told(row) for row in delays()]}


def _told(row: AnswerDelay) -> DelayOut:
    unit = UnitOut(code=row.unit.code, name=row.unit.name)
    return DelayOut(unit=unit, seconds=row.seconds, set_at=row.set_at, set_by=row.set_by)


@router.put("/answer_delays/{code}", response=Delays, summary="Set it for a unit and all below it")
@may_api(verbs.PERMISSION)
def set_delay(request: StaffRequest, code: str, payload: DelayIn) -> Any:
    """Pages hold answers so long; programs say `leaves_in` themselves."""

    def do() -> Delays:
        verbs.set_delay(
            unit_code=code, seconds=payload.seconds, by=request.person, now=request.now,
            address=address_of(request),
        )  # fmt: skip
        return Delays(items=[_told(row) for row in delays()])

    return wrote(request, do)


@router.post("/tickets/{no}/entries/{entry_id}/take_back", response=TicketOut, summary="Take an answer back")
@may_api("desk.answer")
def take_back(request: StaffRequest, no: str, entry_id: int, payload: Change | None = None) -> Any:
    """Before it has left; it then counts as never sent."""
    return act(
        request, no, "desk.answer", payload,
        lambda: answering.take_back(
            ticket_no=no, entry_id=entry_id, by=request.person, now=request.now
        ),
    )  # fmt: skip
