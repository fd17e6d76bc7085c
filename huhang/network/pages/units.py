"""The tree of the organisation."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from huhang.kit.doors import StaffRequest, may, part
from huhang.kit.ui.lists import cut
from huhang.network.queries import units


@may("network.see")
@require_GET
def tree(request: StaffRequest) -> HttpResponse:
    """The tree opened at `?at=`, with that unit's particulars; or what `?q=` finds in it."""
    code, term = request.GET.get("at", "").strip(), request.GET.get("q", "").strip()[:80]
    here = units.get(request.person, code) if code else units.first(request.person)
    if here is None:
        return part(request, "network/units.html", here=None)
    return part(
        request,
        "network/units.html",
        here=here,
        wanted=term,
        found=cut(units.search(request.person, term), request) if term else None,
        lines=[] if term else units.opened_at(request.person, here),
        lineage=units.lineage(request.person, here),
        counts=units.counts(here),
        may_edit=request.person.may("network.edit", here.path),
    )
