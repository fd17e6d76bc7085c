"""The do-it-now window: the next case, reminders of couriers; and a customer's number, on the record."""

from typing import Any, Literal

from django.db import transaction
from ninja import Router
from pydantic import BaseModel, Field

from huhang.desk.actions import claiming, reminding
from huhang.desk.api.shapes import TicketOut, detail
from huhang.desk.queries.tickets import reachable
from huhang.desk.queries.wall import desk_of
from huhang.desk.queries.window import SHOWN
from huhang.kit import reveal
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.programs import Strict, wrote

router = Router(tags=["window"])


class Next(Strict):
    unit: str = Field("", max_length=32, description="Whose window; left out, one's own unit's.")


class NextOut(BaseModel):
    ticket: TicketOut | None = Field(description="Null when nothing waits.")


class Several(Strict):
    tickets: list[str] = Field(min_length=1, max_length=SHOWN, examples=[["00000000"]])


class Reminded(BaseModel):
    count: int


class RevealIn(Strict):
    purpose: Literal["contact", "verify", "claim", "other"] = Field(examples=["contact"])
    note: str = Field("", max_length=200, description="Needed with `other`.")


class ContactOut(BaseModel):
    name: str
    phone: str


@router.post("/window/next", response=NextOut, summary="Take what has the least time left")
@may_api("desk.claim")
def take_next(request: StaffRequest, payload: Next | None = None) -> Any:
    """Of what nobody has; when a colleague was quicker, the one after."""
    place = desk_of(request.person, payload.unit if payload else "")

    def do() -> NextOut:
        taken = claiming.claim_next(unit=place, by=request.person, now=request.now)
        told = TicketOut.model_validate(detail(taken, request.now)) if taken else None
        return NextOut(ticket=told)

    return wrote(request, do)


@router.post("/window/remind", response=Reminded, summary="Take cases and remind their couriers")
@may_api("desk.claim")
def remind(request: StaffRequest, payload: Several) -> Any:
    """What a colleague has taken is left to them."""
    for no in payload.tickets:
        reachable(request.person, no, "desk.claim")

    def do() -> Reminded:
        count = reminding.remind(ticket_nos=payload.tickets, by=request.person, now=request.now)
        return Reminded(count=count)

    return wrote(request, do)


@router.post("/tickets/{no}/contact", response=ContactOut, summary="The customer's name and number in full")
@may_api("kit.reveal")
def contact(request: StaffRequest, no: str, payload: RevealIn) -> Any:
    """For a stated purpose, and on record each time, with or without an Idempotency-Key."""
    found = reachable(request.person, no)
    with transaction.atomic():
        reveal.record(
            person=request.person, subject=f"ticket:{found.no}", path=found.path, purpose=payload.purpose,
            note=payload.note, fields=["name", "phone"], now=request.now, address=reveal.address_of(request),
        )  # fmt: skip
    answer = json_answer({"name": found.contact_name, "phone": found.contact_phone})
    answer["Cache-Control"] = "no-store"
    return answer
