"""The board's tables as files: the same rows in the same order with the same figures as on the screen."""

import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huhang.kit import sheets
from huhang.kit.doors import StaffRequest, may
from huhang.kit.errors import NotFound
from huhang.metrics.pages import words
from huhang.metrics.pages.board import Asked
from huhang.metrics.queries import units
from huhang.metrics.queries.board import Board
from huhang.metrics.rules import kpi as rules
from huhang.metrics.rules.kpi import Kpi, Reading
from huhang.metrics.rules.windows import ZONE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Table = list[dict[str, Any]]


class NoSuchTable(NotFound):
    """没有这张表，或不支持这种格式。"""


@may(units.PERMISSION)
@require_GET
def export(request: StaffRequest, table: str, suffix: str) -> HttpResponse:
    """`units` or `course` as `csv` or `xlsx`, of the board that the URL describes."""
    asked = Asked.read(request)
    unit = units.unit(request.person, asked.org)
    seen = asked.board(unit, request.now)
    if table not in TABLES or suffix not in FORMATS:
        raise NoSuchTable(table=table, format=suffix)
    response = FORMATS[suffix](TABLES[table](seen))
    moment = f"{request.now.astimezone(ZONE):%Y%m%d-%H%M}"
    response["Content-Disposition"] = f'attachment; filename="metrics-{unit.code}-{table}-{moment}.{suffix}"'
    return response


def _units(seen: Board) -> Table:
    return [
        {
            _("单位"): words.unit_name(row.unit) if row.unit else _("本级及其他"),
            _("代码"): row.unit.code if row.unit else "",
        }
        | _together(_columns(figure.kpi, figure.value, figure.reading) for figure in row.figures)
        for row in seen.rows
    ]


def _together(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {column: value for part in parts for column, value in part.items()}


def _course(seen: Board) -> Table:
    rows = []
    for point in seen.points:
        usual = point.usual
        rows.append(
            {_("开始"): f"{point.reading.window.since.astimezone(ZONE):%Y-%m-%d %H:%M}"}
            | _columns(point.kpi, point.value, point.reading)
            | {
                words.previous_whole(seen.view): _rounded(point.kpi, point.previous),
                _("往常最低"): _rounded(point.kpi, usual.low if usual else None),
                _("往常最高"): _rounded(point.kpi, usual.high if usual else None),
            }
        )
    return rows


def _columns(kpi: Kpi, value: Decimal | None, reading: Reading) -> dict[str, Any]:
    name = words.name(kpi)
    return {
        f"{name}（{words.unit(kpi)}）": _rounded(kpi, value),
        _("%(kpi)s 分子") % {"kpi": name}: reading.numerator,
        _("%(kpi)s 分母") % {"kpi": name}: reading.denominator,
    }


def _rounded(kpi: Kpi, value: Decimal | None) -> float | None:
    return None if value is None else float(rules.rounded(value, kpi.digits))


def _csv(table: Table) -> HttpResponse:
    text = io.StringIO(newline="")
    sheets.write_csv(text, list(table[0]) if table else [], table)
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")


def _xlsx(table: Table) -> HttpResponse:
    file = io.BytesIO()
    sheets.write_xlsx(file, list(table[0]) if table else [], table)
    return HttpResponse(file.getvalue(), content_type=XLSX)


TABLES = {"units": _units, "course": _course}
FORMATS = {"csv": _csv, "xlsx": _xlsx}
