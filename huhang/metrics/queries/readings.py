"""Figures for units and windows: one statement, however many of each are asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from huhang.kit.errors import BadInput, NotFound
from huhang.metrics.rules import registry
from huhang.metrics.rules.kpi import Kpi, Reading
from huhang.metrics.rules.windows import Grain, Window, cut, spans
from huhang.metrics.sql import statement

# A question for more figures than this is a question for an export.
AT_MOST = 50_000


class UnknownKpi(NotFound):
    """没有这个指标。"""


class TooManyFigures(BadInput):
    """一次查询的数据点太多，请缩短时间或改用更粗的粒度。"""


class Sum(NamedTuple):
    """What was counted, and when the last of it was booked."""

    amount: int
    changed_at: datetime


Sums = dict[tuple[str, int, str], Sum]


def find_kpi(name: str, version: int | None = None) -> Kpi:
    try:
        return registry.kpi(name, version)
    except LookupError as error:
        raise UnknownKpi(kpi=name, version=version) from error


def series(kpi: Kpi, paths: Sequence[str], grain: Grain, window: Window) -> dict[str, list[Reading]]:
    """A figure cut by grain, for each path."""
    expected = len(paths) * (window.until - window.since).total_seconds() / _SECONDS[grain]
    if expected > AT_MOST:
        raise TooManyFigures(limit=AT_MOST)
    return read([kpi], paths, cut(grain, window))[kpi.id]


_SECONDS = {
    Grain.MINUTE: 60, Grain.HOUR: 3600, Grain.DAY: 86400, Grain.XUN: 8 * 86400, Grain.MONTH: 28 * 86400,
}  # fmt: skip


def read(
    kpis: Iterable[Kpi], paths: Sequence[str], windows: Sequence[Window]
) -> dict[str, dict[str, list[Reading]]]:
    """By figure and path, a reading per window, in the order of the windows. One query."""
    asked = list(kpis)
    counted = sums({name for kpi in asked for name in kpi.measures}, paths, windows)
    return {
        kpi.id: {
            path: [_reading(kpi, path, number, window, counted) for number, window in enumerate(windows)]
            for path in paths
        }
        for kpi in asked
    }


def _reading(kpi: Kpi, path: str, number: int, window: Window, counted: Sums) -> Reading:
    changes = [counted[path, number, m].changed_at for m in kpi.measures if (path, number, m) in counted]
    return Reading(
        window,
        sum(counted[path, number, m].amount for m in kpi.numerator if (path, number, m) in counted),
        sum(counted[path, number, m].amount for m in kpi.denominator if (path, number, m) in counted),
        max(changes, default=None),
    )


def sums(measures: Iterable[str], paths: Sequence[str], windows: Sequence[Window]) -> Sums:
    """What was counted below each path in each window (by its number); nothing counted, no entry."""
    pieces = [(number, span) for number, window in enumerate(windows) for span in spans(window)]
    if not pieces or not paths:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            statement("sums"),
            {
                "numbers": [number for number, _ in pieces],
                "grains": [span.grain for _, span in pieces],
                "sinces": [span.since for _, span in pieces],
                "untils": [span.until for _, span in pieces],
                "paths": list(paths),
                "measures": sorted(measures),
            },
        )
        return {(path, number, m): Sum(amount, at) for path, number, m, amount, at in cursor}
