"""The live board: a unit's figures, their course, the units below, and the way to the single cases."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from huhang.kit.doors import StaffRequest, may, part
from huhang.metrics.pages import words
from huhang.metrics.queries import units
from huhang.metrics.queries.board import Board, Figure, Point, Row, board
from huhang.metrics.queries.readings import UnknownKpi, find_kpi
from huhang.metrics.rules import kpi as rules
from huhang.metrics.rules import registry
from huhang.metrics.rules.kpi import Kpi, Reading
from huhang.metrics.rules.views import Period, View, has_just_begun, view
from huhang.metrics.rules.windows import BEFORE_ANYTHING, ZONE
from huhang.network.models import OrgUnit

# What `actions.tally` announces; a board hears its own units, and "anywhere" when much moved.
LIVE_KIND, ANYWHERE = "metrics.tally", "anywhere"
# The course: each piece by itself, or added up from the start. Single minutes say little, so an hour adds up.
EACH, RUNNING = "each", "running"
LINES = (EACH, RUNNING)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for; what means nothing there is as if not given."""

    org: str
    kpi: Kpi
    period: Period
    on: date | None
    line: str

    @classmethod
    def read(cls, request: StaffRequest) -> Self:
        asked = {
            name: request.GET.get(name, "").strip()[:80] for name in ("org", "kpi", "period", "on", "line")
        }
        period = Period(asked["period"]) if asked["period"] in set(Period) else Period.DAY
        line = asked["line"] if asked["line"] in LINES else _line(period)
        return cls(asked["org"], _kpi(asked["kpi"]), period, _day(asked["on"]), line)

    def view(self, now: datetime) -> View:
        at = datetime.combine(self.on, time(), ZONE) if self.on else now
        return view(self.period, at=min(at, now), now=now)

    def board(self, unit: OrgUnit, now: datetime) -> Board:
        return board(unit, self.kpi, self.view(now), now=now, is_running=self.line == RUNNING)

    def url(self, **changes: str) -> str:
        """This board with something changed, as a query string."""
        mine = {
            "org": self.org,
            "kpi": self.kpi.id,
            "period": str(self.period),
            "on": self.on.isoformat() if self.on else "",
            "line": "" if self.line == _line(self.period) else self.line,
        }
        return "?" + urlencode({name: value for name, value in (mine | changes).items() if value})


def _line(period: Period) -> str:
    return RUNNING if period is Period.HOUR else EACH


def _kpi(name: str) -> Kpi:
    if name:
        return find_kpi(name)
    known = registry.kpis()
    if not known:
        raise UnknownKpi
    return known[0]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day > BEFORE_ANYTHING.date() else None


@may(units.PERMISSION)
@require_GET
def show(request: StaffRequest) -> HttpResponse:
    asked = Asked.read(request)
    unit = units.unit(request.person, asked.org)
    seen = asked.board(unit, request.now)
    template = "metrics/_board.html" if request.headers.get("HX-Request") else "metrics/board.html"
    context = shown(seen, asked, request.now)
    if template == "metrics/board.html":
        context |= _around(request, unit, asked)
    return part(request, template, **context)


def shown(seen: Board, asked: Asked, now: datetime) -> dict[str, Any]:
    """The board in words and numbers as people read them."""
    return {
        "unit": seen.unit,
        "asked": asked,
        "now": now,
        "span": words.span(seen.view),
        "previous": words.previous(seen.view),
        "usual_of": words.usual_of(seen.view),
        "lines": [{"key": key, "url": asked.url(line=key), "is_here": key == asked.line} for key in LINES],
        "kpi": {"name": words.name(seen.kpi), "unit": words.unit(seen.kpi), "id": seen.kpi.id},
        "figures": [_figure(figure, seen, asked) for figure in seen.figures],
        "rows": [_row(row, seen, asked) for row in seen.rows],
        "points": [_point(point, seen.view) for point in seen.points],
        "chart": _chart(seen),
        "yesterday": _yesterday(seen.view, asked, now),
    }


def _yesterday(view: View, asked: Asked, now: datetime) -> str:
    """The way to yesterday's board, while today's says little."""
    if view.period is not Period.DAY or not view.is_running or not has_just_begun(now):
        return ""
    return asked.url(on=(now.astimezone(ZONE).date() - timedelta(days=1)).isoformat())


