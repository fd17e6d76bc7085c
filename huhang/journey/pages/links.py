"""延误环节: where time is lost, which parcels it hurt, and the standards it is measured by."""

import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.journey.models import LateLink
from huhang.journey.queries import delays, words
from huhang.journey.queries.delays import Row, Wanted
from huhang.journey.queries.hits import units
from huhang.journey.rules.links import BAND_HOURS
from huhang.kit import sheets
from huhang.kit.doors import StaffRequest, may, part
from huhang.kit.errors import NotFound
from huhang.kit.ui.lists import cut
from huhang.network.models import product_name

SEE = "journey.trace"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = ("csv", "xlsx")
PARCELS_AT_MOST = 50_000


@may(SEE)
@require_GET
def ranking(request: StaffRequest) -> HttpResponse:
    """Links, or units of a level, by what they lost."""
    paths = request.person.visible_paths(SEE)
    wanted = delays.wanted_by(request.GET)
    rows = delays.ranked(paths, wanted, request.now)
    first, last = wanted.days(delays.today(request.now))
    return part(
        request, "journey/links.html", rows=cut(rows, request), number=len(rows), total=delays.total(rows),
        wanted=wanted, first=first, last=last, as_of=delays.as_of(), units=units(paths),
        kinds=words.LINKS.items(), products=[(code, product_name(code)) for code in delays.products()],
        worst=max((row.lost for row in rows), default=0), paths=paths,
    )  # fmt: skip


@may(SEE)
@require_GET
def export(request: StaffRequest, form: str) -> HttpResponseBase:
    """The list as it is filtered on the screen, all pages of it."""
    wanted = delays.wanted_by(request.GET)
    rows = delays.ranked(request.person.visible_paths(SEE), wanted, request.now)
    return _file(
        request, f"links-{wanted.level}", form, _columns(wanted), (_cells(row, wanted) for row in rows)
    )


@may(SEE)
@require_GET
def show(request: StaffRequest, kind: str) -> HttpResponse:
    """One link: its days, what it usually takes, and the parcels it made late."""
    wanted, found = _found(request, kind)
    first, last = wanted.days(delays.today(request.now))
    return part(
        request, "journey/link.html", link=found, wanted=wanted, first=first, last=last,
        parcels=cut(found.parcels, request),
        bands=[(band * BAND_HOURS, (band + 1) * BAND_HOURS, usual) for band, usual in found.bands],
        worst=max((day.row.lost for day in found.days), default=0),
    )  # fmt: skip


@may(SEE)
@require_GET
def export_parcels(request: StaffRequest, kind: str, form: str) -> HttpResponseBase:
    """The parcels that a link made late."""
    _wanted, found = _found(request, kind)
    columns = [_("运单号"), _("环节"), _("开始"), _("结束"), _("超出分钟"), _("责任单位"), _("说明")]
    rows = found.parcels[:PARCELS_AT_MOST]
    return _file(request, f"late-{kind}", form, columns, (_parcel(row) for row in rows))


def _found(request: StaffRequest, kind: str) -> tuple[Wanted, delays.OneLink]:
    """The link of the address: nodes of other carriers may be called anything, so they stand in the query."""
    wanted = delays.wanted_by(request.GET)
    node, to_node = (request.GET.get(name, "")[:64] for name in ("node", "to"))
    found = delays.one(request.person.visible_paths(SEE), kind, node, to_node, wanted, request.now)
    if found is None:
        raise NotFound
    return wanted, found


def _columns(wanted: Wanted) -> list[str]:
    place = [_("环节"), _("起点"), _("到"), _("责任单位")] if wanted.level == "link" else [_("单位")]
    return [*place, _("票数"), _("延误票"), _("延误率"), _("损失分钟"), _("每件损失分钟"), _("缺扫描")]


def _cells(row: Row, wanted: Wanted) -> list[Any]:
    unit = str(row.unit or "")
    place = [words.link_name(row.kind), row.name, row.to_name, unit] if wanted.level == "link" else [row.name]
    return [*place, row.n, row.late, words.percent(row.share), row.lost, row.each, row.unscanned]


def _parcel(row: LateLink) -> list[Any]:
    return [
        row.waybill_no, words.link_name(row.kind), _time(row.started_at), _time(row.ended_at), row.lost_minutes,
        str(row.unit or ""), _("缺扫描，几个环节合并计时") if row.is_unscanned else "",
    ]  # fmt: skip


def _time(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def _file(
    request: StaffRequest, name: str, form: str, columns: list[str], rows: Iterable[list[Any]]
) -> HttpResponseBase:
    if form not in FILES:
        raise NotFound
    flat: Iterator[dict[str, Any]] = (dict(zip(columns, row, strict=True)) for row in rows)
    answer: HttpResponseBase
    if form == "xlsx":
        book = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
        sheets.write_xlsx(book, columns, flat)
        book.seek(0)
        answer = FileResponse(book, content_type=XLSX)
    else:
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        sheets.write_csv(answer, columns, flat)  # type: ignore[arg-type]  # a response is written to like a file
    day = timezone.localtime(request.now)
    answer["Content-Disposition"] = f'attachment; filename="{name}-{day:%Y%m%d-%H%M}.{form}"'
    return answer
