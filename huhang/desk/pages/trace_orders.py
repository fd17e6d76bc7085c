"""追查令: order one from a loss, follow the route live, answer as a node, close with a report."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from huhang.desk.actions import searches
from huhang.desk.actions import trace_orders as verbs
from huhang.desk.models import Ticket
from huhang.desk.models.trace_order import ANSWER_NAMES, STATE_NAMES
from huhang.desk.pages.answers import done
from huhang.desk.queries import trace_orders as queries
from huhang.desk.queries.tickets import can, reachable
from huhang.desk.rules.kinds import Kind
from huhang.desk.rules.trace_orders import Answer, OrderState
from huhang.kit.answers import go, is_part, page_or_part
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import BadInput, NotFound
from huhang.kit.ui.lists import cut
from huhang.kit.uploads import bounded, given

ORDER = queries.ORDER
PERIOD = timedelta(days=30)
# Browsers send a field that was left out as an empty word; the limits are those of a number, not of nothing.
Money = Annotated[
    Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=2)] | None,
    BeforeValidator(lambda text: text or None),
]
Count = Annotated[
    Annotated[int, Field(ge=0, lt=10**7)] | None,
    BeforeValidator(lambda text: text or None),
]


class MomentUnreadable(BadInput):
    """请按“年-月-日 时:分”填写监控时间。"""


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class OrderForm(Form):
    value: Money = None
    reason: str = Field("", max_length=200)


class AnswerForm(Form):
    answer: Answer
    where: str = Field("", max_length=200)
    words: str = Field("", max_length=500)
    counted: Count = None
    cctv_from: str = Field("", max_length=40)
    cctv_until: str = Field("", max_length=40)
    camera: str = Field("", max_length=120)


class CloseForm(Form):
    report: str = Field(min_length=10, max_length=2000)
    recovered: Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=2)] = Decimal()


class PolicyForm(Form):
    least_value: Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=2)]
    suspect_minutes: int = Field(ge=10, le=10080)
    other_minutes: int = Field(ge=10, le=10080)
    is_confirmed: bool = False


@may("desk.see")
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    """All searches that one may see, and what they brought back."""
    state = request.GET.get("state", "")
    return page_or_part(
        request, "desk/traces.html", "desk/_traces.html", state=state, states=STATE_NAMES.items(),
        rows=cut(queries.listed(request.person, state=state), request), policy=verbs.policy(),
        totals=queries.totals(request.person, since=request.now - PERIOD), as_of=request.now,
        paths=request.person.visible_paths("desk.see"), may_set=request.person.may("desk.policies.edit"),
    )  # fmt: skip


@may("desk.see")
@require_GET
def one(request: StaffRequest, no: str) -> HttpResponse:
    """The route with answered and silent nodes."""
    return page_or_part(
        request, "desk/trace_order.html", "desk/_trace_order.html",
        hunt=queries.page_of(request.person, no), as_of=request.now,
    )  # fmt: skip


@may("desk.see")
@require_GET
def report(request: StaffRequest, no: str) -> HttpResponse:
    """The closing report on paper: route, answers, evidence, what came back."""
    return part(
        request, "desk/trace_report.html", hunt=queries.page_of(request.person, no), as_of=request.now
    )


@may(ORDER)
@require_http_methods(["GET", "POST"])
def order(request: StaffRequest, no: str) -> HttpResponse:
    """Order a search from a loss case."""
    case = reachable(request.person, no, ORDER)
    if request.method == "GET":
        return part(request, "desk/_trace_new.html", ticket=case, policy=verbs.policy())
    form = read(OrderForm, request)
    made = verbs.order(
        case_no=case.no, reason=form.reason, value=form.value, by=request.person, now=request.now
    )
    url = reverse("desk:trace_order", args=[made.ticket.no])
    return go(url) if is_part(request) else HttpResponseRedirect(url)


@may("desk.see")
@require_GET
def of_case(request: StaffRequest, no: str) -> HttpResponse:
    """The part of a case's page that shows its searches, and offers one for a loss."""
    case = reachable(request.person, no)
    is_loss = case.is_live and case.kind in (Kind.CLAIM, Kind.COMPLAINT) and bool(case.waybill_no)
    orders = queries.of_case(case)
    searches = any(order.state != OrderState.CLOSED for order in orders)
    return part(
        request, "desk/_trace_orders_of_case.html", ticket=case, orders=orders,
        may_order=is_loss and not searches and can(request.person, ORDER, case),
    )  # fmt: skip


