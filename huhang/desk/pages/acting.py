"""What every door to a case shares: the case as it is shown, and a verb on the version that was read."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from pydantic import BaseModel, ConfigDict

from huhang.desk.actions.collision import unchanged_since
from huhang.desk.models import Ticket
from huhang.desk.pages.answers import done
from huhang.desk.queries.cases import Case, case_of, story_of
from huhang.desk.queries.ownership import may_close
from huhang.desk.queries.steps import asked_of, stages_of, takes, whole_of
from huhang.desk.queries.tickets import can, reachable
from huhang.desk.rules.advice import Standing, next_for
from huhang.kit.doors import StaffRequest, part
from huhang.kit.errors import Stale
from huhang.network.models import Person

LINES_IN_STALE = 3
VERBS = ("claim", "answer", "resolve", "hand_over")


class Form(BaseModel):
    """What any verb's form may carry: the version that was read."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    version: int | None = None


def shown(request: StaffRequest, found: Ticket) -> dict[str, Any]:
    """What `_case.html` needs."""
    may = {verb: found.is_live and can(request.person, f"desk.{verb}", found) for verb in VERBS}
    case = case_of(found, now=request.now)
    return {
        "ticket": found,
        "case": case,
        "may": may,
        "is_mine": found.owner_id == request.person.pk,
        "takes": found.is_live and (found.owner_id is None or takes(case.steps, request.person)),
        "next": next_for(_standing(case, may, request.person)),
        "stages": stages_of(found, case.steps, request.person),
        "whole": whole_of(found, case.steps, request.person, now=request.now),
        "asked": asked_of(found),
    }


def _standing(case: Case, may: dict[str, bool], person: Person) -> Standing:
    ticket = case.ticket
    return Standing(
        is_live=ticket.is_live,
        is_merged=ticket.merged_into_id is not None,
        is_owned=ticket.owner_id is not None,
        may_claim=may["claim"],
        may_answer=may["answer"],
        may_resolve=may["resolve"],
        may_close=ticket.is_live and may_close(person, ticket),
        is_answered=ticket.first_response_at is not None,
        customer_waits=case.customer_waits,
        has_open_step=case.open_step is not None,
        is_paused=case.is_paused,
    )


def act(
    request: StaffRequest, no: str, permission: str, form: Form, said: str, verb: Callable[[Ticket], object]
) -> HttpResponse:
    """Run a verb on the version that was read, and answer with the case as it is now."""
    found = reachable(request.person, no, permission)
    try:
        with unchanged_since(ticket_no=no, version=form.version):
            verb(found)
    except Stale:
        return stale(request, found, permission)
    return changed(request, no, said)


def changed(request: StaffRequest, no: str, said: str) -> HttpResponse:
    """The case after a verb, and a word of what was done."""
    fresh = reachable(request.person, no, "desk.see")
    return done(request, "desk/_case.html", target="#case", said=said, **shown(request, fresh))


def stale(request: StaffRequest, found: Ticket, permission: str) -> HttpResponse:
    """What has happened meanwhile, shown inside the form: the words typed stay, and may be sent again."""
    found.refresh_from_db()
    response = part(
        request, "desk/_stale.html", status=409, ticket=found, lines=story_of(found)[-LINES_IN_STALE:]
    )
    response["HX-Retarget"] = "#stale-composer" if permission == "desk.answer" else "#stale-dialog"
    response["HX-Reswap"] = "innerHTML"
    return response