def _around(request: StaffRequest, unit: OrgUnit, asked: Asked) -> dict[str, Any]:
    above = units.crumbs(request.person, unit)
    tops = units.tops(request.person)
    return {
        "crumbs": [{"name": words.unit_name(u), "url": asked.url(org=u.code)} for u in above],
        "tops": [
            {"name": words.unit_name(u), "url": asked.url(org=u.code), "is_here": u.pk == unit.pk}
            for u in tops
        ]
        if len(tops) > 1
        else [],
        "periods": [
            {"key": str(p), "url": asked.url(period=str(p), line=""), "is_here": p is asked.period}
            for p in Period
        ],
        "unit_name": words.unit_name(unit),
        "paths": [unit.path],
        "live_kind": LIVE_KIND,
        "anywhere": ANYWHERE,
        "today": request.now.astimezone(ZONE).date(),
    }


def _figure(figure: Figure, seen: Board, asked: Asked) -> dict[str, Any]:
    kpi = figure.kpi
    return {
        "id": kpi.id,
        "name": words.name(kpi),
        "formula": words.formula(kpi),
        "version": kpi.version,
        "value": words.number(kpi, figure.value),
        "unit": words.unit(kpi),
        "target": words.target(kpi),
        "previous": words.amount(kpi, figure.previous),
        "last_week": words.amount(kpi, figure.last_week),
        "band": words.band(figure),
        "badge": words.BADGES[figure.state],
        "state": words.state(figure),
        "sentence": words.sentence(figure, seen.unit, seen.view),
        "fraction": _fraction(figure.reading),
        "url": asked.url(kpi=kpi.id),
        "cases": cases_url(kpi, seen.unit, seen.view),
        "is_here": kpi.id == seen.kpi.id,
    }


def _fraction(reading: Reading) -> str:
    return f"{reading.numerator:,} ÷ {reading.denominator:,}"


def _row(row: Row, seen: Board, asked: Asked) -> dict[str, Any]:
    chosen = next(f for f in row.figures if f.kpi.id == seen.kpi.id)
    return {
        "unit": row.unit,
        "name": words.unit_name(row.unit) if row.unit else "",
        "url": asked.url(org=row.unit.code) if row.unit else "",
        "cells": [_cell(figure, seen) for figure in row.figures],
        "badge": words.BADGES[chosen.state],
        "state": words.state(chosen),
        "cases": cases_url(seen.kpi, row.unit, seen.view) if row.unit else "",
    }


def _cell(figure: Figure, seen: Board) -> dict[str, Any]:
    return {
        "name": words.name(figure.kpi),
        "value": words.amount(figure.kpi, figure.value),
        "fraction": _fraction(figure.reading),
        "compared": words.compared(figure, seen.view),
        "badge": words.BADGES[figure.state],
        "is_here": figure.kpi.id == seen.kpi.id,
    }


def _point(point: Point, view: View) -> dict[str, Any]:
    return {
        "label": words.moment(point.reading.window.since, view.grain),
        "value": words.number(point.kpi, point.value),
        "numerator": f"{point.reading.numerator:,}",
        "denominator": f"{point.reading.denominator:,}",
        "previous": words.number(point.kpi, point.previous),
        "band": words.band(point),
        "restated_at": point.restated_at,
        "is_future": point.is_future,
    }


def _chart(seen: Board) -> dict[str, Any]:
    """Plain numbers for the chart; what it draws is what the table beside it says."""
    kpi = seen.kpi
    bands = [point.usual for point in seen.points]
    return {
        "labels": [words.moment(p.reading.window.since, seen.view.grain) for p in seen.points],
        "value": [_plain(kpi, p.value) for p in seen.points],
        "previous": [_plain(kpi, p.previous) for p in seen.points],
        "low": [_plain(kpi, b.low) if b else None for b in bands],
        "high": [_plain(kpi, b.high) if b else None for b in bands],
        "target": float(kpi.target),
        "unit": words.unit(kpi),
        "isShare": kpi.unit == words.PERCENT,
        "words": {
            "value": words.name(kpi),
            "previous": words.previous_whole(seen.view),
            "band": words.usual_of_pieces(seen.view),
            "target": words.target(kpi),
        },
    }


def _plain(kpi: Kpi, value: Decimal | None) -> float | None:
    return None if value is None else float(rules.rounded(value, kpi.digits))


def cases_url(kpi: Kpi, unit: OrgUnit, view: View) -> str:
    """The list of cases behind a figure, where a room offers one."""
    if kpi.behind is None:
        return ""
    try:
        page = reverse(kpi.behind.url_name)
    except NoReverseMatch:
        return ""
    since, until = (at.astimezone(ZONE).isoformat() for at in (view.window.since, view.window.until))
    span = {"unit": unit.code, "from": since, "to": until}
    return f"{page}?{urlencode([*kpi.behind.filters, *span.items()])}"
