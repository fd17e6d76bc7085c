"""Cases over the API: the same verbs as the pages, on the same rows as the pages show."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.urls import reverse
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import answering, claiming, clocks, progress, steps
from huhang.desk.actions import tickets as verbs
from huhang.desk.actions.collision import unchanged_since
from huhang.desk.actions.opening import Opened, Opening, link_for_customer, open_with_parts
from huhang.desk.models import ProgressLink, Ticket
from huhang.desk.queries import tickets as queries
from huhang.desk.queries.openings import known_of, unit_for
from huhang.desk.queries.outline import (
    COLUMNS,
    CaseLine,
    CaseOutline,
    ClockLine,
    StepLine,
    outline_of,
    outlined,
)
from huhang.desk.queries.plans import answered
from huhang.desk.queries.tickets import Filters
from huhang.desk.rules.kinds import Kind, State
from huhang.kit import masking, paging
from huhang.kit.doors import StaffRequest, json_answer, may_api, once

router = Router(tags=["desk"])
SOURCE = "api"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NewTicket(Strict):
    """A case to open. `source_ref` is the caller's own number: the same number is the same case."""

    kind: Kind
    title: str = Field(min_length=1, max_length=120)
    body: str = Field("", max_length=5000)
    waybill: str = Field("", max_length=40)
    unit: str = Field(
        "", max_length=32, description="Code of the unit; left out, the waybill's delivering outlet."
    )
    contact_name: str = Field("", max_length=80)
    contact_phone: str = Field("", max_length=32)
    source_ref: str = Field("", max_length=150)
    answers: dict[str, str] = Field(
        default_factory=dict, max_length=30, description="What the plan of this kind asks, by its keys."
    )


class Change(Strict):
    version: int | None = Field(
        None, description="The version that was read; refused (409) when it is not the newest."
    )


class Words(Change):
    text: str = Field(min_length=1, max_length=answering.LONGEST)


class Result(Change):
    result: str = Field(min_length=1, max_length=answering.LONGEST)
    step: int | None = Field(None, description="Id of the step; left out, the first open one that is yours.")


class HandOver(Change):
    unit: str = Field(min_length=1, max_length=32)
    reason: str = Field(min_length=1, max_length=200)
    step: int | None = Field(None, description="Id of the step; left out, the first open one that is yours.")


class Reason(Change):
    reason: str = Field(min_length=1, max_length=120)


class ListQuery(Strict):
    """What to list, newest first. `cursor` is the `next` of the page before."""

    kind: Kind | None = None
    state: State | None = None
    live: bool | None = Field(None, description="Only open and working cases.")
    unit: str = Field("", max_length=32)
    owner: str = Field("", max_length=150, description="A username, `me` or `none`.")
    late: bool = False
    q: str = Field("", max_length=80)
    cursor: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=200)


class UnitOut(BaseModel):
    code: str
    name: str


class ClockOut(BaseModel):
    obligation: str
    state: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    is_late: bool


class StepOut(BaseModel):
    id: int
    order: int
    lane: int
    parent: int | None
    title: str
    unit: UnitOut
    state: str
    done_at: datetime | None
    result: str
    rating: int | None


class TicketRow(BaseModel):
    no: str
    kind: str
    state: str
    title: str
    waybill: str
    unit: UnitOut
    at_unit: UnitOut
    owner: str | None
    contact: str
    opened_at: datetime
    claimed_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    next_due_at: datetime | None
    version: int


class TicketOut(TicketRow):
    body: str
    clocks: list[ClockOut]
    steps: list[StepOut]


class NewTicketOut(TicketOut):
    progress_url: str


class TicketPage(BaseModel):
    items: list[TicketRow]
    next: str | None


