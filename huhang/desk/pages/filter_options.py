"""What fields of the work list offer while one types: codes of those whom the person may see."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from huhang.kit.doors import StaffRequest, may, part
from huhang.network.queries import finding

LONGEST = 40


@may("desk.see")
@require_GET
def customers(request: StaffRequest) -> HttpResponse:
    term = request.GET.get("customer", "").replace("\0", "").strip()[:LONGEST]
    return part(request, "desk/_code_options.html", rows=finding.offered_customers(request.person, term))


@may("desk.see")
@require_GET
def couriers(request: StaffRequest) -> HttpResponse:
    term = request.GET.get("courier", "").replace("\0", "").strip()[:LONGEST]
    return part(request, "desk/_code_options.html", rows=finding.offered_couriers(request.person, term))
