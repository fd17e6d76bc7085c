"""The customer's doors to a case: a new address, by SMS, none any more."""

from typing import Any

from django.urls import reverse
from ninja import Router
from pydantic import BaseModel, Field

from huhang.desk.actions import progress
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.progress import Purpose
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.programs import Done, Strict, written, wrote

router = Router(tags=["progress"])


class ProgressLinkIn(Strict):
    purpose: Purpose = Field(
        Purpose.PAGE, description="`embed`: for a frame on the customer's own website (see its websites)."
    )


class CaseLinkOut(BaseModel):
    progress_url: str


class Revoked(BaseModel):
    revoked: int


@router.post(
    "/tickets/{no}/progress_links", response={201: CaseLinkOut}, summary="A new address for the customer"
)
@may_api("desk.answer")
def issue(request: StaffRequest, no: str, payload: ProgressLinkIn | None = None) -> Any:
    """Shown here and never again: only its hash is kept. A repeated Idempotency-Key gets an address of its own."""
    found = reachable(request.person, no, "desk.answer")
    written(request, lambda: (201, None))
    purpose = payload.purpose if payload else Purpose.PAGE
    token = progress.issue_link(ticket=found, by=request.person, now=request.now, purpose=purpose)
    url = request.build_absolute_uri(reverse(f"progress:{purpose}", args=[token]))
    answer = json_answer({"progress_url": url}, status=201)
    answer["Cache-Control"] = "no-store"
    return answer


@router.post("/tickets/{no}/progress_links/sms", response=Done, summary="Send the customer an address by SMS")
@may_api("desk.answer")
def sms(request: StaffRequest, no: str) -> Any:
    """Stored with the case, handed over by a worker; nobody here gets to see that address."""
    found = reachable(request.person, no, "desk.answer")

    def do() -> Done:
        progress.send_link(ticket_no=found.no, by=request.person, now=request.now)
        return Done()

    return wrote(request, do)


@router.delete("/tickets/{no}/progress_links", response=Revoked, summary="Close every address given out")
@may_api("desk.answer")
def revoke(request: StaffRequest, no: str) -> Any:
    found = reachable(request.person, no, "desk.answer")
    return wrote(
        request,
        lambda: Revoked(revoked=progress.revoke_links(ticket=found, by=request.person, now=request.now)),
    )
