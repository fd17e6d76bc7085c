"""Who else is at a case: a sign of life, answered with who is there."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from huhang.desk.actions import presence
from huhang.desk.pages.acting import Form
from huhang.desk.queries.presence import others_at
from huhang.desk.queries.tickets import reachable
from huhang.kit.doors import StaffRequest, may, part, read


class Sign(Form):
    is_typing: bool = False
    is_leaving: bool = False


@may("desk.see")
@require_http_methods(["GET", "POST"])
def here(request: StaffRequest, no: str) -> HttpResponse:
    """Asked, it tells who is there; posted, it says that one is there oneself, too."""
    found = reachable(request.person, no)
    if request.method == "POST":
        sign = read(Sign, request)
        if sign.is_leaving:
            presence.away(ticket=found, by=request.person)
            return HttpResponse(status=204)
        presence.here(ticket=found, is_typing=sign.is_typing, by=request.person, now=request.now)
    others = others_at(found, request.person, now=request.now)
    return part(request, "desk/_present.html", ticket=found, others=others)
