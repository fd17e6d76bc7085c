"""A verb on a case within reach: on the version that was read, once for each Idempotency-Key."""

from collections.abc import Callable
from typing import Any

from huhang.desk.actions.collision import unchanged_since
from huhang.desk.api.shapes import Change, TicketOut, detail
from huhang.desk.models import Ticket
from huhang.desk.queries import tickets as queries
from huhang.kit.doors import StaffRequest
from huhang.kit.programs import written


def act(
    request: StaffRequest, no: str, permission: str, payload: Change | None, verb: Callable[[], object]
) -> Any:
    """Run a verb on a case within reach; 404 when it is not, 409 when somebody was quicker."""
    queries.reachable(request.person, no, permission)

    def once() -> tuple[int, Any]:
        with unchanged_since(ticket_no=no, version=payload.version if payload else None):
            came = verb()
        ticket = came if isinstance(came, Ticket) and came.no == no else fresh(no)
        return 200, TicketOut.model_validate(detail(ticket, request.now)).model_dump(mode="json")

    return written(request, once)[1]


def fresh(no: str) -> Ticket:
    """The case as it is after a verb that answers with something else."""
    return Ticket.objects.select_related("unit", "at_unit", "owner").get(no=no)