@router.post("/tickets", response={201: NewTicketOut, 200: NewTicketOut}, summary="Open a case")
@may_api("desk.open")
def open_one(request: StaffRequest, payload: NewTicket) -> Any:
    """201 when it was opened now, 200 when this Idempotency-Key or `source_ref` had opened it before."""
    token, link = link_for_customer(request.now)
    opened: list[Opened] = []

    def act() -> tuple[int, dict[str, str]]:
        opened.append(_open(request, payload, link))
        return 201 if opened[0].is_new else 200, {"no": opened[0].ticket.no}

    # Without a key the opening is one statement and needs no transaction around it.
    status, said = _once(request, act) if _key_of(request) else act()
    if opened and opened[0].is_new:
        case = _told(outlined(*opened[0].parts), request.now)
    else:
        ticket = Ticket.objects.select_related("unit", "at_unit", "owner").get(no=said["no"])
        # Made anew for a repeat, since a link's token is stored nowhere.
        token, case = progress.issue_link(ticket=ticket, now=request.now), _detail(ticket, request.now)
    url = request.build_absolute_uri(reverse("progress:page", args=[token]))
    return json_answer({**case, "progress_url": url}, status=status)


def _open(request: StaffRequest, payload: NewTicket, link: ProgressLink) -> Opened:
    known = known_of(request.person, payload.waybill)
    opening = Opening(
        kind=payload.kind,
        title=payload.title,
        body=payload.body,
        unit=unit_for(request.person, payload.unit, known),
        origin=known.origin,
        source=SOURCE,
        source_ref=f"{request.person.pk}:{payload.source_ref or uuid4()}",
        waybill_no=payload.waybill,
        contact_name=payload.contact_name or known.name,
        contact_phone=payload.contact_phone or known.phone,
        answers=answered(payload.kind, payload.answers),
    )
    return open_with_parts(opening, by=request.person, now=request.now, links=[link])


@router.get("/tickets", response=TicketPage, summary="List cases")
@may_api("desk.see")
def list_some(request: StaffRequest, asked: Query[ListQuery]) -> Any:
    filters = Filters(
        kind=asked.kind or "",
        state=asked.state or (queries.LIVE if asked.live else queries.ALL),
        unit=asked.unit,
        owner=asked.owner,
        late=asked.late,
        q=asked.q,
    )
    rows = queries.listed(request.person, filters, now=request.now, with_=())
    page, following = paging.newest_lines(
        rows, COLUMNS, by="opened_at", cursor=asked.cursor, limit=asked.limit
    )
    return json_answer({"items": [_row(CaseLine._make(line)) for line in page], "next": following})


@router.get("/tickets/{no}", response=TicketOut, summary="One case")
@may_api("desk.see")
def get_one(request: StaffRequest, no: str) -> Any:
    return json_answer(_told(outline_of(request.person, no), request.now))


