"""Saved views, and the cases that they hold."""

from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import views as verbs
from huhang.desk.api.cases import page_of
from huhang.desk.api.listing import Filtering, filters_of
from huhang.desk.api.shapes import TicketPage
from huhang.desk.models import SavedView
from huhang.desk.queries import views as queries
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.programs import Asked, Done, Strict, wrote

router = Router(tags=["views"])


class ViewOut(BaseModel):
    id: int
    name: str
    filters: dict[str, str] = Field(description="As GET /tickets takes them.")
    columns: list[str]
    is_own: bool
    can_change: bool


class ViewPage(BaseModel):
    items: list[ViewOut]
    next: str | None


class ViewIn(Strict):
    name: str = Field(min_length=1, max_length=40, examples=["我的超时投诉"])
    unit: str = Field(
        "", max_length=32, description="Shared with everybody who works there; left out, one's own."
    )
    filters: Filtering = Field(default_factory=Filtering, examples=[{"kind": "complaint", "late": True}])


class ViewChange(Strict):
    name: str | None = Field(None, min_length=1, max_length=40, examples=["超时投诉"])
    filters: Filtering | None = Field(None, examples=[{"late": True}])


class ViewMove(Strict):
    step: Literal[-1, 1] = Field(description="-1 is earlier.", examples=[1])


@router.get("/views", response=ViewPage, summary="Views that one may use")
@may_api("desk.see")
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(
        queries.views_of(request.person), cursor=asked.cursor, limit=asked.limit
    )
    return {"items": [_told(request, view) for view in rows], "next": following}


def _told(request: StaffRequest, view: SavedView) -> ViewOut:
    return ViewOut(
        id=view.pk, name=view.shown_name, filters=queries.filters_of(view).to_query(), columns=view.columns,
        is_own=view.owner_id is not None, can_change=queries.can_change(request.person, view),
    )  # fmt: skip


@router.get("/views/{view_id}/tickets", response=TicketPage, summary="The cases of a view")
@may_api("desk.see")
def rows(request: StaffRequest, view_id: int, asked: Query[Asked]) -> Any:
    """Newest first, whatever the order of the view on the screen."""
    filters = queries.filters_of(queries.reachable(request.person, view_id))
    return json_answer(page_of(request, filters, asked.cursor, asked.limit))


@router.post("/views", response={201: ViewOut}, summary="Keep a list under a name")
@may_api("desk.see")
def save(request: StaffRequest, payload: ViewIn) -> Any:
    filters = filters_of(payload.filters)
    return wrote(
        request,
        lambda: _told(
            request,
            verbs.save(
                name=payload.name,
                filters=filters,
                columns=[],
                unit=payload.unit,
                by=request.person,
                now=request.now,
            ),
        ),
        status=201,
    )


@router.patch("/views/{view_id}", response=ViewOut, summary="Rename a view, or let it hold another list")
@may_api("desk.see")
def change(request: StaffRequest, view_id: int, payload: ViewChange) -> Any:
    view = queries.reachable(request.person, view_id)

    def do() -> ViewOut:
        changed = view
        if payload.filters is not None:
            changed = verbs.change(
                view_id=view_id, filters=filters_of(payload.filters), columns=view.columns,
                by=request.person, now=request.now,
            )  # fmt: skip
        if payload.name is not None:
            changed = verbs.rename(view_id=view_id, name=payload.name, by=request.person, now=request.now)
        return _told(request, changed)

    return wrote(request, do)


@router.post("/views/{view_id}/move", response=ViewOut, summary="One place earlier or later")
@may_api("desk.see")
def move(request: StaffRequest, view_id: int, payload: ViewMove) -> Any:
    return wrote(
        request, lambda: _told(request, verbs.move(view_id=view_id, step=payload.step, by=request.person))
    )


@router.delete("/views/{view_id}", response=Done, summary="Throw a view away")
@may_api("desk.see")
def remove(request: StaffRequest, view_id: int) -> Any:
    def do() -> Done:
        verbs.remove(view_id=view_id, by=request.person, now=request.now)
        return Done()

    return wrote(request, do)
