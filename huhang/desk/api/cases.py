"""Opening cases, listing them, reading one: the same rows as the pages show."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.urls import reverse
from ninja import Query, Router
from pydantic import AwareDatetime, Field

from huhang.desk.actions import progress
from huhang.desk.actions.opening import Opened, Opening, link_for_customer, open_with_parts
from huhang.desk.api.acting import fresh
from huhang.desk.api.listing import ListQuery, filters_of
from huhang.desk.api.shapes import NewTicketOut, TicketOut, TicketPage, detail, row, told
from huhang.desk.models import ProgressLink
from huhang.desk.queries import by_hand
from huhang.desk.queries import tickets as queries
from huhang.desk.queries.openings import known_of, unit_for
from huhang.desk.queries.outline import COLUMNS, CaseLine, outline_of, outlined
from huhang.desk.queries.plans import answered
from huhang.desk.rules.kinds import Kind, Priority
from huhang.kit import paging, programs
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.programs import Strict

router = Router(tags=["cases"])
SOURCE = "api"


class NewTicket(Strict):
    """A case to open. `source_ref` is the caller's own number: the same number is the same case."""

    kind: Kind = Field(examples=["urge"])
    title: str = Field(min_length=1, max_length=120, examples=["催派"])
    body: str = Field("", max_length=5000)
    waybill: str = Field("", max_length=40)
    unit: str = Field(
        "",
        max_length=32,
        description="Code of the unit; left out, the waybill's delivering outlet.",
        examples=["SZ-WZ"],
    )
    contact_name: str = Field("", max_length=80)
    contact_phone: str = Field("", max_length=32)
    entrance: str = Field(
        "",
        max_length=60,
        description="Where they came in: the key of a counter, a hotline or a regulator's entrance, which is urgent.",
    )
    source_ref: str = Field("", max_length=150)
    priority: Priority | None = Field(None, description="Left out, that of its entrance, else normal.")
    value: Decimal | None = Field(
        None, ge=0, lt=10**10, decimal_places=2, description="What the parcel is worth, in yuan."
    )
    answers: dict[str, str] = Field(
        default_factory=dict, max_length=30, description="What the plan of this kind asks, by its keys."
    )
    received_at: AwareDatetime | None = Field(
        None,
        description="When the complaint reached you, where policies count from there; not later than now.",
    )
    transferred_at: AwareDatetime | None = Field(None, description="When the regulator passed it on.")


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
    status, said = programs.written(request, act) if programs.key_of(request) else act()
    if opened and opened[0].is_new:
        case = told(outlined(*opened[0].parts), request.now)
    else:
        ticket = fresh(said["no"])
        # Made anew for a repeat, since a link's token is stored nowhere.
        token, case = progress.issue_link(ticket=ticket, now=request.now), detail(ticket, request.now)
    url = request.build_absolute_uri(reverse("progress:page", args=[token]))
    return json_answer({**case, "progress_url": url}, status=status)


def _open(request: StaffRequest, payload: NewTicket, link: ProgressLink) -> Opened:
    known = known_of(request.person, payload.waybill)
    come = by_hand.come_by(request.person, payload.entrance)
    opening = Opening(
        kind=payload.kind,
        title=payload.title,
        body=payload.body,
        unit=unit_for(request.person, payload.unit, known, request.standing),
        origin=known.origin,
        source=SOURCE,
        source_ref=f"{request.person.pk}:{payload.source_ref or uuid4()}",
        waybill_no=payload.waybill,
        contact_name=payload.contact_name or known.name,
        contact_phone=payload.contact_phone or known.phone,
        answers=answered(payload.kind, payload.answers, request.standing),
        entrance=come.entrance,
        customer_class=come.customer_class,
        priority=payload.priority or come.priority,
        value=payload.value,
        received_at=payload.received_at,
        transferred_at=payload.transferred_at,
    )
    return open_with_parts(opening, by=request.person, now=request.now, links=[link], at=request.standing)


@router.get("/tickets", response=TicketPage, summary="List cases")
@may_api("desk.see")
def list_some(request: StaffRequest, asked: Query[ListQuery]) -> Any:
    """Newest first, narrowed by the same filters as the pages."""
    return json_answer(page_of(request, filters_of(asked), asked.cursor, asked.limit))


def page_of(request: StaffRequest, filters: queries.Filters, cursor: str, limit: int) -> dict[str, Any]:
    """A page of the cases that these filters ask for."""
    page: list[tuple[Any, ...]] = []
    following = None
    for rows in queries.beginnings(
        request.person,
        filters,
        now=request.now,
        wanted=limit + 1,
        before=paging.moment_of(cursor),
        with_=(),
    ):
        page, following = paging.newest_lines(rows, COLUMNS, by="opened_at", cursor=cursor, limit=limit)
        if following:
            break
    return {"items": [row(CaseLine._make(line)) for line in page], "next": following}


@router.get("/tickets/{no}", response=TicketOut, summary="One case")
@may_api("desk.see")
def get_one(request: StaffRequest, no: str) -> Any:
    """With its clocks and steps; send the ETag back as If-None-Match and an unchanged case answers 304."""
    return programs.told(request, told(outline_of(request.person, no), request.now))