@may("desk.resolve")
@require_POST
def acknowledge(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """Answer the roll-call."""
    found = _reached(request, no)
    searches.acknowledge(ticket_no=found.no, step_id=step_id, by=request.person, now=request.now)
    return _fresh(request, no, _("已应答，请尽快反馈结果。"))


@bounded
@may("desk.resolve")
@require_http_methods(["GET", "POST"])
def answer(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    """What a node found, with its evidence."""
    found = _reached(request, no)
    if request.method == "GET":
        return _answer_form(request, no, step_id)
    form = read(AnswerForm, request)
    told = searches.Report(
        answer=form.answer, where=form.where, words=form.words, counted=form.counted, camera=form.camera,
        cctv_from=_moment(form.cctv_from), cctv_until=_moment(form.cctv_until),
        files=given(request.FILES.getlist("files")),
    )  # fmt: skip
    searches.answer(ticket_no=found.no, step_id=step_id, report=told, by=request.person, now=request.now)
    return _fresh(request, no, _("已反馈，谢谢。"))


def _answer_form(request: StaffRequest, no: str, step_id: int) -> HttpResponse:
    hunt = queries.page_of(request.person, no)
    node = next((node for node in hunt.nodes if node.search.step_id == step_id and node.may_answer), None)
    if node is None:
        raise NotFound(step=step_id)
    return part(request, "desk/_trace_answer.html", hunt=hunt, node=node, answers=ANSWER_NAMES.items())


def _reached(request: StaffRequest, no: str) -> Ticket:
    """The order's ticket; the verb asks whose node it is, and tells who comes too late that it was found."""
    return reachable(request.person, no)


@may("desk.see")
@require_POST
def roll(request: StaffRequest, no: str) -> HttpResponse:
    """Call the silent nodes once more; only for who leads the search."""
    found = reachable(request.person, no)
    silent = verbs.call_roll(ticket_no=found.no, by=request.person, now=request.now)
    return _fresh(request, no, _("已再次通知 %(count)d 个未应答的节点。") % {"count": silent})


@may("desk.see")
@require_http_methods(["GET", "POST"])
def close(request: StaffRequest, no: str) -> HttpResponse:
    """The closing report; only by who leads the search."""
    found = reachable(request.person, no)
    if request.method == "GET":
        return part(request, "desk/_trace_close.html", hunt=queries.page_of(request.person, no))
    form = read(CloseForm, request)
    verbs.close(
        ticket_no=found.no, report=form.report, recovered=form.recovered, by=request.person, now=request.now
    )
    return _fresh(request, no, _("已结案。"))


@may("desk.policies.edit")
@require_http_methods(["GET", "POST"])
def policy(request: StaffRequest) -> HttpResponse:
    """From which value on, and how long nodes have."""
    if request.method == "GET":
        return part(request, "desk/_trace_policy.html", policy=verbs.policy())
    form = read(PolicyForm, request)
    verbs.set_policy(**form.model_dump(), by=request.person, now=request.now)
    return go(reverse("desk:traces"))


def _fresh(request: StaffRequest, no: str, said: str) -> HttpResponse:
    if not is_part(request):
        return HttpResponseRedirect(reverse("desk:trace_order", args=[no]))
    hunt = queries.page_of(request.person, no)
    return done(
        request, "desk/_trace_order.html", target="#trace-order", said=said, hunt=hunt, as_of=request.now
    )


def _moment(text: str) -> datetime | None:
    """As the browser's date field writes it, in our zone; nothing when it was left out."""
    if not text:
        return None
    try:
        return timezone.make_aware(datetime.fromisoformat(text))
    except ValueError as error:
        raise MomentUnreadable(value=text) from error
