"""The list of cases: filters in the URL, views above it, columns as one likes them, and the same rows as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict

from huhang.desk.actions import claiming
from huhang.desk.actions import views as keeping
from huhang.desk.models import SavedView
from huhang.desk.pages import filter_words
from huhang.desk.pages.around import around, tabs
from huhang.desk.pages.columns import COLUMNS, Column, file_columns, known, read_for, shown_columns
from huhang.desk.pages.rows import body
from huhang.desk.queries import mentions, views
from huhang.desk.queries import tickets as queries
from huhang.desk.queries.lines import lines
from huhang.desk.rules.filters import ME, NOBODY, Filters
from huhang.kit.answers import go, is_part, page_or_part, sheet
from huhang.kit.doors import StaffRequest, may, part, read
from huhang.kit.errors import NotFound
from huhang.kit.ui.cells import Pen
from huhang.kit.ui.lists import SIZE, Cut, cut, rows_for

EXPORTED_AT_MOST = 20_000
CHOSEN_AT_MOST = 200
LONGEST_COLUMNS = 600


@dataclass(frozen=True, slots=True)
class Asked:
    """What a URL of the list means to this person: filters, columns, and the view that it began from."""

    filters: Filters
    view: SavedView | None
    columns: list[Column]
    # What the URL says beside the filters: the view, and columns tried out before they are kept in it.
    beside: Mapping[str, str]

    @property
    def query(self) -> str:
        """What a view would keep."""
        own = {"columns": self.beside["columns"]} if "columns" in self.beside else {}
        return "&".join(filter(None, [views.query_of(self.filters), urlencode(own)]))

    @property
    def is_changed(self) -> bool:
        """Does the screen show something else than the view holds?"""
        if self.view is None:
            return False
        tried = self.beside.get("columns", "").split(",") if "columns" in self.beside else self.view.columns
        return self.view.query != views.query_of(self.filters) or tried != self.view.columns


def asked_of(request: StaffRequest, query: Mapping[str, str] | None = None) -> Asked:
    """A view that is named alone brings its filters; one that is gone or foreign is as if not named."""
    given = dict(query if query is not None else request.GET.dict())
    view = _view(request, given.pop("view", ""))
    tried = known(given.pop("columns", "")[:LONGEST_COLUMNS].split(","))
    is_alone = not set(given) - {"page"}
    filters = views.filters_of(view) if view and is_alone else Filters.from_query(given)
    kept = view.columns if view else []
    chosen = tried or kept or views.columns_of(request.person)
    beside = {"view": str(view.pk)} if view else {}
    beside |= {"columns": ",".join(tried)} if tried else {}
    return Asked(filters, view, shown_columns(chosen, filters), beside)


def _view(request: StaffRequest, asked: str) -> SavedView | None:
    if not asked.isdecimal() or len(asked) > 9:
        return None
    try:
        return views.reachable(request.person, int(asked))
    except NotFound:
        return None


@may("desk.see")
@require_GET
def tickets(request: StaffRequest) -> HttpResponse:
    """The cases that the URL asks for."""
    asked = asked_of(request)
    whole = {} if is_part(request) else around(request, asked.filters, asked.view)
    return page_or_part(
        request, "desk/tickets.html", "desk/_tickets.html", **_rows_of(request, asked), **whole
    )


def _rows_of(request: StaffRequest, asked: Asked) -> dict[str, Any]:
    page, count, is_more = _page(request, asked)
    return {
        "filters": asked.filters,
        "columns": asked.columns,
        "rows": page,
        "body": body(page, asked.columns, Pen(request.now)),
        "chips": filter_words.chips(asked.filters, beside=asked.beside, reader=request.person),
        "count": count,
        "is_capped": is_more,
        "as_of": request.now,
        "query": asked.query,
        "view": asked.view,
        "is_changed": asked.is_changed,
        "can_change_view": asked.view is not None and views.can_change(request.person, asked.view),
    }


def _page(request: StaffRequest, asked: Asked) -> tuple[Cut, int, bool]:
    """A page, how many rows there are, and whether there are even more; words are looked for until the page is full."""
    beginnings = queries.beginnings(
        request.person, asked.filters, now=request.now, wanted=rows_for(request), with_=()
    )
    read = partial(lines, reads=read_for(asked.columns))
    rows = next(beginnings)
    page = cut(rows, request, read=read)
    for rest in beginnings:
        if page.has_next:
            return page, page.number * SIZE, True
        rows, page = rest, cut(rest, request, read=read)
    # A list that ends on its first page is counted by looking at it.
    is_whole = not (page.has_next or page.has_previous)
    count = len(page) if is_whole else queries.counted_lately(request.person, asked.filters, rows)
    return page, min(count, queries.COUNTED_AT_MOST), count > queries.COUNTED_AT_MOST


@may("desk.see")
@require_GET
def counts(request: StaffRequest) -> HttpResponse:
    """The views with their newest counts, fetched again by the page now and then."""
    view = _view(request, request.GET.get("view", ""))
    return part(request, "desk/_views.html", tabs=tabs(request, view), person=request.person)


@may("desk.see")
@require_http_methods(["GET", "POST"])
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The rows on the screen, all pages of them or those chosen, as CSV or XLSX; masked as on the screen."""
    asked = asked_of(request)
    rows = queries.listed(request.person, asked.filters, now=request.now, with_=())
    chosen = request.POST.getlist("no")[:CHOSEN_AT_MOST]
    rows = rows.filter(no__in=chosen) if chosen else rows
    columns = file_columns(asked.columns)
    return sheet(
        _written(lines(rows[:EXPORTED_AT_MOST], read_for(asked.columns)), columns),
        [label for label, _text in columns],
        name="tickets", form=form, now=request.now,
    )  # fmt: skip


