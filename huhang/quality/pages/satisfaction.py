"""Satisfaction, always beside how many answered: by unit, agent, entrance or channel."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.kit.answers import page_or_part, sheet
from huhang.kit.doors import StaffRequest, may
from huhang.quality.queries import asked as looking
from huhang.quality.queries import figures, unhappy
from huhang.quality.queries.asked import SEE
from huhang.quality.queries.figures import Satisfaction


@may(SEE)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """The whole in a few figures, and a table of its parts."""
    asked, by = asked_by(request)
    return page_or_part(
        request, "quality/satisfaction.html", "quality/_satisfaction.html", asked=asked, by=by, tab="satisfaction",
        total=figures.total(request.person, asked), rows=figures.groups(request.person, asked, by),
        owed=unhappy.open_count(request.person), **choices(request),
    )  # fmt: skip


@may(SEE)
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The table as it stands on the screen."""
    asked, by = asked_by(request)
    rows = [_row(row) for row in figures.groups(request.person, asked, by)]
    return sheet(rows, list(_row(Satisfaction())), name="satisfaction", form=form, now=request.now)


def asked_by(request: StaffRequest) -> tuple[looking.Asked, str]:
    """What the address asks for, and by what it is cut into rows."""
    by = request.GET.get("by", "")
    asked = looking.read(request.person, request.GET.dict(), now=request.now)
    return asked, by if by in figures.GROUPS else "unit"


def choices(request: StaffRequest) -> dict[str, Any]:
    """What the filters above these pages offer."""
    return {
        "spans": looking.SPAN_NAMES.items(),
        "units": looking.units(request.person),
        "groups": figures.GROUPS.items(),
        "as_of": request.now,
        "paths": request.person.visible_paths(SEE),
    }


def _row(row: Satisfaction) -> dict[str, Any]:
    return {
        _("名称"): row.name or _("未分配"),
        _("邀请"): row.invited,
        _("回答"): row.answered,
        _("参评率"): row.response,
        _("打分"): row.rated,
        _("满意（4–5 分）"): row.good,
        _("满意度"): row.satisfied,
        _("不满意或没有解决"): row.bad,
        _("说已解决"): row.solved,
        _("说没有解决"): row.unsolved,
        _("解决率"): row.solved_share,
    }
