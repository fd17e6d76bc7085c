"""The list of what the watch found."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.journey.models import Hit
from huhang.journey.queries import control, hits, storms, words
from huhang.kit.doors import StaffRequest, may, part
from huhang.kit.sheets.writing import escaped
from huhang.kit.ui.lists import cut

EXPORT_AT_MOST = 50_000
BOM = "\ufeff"


@may("journey.trace")
@require_GET
def listed(request: StaffRequest) -> HttpResponse:
    paths = request.person.visible_paths("journey.trace")
    wanted = hits.wanted_by(request.GET)
    rows = hits.listed(paths, wanted)
    number, is_more = hits.counted(rows)
    rules = hits.rules()
    counts = hits.by_rule(rows)
    return part(
        request, "journey/hits.html", rows=cut(rows, request), wanted=wanted, number=number, is_more=is_more,
        rules=[(rule, counts[rule.pk]) for rule in rules], units=hits.units(paths), links=words.LINKS.items(),
        paths=paths, link_names=words.LINKS, **storms.banner(paths, now=request.now),
    )  # fmt: skip


@may("journey.trace")
@require_GET
def download(request: StaffRequest) -> StreamingHttpResponse:
    """The list as it is filtered on the screen, all pages of it."""
    rows = hits.listed(request.person.visible_paths("journey.trace"), hits.wanted_by(request.GET))
    response = StreamingHttpResponse(
        _lines(rows[:EXPORT_AT_MOST].iterator(2000), request.person.may(control.SEE)),
        content_type="text/csv; charset=utf-8",
    )
    day = timezone.localtime(request.now)
    response["Content-Disposition"] = f'attachment; filename="hits-{day:%Y%m%d-%H%M}.csv"'
    return response


class _Echo:
    """What `csv.writer` writes to when each line is passed on at once."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[Hit], sees_control: bool) -> Iterator[str]:
    writer = csv.writer(_Echo())
    columns = (
        _("运单号"),
        _("规则"),
        _("环节"),
        _("单位"),
        _("责任人"),
        _("预警时间"),
        _("解除时间"),
        _("提醒"),
        _("状态"),
    )
    yield BOM + writer.writerow(columns)
    for hit in rows:
        yield writer.writerow([escaped(value) for value in _cells(hit, sees_control)])


def _cells(hit: Hit, sees_control: bool) -> list[Any]:
    return [
        hit.waybill_no, hit.rule.name, words.link_name(hit.link), str(hit.unit or hit.node),
        str(hit.courier or hit.operator), _time(hit.raised_at), _time(hit.cleared_at),
        _reminded(hit, sees_control),
        _("已解除") if hit.cleared_at else _("未解除"),
    ]  # fmt: skip


def _reminded(hit: Hit, sees_control: bool) -> str:
    """How far the reminder has come; that nobody is told of the control group is for managers alone."""
    if hasattr(hit, "reminder"):
        return hit.reminder.standing_name
    return _("对照组") if hit.is_control and sees_control else ""


def _time(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""
