"""How long links may take, and how well forecasts have held."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huhang.journey.actions import link_standards
from huhang.journey.actions.link_standards import EVERYWHERE
from huhang.journey.queries import forecasts as checks
from huhang.journey.queries import standards, words
from huhang.journey.queries.delays import today
from huhang.journey.rules.eta import CONFIDENCE
from huhang.journey.rules.link_rows import LinkStandardRow
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import DomainError
from huhang.kit.ui.lists import cut
from huhang.network.actions.authority import EDIT, root
from huhang.network.models.product import PRODUCT_NAMES

SEE = "journey.trace"


@may(SEE)
@require_http_methods(["GET", "POST"])
def listed(request: StaffRequest) -> HttpResponse:
    """All standards in the order in which they are looked up, and a form for one more or a new figure."""
    error: DomainError | None = None
    if request.method == "POST":
        try:
            link_standards.save(read(LinkStandardRow, request), by=request.person, now=request.now)
        except DomainError as refused:
            error = refused
        else:
            return redirect("journey:link_standards")
    kind = request.GET.get("kind", "")
    return part(
        request,
        "journey/link_standards.html",
        status=error.status if error else 200,
        rows=cut(standards.listed(kind, request.GET.get("unit", "")), request),
        kinds=words.LINKS.items(),
        kind=kind,
        products=PRODUCT_NAMES.items(),
        error=error,
        given=request.POST,
        hours=range(25),
        may_edit=bool(request.person.visible_paths(EDIT)) or request.person.may(EVERYWHERE),
        may_edit_all=request.person.may(EVERYWHERE, root()),
    )


@may(SEE)
@require_POST
def remove(request: StaffRequest, standard_id: int) -> HttpResponse:
    """Take one away: the next wider one holds."""
    link_standards.remove(standard_id=standard_id, by=request.person, now=request.now)
    return redirect("journey:link_standards")


@may(SEE)
@require_GET
def forecasts(request: StaffRequest) -> HttpResponse:
    """Of deliveries that were forecast: how many came inside the interval, and how far off the likely moment was."""
    return part(
        request,
        "journey/forecasts.html",
        rows=checks.held(today(request.now)),
        confidence=CONFIDENCE,
        days=checks.DAYS,
    )
