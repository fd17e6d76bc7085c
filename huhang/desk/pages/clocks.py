"""The clocks of a case: the whole calculation of one, and weighing the case anew."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import weighing
from huhang.desk.actions.collision import unchanged_since
from huhang.desk.models.ticket import PRIORITY_NAMES
from huhang.desk.queries.explaining import explanation
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.kinds import Priority
from huhang.kit.answers import go
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.network.models import Customer


class WeightForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    version: int | None = None
    priority: Priority
    reason: str = Field(min_length=2, max_length=200)


@may("desk.see")
@require_GET
def explain(request: StaffRequest, no: str, clock_id: int) -> HttpResponse:
    """What was promised and why, every span counted, every pause and change, and who was called when."""
    ticket = reachable(request.person, no)
    found = explanation(ticket, clock_id, now=request.now)
    return part(
        request, "desk/_explain_clock.html", ticket=ticket, told=found, customer_classes=Customer.Kind.choices
    )


@may("desk.resolve")
@require_http_methods(["GET", "POST"])
def weigh(request: StaffRequest, no: str) -> HttpResponse:
    """Choose how much the case weighs, and say why."""
    ticket = reachable(request.person, no, "desk.resolve")
    if request.method == "GET":
        return part(request, "desk/_weigh.html", ticket=ticket, priorities=PRIORITY_NAMES.items())
    form = read(WeightForm, request)
    with unchanged_since(ticket_no=ticket.no, version=form.version):
        weighing.weigh(
            ticket_no=ticket.no,
            priority=form.priority,
            reason=form.reason,
            by=request.person,
            now=request.now,
        )
    return go(f"/desk/t/{ticket.no}/")
