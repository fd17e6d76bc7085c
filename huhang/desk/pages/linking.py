"""How a case belongs with others: the side of its page, merging, splitting, links."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import Field

from huhang.desk.actions import linking, relating, splitting
from huhang.desk.actions.carrying import Carried
from huhang.desk.models import Ticket
from huhang.desk.models.case_link import LINK_NAMES, LINK_NAMES_BACK
from huhang.desk.models.ticket import KIND_NAMES
from huhang.desk.pages.acting import Form, act, changed
from huhang.desk.queries.attachments import attachments_of
from huhang.desk.queries.cases import story_of
from huhang.desk.queries.family import can_unmerge, family_of, offered
from huhang.desk.queries.tickets import can, reachable, units_below
from huhang.desk.rules.kinds import OUR_OWN, EntryKind, Kind
from huhang.desk.rules.linking import LinkKind, is_same_customer
from huhang.kit.answers import go
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.network.models import OrgUnit
from huhang.network.queries.units import UnknownUnit

PERMISSION = "desk.answer"
# How the other case may be called in the form, and what that means.
CHILD, PARENT = "child", "parent"


class MergeForm(Form):
    into: str = Field(min_length=1, max_length=20)
    reason: str = Field(min_length=1, max_length=200)


class SplitForm(Form):
    entries: list[int] = Field(default_factory=list, max_length=200)
    title: str = Field(min_length=1, max_length=120)
    kind: Kind
    unit: str = Field(min_length=1, max_length=32)
    files: list[int] = Field(default_factory=list, max_length=200)
    carried: Carried = Carried.BOTH


class LinkForm(Form):
    other: str = Field(min_length=1, max_length=20)
    kind: str = Field(max_length=16)
    holds: bool = False


class PartForm(Form):
    link: int


@may("desk.see")
@require_GET
def side(request: StaffRequest, no: str) -> HttpResponse:
    """What belongs with the case; fetched after it, so that the case itself is there at once."""
    found = reachable(request.person, no)
    return part(request, "desk/_side.html", **_side(request, found))


def _side(request: StaffRequest, found: Ticket) -> dict[str, Any]:
    family = family_of(found, request.person, now=request.now)
    followers = list(found.followers.select_related("person").order_by("since"))
    return {
        "ticket": found,
        "family": family,
        "can_unmerge": can_unmerge(family.merge, now=request.now),
        "may_join": can(request.person, PERMISSION, found),
        "followers": followers,
        "is_following": any(f.person_id == request.person.pk for f in followers),
    }


@may(PERMISSION)
@require_http_methods(["GET", "POST"])
def merge(request: StaffRequest, no: str) -> HttpResponse:
    """Choose where the case goes on, and say why; both must be within reach."""
    found = reachable(request.person, no, PERMISSION)
    if request.method == "GET":
        return part(
            request, "desk/_merge.html", ticket=found, found=offered(found, request.person, "", live=True)
        )
    form = read(MergeForm, request)
    into = reachable(request.person, form.into, PERMISSION)
    return act(
        request, no, PERMISSION, form, _("已合并，10 分钟内可撤销。"),
        lambda t: linking.merge(
            ticket_no=t.no, into_no=into.no, reason=form.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may(PERMISSION)
@require_POST
def unmerge(request: StaffRequest, no: str) -> HttpResponse:
    """Take the merge back while that is possible."""
    reachable(request.person, no, PERMISSION)
    linking.unmerge(ticket_no=no, by=request.person, now=request.now)
    return changed(request, no, _("已撤销合并，原来的步骤和时限已恢复。"))


@may(PERMISSION)
@require_http_methods(["GET", "POST"])
def split(request: StaffRequest, no: str) -> HttpResponse:
    """Choose the messages that are about something else."""
    found = reachable(request.person, no, PERMISSION)
    if request.method == "GET":
        lines = [line for line in story_of(found) if line.entry.kind in splitting.TAKEN]
        kinds = [(kind, name) for kind, name in KIND_NAMES.items() if kind not in OUR_OWN]
        return part(
            request, "desk/_split.html", ticket=found, lines=lines, kinds=kinds, units=_units(request, found),
            customer=EntryKind.FROM_CUSTOMER, files=attachments_of(found),
        )  # fmt: skip
    form = read(SplitForm, request)
    if form.unit not in {unit.code for unit in _units(request, found)}:
        raise UnknownUnit(form.unit)
    made = splitting.split(
        ticket_no=no, entry_ids=form.entries, title=form.title, kind=form.kind, unit_code=form.unit,
        attachment_ids=form.files, carried=form.carried, by=request.person, now=request.now,
    )  # fmt: skip
    return go(f"/desk/t/{made.no}/")


def _units(request: StaffRequest, found: Ticket) -> list[OrgUnit]:
    """Where the new case may be: where this one is, or anywhere that one may see."""
    below = [unit for unit in units_below(request.person) if unit.pk != found.unit_id]
    return [found.unit, *below]


@may(PERMISSION)
@require_http_methods(["GET", "POST"])
def link(request: StaffRequest, no: str) -> HttpResponse:
    """Say what another case is to this one."""
    found = reachable(request.person, no, PERMISSION)
    if request.method == "GET":
        kinds = [
            (LinkKind.RELATED.value, LINK_NAMES[LinkKind.RELATED]),
            (LinkKind.DUPLICATE.value, LINK_NAMES[LinkKind.DUPLICATE]),
            (LinkKind.CAUSED_BY.value, LINK_NAMES[LinkKind.CAUSED_BY]),
            (PARENT, LINK_NAMES[LinkKind.CHILD_OF]),
            (CHILD, LINK_NAMES_BACK[LinkKind.CHILD_OF]),
        ]
        found_cases = offered(found, request.person, "")
        return part(request, "desk/_link_cases.html", ticket=found, kinds=kinds, found=found_cases)
    form = read(LinkForm, request)
    other = reachable(request.person, form.other, PERMISSION)
    return act(request, no, PERMISSION, form, _("已关联。"), lambda t: _link(request, t, other, form))


def _link(request: StaffRequest, ticket: Ticket, other: Ticket, form: LinkForm) -> None:
    who = {"by": request.person, "now": request.now}
    if form.kind == PARENT:
        relating.set_parent(ticket_no=ticket.no, parent_no=other.no, holds=form.holds, **who)
    elif form.kind == CHILD:
        relating.set_parent(ticket_no=other.no, parent_no=ticket.no, holds=form.holds, **who)
    elif form.kind in set(LinkKind):
        relating.link(ticket_no=ticket.no, other_no=other.no, kind=LinkKind(form.kind), **who)
    else:
        raise NotFound(kind=form.kind)


@may(PERMISSION)
@require_POST
def part_ways(request: StaffRequest, no: str) -> HttpResponse:
    """Take a link back."""
    reachable(request.person, no, PERMISSION)
    form = read(PartForm, request)
    relating.part_ways(ticket_no=no, link_id=form.link, by=request.person, now=request.now)
    return changed(request, no, _("已解除关系。"))


@may("desk.see")
@require_GET
def find(request: StaffRequest, no: str) -> HttpResponse:
    """Cases that one may mean, by what was typed; of another case, whether its customer is the same."""
    found = reachable(request.person, no)
    term = request.GET.get("term", "").strip()[:60]
    field = "into" if request.GET.get("field") == "into" else "other"
    cases = offered(found, request.person, term, live=field == "into")
    return part(request, "desk/_link_found.html", ticket=found, found=cases, field=field)


@may("desk.see")
@require_GET
def merged(request: StaffRequest, no: str) -> HttpResponse:
    """The stories of the cases that were merged into this one, as they were told there."""
    found = reachable(request.person, no)
    stories = [
        {"ticket": other, "lines": story_of(other), "is_same": _is_same(found, other)}
        for other in found.merged.select_related("unit", "at_unit").order_by("opened_at")
    ]
    return part(request, "desk/_merged.html", ticket=found, stories=stories)


def _is_same(one: Ticket, other: Ticket) -> bool:
    return is_same_customer(linking.contact_of(one), linking.contact_of(other))
