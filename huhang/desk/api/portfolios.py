"""Who is in charge of which customers, couriers and units, and what cases weigh."""

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import seats as verbs
from huhang.desk.models import AssignmentPolicy, PortfolioMember, Seat
from huhang.desk.queries import seats as queries
from huhang.kit import paging
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Asked, Strict, wrote
from huhang.network.models import Courier, Customer

router = Router(tags=["seats"])


class ThingIn(Strict):
    thing: Literal["customer", "courier", "unit"] = Field(examples=["unit"])
    code: str = Field(min_length=1, max_length=32, examples=["SZ-WZ"])


class MemberOut(BaseModel):
    id: int
    thing: str
    code: str
    name: str
    since: datetime


class Portfolio(BaseModel):
    items: list[MemberOut]


class WeightIn(Strict):
    points: int = Field(ge=1, le=100, description="As a seat's `capacity` counts.", examples=[2])
    level: int = Field(ge=1, le=5, examples=[1])
    needs: list[str] = Field(default_factory=list, max_length=20, examples=[["理赔"]])
    gets_owner: bool = Field(False, description="Given to somebody at a seat.", examples=[True])

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word.strip()[:40] for word in self.needs if word.strip())


class WeightOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str
    priority: str
    points: int
    level: int
    needs: list[str]
    gets_owner: bool


class WeightPage(BaseModel):
    items: list[WeightOut]
    next: str | None


@router.get("/seats/{seat_id}/portfolio", response=Portfolio, summary="What a seat is in charge of")
@may_api("desk.seats.edit")
def some(request: StaffRequest, seat_id: int) -> Any:
    return _portfolio(queries.seat_for(request.person, seat_id, queries.EDIT))


def _portfolio(seat: Seat) -> Portfolio:
    return Portfolio(items=[_member(row) for row in queries.portfolio_of(seat)])


def _member(row: PortfolioMember) -> MemberOut:
    thing = row.thing
    kind = {Customer: "customer", Courier: "courier"}.get(type(thing), "unit")
    return MemberOut(id=row.pk, thing=kind, code=thing.code, name=str(thing), since=row.since)


@router.post("/seats/{seat_id}/portfolio", response=Portfolio, summary="Put a seat in charge")
@may_api("desk.seats.edit")
def entrust(request: StaffRequest, seat_id: int, payload: ThingIn) -> Any:
    """Each customer, courier and unit has one seat at a time."""
    found = queries.seat_for(request.person, seat_id, queries.EDIT)
    thing = queries.thing_for(request.person, payload.thing, payload.code)

    def do() -> Portfolio:
        verbs.entrust(seat_id=found.pk, thing=thing, by=request.person, now=request.now)
        return _portfolio(found)

    return wrote(request, do)


@router.delete("/seats/{seat_id}/portfolio/{member_id}", response=Portfolio, summary="In charge no more")
@may_api("desk.seats.edit")
def withdraw(request: StaffRequest, seat_id: int, member_id: int) -> Any:
    found = queries.seat_for(request.person, seat_id, queries.EDIT)

    def do() -> Portfolio:
        member = queries.member_for(found, member_id)
        verbs.withdraw(thing=member.thing, by=request.person, now=request.now)
        return _portfolio(found)

    return wrote(request, do)


@router.get("/assignment_policies", response=WeightPage, summary="What cases weigh and ask for")
@may_api("desk.policies.edit")
def weights(request: StaffRequest, asked: Query[Asked]) -> Any:
    """The row that names more of a case holds."""
    rows, following = paging.in_order(AssignmentPolicy.objects.all(), cursor=asked.cursor, limit=asked.limit)
    return {"items": [WeightOut.model_validate(row) for row in rows], "next": following}


@router.put("/assignment_policies/{policy_id}", response=WeightOut, summary="Say what cases weigh")
@may_api("desk.policies.edit")
def set_weight(request: StaffRequest, policy_id: int, payload: WeightIn) -> Any:
    """It holds for what is given from now on."""

    def do() -> WeightOut:
        row = verbs.set_policy(
            policy_id=policy_id, points=payload.points, level=payload.level, needs=payload.words,
            gets_owner=payload.gets_owner, by=request.person, now=request.now,
        )  # fmt: skip
        return WeightOut.model_validate(row)

    return wrote(request, do)
