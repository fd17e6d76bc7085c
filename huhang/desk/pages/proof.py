"""Prevention proven: customers' complaints among parcels that were reminded of, beside those left alone."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.desk.queries import proof as queries
from huhang.desk.queries.proof import PER, Asked, Line
from huhang.desk.rules.proof import WITHIN
from huhang.kit.answers import page_or_part, sheet
from huhang.kit.doors import StaffRequest, may

SEE = "metrics.see"


@may(SEE)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    asked, paths = Asked.from_query(request.GET.dict()), request.person.visible_paths(SEE)
    return page_or_part(
        request, "desk/proof.html", "desk/_proof.html", asked=asked, told=queries.told(paths, asked, now=request.now),
        periods=queries.PERIODS, withins=WITHIN, measures=queries.MEASURES.items(), units=queries.units(paths),
        sees_enough=queries.sees_enough(paths), measure=queries.MEASURES[asked.measure],
    )  # fmt: skip


@may(SEE)
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The table as it stands on the screen."""
    asked, paths = Asked.from_query(request.GET.dict()), request.person.visible_paths(SEE)
    told = queries.told(paths, asked, now=request.now)
    rows = [_row(line) for line in (told.whole, *told.lines)]
    return sheet(rows, [str(column) for column in rows[0]], name="prevention", form=form, now=request.now)


def _row(line: Line) -> dict[str, Any]:
    proof = line.proof
    return {
        _("规则"): line.rule.name if line.rule else _("全部规则"),
        _("已提醒（件）"): proof.treated.parcels,
        _("已提醒来件"): proof.treated.complaints,
        _("已提醒每万件"): _per(proof.treated.share) if proof.treated.parcels else "",
        _("对照（件）"): proof.control.parcels,
        _("对照来件"): proof.control.complaints,
        _("对照每万件"): _per(proof.control.share) if proof.control.parcels else "",
        **dict(zip((_("每万件少"), _("最少"), _("最多")), _parts(proof.difference, PER), strict=True)),
        **dict(zip((_("避免来件"), _("避免最少"), _("避免最多")), _parts(proof.prevented, 1), strict=True)),
        _("结论"): str(line.verdict),
        _("对照还需（件）"): "" if line.lacking is None else line.lacking,
    }


def _parts(span: Any, times: int) -> Iterator[Any]:
    return (round(getattr(span, end) * times, 1) if span else "" for end in ("value", "low", "high"))


def _per(share: float) -> float:
    return round(share * PER, 1)
