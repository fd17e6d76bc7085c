"""Big screens without a log-in, and the week that a unit's today is compared with."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import baselines
from huhang.desk.actions import screens as verbs
from huhang.desk.api.shapes import UnitOut
from huhang.desk.models import ScreenLink
from huhang.desk.queries import screens as queries
from huhang.desk.queries.today import baseline_of
from huhang.desk.queries.wall import root_for
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, json_answer, may_api
from huhang.kit.programs import Asked, Strict, written, wrote

router = Router(tags=["screens"])


class NewScreen(Strict):
    unit: str = Field(min_length=1, max_length=32, examples=["SZ-WZ"])
    name: str = Field(min_length=1, max_length=80, description="Where it hangs.", examples=["收发室"])


class ScreenOut(BaseModel):
    id: int
    unit: UnitOut
    name: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    seen_at: datetime | None = Field(description="To the quarter of an hour.")
    revoked_at: datetime | None


class ScreenMade(BaseModel):
    id: int
    url: str | None = Field(
        description="Shown just once, as only its hash is kept: null when an Idempotency-Key is repeated."
    )


class ScreenPage(BaseModel):
    items: list[ScreenOut]
    next: str | None


class Week(Strict):
    day: date | None = Field(description="Any day of the week; null: none of its own.", examples=[None])


class WeekOut(BaseModel):
    unit: str | None = Field(description="Whose week it is: this unit's, or the nearest above that has one.")
    starts_on: date | None


@router.get("/screens", response=ScreenPage, summary="Screens that one may switch off")
@may_api(queries.PERMISSION)
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.newest_first(
        queries.screens(request.person, now=request.now),
        by="created_at",
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return {"items": [_told(row) for row in rows], "next": following}


def _told(row: ScreenLink) -> ScreenOut:
    return ScreenOut(
        id=row.pk, unit=UnitOut(code=row.unit.code, name=row.unit.name), name=row.name,
        created_at=row.created_at, created_by=row.created_by, expires_at=row.expires_at,
        seen_at=row.seen_at, revoked_at=row.revoked_at,
    )  # fmt: skip


@router.post("/screens", response={201: ScreenMade}, summary="A screen for a unit's wall")
@may_api(queries.PERMISSION)
def make(request: StaffRequest, payload: NewScreen) -> Any:
    """A television opens the address without a log-in: no names, no phones, no way on."""
    tokens: list[str] = []

    def do() -> tuple[int, Any]:
        link, token = verbs.make(
            unit_code=payload.unit, name=payload.name, by=request.person, now=request.now
        )
        tokens.append(token)
        return 201, {"id": link.pk}

    status, body = written(request, do)
    url = request.build_absolute_uri(reverse("desk:screen", args=tokens)) if tokens else None
    answer = json_answer({"id": body["id"], "url": url}, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


@router.delete("/screens/{screen_id}", response=ScreenOut, summary="Switch a screen off")
@may_api(queries.PERMISSION)
def revoke(request: StaffRequest, screen_id: int) -> Any:
    """It goes dark within a minute."""
    return wrote(request, lambda: _told(verbs.revoke(link_id=screen_id, by=request.person, now=request.now)))


@router.get("/baselines/{code}", response=WeekOut, summary="The week that a unit is compared with")
@may_api("desk.see")
def baseline(request: StaffRequest, code: str) -> Any:
    return _week(request, code)


def _week(request: StaffRequest, code: str) -> WeekOut:
    found = baseline_of(root_for(request.person, code))
    return WeekOut(unit=found.unit.code if found else None, starts_on=found.starts_on if found else None)


@router.put("/baselines/{code}", response=WeekOut, summary="Set the week that a unit is compared with")
@may_api("desk.policies.edit")
def set_baseline(request: StaffRequest, code: str, payload: Week) -> Any:
    """For the unit and all below it that have none of their own."""

    def do() -> WeekOut:
        baselines.set_week(unit_code=code, starts_on=payload.day, by=request.person, now=request.now)
        return _week(request, code)

    return wrote(request, do)
