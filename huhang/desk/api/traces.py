"""追查令: order a search from a loss, answer as a node, call the roll, close with a report."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from huhang.desk.actions import searches
from huhang.desk.actions import trace_orders as verbs
from huhang.desk.api.shapes import UnitOut
from huhang.desk.models import TraceOrder
from huhang.desk.queries import trace_orders as queries
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.trace_orders import Answer, OrderState
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Asked, Strict, wrote

router = Router(tags=["traces"])
Money = Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=2)]


class TraceQuery(Asked):
    state: OrderState | None = None


class OrderIn(Strict):
    value: Money | None = Field(None, description="In yuan; left out, the case's.", examples=["2500"])
    reason: str = Field("", max_length=200, description="Needed below the limit.", examples=["贵重物品"])


class AnswerIn(Strict):
    """Pictures are put into the trace order's case first, with this step (POST /tickets/{no}/files)."""

    answer: Answer = Field(examples=["not_here"])
    where: str = Field("", max_length=200)
    words: str = Field("", max_length=500, examples=["场地、笼车都已查过"])
    counted: int | None = Field(None, ge=0, lt=10**7, examples=[120])
    cctv_from: AwareDatetime | None = Field(None, examples=["2026-11-20T06:00:00Z"])
    cctv_until: AwareDatetime | None = Field(None, examples=["2026-11-20T08:00:00Z"])
    camera: str = Field("", max_length=120, examples=["3 号门"])


class CloseIn(Strict):
    report: str = Field(min_length=10, max_length=2000, examples=["在苏州分拨中心的错分格口找到，已补发。"])
    recovered: Money = Field(Decimal(), examples=["2500"])


class TracePolicyIn(Strict):
    """Orders that run keep their limits."""

    least_value: Money = Field(examples=["1000"])
    suspect_minutes: int = Field(ge=10, le=10080, examples=[120])
    other_minutes: int = Field(ge=10, le=10080, examples=[240])
    is_confirmed: bool = False


class TracePolicyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    least_value: Decimal
    suspect_minutes: int
    other_minutes: int
    is_confirmed: bool


class TraceRow(BaseModel):
    no: str
    case: str | None
    state: str
    value: Decimal | None
    recovered: Decimal
    ordered_at: datetime
    ordered_by: str
    found_at: datetime | None
    found_where: str
    closed_at: datetime | None


class NodeOut(BaseModel):
    step: int
    unit: UnitOut
    part: str
    look: str = Field(description="found, not_here, unsure, called_off, searching, silent")
    due_at: datetime | None
    acknowledged_at: datetime | None
    answer: str
    answered_at: datetime | None
    words: str
    counted: int | None
    files: list[int]


class TraceOut(TraceRow):
    report: str
    nodes: list[NodeOut]


class TracePage(BaseModel):
    items: list[TraceRow]
    next: str | None


class Called(BaseModel):
    silent: int


@router.get("/traces", response=TracePage, summary="Searches that one may see")
@may_api("desk.see")
def some(request: StaffRequest, asked: Query[TraceQuery]) -> Any:
    rows = queries.listed(request.person, state=asked.state or "")
    page, following = paging.newest_first(rows, by="ordered_at", cursor=asked.cursor, limit=asked.limit)
    return {"items": [_row(order) for order in page], "next": following}


def _row(order: TraceOrder) -> TraceRow:
    parent = order.ticket.parent
    return TraceRow(
        no=order.ticket.no, case=parent.no if parent else None, state=order.state, value=order.value,
        recovered=order.recovered, ordered_at=order.ordered_at, ordered_by=order.ordered_by,
        found_at=order.found_at, found_where=order.found_where, closed_at=order.closed_at,
    )  # fmt: skip


@router.get("/traces/{no}", response=TraceOut, summary="One search, node by node")
@may_api("desk.see")
def one(request: StaffRequest, no: str) -> Any:
    return _told(request, no)


