"""One case: its page, and the verbs on it."""

import json
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import Field

from huhang.desk.actions import answering, claiming, clocks, drafts, progress
from huhang.desk.models import PauseReason, Ticket
from huhang.desk.pages.acting import Form, act, shown
from huhang.desk.pages.answers import done
from huhang.desk.queries.cases import case_of
from huhang.desk.queries.drafts import drafts_at
from huhang.desk.queries.leaving import delay_at
from huhang.desk.queries.neighbours import beside
from huhang.desk.queries.tickets import reachable
from huhang.desk.rules.drafts import DraftKind
from huhang.kit import reveal
from huhang.kit.answers import is_part, page_or_part
from huhang.kit.doors import StaffRequest, may, part, read

LONGEST = answering.LONGEST
LONGEST_QUERY = 600


class Words(Form):
    text: str = Field("", max_length=LONGEST)


class Reason(Form):
    reason: str = Field(min_length=1, max_length=120)


@may("desk.see")
@require_GET
def ticket(request: StaffRequest, no: str) -> HttpResponse:
    """The case with its clocks, steps, parcel and story; `from` is the query of the list that one came by."""
    found = reachable(request.person, no)
    around = {} if is_part(request) else _around(request, found)
    return page_or_part(request, "desk/ticket.html", "desk/_case.html", **shown(request, found), **around)


def _around(request: StaffRequest, found: Ticket) -> dict[str, Any]:
    """What stays while the case itself is fetched again: drafts, and the way on through the list."""
    came_by = request.GET.get("from", "")[:LONGEST_QUERY]
    return {
        "drafts": drafts_at(found, request.person, now=request.now),
        "beside": beside(found, request.person, came_by, now=request.now) if came_by else None,
        "came_by": came_by,
        "draft_ref": drafts.ref_of(found, request.person),
    }


@may("desk.claim")
@require_POST
def claim(request: StaffRequest, no: str) -> HttpResponse:
    form = read(Form, request)
    return act(
        request, no, "desk.claim", form, _("已认领，客户会看到由本单位负责。"),
        lambda t: claiming.claim(ticket_no=t.no, by=request.person, now=request.now),
    )  # fmt: skip


@may("desk.answer")
@require_POST
def answer(request: StaffRequest, no: str) -> HttpResponse:
    form, said = read(Words, request), _("已发给客户。")
    found = reachable(request.person, no, "desk.answer")
    delay = delay_at(found.at_path)
    if delay:
        said = _("%(seconds)d 秒后发给客户，之前可以撤回。") % {"seconds": delay.seconds}
    return act(
        request, no, "desk.answer", form, said,
        lambda t: _sent(request, t, DraftKind.REPLY, partial(answering.answer, leaves_in=delay), form.text),
    )  # fmt: skip


@may("desk.answer")
@require_POST
def take_back(request: StaffRequest, no: str, entry_id: int) -> HttpResponse:
    """Before it has left; the words are a draft again."""
    response = act(
        request, no, "desk.answer", Form(), _("已撤回，客户没有看到；原话已放回草稿。"),
        lambda t: answering.take_back(
            ticket_no=t.no, entry_id=entry_id, by=request.person, now=request.now
        ),
    )  # fmt: skip
    if "HX-Trigger" in response:
        # The box beside fetches its draft, which it is again; the words themselves would not fit a header.
        response["HX-Trigger"] = json.dumps({**json.loads(response["HX-Trigger"]), "live:desk.draft": {}})
    return response


def _sent(request: StaffRequest, ticket: Ticket, kind: DraftKind, verb: Any, text: str) -> None:
    """Send words, and forget their draft with them."""
    verb(ticket_no=ticket.no, text=text, by=request.person, now=request.now)
    drafts.sent(ticket=ticket, kind=kind, by=request.person)


@may("desk.answer")
@require_POST
def note(request: StaffRequest, no: str) -> HttpResponse:
    """A note collides with nothing: no version is asked for."""
    form = read(Words, request)
    form.version = None
    return act(
        request, no, "desk.answer", form, _("备注已保存，仅同事可见。"),
        lambda t: _sent(request, t, DraftKind.NOTE, answering.note, form.text),
    )  # fmt: skip


@may("desk.resolve")
@require_http_methods(["GET", "POST"])
def pause(request: StaffRequest, no: str) -> HttpResponse:
    """Stop the clocks for a reason that stays on record."""
    if request.method == "GET":
        return _dialog(
            request,
            no,
            "desk.resolve",
            "desk/_pause.html",
            reasons=PauseReason.objects.filter(is_active=True),
        )
    form = read(Reason, request)
    return act(
        request, no, "desk.resolve", form, _("已暂停计时。"),
        lambda t: clocks.pause(ticket_no=t.no, reason=form.reason, by=request.person, now=request.now),
    )  # fmt: skip


@may("desk.resolve")
@require_POST
def resume(request: StaffRequest, no: str) -> HttpResponse:
    form = read(Form, request)
    return act(
        request, no, "desk.resolve", form, _("计时已恢复。"),
        lambda t: clocks.resume(ticket_no=t.no, by=request.person, now=request.now),
    )  # fmt: skip


def _dialog(request: StaffRequest, no: str, permission: str, template: str, **context: Any) -> HttpResponse:
    found = reachable(request.person, no, permission)
    return part(request, template, ticket=found, case=case_of(found, now=request.now), **context)


@may("desk.answer")
@require_POST
def unlink(request: StaffRequest, no: str) -> HttpResponse:
    """Close the addresses that were given out: one has gone astray, or the wrong person has it."""
    found = reachable(request.person, no, "desk.answer")
    progress.revoke_links(ticket=found, by=request.person, now=request.now)
    said = _("客户进度链接已作废，打开会显示链接无效。")
    return done(request, "desk/_case.html", target="#case", said=said, **shown(request, found))


@may("desk.see")
@require_http_methods(["GET", "POST"])
def contact(request: StaffRequest, no: str) -> HttpResponse:
    """The customer's name and number, for a stated purpose and on the record."""
    found = reachable(request.person, no)
    return reveal.show(
        request,
        subject=f"ticket:{found.no}",
        about=_("工单 %(no)s 的联系人") % {"no": found.no},
        path=found.path,
        values=lambda: {_("姓名"): found.contact_name, _("电话"): found.contact_phone},
    )
