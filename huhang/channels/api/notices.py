"""The bell over the API: what one was told, and that it was seen."""

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.channels.actions import notices as verbs
from huhang.channels.models import Notice
from huhang.channels.queries import notices as queries
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.languages import shown
from huhang.kit.programs import Asked, wrote

router = Router(tags=["notices"])


class NoticeQuery(Asked):
    scope: Literal["mine", "below"] = Field("mine", description="below: what units below were told, too.")
    unread: bool = False


class NoticeOut(BaseModel):
    id: int
    kind: str
    title: str
    body: str
    link: str = Field(description="A path of this house, or empty.")
    at: datetime
    read_at: datetime | None
    read_by: str | None


class NoticePage(BaseModel):
    items: list[NoticeOut]
    next: str | None


class ReadOut(BaseModel):
    count: int


@router.get("/notices", response=NoticePage, summary="What one was told")
@may_api(queries.BELOW)
def some(request: StaffRequest, asked: Query[NoticeQuery]) -> Any:
    units = queries.own_units(request.person)
    chosen = queries.mine if asked.scope == "mine" else queries.visible
    rows = chosen(request.person, units).select_related("read_by")
    rows = rows.filter(read_at__isnull=True) if asked.unread else rows
    page, following = paging.newest_first(rows, by="at", cursor=asked.cursor, limit=asked.limit)
    return {"items": [_told(row) for row in page], "next": following}


@router.post("/notices/read", response=ReadOut, summary="All that one was told is seen")
@may_api(queries.BELOW)
def read_all(request: StaffRequest) -> Any:
    return wrote(request, lambda: ReadOut(count=verbs.read_all(by=request.person, now=request.now)))


@router.post("/notices/{notice_id}/read", response=NoticeOut, summary="A notice is seen")
@may_api(queries.BELOW)
def read(request: StaffRequest, notice_id: int) -> Any:
    """Whoever sees it first stands on it; again changes nothing."""

    def do() -> NoticeOut:
        return _told(verbs.read(notice_id=notice_id, by=request.person, now=request.now))

    return wrote(request, do)


def _told(row: Notice) -> NoticeOut:
    return NoticeOut(
        id=row.pk, kind=row.kind, title=shown(row.title), body=row.body, link=row.link, at=row.at,
        read_at=row.read_at, read_by=row.read_by.username if row.read_by else None,
    )  # fmt: skip
