"""The telephone on the workbench: who rings pops up with their whole picture; afterwards it is written down."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.channels.actions import call_back_verbs, call_backs
from huhang.channels.actions.call_back_verbs import Verb
from huhang.channels.actions.call_reports import Report
from huhang.channels.models import REASON_NAMES, RESULT_NAMES, Call, CallbackDue
from huhang.channels.queries import calls, talks
from huhang.channels.rules.call_reports import CallReason, CallResult
from huhang.desk.actions import telephone as verbs
from huhang.desk.pages.answers import done
from huhang.desk.queries import picture as pictures
from huhang.desk.queries import telephone as queries
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound


class ReportForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: CallReason
    result: CallResult
    waybill_no: str = Field("", max_length=40)
    note: str = Field("", max_length=1000)
    opens_case: bool = False


class NoteForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: str = Field("", max_length=300)


@may(talks.TALK)
@require_GET
def phone(request: StaffRequest) -> HttpResponse:
    """The bar and the list, as the switch has told by now."""
    hand = queries.at_hand(request.person, now=request.now)
    return part(request, "desk/_bench_phone.html", hand=hand, now=request.now)


@may(talks.TALK)
@require_GET
def call(request: StaffRequest, call_id: int) -> HttpResponse:
    """One call of one's own: how it stands, and what is to be written down."""
    return _call(request, calls.own(request.person, call_id))


def _call(request: StaffRequest, row: Call, said: str = "") -> HttpResponse:
    report = getattr(row, "report", None)
    shown: dict[str, Any] = {
        "call": row,
        "report": report,
        "waybill_no": report.waybill_no if report else pictures.typed(request.person, row.digits, row.number),
        "reasons": REASON_NAMES.items(),
        "results": RESULT_NAMES.items(),
    }
    if said:
        return done(
            request, "desk/_bench_call.html", target=f"[id='talk-phone/{row.pk}']", said=said, **shown
        )
    return part(request, "desk/_bench_call.html", **shown)


@may(talks.TALK)
@require_GET
def picture(request: StaffRequest, call_id: int) -> HttpResponse:
    """The right side for a caller."""
    row = calls.own(request.person, call_id)
    found = pictures.of_number(request.person, row.number, digits=row.digits, but=row.pk)
    url = reverse("channels:call_number", args=[row.pk])
    return part(request, "desk/_bench_picture.html", picture=found, number_url=url, now=request.now)


@may(talks.TALK)
@require_POST
def report(request: StaffRequest, call_id: int) -> HttpResponse:
    """What was written down; with one more key, the case."""
    calls.own(request.person, call_id)
    form = read(ReportForm, request)
    written = Report(form.reason, form.result, form.note, form.waybill_no)
    _row, ticket = verbs.finish(
        call_id=call_id, report=written, opens_case=form.opens_case, by=request.person, now=request.now
    )
    said = _("已建工单 %s，小结已保存。") % ticket.no if ticket else _("小结已保存。")
    return _call(request, calls.own(request.person, call_id), said)


@may(call_backs.ANSWER)
@require_POST
def take_next(request: StaffRequest) -> HttpResponse:
    """The call-back that is due first; none, when nobody waits for one."""
    row = call_backs.take_next(by=request.person, now=request.now)
    if row is None:
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("desk:bench_owed", args=[row.pk]))


@may(call_backs.ANSWER)
@require_GET
def owed(request: StaffRequest, callback_id: int) -> HttpResponse:
    """One call that we owe."""
    return _owed(request, _reachable(request, callback_id))


def _owed(request: StaffRequest, row: CallbackDue) -> HttpResponse:
    telephones = calls.telephones(request.person)
    return part(request, "desk/_bench_owed.html", row=row, telephones=telephones, now=request.now)


def _reachable(request: StaffRequest, callback_id: int) -> CallbackDue:
    row = calls.callback(request.person, callback_id)
    if not request.person.may(call_backs.ANSWER, row.path):
        raise NotFound(callback=callback_id)
    return row


@may(call_backs.ANSWER)
@require_GET
def owed_picture(request: StaffRequest, callback_id: int) -> HttpResponse:
    """The right side for somebody to whom we owe a call."""
    row = _reachable(request, callback_id)
    found = pictures.of_number(request.person, row.number)
    url = reverse("channels:callback_number", args=[row.pk])
    return part(request, "desk/_bench_picture.html", picture=found, number_url=url, now=request.now)


@may(call_backs.ANSWER)
@require_POST
def work_owed(request: StaffRequest, callback_id: int, verb: str) -> HttpResponse:
    """Take it, give it back, ring, or say how it went."""
    _reachable(request, callback_id)
    if verb not in set(Verb):
        raise NotFound(verb=verb)
    call_back_verbs.work(
        callback_id=callback_id, verb=Verb(verb), note=read(NoteForm, request).note, by=request.person,
        now=request.now,
    )  # fmt: skip
    return _owed(request, calls.callback(request.person, callback_id))
