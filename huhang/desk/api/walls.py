"""What one looks at all day: the window of a unit, its wall, and how the day goes."""

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import counting_walls
from huhang.desk.api.shapes import UnitOut
from huhang.desk.models import Ticket
from huhang.desk.queries import today as days
from huhang.desk.queries import wall as walls
from huhang.desk.queries import window as windows
from huhang.desk.queries.today import Day
from huhang.desk.queries.window import Row
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Strict
from huhang.network.models import OrgUnit

router = Router(tags=["window"])


class Place(Strict):
    unit: str = Field(
        "", max_length=32, description="A unit's code; left out, one's own or the top of what one sees."
    )


class WindowQuery(Place):
    tab: Literal["todo", "mine"] = "todo"


class OwedOut(BaseModel):
    no: str
    kind: str
    title: str
    step: int | None = Field(
        description="The open step that is owed; null when the case waits for its owner."
    )
    step_title: str
    unit: UnitOut
    handler: str | None
    due_at: datetime | None
    answer_due_at: datetime | None = Field(description="By when the customer waits for a word.")
    may: list[str] = Field(description="What one may do to it: claim, answer, resolve, hand_over …")


class UnitsWindowOut(BaseModel):
    unit: UnitOut
    as_of: datetime
    todo: int
    late: int
    mine: int
    best: OwedOut | None = Field(description="The one to take next.")
    items: list[OwedOut] = Field(description="The most urgent, by time left.")
    is_cut: bool


class TileOut(BaseModel):
    unit: UnitOut
    live: int
    late: int
    soon: int
    unclaimed: int
    due_at: datetime | None


class BurningOut(BaseModel):
    no: str
    kind: str
    title: str
    at_unit: UnitOut
    owner: str | None
    next_due_at: datetime | None


class WallOut(BaseModel):
    unit: UnitOut
    as_of: datetime = Field(description="When the cases were counted.")
    live: int
    late: int
    soon: int
    unclaimed: int
    tiles: list[TileOut]
    items: list[BurningOut] = Field(description="Late, soon late, then the others: the most urgent of each.")


class DayOut(BaseModel):
    since: datetime
    until: datetime
    due: int = Field(description="First responses that fell due.")
    met: int
    steps_due: int
    steps_met: int
    claimed: int
    claimed_within_a_minute: int
    resolved: int
    median_seconds: float | None = Field(description="From claiming a step to its end.")
    rating: float | None


class RankOut(BaseModel):
    unit: UnitOut
    day: DayOut


class TodayOut(BaseModel):
    unit: UnitOut
    today: DayOut
    last_week: DayOut = Field(description="The same hours of the same weekday a week ago.")
    baseline: DayOut | None = Field(description="The same in the week that headquarters has named.")
    ranking: list[RankOut]


@router.get("/window", response=UnitsWindowOut, summary="What a unit must act on now")
@may_api("desk.see")
def window(request: StaffRequest, asked: Query[WindowQuery]) -> Any:
    """The steps that it owes by time left, and the one to take next."""
    unit = walls.desk_of(request.person, asked.unit)
    found = windows.window(request.person, unit, tab=asked.tab, now=request.now)
    return UnitsWindowOut(
        unit=_unit(unit), as_of=request.now, todo=found.todo, late=found.late, mine=found.mine,
        best=_owed(found.best) if found.best else None, is_cut=bool(found.cut_at),
        items=[_owed(row) for group in found.groups for row in group.rows],
    )  # fmt: skip


@router.get("/wall", response=WallOut, summary="Every live case of a level")
@may_api("desk.see")
def wall(request: StaffRequest, asked: Query[Place]) -> Any:
    unit = walls.root_for(request.person, asked.unit)
    shown = walls.wall(request.person, unit, now=request.now)
    counting_walls.look(shown=shown, now=request.now)
    return WallOut(
        unit=_unit(unit), as_of=shown.as_of, live=shown.live_count, late=shown.late_count, soon=shown.soon_count,
        unclaimed=shown.unclaimed_count,
        tiles=[
            TileOut(unit=_unit(t.unit), live=t.live, late=t.late, soon=t.soon, unclaimed=t.unclaimed, due_at=t.due_at)
            for t in shown.tiles
        ],
        items=[_burning(ticket) for ticket in (*shown.late, *shown.soon, *shown.later)],
    )  # fmt: skip


@router.get("/today", response=TodayOut, summary="How the day goes, beside the same weekday")
@may_api("desk.see")
def today(request: StaffRequest, asked: Query[Place]) -> Any:
    unit = walls.desk_of(request.person, asked.unit)
    found = days.report(unit, now=request.now)
    return TodayOut(
        unit=_unit(unit), today=_day(found.today), last_week=_day(found.last_week),
        baseline=_day(found.before) if found.before else None,
        ranking=[RankOut(unit=_unit(rank.unit), day=_day(rank.day)) for rank in found.ranking],
    )  # fmt: skip


def _unit(unit: OrgUnit) -> UnitOut:
    return UnitOut(code=unit.code, name=unit.name)


def _owed(row: Row) -> OwedOut:
    step, ticket = row.step, row.ticket
    return OwedOut(
        no=ticket.no, kind=ticket.kind, title=ticket.title, step=step.pk if step else None,
        step_title=step.title if step else "", unit=_unit(step.unit if step else ticket.at_unit),
        handler=row.handler.username if row.handler else None, due_at=row.due_at,
        answer_due_at=row.promise.due_at if row.promise else None, may=sorted(row.may),
    )  # fmt: skip


def _burning(ticket: Ticket) -> BurningOut:
    return BurningOut(
        no=ticket.no, kind=ticket.kind, title=ticket.title, at_unit=_unit(ticket.at_unit),
        owner=ticket.owner.username if ticket.owner else None, next_due_at=ticket.next_due_at,
    )  # fmt: skip


def _day(day: Day) -> DayOut:
    return DayOut(
        since=day.window.since, until=day.window.until, due=day.due, met=day.met, steps_due=day.steps_due,
        steps_met=day.steps_met, claimed=day.claimed, claimed_within_a_minute=day.quick, resolved=day.resolved,
        median_seconds=day.median.total_seconds() if day.median is not None else None, rating=day.rating,
    )  # fmt: skip
