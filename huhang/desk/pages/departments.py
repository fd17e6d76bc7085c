"""The assessment of departments, and the steps behind each figure."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from huhang.desk.queries import departments as queries
from huhang.desk.queries.behind import MISSED, OUTCOMES, Behind
from huhang.desk.queries.departments import Asked, Line
from huhang.kit.answers import page_or_part, sheet
from huhang.kit.doors import StaffRequest, may
from huhang.kit.ui.lists import cut
from huhang.metrics.queries import units as metric_units
from huhang.metrics.rules.windows import Window

SEE = "metrics.see"


@may(SEE)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """How the units below one did in a day, a 旬 or a month."""
    asked = Asked.from_query(request.GET.dict(), now=request.now)
    found = queries.assess(request.person, asked)
    return page_or_part(
        request, "desk/departments.html", "desk/_departments.html", found=found, asked=asked,
        grains=queries.GRAINS.items(), kinds=queries.KINDS.items(), as_of=request.now,
        crumbs=metric_units.crumbs(request.person, found.unit), can_vote=request.person.may("desk.vote"),
        voices=queries.VOICES_AT_LEAST, at_most=queries.UNITS_AT_MOST,
    )  # fmt: skip


@may(SEE)
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The table as it stands on the screen."""
    asked = Asked.from_query(request.GET.dict(), now=request.now)
    found = queries.assess(request.person, asked)
    rows = [_row(line) for line in found.lines]
    return sheet(rows, [str(column) for column in _row(None)], name="departments", form=form, now=request.now)


def _row(line: Line | None) -> dict[str, Any]:
    """A row as the screen shows it; without a line, the columns alone."""
    return {
        _("单位"): line.unit.shown_name if line else "",
        _("代码"): line.unit.code if line else "",
        _("到期步骤"): line.due if line else 0,
        _("按时"): line.met if line else 0,
        _("超时"): line.missed if line else 0,
        _("按时率（%）"): _rounded(line.on_time) if line else "",
        pgettext("step", "退回"): line.refused if line else 0,
        _("客户评分"): _rounded(line.rating) if line else "",
        _("客户评价数"): line.rated if line else 0,
        _("客服评分"): _rounded(line.vote.score) if line and line.vote else "",
        _("客服评分人数"): line.vote.voices if line and line.vote else "",
    }


def _rounded(value: Decimal | None) -> Any:
    return "" if value is None else round(float(value), 1)


@may(SEE)
@require_GET
def steps(request: StaffRequest) -> HttpResponse:
    """The steps behind a figure: the unit, what they came to, and from when to when they were due."""
    asked = Asked.from_query(request.GET.dict(), now=request.now)
    unit = metric_units.unit(request.person, asked.unit)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else MISSED
    behind = Behind(request.person, unit, outcome, _window(request, asked), request.now)
    rows = cut(behind, request)
    count, is_more = behind.how_many(rows)
    return page_or_part(
        request, "desk/department_steps.html", "desk/_department_steps.html", unit=unit, asked=asked,
        outcome=outcome, outcomes=OUTCOMES.items(), window=behind.window, rows=rows, count=count, is_more=is_more,
        as_of=request.now,
        words=queries.words_about(unit, asked.month),
    )  # fmt: skip


def _window(request: StaffRequest, asked: Asked) -> Window:
    """From and to, as the board links here; else the period that the assessment shows."""
    since, until = _moment(request.GET.get("from", "")), _moment(request.GET.get("to", ""))
    return Window(since, until) if since and until and since < until else asked.window


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        return at if at.tzinfo else timezone.make_aware(at)
    except (ValueError, OverflowError):
        return None
