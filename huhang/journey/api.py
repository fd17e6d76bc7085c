"""The parcel over the API: scans in; a waybill's state, trace and hits, and lists of hits, out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from ninja import Query, Router
from ninja.responses import Status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from huhang.journey.actions import capturing, request_intake
from huhang.journey.actions.request_intake import Batch
from huhang.journey.feeds.bodies import BLOCK
from huhang.journey.feeds.epcis import document
from huhang.journey.feeds.epcis import telling as epcis_telling
from huhang.journey.models import Push
from huhang.journey.queries import epcis as epcis_queries
from huhang.journey.queries import hits as hit_queries
from huhang.journey.queries import telling
from huhang.journey.queries.trace import seen_by, trace
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.once import once

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
    late_link: str | None = Field(
        description="where the parcel had lost its time when this was raised; null: nowhere yet"
    )
    late_minutes: int | None
    late_unit: str | None


class WindowOut(BaseModel):
    """When it will come, from what parcels like it did in recent days. A promise never counts."""

    model_config = ConfigDict(populate_by_name=True)

    earliest: datetime | None = Field(
        alias="from", description="null with `to`: too little is known for an interval"
    )
    latest: datetime | None = Field(alias="to")
    likely: datetime | None
    confidence: float | None = Field(description="share of such intervals that hold, 0.8")
    basis: str = Field(
        description="route, area or network: whose parcels; standard: only the transit standard is known; "
        "beyond: already later than nearly all that we know of"
    )
    parcels: int


class MissingOut(BaseModel):
    code: str
    node: str


class LinkOut(BaseModel):
    """One link of its way. Where scans between links are missing they are one, under the name of who did not scan."""

    model_config = ConfigDict(populate_by_name=True)

    kind: str = Field(description="collection, origin_hub, linehaul, destination_hub, delivery")
    node: str
    node_name: str
    to: str
    to_name: str
    start: datetime = Field(alias="from")
    until: datetime | None = Field(description="null while it lasts")
    minutes: int
    standard_minutes: int | None
    usual_p50: int | None = Field(description="of the last 14 days, begun at like hours")
    usual_p80: int | None
    late_minutes: int = Field(description="beyond the standard")
    is_late_link: bool = Field(description="the one that lost most; at most one")
    owner: str
    owner_name: str
    missing_scans: list[MissingOut]


class StormOut(BaseModel):
    reason: str = Field(description="in the language of Accept-Language, as customers read it")
    starts_at: datetime
    ends_at: datetime


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
    eta: datetime | None = Field(
        description="when it will most likely arrive, whatever was promised; null once it has"
    )
    eta_window: WindowOut | None = Field(description="the interval around it; null once it has arrived")
    is_late: bool
    origin: str
    dest: str
    receiver: str
    courier: str
    trace: list[ScanOut]
    hits: list[HitOut]
    links: list[LinkOut]
    storms: list[StormOut] = Field(description="storms that hold where it is or goes; empty once it is over")


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
    batch = request_intake.receive(_blocks(request), by=request.person, now=request.now)
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


@router.get(
    "/waybills/{no}", response=WaybillOut, by_alias=True, summary="A waybill's state, links, trace and hits"
)
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


# --- EPCIS 2.0 ----------------------------------------------------------------------------------------

EPCIS_BODY = {
    "requestBody": {
        "required": True,
        "description": "An EPCISDocument, an EPCISQueryDocument or a single event, in JSON-LD; gzip allowed.",
        "content": {
            kind: {"schema": {"type": "object"}} for kind in ("application/ld+json", "application/json")
        },
    }
}  # fmt: skip


class CaptureError(BaseModel):
    event: int = Field(description="number of the event in the document, from 1")
    code: str
    reason: str


class CaptureJob(BaseModel):
    """The standard's capture job. What could not enter is put aside and shown on the page of the intake."""

    captureID: str  # noqa: N815  the standard's own names
    createdAt: datetime  # noqa: N815
    finishedAt: datetime | None  # noqa: N815
    running: bool
    success: bool
    captureErrorBehaviour: str = "proceed"  # noqa: N815
    accepted: int
    doubled: int
    withdrawn: int
    errors: list[CaptureError]


