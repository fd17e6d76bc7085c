"""The week that today is compared with: headquarters names it."""

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from pydantic import BaseModel, BeforeValidator, ConfigDict

from huhang.desk.actions import baselines
from huhang.desk.queries.today import baseline_of
from huhang.desk.queries.wall import root_for
from huhang.kit.answers import go
from huhang.kit.doors import StaffRequest, may, part, read


class Week(BaseModel):
    model_config = ConfigDict(extra="forbid")

    day: Annotated[date | None, BeforeValidator(lambda text: text or None)] = None


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def baseline(request: StaffRequest, code: str) -> HttpResponse:
    """Choose a week in the dialog."""
    unit = root_for(request.person, code)
    if request.method == "GET":
        return part(request, "desk/_baseline.html", unit=unit, baseline=baseline_of(unit))
    day = read(Week, request).day
    baselines.set_week(unit_code=unit.code, starts_on=day, by=request.person, now=request.now)
    return go(f"{reverse('desk:window')}?tab=report&unit={unit.code}")
