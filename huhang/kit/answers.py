"""Answers that pages of every room give: a page or its part, another address, a table as a file."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from huhang.kit.doors import StaffRequest, part
from huhang.kit.sheets import write_csv, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page_or_part(request: StaffRequest, page: str, its_part: str, **context: Any) -> HttpResponse:
    """The whole page, or just the part that a live page fetches again from the same address."""
    response = part(request, its_part if is_part(request) else page, **context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def is_part(request: StaffRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def go(url: str) -> HttpResponse:
    """Send the browser to another page after a request for a part."""
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def sheet(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, name: str, form: str, now: datetime
) -> HttpResponse:
    """The rows as a CSV or XLSX file with the moment in its name."""
    if form == "csv":
        text = StringIO()
        write_csv(text, columns, rows)
        response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    else:
        content = BytesIO()
        write_xlsx(content, columns, rows)
        response = HttpResponse(content.getvalue(), content_type=XLSX)
    stamp = f"{timezone.localtime(now):%Y%m%d-%H%M}"
    response["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.{form}"'
    return response
