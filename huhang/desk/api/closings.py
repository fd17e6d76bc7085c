"""As what cases can end."""

from typing import Any

from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import reasons as verbs
from huhang.desk.models import ClosingReason
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Asked, Strict, wrote
from huhang.kit.reveal import address_of

router = Router(tags=["policies"])
EDIT = "desk.policies.edit"


class ClosingReasonIn(Strict):
    name: str = Field(min_length=2, max_length=80, examples=["已赔付"])
    name_en: str = Field("", max_length=120)
    is_active: bool = True


class NewClosingReason(ClosingReasonIn):
    code: str = Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", examples=["paid-twice"])


class ClosingReasonOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    name_en: str
    is_active: bool


class ClosingReasonPage(BaseModel):
    items: list[ClosingReasonOut]
    next: str | None


@router.get("/closing_reasons", response=ClosingReasonPage, summary="As what cases can end")
@may_api("desk.see")
def some(request: StaffRequest, asked: Query[Asked]) -> Any:
    rows, following = paging.in_order(ClosingReason.objects.all(), cursor=asked.cursor, limit=asked.limit)
    return {"items": [ClosingReasonOut.model_validate(row) for row in rows], "next": following}


@router.post("/closing_reasons", response={201: ClosingReasonOut}, summary="Add a closing reason")
@may_api(EDIT)
def add(request: StaffRequest, payload: NewClosingReason) -> Any:
    def do() -> ClosingReasonOut:
        row = verbs.add(
            ClosingReason, code=payload.code, values=payload.model_dump(exclude={"code"}), by=request.person,
            now=request.now, address=address_of(request),
        )  # fmt: skip
        return ClosingReasonOut.model_validate(row)

    return wrote(request, do, status=201)


@router.put("/closing_reasons/{code}", response=ClosingReasonOut, summary="Set a closing reason")
@may_api(EDIT)
def change(request: StaffRequest, code: str, payload: ClosingReasonIn) -> Any:
    """Cases that ended as it keep it."""

    def do() -> ClosingReasonOut:
        row = verbs.change(
            ClosingReason, code=code, values=payload.model_dump(), by=request.person, now=request.now,
            address=address_of(request),
        )  # fmt: skip
        return ClosingReasonOut.model_validate(row)

    return wrote(request, do)
