"""The SOS wall: every live case of a level, on a desk or on a big screen."""

from datetime import timedelta

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from huhang.desk.pages.answers import page_or_part
from huhang.desk.queries import today
from huhang.desk.queries import wall as queries
from huhang.kit.doors import StaffRequest, may
from huhang.metrics.rules.views import has_just_begun
from huhang.metrics.rules.windows import ZONE


@may("desk.see")
@require_GET
def wall(request: StaffRequest) -> HttpResponse:
    """The level of a unit: `?unit=` drills down, `?screen=1` is for a big screen."""
    unit = queries.root_for(request.person, request.GET.get("unit", ""))
    is_screen = request.GET.get("screen") == "1"
    hour, hours = today.share_of_hour([unit.path], now=request.now)
    return page_or_part(
        request,
        "desk/screen.html" if is_screen else "desk/wall.html",
        "desk/_wall.html",
        unit=unit,
        wall=queries.wall(request.person, unit, now=request.now),
        hour=hour,
        hours=hours,
        is_screen=is_screen,
        is_early=has_just_begun(request.now),
        yesterday=request.now.astimezone(ZONE) - timedelta(days=1),
        as_of=request.now,
        paths=[unit.path],
    )
