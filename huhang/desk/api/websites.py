"""Websites of a business customer that may show the progress of its cases in a frame."""

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import embedding
from huhang.desk.models import Ticket
from huhang.desk.queries.progress import customer_for, embed_origins
from huhang.desk.queries.tickets import reachable
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Strict, wrote

router = Router(tags=["progress"])
PERMISSION = "desk.answer"


class WebsiteIn(Strict):
    address: str = Field(min_length=1, max_length=200, examples=["https://shop.example.com"])


class WebsiteOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    origin: str
    by: str
    at: datetime


class Websites(BaseModel):
    items: list[WebsiteOut]


@router.get("/tickets/{no}/websites", response=Websites, summary="Where this customer's cases may be framed")
@may_api(PERMISSION)
def some(request: StaffRequest, no: str) -> Any:
    return _all(reachable(request.person, no, PERMISSION))


def _all(ticket: Ticket) -> Websites:
    return Websites(items=[WebsiteOut.model_validate(row) for row in embed_origins(ticket)])


@router.post("/tickets/{no}/websites", response=Websites, summary="Let a website frame them")
@may_api(PERMISSION)
def allow(request: StaffRequest, no: str, payload: WebsiteIn) -> Any:
    """For all cases of the customer; only by whoever keeps its record."""
    found = reachable(request.person, no, PERMISSION)
    customer = customer_for(request.person, found)

    def do() -> Websites:
        embedding.allow(customer=customer, address=payload.address, by=request.person, now=request.now)
        return _all(found)

    return wrote(request, do)


@router.delete("/tickets/{no}/websites/{website_id}", response=Websites, summary="Let it no longer")
@may_api(PERMISSION)
def forbid(request: StaffRequest, no: str, website_id: int) -> Any:
    found = reachable(request.person, no, PERMISSION)
    customer = customer_for(request.person, found)

    def do() -> Websites:
        embedding.forbid(customer=customer, origin_id=website_id, by=request.person, now=request.now)
        return _all(found)

    return wrote(request, do)
