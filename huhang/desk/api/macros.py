"""Macros: those that one may use, what one would do to a case, and doing it."""

from typing import Any

from django.urls import reverse
from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import macros
from huhang.desk.api.acting import fresh
from huhang.desk.api.shapes import Change, TicketOut, detail
from huhang.desk.queries import macros as queries
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.macros import LONGEST
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Asked, wrote

router = Router(tags=["macros"])
PERMISSION = "desk.answer"


class MacroOut(BaseModel):
    id: int
    name: str
    is_own: bool
    actions: list[dict[str, Any]]


class MacroPage(BaseModel):
    items: list[MacroOut]
    next: str | None


class LineOut(BaseModel):
    deed: str
    name: str
    text: str
    missing: list[str] = Field(description="Placeholders that have no value for this case.")


class Preview(BaseModel):
    lines: list[LineOut]


class Run(Change):
    note: str | None = Field(None, max_length=LONGEST, description="In place of the previewed words.")
    answer: str | None = Field(None, max_length=LONGEST)
    resolve: str | None = Field(None, max_length=LONGEST)

    @property
    def texts(self) -> dict[str, str]:
        written = {"note": self.note, "answer": self.answer, "resolve": self.resolve}
        return {deed: text for deed, text in written.items() if text is not None}


@router.get("/macros", response=MacroPage, summary="Macros that one may use")
@may_api(PERMISSION)
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(
        queries.usable_by(request.person), cursor=asked.cursor, limit=asked.limit
    )
    items = [
        MacroOut(id=row.pk, name=row.shown_name, is_own=row.person_id is not None, actions=row.actions)
        for row in rows
    ]
    return {"items": items, "next": following}


@router.get("/tickets/{no}/macros/{macro_id}", response=Preview, summary="What a macro would do to a case")
@may_api(PERMISSION)
def preview(request: StaffRequest, no: str, macro_id: int) -> Any:
    found = reachable(request.person, no, PERMISSION)
    lines = queries.preview(queries.usable(request.person, macro_id), found, now=request.now)
    return {
        "lines": [
            LineOut(deed=line.deed, name=str(line.name), text=line.text, missing=line.missing)
            for line in lines
        ]
    }


@router.post("/tickets/{no}/macros/{macro_id}", response=TicketOut, summary="Run a macro")
@may_api(PERMISSION)
def run(request: StaffRequest, no: str, macro_id: int, payload: Run) -> Any:
    """All of it or nothing, on the version that was read."""
    reachable(request.person, no, PERMISSION)

    def do() -> TicketOut:
        macros.run(
            ticket_no=no, macro_id=macro_id, texts=payload.texts, version=payload.version,
            link_at=lambda token: request.build_absolute_uri(reverse("progress:page", args=[token])),
            by=request.person, now=request.now,
        )  # fmt: skip
        return TicketOut.model_validate(detail(fresh(no), request.now))

    return wrote(request, do)
