"""The do-it-now window of an outlet or hub: phone first."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import claiming, reminding
from huhang.desk.models import Ticket
from huhang.desk.pages.answers import done
from huhang.desk.pages.todo import Todo
from huhang.desk.queries import today, wall
from huhang.desk.queries import window as queries
from huhang.desk.queries.tickets import reachable
from huhang.kit.answers import go, is_part, page_or_part
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.ui.cells import Pen
from huhang.metrics.queries.readings import find_kpi
from huhang.network.models import OrgUnit

TABS = ("todo", "mine", "report")
RESPONSE = "response_15min"


class Taken(BaseModel):
    """Which step of the case; without one it is the case itself, or one's own step."""

    model_config = ConfigDict(extra="forbid")

    step: int | None = None


class Several(BaseModel):
    """Tickets picked together."""

    model_config = ConfigDict(extra="forbid")

    no: list[str] = Field(min_length=1, max_length=queries.SHOWN)


@may("desk.see")
@require_GET
def window(request: StaffRequest) -> HttpResponse:
    """What I must act on now, by time left."""
    return page_or_part(request, "desk/window.html", "desk/_window.html", **_shown(request))


def _shown(request: StaffRequest) -> dict[str, Any]:
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    unit = _unit(request)
    window = queries.window(request.person, unit, tab=tab, now=request.now)
    return {
        "tab": tab,
        "unit": unit,
        "window": window,
        "rows": None if tab == "report" else _rows(request, unit, window.groups),
        "share": today.share_today(unit, now=request.now),
        "report": today.report(unit, now=request.now) if tab == "report" else None,
        "aim": find_kpi(RESPONSE).target,
        "paths": [unit.path],
        "as_of": request.now,
    }


def _rows(request: StaffRequest, unit: OrgUnit, groups: list[queries.Group]) -> SafeString:
    return Todo(Pen(request.now), unit, request.GET.urlencode()).items(groups)


def _unit(request: StaffRequest) -> OrgUnit:
    return wall.desk_of(request.person, request.GET.get("unit", ""))


@may("desk.claim")
@require_POST
def claim(request: StaffRequest, no: str) -> HttpResponse:
    """Take a case without leaving the list."""
    ticket = reachable(request.person, no, "desk.claim")
    step_id = read(Taken, request).step
    claiming.claim(ticket_no=ticket.no, step_id=step_id, by=request.person, now=request.now)
    if not is_part(request):
        return HttpResponseRedirect(reverse("desk:ticket", args=[no]))
    said = _("已认领 %(no)s") % {"no": no}
    return done(request, "desk/_window.html", target="#window", said=said, **_shown(request))


@may("desk.claim")
@require_POST
def claim_next(request: StaffRequest) -> HttpResponse:
    """Take what nobody has and has the least time left, and open it; when a colleague was quicker, the one after."""
    taken = claiming.claim_next(unit=_unit(request), by=request.person, now=request.now)
    if taken is not None:
        return _open(request, taken)
    said = _("现在没有待认领的工单")
    return done(request, "desk/_window.html", target="#window", said=said, **_shown(request))


def _open(request: StaffRequest, ticket: Ticket) -> HttpResponse:
    url = reverse("desk:ticket", args=[ticket.no])
    return go(url) if is_part(request) else HttpResponseRedirect(url)


@may("desk.see")
@require_GET
def alerts(request: StaffRequest) -> HttpResponse:
    """Sound and notices, which each person switches on for their own browser."""
    return part(request, "desk/_alerts.html")


@may("desk.answer")
@require_GET
def answer(request: StaffRequest, no: str) -> HttpResponse:
    """The words to the customer, in a dialog: one need not leave the list."""
    return part(request, "desk/_window_answer.html", ticket=reachable(request.person, no, "desk.answer"))


@may("desk.claim")
@require_POST
def remind(request: StaffRequest) -> HttpResponse:
    """Take several reminders of one courier and tell the courier, in one tap."""
    numbers = read(Several, request).no
    for no in numbers:
        reachable(request.person, no, "desk.claim")
    count = reminding.remind(ticket_nos=numbers, by=request.person, now=request.now)
    said = ngettext("已认领并提醒 %(n)s 单", "已认领并提醒 %(n)s 单", count) % {"n": count}
    return done(request, "desk/_window.html", target="#window", said=said, **_shown(request))