@router.post("/tickets/{no}/claim", response=TicketOut, summary="Take a case")
@may_api("desk.claim")
def claim(request: StaffRequest, no: str, payload: Change | None = None) -> Any:
    return _act(
        request, no, "desk.claim", payload,
        lambda: claiming.claim(ticket_no=no, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/answer", response=TicketOut, summary="Write to the customer")
@may_api("desk.answer")
def answer(request: StaffRequest, no: str, payload: Words) -> Any:
    return _act(
        request, no, "desk.answer", payload,
        lambda: answering.answer(ticket_no=no, text=payload.text, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/note", response=TicketOut, summary="Write for colleagues")
@may_api("desk.answer")
def note(request: StaffRequest, no: str, payload: Words) -> Any:
    return _act(
        request, no, "desk.answer", payload,
        lambda: answering.note(ticket_no=no, text=payload.text, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/resolve", response=TicketOut, summary="Finish the open step")
@may_api("desk.resolve")
def resolve(request: StaffRequest, no: str, payload: Result) -> Any:
    return _act(
        request, no, "desk.resolve", payload,
        lambda: verbs.resolve(
            ticket_no=no, step_id=payload.step, result=payload.result, by=request.person, now=request.now
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/hand_over", response=TicketOut, summary="Give the open step to another unit")
@may_api("desk.hand_over")
def hand_over(request: StaffRequest, no: str, payload: HandOver) -> Any:
    return _act(
        request, no, "desk.hand_over", payload,
        lambda: steps.hand_over(
            ticket_no=no, step_id=payload.step, unit_code=payload.unit, reason=payload.reason,
            by=request.person, now=request.now,
        ),
    )  # fmt: skip


@router.post("/tickets/{no}/pause", response=TicketOut, summary="Stop the clocks for a reason")
@may_api("desk.resolve")
def pause(request: StaffRequest, no: str, payload: Reason) -> Any:
    return _act(
        request, no, "desk.resolve", payload,
        lambda: clocks.pause(ticket_no=no, reason=payload.reason, by=request.person, now=request.now),
    )  # fmt: skip


@router.post("/tickets/{no}/resume", response=TicketOut, summary="Let the clocks run again")
@may_api("desk.resolve")
def resume(request: StaffRequest, no: str, payload: Change | None = None) -> Any:
    return _act(
        request, no, "desk.resolve", payload,
        lambda: clocks.resume(ticket_no=no, by=request.person, now=request.now),
    )  # fmt: skip


def _act(
    request: StaffRequest, no: str, permission: str, payload: Change | None, verb: Callable[[], Ticket]
) -> Any:
    """Run a verb on a case within reach; 404 when it is not, 409 when somebody was quicker."""
    queries.reachable(request.person, no, permission)

    def act() -> tuple[int, Any]:
        with unchanged_since(ticket_no=no, version=payload.version if payload else None):
            ticket = verb()
        return 200, TicketOut.model_validate(_detail(ticket, request.now)).model_dump(mode="json")

    return _once(request, act)[1]


def _once(request: StaffRequest, act: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """With an Idempotency-Key the act happens once; without one, each time."""
    key = _key_of(request)
    if not key:
        with transaction.atomic(savepoint=False):
            return act()
    content = request.path.encode() + b"\n" + request.body
    return once(
        client=request.person.get_username(), key=key[:200], content=content, now=request.now, act=act
    )


def _key_of(request: StaffRequest) -> str:
    return request.headers.get("Idempotency-Key", "").strip()


def _row(case: CaseLine) -> dict[str, Any]:
    return {
        "no": case.no,
        "kind": case.kind,
        "state": case.state,
        "title": case.title,
        "waybill": case.waybill_no,
        "unit": {"code": case.unit_code, "name": case.unit_name},
        "at_unit": {"code": case.at_unit_code, "name": case.at_unit_name},
        "owner": case.owner,
        "contact": " ".join(
            filter(None, [masking.name(case.contact_name), masking.phone(case.contact_phone)])
        ),
        "opened_at": case.opened_at,
        "claimed_at": case.claimed_at,
        "first_response_at": case.first_response_at,
        "resolved_at": case.resolved_at,
        "next_due_at": case.next_due_at,
        "version": case.version,
    }


def _detail(ticket: Ticket, now: datetime) -> dict[str, Any]:
    owed = ticket.clocks.order_by("started_at", "id")
    return _told(outlined(ticket, owed, ticket.steps.select_related("unit", "rating")), now)


def _told(case: CaseOutline, now: datetime) -> dict[str, Any]:
    return {
        **_row(case.line),
        "body": case.body,
        "clocks": [_clock(clock, now) for clock in case.clocks],
        "steps": [_step(step) for step in case.steps],
    }


def _clock(clock: ClockLine, now: datetime) -> dict[str, Any]:
    return {**clock._asdict(), "is_late": (clock.stopped_at or now) > clock.due_at}


def _step(step: StepLine) -> dict[str, Any]:
    return {
        "id": step.id,
        "order": step.order,
        "lane": step.lane,
        "parent": step.parent,
        "title": step.title,
        "unit": {"code": step.unit_code, "name": step.unit_name},
        "state": step.state,
        "done_at": step.done_at,
        "result": step.result,
        "rating": step.rating,
    }
