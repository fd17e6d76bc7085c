"""Links for televisions: made and revoked by whoever leads a unit, opened by the screen itself."""

from datetime import timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import screens as verbs
from huhang.desk.pages import wall
from huhang.desk.pages.answers import done
from huhang.desk.queries import screens as queries
from huhang.desk.queries.wall import root_for
from huhang.desk.queries.wall import screen as wall_of
from huhang.kit.answers import page_or_part
from huhang.kit.bearers import bearers_of
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.limits import Limits

# Several televisions may hang behind one address, and a busy morning changes a wall every second.
LIMITS = Limits("desk.screen", from_address=1200, of_token=300)
screens_of = bearers_of(LIMITS, missing="desk/screen_missing.html", refused="desk/screen_missing.html")
WARN_BEFORE = timedelta(days=30)


class NewScreen(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    unit: str = Field(min_length=1, max_length=32)
    name: str = Field(min_length=1, max_length=80)


@screens_of
def show(request: HttpRequest, token: str) -> HttpResponse:
    """A unit's wall without a log-in, without names and without a way on."""
    if request.method != "GET":
        return HttpResponse(status=405)
    staff = cast(StaffRequest, request)
    unit = verbs.unit_of(token, now=staff.now)
    shown = wall_of(unit, now=staff.now)
    context = wall.context(staff, unit, shown)
    return page_or_part(staff, *wall.SCREEN, is_kiosk=True, here=request.path, **context)


@may(queries.PERMISSION)
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """All screens that one may switch off."""
    return page_or_part(request, "desk/screens.html", "desk/_screens.html", **_shown(request))


@may(queries.PERMISSION)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """Name the place, get the address: it is shown just once."""
    if request.method == "GET":
        unit = root_for(request.person, request.GET.get("unit", ""))
        return part(request, "desk/_screen_new.html", unit=unit)
    form = read(NewScreen, request)
    link, token = verbs.make(unit_code=form.unit, name=form.name, by=request.person, now=request.now)
    address = request.build_absolute_uri(reverse("desk:screen", args=[token]))
    return part(request, "desk/_screen_made.html", link=link, address=address, **_shown(request))


@may(queries.PERMISSION)
@require_POST
def revoke(request: StaffRequest, link_id: int) -> HttpResponse:
    """Switch a screen off."""
    link = verbs.revoke(link_id=link_id, by=request.person, now=request.now)
    said = _("“%(name)s”的链接已停用，屏幕会在一分钟内变黑。") % {"name": link.name}
    return done(request, "desk/_screens.html", target="#screens", said=said, **_shown(request))


def _shown(request: StaffRequest) -> dict[str, Any]:
    rows = list(queries.screens(request.person, now=request.now)[:200])
    return {"screens": rows, "as_of": request.now, "soon": request.now + WARN_BEFORE}
