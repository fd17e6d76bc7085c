"""The steps of a case: finish, pass on, send back, split, add; and the end of the case itself."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import Field

from huhang.desk.actions import answering, claiming, steps
from huhang.desk.actions import tickets as verbs
from huhang.desk.models import Ticket
from huhang.desk.pages.acting import Form, act
from huhang.desk.queries import steps as queries
from huhang.desk.queries.closings import to_choose
from huhang.desk.queries.tickets import reachable
from huhang.kit.doors import StaffRequest, may, part, read

PARTS_AT_ONCE = 3
F = TypeVar("F", bound=Form)


class Result(Form):
    result: str = Field(min_length=1, max_length=answering.LONGEST)
    ended_as: str = Field("", max_length=40)


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


def _act(
    request: StaffRequest, no: str, permission: str, shape: type[F], said: str,
    verb: Callable[[Ticket, F], object],
) -> HttpResponse:  # fmt: skip
    """Read the verb's form and act; whoever may not see the case learns nothing of its forms."""
    reachable(request.person, no)
    form = read(shape, request)
    return act(request, no, permission, form, said, lambda ticket: verb(ticket, form))


@may("desk.resolve")
@require_http_methods(["GET", "POST"])
def resolve(request: StaffRequest, no: str, step_id: int | None = None) -> HttpResponse:
    """Ask for the words that will be read, then finish the step; with none open, the case."""
    if request.method == "GET":
        found = reachable(request.person, no, "desk.resolve")
        if step_id is None and not steps.open_steps(found):
            return _closing(request, found)
        return _dialog(
            request, found, step_id, "desk.resolve", "desk/_resolve.html", closing_reasons=to_choose()
        )
    return _act(
        request, no, "desk.resolve", Result, _("本步已办结。"),
        lambda t, form: verbs.resolve(
            ticket_no=t.no, step_id=step_id, result=form.result, ended_as=form.ended_as, by=request.person,
            now=request.now,
        ),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def hand_over(request: StaffRequest, no: str, step_id: int | None = None) -> HttpResponse:
    """Choose who takes the step, and say why."""
    if request.method == "GET":
        return _passed_on(request, no, step_id, "desk/_hand_over.html")
    return _act(
        request, no, "desk.hand_over", HandOver, _("已移交，新的计时已开始。"),
        lambda t, form: steps.hand_over(
            ticket_no=t.no, step_id=step_id, unit_code=form.unit, reason=form.reason,
            by=request.person, now=request.now,
        ),
    )  # fmt: skip


@may("desk.claim")
@require_POST
def claim(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Take this very step."""
    return _act(
        request, no, "desk.claim", Form, _("已认领本步。"),
        lambda t, _form: claiming.claim(ticket_no=t.no, step_id=step_id, by=request.person, now=request.now),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def refuse(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Send the step back, with a reason that everybody at the case reads."""
    if request.method == "GET":
        return _passed_on(request, no, step_id, "desk/_refuse.html")
    return _act(
        request, no, "desk.hand_over", Reason, _("已退回，负责人已收到通知。"),
        lambda t, form: steps.refuse(
            ticket_no=t.no, step_id=step_id, reason=form.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def split(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Ask other units for parts of the step."""
    if request.method == "GET":
        return _passed_on(request, no, step_id, "desk/_split_step.html", rows=range(PARTS_AT_ONCE))
    return _act(
        request, no, "desk.hand_over", Parts, _("已拆分，对方部门现在就能看到。"),
        lambda t, form: steps.split(
            ticket_no=t.no, step_id=step_id, parts=form.rows, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest, no: str) -> HttpResponse:
    """One step more, for another department; the verb asks whether this person answers for the case."""
    if request.method == "GET":
        found = reachable(request.person, no)
        return part(request, "desk/_add_step.html", ticket=found, units=queries.units_to_ask(found, ""))
    return _act(
        request, no, "desk.see", Extra, _("已增加步骤。"),
        lambda t, form: steps.add(
            ticket_no=t.no, unit_code=_code(form.unit), title=form.title, ask=form.ask, minutes=form.minutes,
            at_end=form.at_end, by=request.person, now=request.now,
        ),
    )  # fmt: skip


@may("desk.resolve")
@require_http_methods(["GET", "POST"])
def close(request: StaffRequest, no: str) -> HttpResponse:
    """End the case; the verb asks who may and whether anything is still owed."""
    if request.method == "GET":
        return _closing(request, reachable(request.person, no))
    return _act(
        request, no, "desk.see", Result, _("工单已办结，客户已收到说明。"),
        lambda t, form: verbs.close(
            ticket_no=t.no, result=form.result, ended_as=form.ended_as, by=request.person, now=request.now
        ),
    )  # fmt: skip


def _closing(request: StaffRequest, found: Ticket) -> HttpResponse:
    return part(request, "desk/_close.html", ticket=found, closing_reasons=to_choose())


@may("desk.hand_over")
@require_http_methods(["GET", "POST"])
def drop(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Take a planned step out; the verb asks whether this person answers for the case."""
    if request.method == "GET":
        found = reachable(request.person, no)
        step = queries.planned_step(found, step_id)
        return part(request, "desk/_drop_step.html", ticket=found, step=step)
    return _act(
        request, no, "desk.see", Reason, _("这一步无需再办。"),
        lambda t, form: steps.drop_planned(
            ticket_no=t.no, step_id=step_id, reason=form.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may("desk.answer")
@require_http_methods(["GET", "POST"])
def call_off(request: StaffRequest, no: str) -> HttpResponse:
    """It turned out not to be one; the verb asks whether this person answers for the case."""
    if request.method == "GET":
        return part(request, "desk/_call_off.html", ticket=reachable(request.person, no))
    return _act(
        request, no, "desk.see", Reason, _("工单已撤销。"),
        lambda t, form: verbs.call_off(
            ticket_no=t.no, reason=form.reason, by=request.person, now=request.now
        ),
    )  # fmt: skip


@may("desk.answer")
@require_http_methods(["GET", "POST"])
def reopen(request: StaffRequest, no: str) -> HttpResponse:
    """Take a resolved case up again for the customer."""
    if request.method == "GET":
        return part(request, "desk/_reopen.html", ticket=reachable(request.person, no, "desk.answer"))
    return _act(
        request, no, "desk.answer", Reason, _("已重新打开，办结时限重新开始。"),
        lambda t, form: verbs.reopen(ticket_no=t.no, reason=form.reason, by=request.person, now=request.now),
    )  # fmt: skip


@may("desk.hand_over")
@require_GET
def units(request: StaffRequest, no: str) -> HttpResponse:
    """The units that match what was typed: to choose from, or as suggestions."""
    found = reachable(request.person, no)
    term = (request.GET.get("term") or request.GET.get("unit", "")).strip()[:40]
    template = "desk/_unit_options.html" if "unit" in request.GET else "desk/_hand_over_units.html"
    return part(request, template, units=queries.units_to_ask(found, term, but=found.at_unit))


def _passed_on(
    request: StaffRequest, no: str, step_id: int | None, template: str, **more: Any
) -> HttpResponse:
    """The dialog of a verb by which the step goes to somebody else."""
    permission = "desk.hand_over"
    return _dialog(request, reachable(request.person, no, permission), step_id, permission, template, **more)


def _dialog(
    request: StaffRequest, found: Ticket, step_id: int | None, permission: str, template: str, **more: Any
) -> HttpResponse:
    step = queries.open_step(found, step_id, request.person, permission)
    return part(
        request, template, ticket=found, step=step, after=queries.after(found, step),
        units=queries.units_to_ask(found, "", but=step.unit), **more,
    )  # fmt: skip