class EpcisQuery(BaseModel):
    """Parameters of a SimpleEventQuery; lists are separated by commas. `MATCH_epc` is needed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    MATCH_epc: str = Field(
        "", max_length=4000, description="urn:huhang:waybill:…, a waybill or a known identifier"
    )
    MATCH_anyEPC: str = Field("", max_length=4000)
    eventType: str = Field("", max_length=200)  # noqa: N815
    EQ_bizStep: str = Field("", max_length=400)
    EQ_disposition: str = Field("", max_length=400)
    EQ_readPoint: str = Field("", max_length=1000)
    GE_eventTime: AwareDatetime | None = None
    LT_eventTime: AwareDatetime | None = None
    perPage: int = Field(30, ge=1, le=1000)  # noqa: N815
    nextPageToken: str = Field("", max_length=20, pattern=r"^\d*$")  # noqa: N815


class TooManyParcelsAsked(BadInput):
    """请用 MATCH_epc 指明包裹（每次最多 100 个）；这里不按时间翻查全部事件。"""

    status = 413


@router.post(
    "/epcis/capture", response={202: CaptureJob}, summary="Capture EPCIS events", openapi_extra=EPCIS_BODY
)
@may_api("journey.import")
def capture_events(request: StaffRequest, response: HttpResponse) -> Any:
    """Answered once the document is kept; `Location` is where its job can be asked. The same document again is the
    same job. An event with an errorDeclaration withdraws the scans that it told."""
    push = capturing.capture(_blocks(request), by=request.person, now=request.now)
    response["Location"] = f"{request.path}/{push.capture_id}"
    response["GS1-EPCIS-Version"] = "2.0.0"
    return Status(202, _job(push))


@router.get("/epcis/capture/{capture_id}", response=CaptureJob, summary="What became of a captured document")
@may_api("journey.import")
def capture_job(request: StaffRequest, capture_id: UUID) -> Any:
    found = epcis_queries.job(request.person, str(capture_id))
    if found is None:
        raise NotFound(capture_id=str(capture_id))
    return _job(found)


@router.get("/epcis/events", response=dict[str, Any], summary="Events of parcels as EPCIS 2.0")
@may_api("journey.trace")
def epcis_events(request: StaffRequest, response: HttpResponse, asked: Query[EpcisQuery]) -> Any:
    """An EPCISQueryDocument; `Link: rel="next"` leads on. Names and phones are masked."""
    parcels = _several(asked.MATCH_epc) + _several(asked.MATCH_anyEPC)
    if not 0 < len(parcels) <= epcis_queries.MOST_PARCELS:
        raise TooManyParcelsAsked
    wanted = epcis_queries.Asked(
        parcels=parcels,
        types=_several(asked.eventType),
        steps=tuple(document.bare(step) for step in _several(asked.EQ_bizStep)),
        dispositions=tuple(document.bare(name) for name in _several(asked.EQ_disposition)),
        places=_several(asked.EQ_readPoint),
        since=asked.GE_eventTime,
        before=asked.LT_eventTime,
    )
    found = epcis_queries.events(request.person, wanted, now=request.now)
    start = int(asked.nextPageToken or 0)
    page = found[start : start + asked.perPage]
    if start + asked.perPage < len(found):
        query = request.GET.copy()
        query["nextPageToken"] = str(start + asked.perPage)
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    response["GS1-EPCIS-Version"] = "2.0.0"
    return epcis_telling.answer(page, now=request.now)


def _several(told: str) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in told.split(","))))


def _job(push: Push) -> dict[str, Any]:
    result = {"accepted": 0, "doubled": 0, "withdrawn": 0, "errors": []} | push.result
    return {
        "captureID": str(push.capture_id),
        "createdAt": push.received_at,
        "finishedAt": push.processed_at,
        "running": push.processed_at is None,
        "success": not result["errors"],
        **result,
    }
