"""Putting right what a case was opened with."""

from decimal import Decimal
from typing import Any

from ninja import Router
from pydantic import Field

from huhang.desk.actions import correcting, reclassifying
from huhang.desk.api.acting import act
from huhang.desk.api.shapes import Change, TicketOut
from huhang.desk.queries.plans import answered
from huhang.desk.rules.kinds import Kind
from huhang.kit.doors import StaffRequest, may_api

router = Router(tags=["tickets"])


class Correction(Change):
    """Only what is named is set."""

    title: str | None = Field(None, min_length=2, max_length=120, examples=["催派"])
    waybill: str | None = Field(None, max_length=40)
    contact_name: str | None = Field(None, max_length=80)
    contact_phone: str | None = Field(None, max_length=32)
    value: Decimal | None = Field(
        None, ge=0, lt=10**10, decimal_places=2, description="In yuan; null: not known."
    )
    reason: str = Field(min_length=2, max_length=200, examples=["听错了号码"])

    @property
    def facts(self) -> dict[str, str | Decimal | None]:
        given = self.model_dump(include=self.model_fields_set - {"reason", "version"})
        named = {("waybill_no" if name == "waybill" else name): value for name, value in given.items()}
        return {name: value for name, value in named.items() if value is not None or name == "value"}


class Reclassification(Change):
    kind: Kind = Field(examples=["complaint"])
    answers: dict[str, str] = Field(
        default_factory=dict, max_length=30, description="What the plan of this kind asks, by its keys."
    )
    reason: str = Field(min_length=2, max_length=200, examples=["客户要求按投诉处理"])


@router.post("/tickets/{no}/correct", response=TicketOut, summary="Put right what a case was opened with")
@may_api("desk.answer")
def correct(request: StaffRequest, no: str, payload: Correction) -> Any:
    """By whoever answers for the case; what was there before stays on the audit record."""
    return act(
        request, no, "desk.answer", payload,
        lambda: correcting.correct(
            ticket_no=no, facts=payload.facts, reason=payload.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/reclassify", response=TicketOut, summary="Make a case another kind")
@may_api("desk.answer")
def reclassify(request: StaffRequest, no: str, payload: Reclassification) -> Any:
    """By whoever answers for the case. Steps that are not over are dropped and the plan of the new kind begins."""
    return act(
        request, no, "desk.answer", payload,
        lambda: reclassifying.reclassify(
            ticket_no=no, kind=payload.kind, answers=answered(payload.kind, payload.answers, request.standing),
            reason=payload.reason, by=request.person, now=request.now,
        ),
    )  # fmt: skip
