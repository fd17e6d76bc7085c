"""The lists of the ground, and the same rows as files."""

import tempfile
from collections.abc import Iterator

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from huhang.kit import reveal, sheets
from huhang.kit.doors import StaffRequest, may, part
from huhang.kit.errors import NotFound
from huhang.kit.ui.lists import cut
from huhang.network.models import OrgUnit
from huhang.network.pages.fields import label_of
from huhang.network.pages.listings import LISTINGS, Listing
from huhang.network.queries import units

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@may("network.see")
@require_GET
def listing(request: StaffRequest, kind: str) -> HttpResponse:
    """Customers, couriers, areas, routes or standards."""
    chosen = _listing(kind)
    term, unit = _asked(request)
    page = cut(chosen.found(request.person, term=term, unit=unit), request)
    editable = request.person.visible_paths("network.edit")
    return part(
        request,
        "network/list.html",
        listing=chosen,
        lines=[(row, getattr(row, chosen.key), chosen.cells(row)) for row in page],
        cut=page,
        wanted=term,
        unit=unit,
        may_edit=bool(editable),
    )


@may("network.export")
@require_GET
def export(
    request: StaffRequest, kind: str, file: str
) -> HttpResponse | FileResponse | StreamingHttpResponse:
    """The list as it is on the screen, all pages of it, masked as it is there."""
    chosen = _listing(kind)
    if file not in {"csv", "xlsx"}:
        raise NotFound
    term, unit = _asked(request)
    rows = chosen.found(request.person, term=term, unit=unit)
    columns = [str(column.label) for column in chosen.columns]
    flat = (chosen.flat(row) for row in rows.iterator(chunk_size=2000))
    answer = _as_xlsx(columns, flat) if file == "xlsx" else _as_csv(columns, flat)
    name = f"{kind}-{request.now:%Y%m%d-%H%M}.{file}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _as_xlsx(columns: list[str], rows: Iterator[dict[str, str]]) -> FileResponse:
    book = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    sheets.write_xlsx(book, columns, rows)
    book.seek(0)
    return FileResponse(book, content_type=XLSX)


def _as_csv(columns: list[str], rows: Iterator[dict[str, str]]) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    sheets.write_csv(answer, columns, rows)  # type: ignore[arg-type]  # a response is written to like a file
    return answer


@may("kit.reveal")
@require_http_methods(["GET", "POST"])
def show(request: StaffRequest, kind: str, key: str) -> HttpResponse:
    """A customer's or courier's full name and phone, for a purpose, on the record."""
    chosen = _listing(kind)
    row = chosen.found(request.person).filter(**{chosen.key: key}).first() if chosen.has_reveal else None
    if row is None:
        raise NotFound
    return reveal.show(
        request,
        subject=f"{kind.removesuffix('s')}:{key}",
        about=f"{chosen.title} {key}",
        path=row.unit.path if row.unit else "/",
        values=lambda: {label_of("name"): row.name, label_of("phone"): row.phone},
    )


def _listing(kind: str) -> Listing:
    if kind not in LISTINGS:
        raise NotFound
    return LISTINGS[kind]


def _asked(request: StaffRequest) -> tuple[str, OrgUnit | None]:
    """The search and the unit of the address."""
    code = request.GET.get("unit", "").strip()
    term = request.GET.get("q", "").strip()[:80]
    return term, units.get(request.person, code) if code else None
