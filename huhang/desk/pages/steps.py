"""The steps of a case: finish, pass on, send back, split, add; and the end of the case itself."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import Field

from huhang.desk.actions import answering, claiming, steps
from huhang.desk.actions import tickets as verbs
from huhang.desk.models import Ticket
from huhang.desk.pages.acting import Form, act
from huhang.desk.queries import steps as queries
from huhang.desk.queries.tickets import reachable
from huhang.kit.doors import StaffRequest, may, part, read

PARTS_AT_ONCE = 3


class Result(Form):
    result: str = Field(min_length=1, max_length=answering.LONGEST)


class HandOver(Form):
    unit: str = Field(min_length=1, max_length=32)
    reason: str = Field(min_length=1, max_length=200)


class Reason(Form):
    reason: str = Field(min_length=1, max_length=200)


class Parts(Form):
    """Rows of the dialog; one without a unit and a title was left empty."""

    unit: list[str] = Field(max_length=PARTS_AT_ONCE)
    title: list[str] = Field(max_length=PARTS_AT_ONCE)
    ask: list[str] = Field(max_length=PARTS_AT_ONCE)
    minutes: list[int] = Field(max_length=PARTS_AT_ONCE)

    @property
    def rows(self) -> list[tuple[str, str, str, int]]:
        rows = zip(map(_code, self.unit), self.title, self.ask, self.minutes, strict=False)
        return [row for row in rows if row[0] or row[1].strip()]


class Extra(Form):
    unit: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=2, max_length=80)
    ask: str = Field("", max_length=500)
    minutes: int = Field(ge=1, le=366 * 24 * 60)
    at_end: bool = False


def _code(typed: str) -> str:
    """The unit's code out of `SZ-HUB 苏州分拨中心`, as the list of suggestions fills it in."""
    return typed.split()[0] if typed.strip() else ""


@may("desk.resolve")
@require_http_methods(["GET", "POST"])
def resolve(request: StaffRequest, no: str, step_id: int | None = None) -> HttpResponse:
    """Ask for the words that will be read, then finish the step; with none open, the case."""
    if request.method == "GET":
        found = reachable(request.person, no, "desk.resolve")
        if step_id is None and not steps.open_steps(found):
            return part(request, "desk/_close.html", ticket=found)
        return _dialog(request, found, step_id, "desk.resolve", "desk/_resolve.html")
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(Result, request)
    return act(
        request, no, "desk.resolve", form, _("本步已办结。"),
        lambda t: verbs.resolve(
            ticket_no=t.no, step_id=step_id, result=form.result, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def hand_over(request: StaffRequest, no: str, step_id: int | None = None) -> HttpResponse:
    """Choose who takes the step, and say why."""
    if request.method == "GET":
        found = reachable(request.person, no, "desk.hand_over")
        return _dialog(request, found, step_id, "desk.hand_over", "desk/_hand_over.html")
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(HandOver, request)
    return act(
        request, no, "desk.hand_over", form, _("已移交，新的计时已开始。"),
        lambda t: steps.hand_over(
            ticket_no=t.no, step_id=step_id, unit_code=form.unit, reason=form.reason,
            by=request.person, now=request.now,
        ),
    )  # fmt: skip


@may("desk.claim")
@require_POST
def claim(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Take this very step."""
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(Form, request)
    return act(
        request, no, "desk.claim", form, _("已认领本步。"),
        lambda t: claiming.claim(ticket_no=t.no, step_id=step_id, by=request.person, now=request.now),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def refuse(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Send the step back, with a reason that everybody at the case reads."""
    if request.method == "GET":
        found = reachable(request.person, no, "desk.hand_over")
        return _dialog(request, found, step_id, "desk.hand_over", "desk/_refuse.html")
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(Reason, request)
    return act(
        request, no, "desk.hand_over", form, _("已退回，负责人已收到通知。"),
        lambda t: steps.refuse(
            ticket_no=t.no, step_id=step_id, reason=form.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def split(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Ask other units for parts of the step."""
    if request.method == "GET":
        found = reachable(request.person, no, "desk.hand_over")
        rows = range(PARTS_AT_ONCE)
        return _dialog(request, found, step_id, "desk.hand_over", "desk/_split_step.html", rows=rows)
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(Parts, request)
    return act(
        request, no, "desk.hand_over", form, _("已拆分，对方部门现在就能看到。"),
        lambda t: steps.split(
            ticket_no=t.no, step_id=step_id, parts=form.rows, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, no: str) -> HttpResponse:
    """One step more, for another department; the verb asks whether this person answers for the case."""
    if request.method == "GET":
        found = reachable(request.person, no)
        units = queries.units_to_ask(found, "")
        return part(request, "desk/_add_step.html", ticket=found, units=units)
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(Extra, request)
    return act(
        request, no, "desk.see", form, _("已增加步骤。"),
        lambda t: steps.add(
            ticket_no=t.no, unit_code=_code(form.unit), title=form.title, ask=form.ask, minutes=form.minutes,
            at_end=form.at_end, by=request.person, now=request.now,
        ),
    )  # fmt: skip


@may("desk.resolve")
@require_http_methods(["GET", "POST"])
def close(request: StaffRequest, no: str) -> HttpResponse:
    """End the case; the verb asks who may and whether anything is still owed."""
    if request.method == "GET":
        return part(request, "desk/_close.html", ticket=reachable(request.person, no))
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(Result, request)
    return act(
        request, no, "desk.see", form, _("工单已办结，客户已收到说明。"),
        lambda t: verbs.close(ticket_no=t.no, result=form.result, by=request.person, now=request.now),
    )  # fmt: skip


@may("desk.answer")
@require_http_methods(["GET", "POST"])
def reopen(request: StaffRequest, no: str) -> HttpResponse:
    """Take a resolved case up again for the customer."""
    if request.method == "GET":
        return part(request, "desk/_reopen.html", ticket=reachable(request.person, no, "desk.answer"))
    reachable(request.person, no)  # whoever may not see the case learns nothing of its forms
    form = read(Reason, request)
    return act(
        request, no, "desk.answer", form, _("已重新打开，办结时限重新开始。"),
        lambda t: verbs.reopen(ticket_no=t.no, reason=form.reason, by=request.person, now=request.now),
    )  # fmt: skip


@may("desk.hand_over")
@require_GET
def units(request: StaffRequest, no: str) -> HttpResponse:
    """The units that match what was typed: to choose from, or as suggestions."""
    found = reachable(request.person, no)
    term = (request.GET.get("term") or request.GET.get("unit", "")).strip()[:40]
    template = "desk/_unit_options.html" if "unit" in request.GET else "desk/_hand_over_units.html"
    return part(request, template, units=queries.units_to_ask(found, term, but=found.at_unit))


def _dialog(
    request: StaffRequest, found: Ticket, step_id: int | None, permission: str, template: str, **more: Any
) -> HttpResponse:
    step = queries.open_step(found, step_id, request.person, permission)
    return part(
        request, template, ticket=found, step=step, after=queries.after(found, step),
        units=queries.units_to_ask(found, "", but=step.unit), **more,
    )  # fmt: skip
