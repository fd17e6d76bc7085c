"""The parcel over the API: scans in; a waybill's state, trace and hits, and lists of hits, out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, ConfigDict, Field

from huhang.journey.actions import request_intake
from huhang.journey.actions.request_intake import Batch
from huhang.journey.feeds.bodies import BLOCK
from huhang.journey.queries import hits as hit_queries
from huhang.journey.queries import telling
from huhang.journey.queries.trace import seen_by, trace
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api, once
from huhang.kit.errors import DomainError, NotFound

router = Router(tags=["journey"])

LONGEST_KEY = 200
SCANS_BODY = {
    "requestBody": {
        "required": True,
        "description": "A JSON array of scans, or one scan per line; gzip allowed. Fields: waybill, code or text, "
        "event_time, node, operator, reason, carrier.",
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


class RejectedRow(BaseModel):
    """`row` counts from 1: the element of an array, or the line. `code` is stable, `reason` is for people."""

    row: int
    field: str = ""
    code: str = ""
    reason: str


class ReceiptOut(BaseModel):
    batch: str
    accepted: int
    rejected: list[RejectedRow]


class ScanOut(BaseModel):
    at: datetime
    code: str
    code_label: str
    reason: str
    node: str
    node_name: str
    operator: str
    text: str


class HitOut(BaseModel):
    id: int
    waybill: str
    rule: str
    rule_name: str
    raised_at: datetime
    cleared_at: datetime | None
    link: str
    node: str
    node_name: str
    person: str


class WaybillOut(BaseModel):
    waybill: str
    carrier: str
    product: str
    status: str
    status_label: str
    since: datetime | None = Field(description="since when it is in this state")
    how: str | None = Field(description="code of the sign-off, once signed")
    reason: str
    promised_at: datetime | None
    eta: datetime | None = Field(description="when it should arrive; null once it has")
    is_late: bool
    origin: str
    dest: str
    receiver: str
    courier: str
    trace: list[ScanOut]
    hits: list[HitOut]


class HitPage(BaseModel):
    items: list[HitOut]
    next: str | None


class HitQuery(BaseModel):
    """What to list, newest first. `cursor` is the `next` of the page before."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    state: str = Field("open", pattern="^(open|cleared|all)$")
    rule: str = Field("", max_length=64)
    unit: str = Field("", max_length=32)
    link: str = Field("", max_length=20)
    day: str = Field("", max_length=10, description="a day in Shanghai, YYYY-MM-DD")
    waybill: str = Field("", max_length=40)
    cursor: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=500)


@router.post("/scans", response={202: ReceiptOut}, summary="Bring scans in", openapi_extra=SCANS_BODY)
@may_api("journey.import")
def take_scans(request: StaffRequest) -> Any:
    """Answered once the good rows are safely on disk. The same content again changes nothing; the same
    Idempotency-Key with other content is refused (422)."""
    batch = request_intake.receive(_blocks(request), by=request.person)
    key = request.headers.get("Idempotency-Key", "").strip()[:LONGEST_KEY]
    if not key:
        return Status(*_take(request, batch))
    status, receipt = once(
        client=request.person.get_username(),
        key=key,
        content=batch.key.encode(),
        now=request.now,
        act=lambda: _take(request, batch),
    )
    return Status(status, receipt)


@router.get("/waybills/{no}", response=WaybillOut, summary="A waybill's state, trace and hits")
@may_api("journey.trace")
def one_waybill(request: StaffRequest, no: str) -> Any:
    found = trace(no, now=request.now)
    if found is None or not seen_by(request.person.visible_paths("journey.trace"), found):
        raise NotFound(waybill=no)
    return telling.of_parcel(found)


@router.get("/hits", response=HitPage, summary="List what the watch found")
@may_api("journey.trace")
def list_hits(request: StaffRequest, asked: Query[HitQuery]) -> Any:
    query = QueryDict(mutable=True)
    query.update(asked.model_dump(include={"state", "rule", "unit", "link", "day", "waybill"}))
    rows = hit_queries.listed(request.person.visible_paths("journey.trace"), hit_queries.wanted_by(query))
    page, following = paging.newest_first(rows, by="raised_at", cursor=asked.cursor, limit=asked.limit)
    return {"items": [telling.of_hit(hit) for hit in page], "next": following}


def _take(request: StaffRequest, batch: Batch) -> tuple[int, Any]:
    receipt = request_intake.take_in(batch, by=request.person, now=request.now)
    return 202, {"batch": receipt.batch, "accepted": receipt.accepted, "rejected": receipt.rejected}


class LengthMissing(DomainError):
    """请在请求中注明内容长度（Content-Length），或分成几批发送。"""

    status = 411


def _blocks(request: HttpRequest) -> Iterator[bytes]:
    """The body as it arrives: never more of it in memory than the limits allow."""
    if "chunked" in request.headers.get("Transfer-Encoding", "") and not request.headers.get(
        "Content-Length"
    ):
        raise LengthMissing  # such a body would look empty here
    while block := request.read(BLOCK):
        yield block
