"""The steps of a case: take, finish, pass on, send back, split, add; and the end of the case itself."""

from typing import Any

from ninja import Router
from pydantic import Field

from huhang.desk.actions import answering, claiming, steps
from huhang.desk.actions import tickets as verbs
from huhang.desk.api.acting import act
from huhang.desk.api.shapes import Change, TicketOut
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Strict

router = Router(tags=["steps"])
YEAR_OF_MINUTES = 366 * 24 * 60
STEP = Field(
    None, ge=1, lt=2**63, description="Id of the step; left out, the first open one that is yours.",
    examples=[None],
)  # fmt: skip


class Claim(Change):
    step: int | None = STEP


class Result(Change):
    result: str = Field(min_length=1, max_length=answering.LONGEST, examples=["已核实，确有破损。"])
    step: int | None = STEP
    ended_as: str = Field(
        "",
        max_length=40,
        description="A closing reason's code, for when this ends the case.",
        examples=["explained"],
    )


class HandOver(Change):
    unit: str = Field(min_length=1, max_length=32, examples=["SZ-GS"])
    reason: str = Field(min_length=1, max_length=200, examples=["派错网点"])
    step: int | None = STEP


class Why(Change):
    reason: str = Field(min_length=1, max_length=200, examples=["客户说还没有收到"])


class Ending(Change):
    result: str = Field(min_length=1, max_length=answering.LONGEST, examples=["已送达，客户确认。"])
    ended_as: str = Field("", max_length=40, description="A closing reason's code.", examples=["delivered"])


class Part(Strict):
    unit: str = Field(min_length=1, max_length=32, examples=["SZ-HUB"])
    title: str = Field(min_length=2, max_length=80, examples=["查监控"])
    ask: str = Field("", max_length=500)
    minutes: int = Field(ge=1, le=YEAR_OF_MINUTES, examples=[60])


class Parts(Change):
    parts: list[Part] = Field(min_length=1, max_length=20)


class Extra(Part, Change):
    at_end: bool = Field(False, description="After all other steps, instead of beside those that are open.")


@router.post("/tickets/{no}/claim", response=TicketOut, summary="Take a case")
@may_api("desk.claim")
def claim(request: StaffRequest, no: str, payload: Claim | None = None) -> Any:
    """Or with `step` that very step. Taken once, nothing changes."""
    step = payload.step if payload else None
    return act(
        request, no, "desk.claim", payload,
        lambda: claiming.claim(ticket_no=no, step_id=step, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/resolve", response=TicketOut, summary="Finish the open step")
@may_api("desk.resolve")
def resolve(request: StaffRequest, no: str, payload: Result) -> Any:
    """The customer reads the result; after the last step the case is resolved, or its owner asked to close it."""
    return act(
        request, no, "desk.resolve", payload,
        lambda: verbs.resolve(
            ticket_no=no, step_id=payload.step, result=payload.result, ended_as=payload.ended_as,
            by=request.person, now=request.now,
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/hand_over", response=TicketOut, summary="Give the open step to another unit")
@may_api("desk.hand_over")
def hand_over(request: StaffRequest, no: str, payload: HandOver) -> Any:
    """The owner and the customer's clocks stay as they are."""
    return act(
        request, no, "desk.hand_over", payload,
        lambda: steps.hand_over(
            ticket_no=no, step_id=payload.step, unit_code=payload.unit, reason=payload.reason,
            by=request.person, now=request.now,
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/steps/{step_id}/refuse", response=TicketOut, summary="Send a step back")
@may_api("desk.hand_over")
def refuse(request: StaffRequest, no: str, step_id: int, payload: Why) -> Any:
    """It opens again for the owner, with the reason."""
    return act(
        request, no, "desk.hand_over", payload,
        lambda: steps.refuse(
            ticket_no=no, step_id=step_id, reason=payload.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post(
    "/tickets/{no}/steps/{step_id}/split", response=TicketOut, summary="Ask others for parts of a step"
)
@may_api("desk.hand_over")
def split(request: StaffRequest, no: str, step_id: int, payload: Parts) -> Any:
    """The step ends after its parts."""
    parts = [(part.unit, part.title, part.ask, part.minutes) for part in payload.parts]
    return act(
        request, no, "desk.hand_over", payload,
        lambda: steps.split(
            ticket_no=no, step_id=step_id, parts=parts, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/steps", response=TicketOut, summary="Ask one department more")
@may_api("desk.hand_over")
def add(request: StaffRequest, no: str, payload: Extra) -> Any:
    """Only for whoever answers for the case."""
    return act(
        request, no, "desk.hand_over", payload,
        lambda: steps.add(
            ticket_no=no, unit_code=payload.unit, title=payload.title, minutes=payload.minutes,
            ask=payload.ask, at_end=payload.at_end, by=request.person, now=request.now,
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/close", response=TicketOut, summary="End a case")
@may_api("desk.answer")
def close(request: StaffRequest, no: str, payload: Ending) -> Any:
    """By whoever answers for it (the verb asks), never over a step still owed; a token that only looks ends nothing."""
    return act(
        request, no, "desk.see", payload,
        lambda: verbs.close(
            ticket_no=no, result=payload.result, ended_as=payload.ended_as, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/steps/{step_id}/drop", response=TicketOut, summary="Take a planned step out")
@may_api("desk.hand_over")
def drop(request: StaffRequest, no: str, step_id: int, payload: Why) -> Any:
    """One that has not begun; only for whoever answers for the case."""
    return act(
        request, no, "desk.see", payload,
        lambda: steps.drop_planned(
            ticket_no=no, step_id=step_id, reason=payload.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/reopen", response=TicketOut, summary="Take a resolved case up again")
@may_api("desk.answer")
def reopen(request: StaffRequest, no: str, payload: Why) -> Any:
    """Within 7 days of its end; the owner keeps it."""
    return act(
        request, no, "desk.answer", payload,
        lambda: verbs.reopen(ticket_no=no, reason=payload.reason, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/withdraw", response=TicketOut, summary="Call a case off")
@may_api("desk.answer")
def withdraw(request: StaffRequest, no: str, payload: Why) -> Any:
    """It turned out not to be one; only by whoever answers for it, and what departments owed is owed no more."""
    return act(
        request, no, "desk.see", payload,
        lambda: verbs.call_off(ticket_no=no, reason=payload.reason, by=request.person, now=request.now),
    )  # fmt: skip
