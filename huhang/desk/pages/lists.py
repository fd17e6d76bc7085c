"""The list of cases: filters in the URL, and the same rows as a file."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.desk.models import Ticket
from huhang.desk.models.ticket import KIND_NAMES, STATE_NAMES
from huhang.desk.pages.answers import page_or_part, sheet
from huhang.desk.queries import tickets as queries
from huhang.desk.queries.tickets import Filters
from huhang.desk.rules.kinds import Kind, State
from huhang.kit import masking
from huhang.kit.doors import StaffRequest, may
from huhang.kit.languages import shown
from huhang.kit.ui.lists import cut

EXPORTED_AT_MOST = 20_000


@may("desk.see")
@require_GET
def tickets(request: StaffRequest) -> HttpResponse:
    """The cases that the URL asks for."""
    filters = Filters.from_query(request.GET.dict())
    rows = queries.listed(request.person, filters, now=request.now)
    count = queries.counted(rows)
    return page_or_part(
        request,
        "desk/tickets.html",
        "desk/_tickets.html",
        filters=filters,
        rows=cut(rows, request),
        count=min(count, queries.COUNTED_AT_MOST),
        is_capped=count > queries.COUNTED_AT_MOST,
        as_of=request.now,
        kinds=KIND_NAMES.items(),
        kind_names=[KIND_NAMES[Kind(kind)] for kind in filters.kinds],
        can_open=request.person.may("desk.open"),
        can_edit_policies=request.person.may("desk.policies.edit"),
        units=queries.units_below(request.person),
        paths=request.person.visible_paths("desk.see"),
    )


@may("desk.see")
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The rows on the screen, all pages of them, as CSV or XLSX; masked as on the screen."""
    filters = Filters.from_query(request.GET.dict())
    rows = _rows(queries.listed(request.person, filters, now=request.now)[:EXPORTED_AT_MOST])
    columns = [str(column) for column in _row(None)]
    return sheet(rows, columns, name="tickets", form=form, now=request.now)


def _rows(tickets: Any) -> Iterator[Mapping[str, Any]]:
    return (_row(ticket) for ticket in tickets)


def _row(ticket: Ticket | None) -> dict[str, Any]:
    """A row as the screen shows it; without a ticket, the columns alone."""
    t = ticket or Ticket()
    return {
        _("工单号"): t.no,
        _("类型"): str(KIND_NAMES[Kind(t.kind)]) if t.kind else "",
        _("状态"): str(STATE_NAMES[State(t.state)]),
        _("标题"): shown(t.title),
        _("运单号"): t.waybill_no,
        _("联系人"): masking.name(t.contact_name),
        _("当前负责单位"): t.at_unit.shown_name if ticket else "",
        _("归属单位"): t.unit.shown_name if ticket else "",
        _("负责人"): (t.owner.display_name or t.owner.username) if t.owner_id and t.owner else "",
        _("快递员"): t.courier.name if t.courier_id and t.courier else "",
        _("下一时限"): _local(t.next_due_at),
        _("受理时间"): _local(t.opened_at),
        _("首次响应"): _local(t.first_response_at),
        _("办结时间"): _local(t.resolved_at),
    }


def _local(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""