def _written(found: list[Any], columns: list[tuple[str, Any]]) -> Iterator[dict[str, str]]:
    return ({label: text(line) for label, text in columns} for line in found)


@may("desk.see")
@require_GET
def owner_options(request: StaffRequest) -> HttpResponse:
    """Whom a list can be narrowed to: fetched when somebody reaches for the field, as few do."""
    chosen, people = request.GET.get("owner", "")[:80], mentions.colleagues(request.person)
    is_other = chosen not in ("", ME, NOBODY, *(person.username for person in people))
    return part(request, "desk/_owner_options.html", people=people, chosen=chosen, is_other=is_other)


@may("desk.claim")
@require_POST
def claim(request: StaffRequest, no: str) -> HttpResponse:
    """Take a case without leaving the list."""
    found = queries.reachable(request.person, no, "desk.claim")
    claiming.claim(ticket_no=found.no, by=request.person, now=request.now)
    response = part(request, "desk/_said.html", said=_("已认领 %(no)s。") % {"no": found.no})
    response["HX-Trigger"] = "live:desk.ticket"
    return response


class ColumnForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    column: list[str] = []
    back: str = ""


@may("desk.see")
@require_http_methods(["GET", "POST"])
def columns(request: StaffRequest) -> HttpResponse:
    """Which columns, in which order; remembered for this person, or tried out in a view."""
    if request.method == "POST":
        form = read(ColumnForm, request)
        back = dict(parse_qsl(form.back))
        back.pop("columns", None)
        if "view" in back and form.column:
            back["columns"] = ",".join(known(form.column))  # tried out here, kept by whoever keeps the view
        else:
            keeping.choose_columns(columns=known(form.column), by=request.person)
        address = reverse("desk:tickets") + ("?" + urlencode(back) if back else "")
        return go(address) if is_part(request) else redirect(address)
    asked = asked_of(request)
    chosen = [column.key for column in asked.columns]
    rest = [column for key, column in COLUMNS.items() if key not in chosen]
    return part(request, "desk/_columns.html", chosen=asked.columns, rest=rest, back=request.GET.urlencode())
