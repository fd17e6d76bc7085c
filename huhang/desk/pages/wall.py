"""The SOS wall: every live case of a level, on a desk or on a big screen."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from huhang.desk.actions import counting_walls
from huhang.desk.queries import today
from huhang.desk.queries import wall as queries
from huhang.desk.queries.screens import PERMISSION
from huhang.kit.answers import page_or_part
from huhang.kit.doors import StaffRequest, may
from huhang.metrics.rules.views import has_just_begun
from huhang.metrics.rules.windows import ZONE
from huhang.network.models import OrgUnit

DESK, SCREEN = ("desk/wall.html", "desk/_wall.html"), ("desk/screen.html", "desk/_screen.html")


@may("desk.see")
@require_GET
def wall(request: StaffRequest) -> HttpResponse:
    """The level of a unit: `?unit=` drills down, `?screen=1` is for a big screen."""
    unit = queries.root_for(request.person, request.GET.get("unit", ""))
    shown = queries.wall(request.person, unit, now=request.now)
    return page_or_part(
        request,
        *(SCREEN if request.GET.get("screen") == "1" else DESK),
        may_make_screens=request.person.may(PERMISSION, unit.path),
        **context(request, unit, shown),
    )


def context(request: StaffRequest, unit: OrgUnit, shown: queries.Wall) -> dict[str, Any]:
    """What a wall shows, whoever looks."""
    counting_walls.look(shown=shown, now=request.now)
    hour, hours = today.share_of_hour([unit.path], now=request.now)
    return {
        "unit": unit,
        "wall": shown,
        "hour": hour,
        "hours": hours,
        "is_early": has_just_begun(request.now),
        "yesterday": request.now.astimezone(ZONE) - timedelta(days=1),
        "as_of": shown.as_of,
        "paths": [unit.path],
    }
