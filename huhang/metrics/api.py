"""Figures as JSON: the same readings as the board."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import BaseModel, Field

from huhang.kit.doors import may_api
from huhang.kit.errors import BadInput
from huhang.metrics.queries import units
from huhang.metrics.queries.readings import find_kpi, series
from huhang.metrics.rules import kpi as rules
from huhang.metrics.rules.kpi import Kpi, Reading
from huhang.metrics.rules.windows import BEFORE_ANYTHING, ZONE, Grain, Window, start_of
from huhang.network.models import OrgUnit

router = Router(tags=["metrics"])


class NoTimeBetween(BadInput):
    """起始时间须早于结束时间，且不在将来。"""


class Piece(BaseModel):
    """A figure over a piece of time; `value` is null while the denominator is 0."""

    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    value: float | None
    numerator: int
    denominator: int
    changed_at: datetime | None = Field(description="when the last fact was booked; late facts restate")


class Item(BaseModel):
    org: str
    name: str
    level: int
    path: str
    periods: list[Piece]


class Answer(BaseModel):
    kpi: str
    version: int
    name: str
    name_en: str
    formula: str
    formula_en: str
    unit: str
    better: str
    target: float
    grain: Grain
    as_of: datetime
    items: list[Item]


class Question(BaseModel):
    org: str = Field("", description="code of a unit; default: the highest that the token may see")
    level: int | None = Field(
        None, ge=1, le=9, description="every unit of this level below org, instead of org"
    )
    grain: Grain = Grain.DAY
    since: datetime | None = Field(
        None, alias="from", description="default: today 00:00; without a zone: Asia/Shanghai"
    )
    until: datetime | None = Field(None, alias="to", description="default, and at most: now")
    version: int | None = Field(None, ge=1, description="of the formula; default: the newest")


@router.get("/metrics/{kpi}", response=Answer, by_alias=True, summary="A figure by unit and time")
@may_api(units.PERMISSION)
def figures(request: Any, kpi: str, asked: Annotated[Question, Query()]) -> Answer:
    """A figure cut by grain, for one unit or for every unit of a level below it."""
    wanted = find_kpi(kpi, asked.version)
    unit = units.unit(request.person, asked.org)
    below = [unit] if asked.level is None else units.at_level(unit, asked.level)
    found = series(wanted, [u.path for u in below], asked.grain, _window(asked, request.now))
    return Answer(
        kpi=wanted.id, version=wanted.version, name=wanted.name, name_en=wanted.name_en,
        formula=wanted.formula, formula_en=wanted.formula_en, unit=wanted.unit, better=wanted.better,
        target=float(wanted.target), grain=asked.grain, as_of=request.now,
        items=[_item(wanted, u, found[u.path]) for u in below],
    )  # fmt: skip


def _window(asked: Question, now: datetime) -> Window:
    since = max(_local(asked.since), BEFORE_ANYTHING) if asked.since else start_of(Grain.DAY, now)
    until = min(_local(asked.until), now) if asked.until else now
    if since >= until:
        raise NoTimeBetween
    return Window(since, until)


def _local(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=ZONE)


def _item(kpi: Kpi, unit: OrgUnit, readings: list[Reading]) -> Item:
    return Item(
        org=unit.code, name=unit.name, level=unit.level, path=unit.path,
        periods=[_piece(kpi, reading) for reading in readings],
    )  # fmt: skip


def _piece(kpi: Kpi, reading: Reading) -> Piece:
    value = rules.value(kpi, reading)
    return Piece(
        since=reading.window.since, until=reading.window.until, value=None if value is None else float(value),
        numerator=reading.numerator, denominator=reading.denominator, changed_at=reading.changed_at,
    )  # fmt: skip
