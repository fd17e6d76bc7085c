"""Macros: those that one may use, keeping them, what one would do to a case, and doing it."""

from typing import Any

from django.urls import reverse
from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import macros
from huhang.desk.api.acting import fresh
from huhang.desk.api.shapes import Change, TicketOut, detail
from huhang.desk.models import Macro
from huhang.desk.queries import macros as queries
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.kinds import Priority
from huhang.desk.rules.macros import LONGEST, Deed
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Asked, Done, Strict, wrote
from huhang.kit.reveal import address_of
from huhang.network.models import Person

router = Router(tags=["macros"])
PERMISSION = "desk.answer"


class MacroOut(BaseModel):
    id: int
    name: str
    is_own: bool
    actions: list[dict[str, Any]]


class DeedIn(Strict):
    """One thing to do, with the words that it takes."""

    do: Deed = Field(examples=["note"])
    text: str = Field("", max_length=LONGEST, description="note, answer, resolve", examples=["已核实"])
    value: Priority | None = Field(None, description="priority")
    reason: str = Field("", max_length=200, description="pause: its code; hand_over: why")
    unit: str = Field("", max_length=32, description="hand_over")


class MacroIn(Strict):
    name: str = Field(min_length=1, max_length=40, examples=["催派答复"])
    unit: str = Field("", max_length=32, description="For everybody who works there; left out, one's own.")
    actions: list[DeedIn] = Field(min_length=1, max_length=len(Deed))

    def written(self, person: Person) -> macros.Written:
        path = queries.place_for(person, self.unit) if self.unit else ""
        told = [deed.model_dump(mode="json", exclude_defaults=True) for deed in self.actions]
        return macros.Written(name=self.name, path=path, actions=told)


class MacroPage(BaseModel):
    items: list[MacroOut]
    next: str | None


class MacroLineOut(BaseModel):
    deed: str
    name: str
    text: str
    missing: list[str] = Field(description="Placeholders that have no value for this case.")


class Preview(BaseModel):
    lines: list[MacroLineOut]


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
    return {"items": [_told(row) for row in rows], "next": following}


def _told(row: Macro) -> MacroOut:
    return MacroOut(id=row.pk, name=row.shown_name, is_own=row.person_id is not None, actions=row.actions)


@router.post("/macros", response={201: MacroOut}, summary="Keep a macro")
@may_api(PERMISSION)
def add(request: StaffRequest, payload: MacroIn) -> Any:
    """For oneself, or for a unit by whoever keeps macros there."""
    return wrote(request, lambda: _saved(request, None, payload), status=201)


@router.put("/macros/{macro_id}", response=MacroOut, summary="Change a macro")
@may_api(PERMISSION)
def change(request: StaffRequest, macro_id: int, payload: MacroIn) -> Any:
    """Whole: what is left out is gone."""
    return wrote(request, lambda: _saved(request, macro_id, payload))


def _saved(request: StaffRequest, macro_id: int | None, payload: MacroIn) -> MacroOut:
    row = macros.save_macro(
        macro_id=macro_id, written=payload.written(request.person), by=request.person, now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return _told(row)


@router.delete("/macros/{macro_id}", response=Done, summary="Take a macro out of use")
@may_api(PERMISSION)
def remove(request: StaffRequest, macro_id: int) -> Any:
    def do() -> Done:
        macros.remove(macro_id=macro_id, by=request.person, now=request.now, address=address_of(request))
        return Done()

    return wrote(request, do)


@router.get("/tickets/{no}/macros/{macro_id}", response=Preview, summary="What a macro would do to a case")
@may_api(PERMISSION)
def preview(request: StaffRequest, no: str, macro_id: int) -> Any:
    found = reachable(request.person, no, PERMISSION)
    lines = queries.preview(queries.usable(request.person, macro_id), found, now=request.now)
    return {
        "lines": [
            MacroLineOut(deed=line.deed, name=str(line.name), text=line.text, missing=line.missing)
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
