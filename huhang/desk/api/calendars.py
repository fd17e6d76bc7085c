"""Working calendars: hours by weekday, days off and days worked instead."""

from datetime import date
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import BaseModel, Field, StringConstraints

from huhang.desk.queries import calendars as queries
from huhang.kit import calendar_keeping
from huhang.kit.calendar_keeping import Terms, windows_of
from huhang.kit.doors import StaffRequest, may_api
from huhang.kit.models import Calendar
from huhang.kit.programs import Strict, wrote
from huhang.kit.reveal import address_of

router = Router(tags=["calendars"])
EDIT = "desk.policies.edit"
Hours = Annotated[str, StringConstraints(max_length=120)]


class CalendarIn(Strict):
    name: str = Field(min_length=2, max_length=80, examples=["客服热线"])
    hours: dict[Literal["1", "2", "3", "4", "5", "6", "7"], Hours] = Field(
        description="By weekday, 1 is Monday; a day that is left out is one of rest.",
        examples=[{"1": "08:00-12:00 13:30-18:00", "6": "09:00-17:00"}],
    )
    uses_holidays: bool = False
    by_wall_clock: bool = Field(False, description="Seven days are seven days, across summer time too.")
    zone: str = Field("Asia/Shanghai", max_length=40)

    @property
    def terms(self) -> Terms:
        return Terms(
            name=self.name, windows=windows_of({str(day): hours for day, hours in self.hours.items()}), zone=self.zone,
            uses_holidays=self.uses_holidays, by_wall_clock=self.by_wall_clock,
        )  # fmt: skip


class NewCalendar(CalendarIn):
    key: str = Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", examples=["hotline"])


class CalendarOut(BaseModel):
    key: str
    name: str
    hours: dict[str, str]
    uses_holidays: bool
    by_wall_clock: bool
    zone: str
    version: int


class Calendars(BaseModel):
    items: list[CalendarOut]


class Day(Strict):
    on: date = Field(examples=["2027-02-11"])
    name: str = Field("", max_length=40, examples=["春节"])
    is_off: bool = Field(description="Off; or, false, worked all the same.", examples=[True])


class DaysIn(Strict):
    days: list[Day] = Field(min_length=1, max_length=2000)


class DaysOut(BaseModel):
    items: list[Day]


class Changed(BaseModel):
    changed: int = Field(description="How many of them differ from before.")


@router.get("/calendars", response=Calendars, summary="Working calendars")
@may_api(EDIT)
def some(request: StaffRequest) -> Any:
    return {"items": [_told(line.calendar) for line in queries.calendars()]}


def _told(row: Calendar) -> CalendarOut:
    hours = {day: " ".join("-".join(span) for span in spans) for day, spans in sorted(row.windows.items())}
    return CalendarOut(
        key=row.key, name=row.name, hours=hours, uses_holidays=row.uses_holidays,
        by_wall_clock=row.by_wall_clock, zone=row.zone, version=row.version,
    )  # fmt: skip


@router.post("/calendars", response={201: CalendarOut}, summary="Add a calendar")
@may_api(EDIT)
def add(request: StaffRequest, payload: NewCalendar) -> Any:
    def do() -> CalendarOut:
        row = calendar_keeping.add(
            key=payload.key, terms=payload.terms, actor=request.person.get_username(), now=request.now,
            address=address_of(request),
        )  # fmt: skip
        return _told(row)

    return wrote(request, do, status=201)


@router.put("/calendars/{key}", response=CalendarOut, summary="Set a calendar")
@may_api(EDIT)
def change(request: StaffRequest, key: str, payload: CalendarIn) -> Any:
    """What runs goes on by the hours it started with."""

    def do() -> CalendarOut:
        row = calendar_keeping.change(
            key=key, terms=payload.terms, actor=request.person.get_username(), now=request.now,
            address=address_of(request),
        )  # fmt: skip
        return _told(row)

    return wrote(request, do)


@router.get("/calendar_days", response=DaysOut, summary="Days off and days worked instead")
@may_api(EDIT)
def days(request: StaffRequest) -> Any:
    """From this year on."""
    rows = queries.days(now=request.now)
    return {"items": [Day(on=row.on, name=row.name, is_off=row.is_off) for row in rows]}


@router.put("/calendar_days", response=Changed, summary="Add or change days")
@may_api(EDIT)
def put_days(request: StaffRequest, payload: DaysIn) -> Any:
    """All of them or none; days that are not named stay as they are."""
    told = [(day.on.isoformat(), day.name, day.is_off) for day in payload.days]

    def do() -> Changed:
        count = calendar_keeping.put_days(
            days=told, actor=request.person.get_username(), now=request.now, address=address_of(request)
        )
        return Changed(changed=count)

    return wrote(request, do)
