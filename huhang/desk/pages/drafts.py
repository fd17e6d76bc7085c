"""Drafts: kept as one types, fetched by another window, taken over by the next owner."""

from datetime import timedelta

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST
from pydantic import Field

from huhang.desk.actions import drafts
from huhang.desk.models import Draft
from huhang.desk.pages.acting import Form
from huhang.desk.queries.drafts import drafts_at
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.drafts import DraftKind
from huhang.kit.doors import StaffRequest, may, part, read


class DraftForm(Form):
    kind: DraftKind
    text: str = Field("", max_length=drafts.LONGEST)
    tab: str = Field("", max_length=40)
    # Milliseconds since the last key, as the browser counts them: its clock may be wrong, a length is not.
    ago: int = Field(0, ge=0, le=7 * 86400_000)


class TakeForm(Form):
    draft: int
    # What stands in one's own box, maybe not kept yet.
    text: str = Field("", max_length=drafts.LONGEST)


@may("desk.answer")
@require_http_methods(["GET", "POST"])
def draft(request: StaffRequest, no: str) -> HttpResponse:
    """What one has written so far; posted, it is kept unless a later key was pressed in another window."""
    found = reachable(request.person, no, "desk.answer")
    if request.method == "GET":
        own = drafts_at(found, request.person, now=request.now).own
        return JsonResponse({kind: _told(own.get(kind)) for kind in DraftKind})
    form = read(DraftForm, request)
    kept = drafts.keep(
        ticket=found, kind=form.kind, text=form.text, tab=form.tab,
        ago=timedelta(milliseconds=form.ago), by=request.person, now=request.now,
    )  # fmt: skip
    return JsonResponse(_told(kept))


def _told(kept: Draft | None) -> dict[str, str]:
    return {"text": kept.text, "tab": kept.tab} if kept else {"text": "", "tab": ""}


@may("desk.answer")
@require_POST
def take_draft(request: StaffRequest, no: str) -> HttpResponse:
    """Make one's own what a colleague left behind; the composer comes back with it."""
    found = reachable(request.person, no, "desk.answer")
    form = read(TakeForm, request)
    drafts.take_over(ticket=found, draft_id=form.draft, own=form.text, by=request.person, now=request.now)
    return part(
        request, "desk/_composer.html", ticket=found, draft_ref=drafts.ref_of(found, request.person),
        drafts=drafts_at(found, request.person, now=request.now),
    )  # fmt: skip
