"""Why a case went where it went, and giving it to somebody by hand."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.desk.actions import assignment as verbs
from huhang.desk.models import Ticket
from huhang.desk.pages.answers import done
from huhang.desk.queries import assignment as queries
from huhang.desk.queries.seats import colleagues_for
from huhang.desk.queries.tickets import reachable
from huhang.kit.answers import page_or_part
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.network.models import Person


class Why(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=1, max_length=120)


class GiveTo(Why):
    colleague: int


@may("desk.see")
@require_GET
def assignment(request: StaffRequest, no: str) -> HttpResponse:
    """Each decision about the case, with the candidates as they stood then."""
    found = reachable(request.person, no)
    return page_or_part(request, "desk/assignment.html", "desk/_decisions.html", **_shown(request, found))


def _shown(request: StaffRequest, found: Ticket) -> dict[str, Any]:
    return {
        "ticket": found,
        "decisions": queries.decisions_of(found, to=request.person),
        "may_assign": found.is_live and request.person.may("desk.assign", found.path),
    }


@may("desk.see")
@require_GET
def side(request: StaffRequest, no: str) -> HttpResponse:
    """The last word in a sentence, for the side of the case page."""
    found = reachable(request.person, no)
    last = queries.latest(found)
    return part(
        request, "desk/_assignment.html", ticket=found, decision=last,
        sentence=queries.sentence_of(last) if last else "",
        may_assign=found.is_live and request.person.may("desk.assign", found.path),
    )  # fmt: skip


@may("desk.assign")
@require_http_methods(["GET", "POST"])
def assign(request: StaffRequest, no: str) -> HttpResponse:
    """Choose a colleague and say why."""
    found = reachable(request.person, no, "desk.assign")
    if request.method == "GET":
        return part(request, "desk/_assign.html", ticket=found, colleagues=colleagues_for(found))
    form = read(GiveTo, request)
    person = Person.objects.filter(pk=form.colleague, is_active=True, seat__is_active=True).first()
    if person is None:
        raise NotFound(colleague=form.colleague)
    verbs.assign_to(ticket_no=found.no, person=person, reason=form.reason, by=request.person, now=request.now)
    return _answer(request, no, _("已转给%(name)s。") % {"name": person})


@may("desk.assign")
@require_POST
def unassign(request: StaffRequest, no: str) -> HttpResponse:
    """Take it from whoever has it; it waits for a seat again."""
    found = reachable(request.person, no, "desk.assign")
    form = read(Why, request)
    verbs.unassign(ticket_no=found.no, reason=form.reason, by=request.person, now=request.now)
    return _answer(request, no, _("已退回待派。"))


def _answer(request: StaffRequest, no: str, said: str) -> HttpResponse:
    fresh = reachable(request.person, no)
    return done(request, "desk/_decisions.html", target="#decisions", said=said, **_shown(request, fresh))
