"""The 1 % list: who was not satisfied, who calls back until when, and what came of it."""

from typing import Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field

from huhang.kit import masking
from huhang.kit.answers import page_or_part, sheet
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.reveal import show
from huhang.kit.ui.lists import cut
from huhang.quality.actions import calling_back
from huhang.quality.models import Survey
from huhang.quality.models.survey import OUTCOME_NAMES
from huhang.quality.pages.satisfaction import choices
from huhang.quality.pages.sheet import AT_MOST, moment
from huhang.quality.queries import asked as looking
from huhang.quality.queries import unhappy as queries
from huhang.quality.queries.asked import SEE
from huhang.quality.queries.unhappy import CALL_BACK, Wanted
from huhang.quality.rules.calling_back import SAID, Outcome


class DoneForm(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    outcome: Literal["settled", "still_unhappy", "not_reached", "not_needed"]
    words: str = Field("", max_length=500)


@may(SEE)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """The list; what is owed stands there until it is done."""
    return page_or_part(request, "quality/unhappy.html", "quality/_unhappy.html", **_listed(request))


def _listed(request: StaffRequest) -> dict[str, Any]:
    asked = looking.read(request.person, request.GET.dict(), now=request.now)
    wanted = Wanted.read(request.GET.dict())
    return {
        "tab": "unhappy",
        "asked": asked,
        "wanted": wanted,
        "rows": cut(queries.rows(request.person, asked, wanted), request),
        "owed": queries.open_count(request.person),
        "shown": queries.SHOWN.items(),
        "whats": queries.WHAT.items(),
        **choices(request),
    }


@may(SEE)
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The list with its filters, names and numbers masked as on the screen."""
    asked = looking.read(request.person, request.GET.dict(), now=request.now)
    found = queries.rows(request.person, asked, Wanted.read(request.GET.dict()))[:AT_MOST]
    return sheet(
        (_row(row) for row in found), list(_row(Survey())), name="call-backs", form=form, now=request.now
    )


def _row(row: Survey) -> dict[str, Any]:
    back = getattr(row, "call_back", None)
    ticket = back.ticket if back else None
    return {
        _("评价时间"): moment(row.answered_at),
        _("评分"): row.score or "",
        _("是否解决"): "" if row.is_solved is None else _("已解决") if row.is_solved else _("没有解决"),
        _("客户的话"): masking.phones_in(row.words),
        _("渠道"): row.get_sort_display() if row.sort else "",
        _("关于"): "、".join(touch.subject for touch in row.touches.all() if touch.subject) if row.pk else "",
        _("客户"): masking.name(row.customer_name) if row.pk else "",
        _("电话"): masking.phone(row.customer_number) if row.pk else "",
        _("入口"): str(row.entrance or "") if row.pk else "",
        _("客服"): str(row.agent or "") if row.pk else "",
        _("单位"): row.unit.shown_name if row.pk else "",
        _("回访工单"): ticket.no if ticket else "",
        _("负责人"): str(ticket.owner or "") if ticket else "",
        _("最晚"): moment(ticket.next_due_at) if ticket else "",
        _("回访结果"): back.get_outcome_display() if back else "",
        _("回访说明"): masking.phones_in(back.words) if back else "",
        _("办结时间"): moment(back.done_at) if back else "",
    }


@may(CALL_BACK)
@require_http_methods(["GET", "POST"])
def finish(request: StaffRequest, call_back_id: int) -> HttpResponse:
    """What came of it: GET asks, POST says."""
    row = queries.call_back(request.person, call_back_id, CALL_BACK)
    if request.method == "GET":
        outcomes = [(outcome, OUTCOME_NAMES[outcome]) for outcome in SAID]
        return part(request, "quality/_call_back.html", row=row, outcomes=outcomes)
    form = read(DoneForm, request)
    calling_back.done(
        call_back_id=row.pk,
        outcome=Outcome(form.outcome),
        words=form.words,
        by=request.person,
        now=request.now,
    )
    return _again(request, _("回访已办结。"))


@may(CALL_BACK)
@require_POST
def work(request: StaffRequest, call_back_id: int, verb: str) -> HttpResponse:
    """Claim it, or say that nobody answered."""
    row = queries.call_back(request.person, call_back_id, CALL_BACK)
    if verb == "claim":
        calling_back.claim(call_back_id=row.pk, by=request.person, now=request.now)
        return _again(request, _("已认领。"))
    if verb == "no-answer":
        calling_back.no_answer(call_back_id=row.pk, by=request.person, now=request.now)
        return _again(request, _("已记下，稍后再打。"))
    raise NotFound(verb=verb)


def _again(request: StaffRequest, said: str) -> HttpResponse:
    """The list as it stands now, with a word of what has happened."""
    response = part(request, "quality/_unhappy.html", said=said, **_listed(request))
    response["HX-Retarget"], response["HX-Reswap"] = "#unhappy", "outerHTML"
    response["HX-Trigger"] = "quality:done"
    return response


@may(SEE)
@require_http_methods(["GET", "POST"])
def number(request: StaffRequest, survey_id: int) -> HttpResponse:
    """The customer's whole name and number, for a purpose that is on record."""
    row = queries.survey(request.person, survey_id)
    return show(
        request, subject=f"survey:{row.pk}", about=_("客户的联系方式"), path=row.path,
        values=lambda: {_("姓名"): row.customer_name, _("电话"): row.customer_number},
    )  # fmt: skip