def _told(request: StaffRequest, no: str) -> TraceOut:
    page = queries.page_of(request.person, no)
    return TraceOut(
        **_row(page.order).model_dump(), report=page.order.report, nodes=[_node(line) for line in page.nodes]
    )


def _node(line: queries.NodeLine) -> NodeOut:
    search, step = line.search, line.search.step
    return NodeOut(
        step=step.pk, unit=UnitOut(code=step.unit.code, name=step.unit.name), part=search.part, look=line.look,
        due_at=step.clock.due_at if step.clock else None, acknowledged_at=search.acknowledged_at,
        answer=search.answer, answered_at=search.answered_at, words=search.words, counted=search.counted,
        files=[file.pk for file in line.evidence],
    )  # fmt: skip


@router.post("/tickets/{no}/traces", response={201: TraceOut}, summary="Search for a lost parcel")
@may_api(queries.ORDER)
def order(request: StaffRequest, no: str, payload: OrderIn) -> Any:
    """The same case orders once while the search runs."""
    case = reachable(request.person, no, queries.ORDER)

    def do() -> TraceOut:
        made = verbs.order(
            case_no=case.no, reason=payload.reason, value=payload.value, by=request.person, now=request.now
        )
        return _told(request, made.ticket.no)

    return wrote(request, do, status=201)


@router.post("/traces/{no}/nodes/{step_id}/acknowledge", response=TraceOut, summary="Answer the roll-call")
@may_api("desk.resolve")
def acknowledge(request: StaffRequest, no: str, step_id: int) -> Any:
    reachable(request.person, no, "desk.resolve")

    def do() -> TraceOut:
        searches.acknowledge(ticket_no=no, step_id=step_id, by=request.person, now=request.now)
        return _told(request, no)

    return wrote(request, do)


@router.post("/traces/{no}/nodes/{step_id}/answer", response=TraceOut, summary="What a node found")
@may_api("desk.resolve")
def answer(request: StaffRequest, no: str, step_id: int, payload: AnswerIn) -> Any:
    """With its evidence; a find calls off the other searches."""
    reachable(request.person, no, "desk.resolve")
    report = searches.Report(**payload.model_dump())

    def do() -> TraceOut:
        searches.answer(ticket_no=no, step_id=step_id, report=report, by=request.person, now=request.now)
        return _told(request, no)

    return wrote(request, do)


@router.post("/traces/{no}/roll", response=Called, summary="Call the silent nodes once more")
@may_api("desk.answer")
def roll(request: StaffRequest, no: str) -> Any:
    """Only for who leads the search."""
    reachable(request.person, no)
    return wrote(
        request,
        lambda: Called(silent=verbs.call_roll(ticket_no=no, by=request.person, now=request.now)),
    )


@router.post("/traces/{no}/close", response=TraceOut, summary="Close a search with a report")
@may_api("desk.answer")
def close(request: StaffRequest, no: str, payload: CloseIn) -> Any:
    """Only by who leads it, and not while a node still searches."""
    reachable(request.person, no)

    def do() -> TraceOut:
        verbs.close(
            ticket_no=no, report=payload.report, recovered=payload.recovered, by=request.person,
            now=request.now,
        )  # fmt: skip
        return _told(request, no)

    return wrote(request, do)


@router.get("/trace_policy", response=TracePolicyOut, summary="From which value on, and how long nodes have")
@may_api("desk.policies.edit")
def policy(request: StaffRequest) -> Any:
    return TracePolicyOut.model_validate(verbs.policy())


@router.put(
    "/trace_policy", response=TracePolicyOut, summary="Set from which value on, and how long nodes have"
)
@may_api("desk.policies.edit")
def set_policy(request: StaffRequest, payload: TracePolicyIn) -> Any:
    return wrote(
        request,
        lambda: TracePolicyOut.model_validate(
            verbs.set_policy(**payload.model_dump(), by=request.person, now=request.now)
        ),
    )
