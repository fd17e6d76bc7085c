"""The search box, for programs: cases by number, waybill, phone, name, and by any word said in them."""

from typing import Any

from django.utils.html import strip_tags
from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.queries.finding import find
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Strict

router = Router(tags=["search"])


class Term(Strict):
    q: str = Field(min_length=1, max_length=80, examples=["外箱破损"])


class FoundOut(BaseModel):
    no: str
    title: str
    detail: str
    line: str = Field(description="The words around what was looked for, phones masked.")


class Found(BaseModel):
    items: list[FoundOut]


@router.get("/search", response=Found, summary="Find cases by what is known of them")
@may_api("desk.see")
def search(request: StaffRequest, asked: Query[Term]) -> Any:
    """The same few as the search box of the pages, by the rights of the lists."""
    return {"items": [_told(hit) for hit in find(request.person, asked.q, now=request.now)]}


def _told(hit: dict[str, Any]) -> FoundOut:
    no, _, title = str(hit["title"]).partition(" ")
    return FoundOut(no=no, title=title, detail=str(hit["detail"]), line=strip_tags(str(hit["line"])))
