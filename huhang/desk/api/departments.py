"""How departments do with their steps, and customer service's vote on them."""

from datetime import date, datetime
from typing import Any, Literal

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.desk.actions import voting
from huhang.desk.api.shapes import UnitOut
from huhang.desk.queries import departments as queries
from huhang.desk.queries import votes
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.programs import Done, Strict, wrote

router = Router(tags=["departments"])


class AssessmentQuery(Strict):
    unit: str = Field("", max_length=32, description="Below which unit; left out, the top of what one sees.")
    kind: Literal["", "below", "province", "city", "outlet", "hub", "linehaul", "department"] = ""
    grain: Literal["day", "xun", "month"] = "month"
    at: str = Field("", max_length=10, description="A day of the period; left out, today.")


class DepartmentOut(BaseModel):
    unit: UnitOut
    met: int
    missed: int
    refused: int
    on_time: float | None = Field(description="In per cent of the steps that fell due.")
    rating: float | None = Field(description="Customers' stars, 1 to 5.")
    vote: float | None = Field(description="Customer service's vote; null while fewer than three have voted.")


class AssessmentOut(BaseModel):
    unit: UnitOut
    since: datetime
    until: datetime
    items: list[DepartmentOut]
    is_cut: bool = Field(description="More units than an answer holds: ask below a smaller one.")


class BallotOut(BaseModel):
    unit: UnitOut
    steps: int
    score: int | None


class Ballots(BaseModel):
    month: date
    items: list[BallotOut]


class VoteIn(Strict):
    month: date = Field(description="First day of this month or of the one before.", examples=["2026-11-01"])
    score: int = Field(ge=1, le=5, examples=[4])
    words: str = Field("", max_length=300)


@router.get("/departments", response=AssessmentOut, summary="On time, sent back, rated, judged")
@may_api("metrics.see")
def assess(request: StaffRequest, asked: Query[AssessmentQuery]) -> Any:
    """The steps that fell due in a period, unit by unit, the worst first."""
    found = queries.assess(request.person, queries.Asked.from_query(asked.model_dump(), now=request.now))
    return AssessmentOut(
        unit=UnitOut(code=found.unit.code, name=found.unit.name), since=found.asked.window.since,
        until=found.asked.window.until, items=[_line(line) for line in found.lines], is_cut=found.is_cut,
    )  # fmt: skip


def _line(line: queries.Line) -> DepartmentOut:
    return DepartmentOut(
        unit=UnitOut(code=line.unit.code, name=line.unit.name), met=line.met, missed=line.missed,
        refused=line.refused, on_time=_figure(line.on_time), rating=_figure(line.rating),
        vote=_figure(line.vote.score if line.vote else None),
    )  # fmt: skip


def _figure(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)


@router.get("/votes", response=Ballots, summary="Departments that one may vote on this month")
@may_api("desk.vote")
def ballots(request: StaffRequest) -> Any:
    month = votes.months_to_judge(request.now)[0]
    rows = [
        BallotOut(
            unit=UnitOut(code=row.unit.code, name=row.unit.name),
            steps=row.steps,
            score=row.vote.score if row.vote else None,
        )
        for row in votes.ballots(request.person, month)
    ]
    return {"month": month, "items": rows}


@router.put("/votes/{code}", response=Done, summary="Vote on a department")
@may_api("desk.vote")
def vote(request: StaffRequest, code: str, payload: VoteIn) -> Any:
    """Voting again replaces one's vote; who voted how is shown to nobody."""

    def do() -> Done:
        voting.vote(
            unit_code=code, month=payload.month, score=payload.score, words=payload.words,
            by=request.person, now=request.now,
        )  # fmt: skip
        return Done()

    return wrote(request, do)
