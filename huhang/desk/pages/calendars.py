"""Working calendars: the hours by weekday, the days off and the days worked instead."""

import csv

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.queries import calendars as queries
from huhang.kit import calendar_keeping
from huhang.kit.answers import go
from huhang.kit.calendar_keeping import Terms, windows_of
from huhang.kit.calendar_words import WEEKDAYS
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput
from huhang.kit.models import Calendar
from huhang.kit.reveal import address_of

EDIT = "desk.policies.edit"
HOME = "/desk/calendars/"
LONGEST_DAYS = 100_000


class DaysUnreadable(BadInput):
    """每行一天：日期,名称,是否休息（1 休息，0 上班），例如 2027-02-11,春节,1。"""


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=2, max_length=80)
    uses_holidays: bool = False
    by_wall_clock: bool = False
    zone: str = Field("Asia/Shanghai", max_length=40)
    d1: str = Field("", max_length=120)
    d2: str = Field("", max_length=120)
    d3: str = Field("", max_length=120)
    d4: str = Field("", max_length=120)
    d5: str = Field("", max_length=120)
    d6: str = Field("", max_length=120)
    d7: str = Field("", max_length=120)

    def terms(self) -> Terms:
        weekdays = {str(day): str(getattr(self, f"d{day}")) for day in range(1, 8)}
        return Terms(
            name=self.name, windows=windows_of(weekdays), zone=self.zone,
            uses_holidays=self.uses_holidays, by_wall_clock=self.by_wall_clock,
        )  # fmt: skip


class NewForm(Form):
    key: str = Field(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")


class DaysForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: str = Field(max_length=LONGEST_DAYS)


@may(EDIT)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """Every calendar with its hours, and the special days of this year and the next."""
    return part(
        request, "desk/calendars.html", calendars=queries.calendars(), days=queries.days(now=request.now),
        saved=request.GET.get("saved", ""),
    )  # fmt: skip


@may(EDIT)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """A further calendar."""
    if request.method == "GET":
        return _dialog(request, Calendar(windows={}))
    form = read(NewForm, request)
    calendar_keeping.add(
        key=form.key, terms=form.terms(), actor=request.person.get_username(), now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return go(f"{HOME}?saved=1")


@may(EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, key: str) -> HttpResponse:
    """Change a calendar; what runs goes on by the hours it started with."""
    if request.method == "GET":
        return _dialog(request, queries.calendar(key))
    form = read(Form, request)
    calendar_keeping.change(
        key=key, terms=form.terms(), actor=request.person.get_username(), now=request.now,
        address=address_of(request),
    )  # fmt: skip
    return go(f"{HOME}?saved=1")


@may(EDIT)
@require_POST
def days(request: StaffRequest) -> HttpResponse:
    """Days off and days worked instead, pasted as lines; all of them or none."""
    rows = list(csv.reader(read(DaysForm, request).days.splitlines()))
    told = [_day(row) for row in rows if any(cell.strip() for cell in row)]
    calendar_keeping.put_days(
        days=told, actor=request.person.get_username(), now=request.now, address=address_of(request)
    )
    return go(f"{HOME}?saved=1")


def _day(row: list[str]) -> tuple[str, str, bool]:
    if len(row) != 3 or row[2].strip() not in ("0", "1"):
        raise DaysUnreadable(_("这一行无法识别：%(row)s") % {"row": ",".join(row)[:60]}, field="days")
    return row[0], row[1], row[2].strip() == "1"


def _dialog(request: StaffRequest, row: Calendar) -> HttpResponse:
    hours = [
        (f"d{day}", name, " ".join("-".join(span) for span in row.windows.get(str(day), ())))
        for day, name in enumerate(WEEKDAYS, start=1)
    ]
    return part(request, "desk/_calendar.html", calendar=row, hours=hours)
