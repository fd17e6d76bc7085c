"""Lead time against precision, drawn as SVG: one panel per set, one curve per sweep, one dot per limit."""

from collections.abc import Iterator
from html import escape
from math import log, sqrt
from typing import NamedTuple

WIDTH, PLOT_HEIGHT, FOOT = 560, 340, 116
LEGEND_TOP, LEGEND_ROW = 84, 40
LEFT, RIGHT = 62, 24
PLOT_WIDTH = WIDTH - LEFT - RIGHT
BIGGEST_DOT = 13  # radius at a recall of 100 %
INK, QUIET, GRID = "#1d273b", "#616876", "#e6e8ec"
COLOURS = ("#206bc4", "#d9480f", "#2b8a3e", "#ae3ec9")
FONT = "'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif"
TICKS = {
    1: "1 h",
    2: "2 h",
    4: "4 h",
    8: "8 h",
    12: "12 h",
    24: "1 d",
    48: "2 d",
    96: "4 d",
    192: "8 d",
    384: "16 d",
}
AROUND = ((0, -1), (1, 0), (-1, 0), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))


class Point(NamedTuple):
    """One limit: the median lead in hours, and what share of warnings and of harmed parcels it got right."""

    label: str
    lead: float
    precision: float
    recall: float
    is_shipped: bool


class Curve(NamedTuple):
    """A rule, or several that differ in nothing else, over the limits; names are Chinese and English."""

    names: list[tuple[str, str]]
    points: list[Point]
    is_joined: bool = True  # may one read between the dots?


class Panel(NamedTuple):
    """A set of parcels; `base` is the share of all of them that was harmed."""

    zh: str
    en: str
    base: float
    curves: list[Curve]


class Box(NamedTuple):
    """Where something is drawn."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        apart_x = self.x + self.width <= other.x or other.x + other.width <= self.x
        return not (apart_x or self.y + self.height <= other.y or other.y + other.height <= self.y)


class Scale:
    """From hours and shares to places inside one panel."""

    def __init__(self, leads: list[float], top: float) -> None:
        self.top, self.bottom = top, top + PLOT_HEIGHT
        self.ticks = [tick for tick in TICKS if min(leads) / 1.9 <= tick <= max(leads) * 1.9]
        self.low = log(min(*leads, *self.ticks)) - 0.25
        self.high = log(max(*leads, *self.ticks)) + 0.25

    def x(self, hours: float) -> float:
        return LEFT + (log(hours) - self.low) / (self.high - self.low) * PLOT_WIDTH

    def y(self, share: float) -> float:
        return self.bottom - share * PLOT_HEIGHT


def draw(panels: list[Panel]) -> str:
    """Return the picture."""
    rows = max(sum(len(curve.names) for curve in panel.curves) for panel in panels)
    top = LEGEND_TOP + LEGEND_ROW * rows + 44
    body = [
        f'<g transform="translate({WIDTH * place} 0)">{"".join(_panel(panel, top))}</g>'
        for place, panel in enumerate(panels)
    ]
    width, height = WIDTH * len(panels), top + PLOT_HEIGHT + FOOT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="{FONT}" font-size="12" fill="{INK}" role="img">'
        "<title>护航规则的提前量与准确率 Lead time and precision of the watch's rules</title>"
    )
    return f'{head}<rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'


def _panel(panel: Panel, top: float) -> Iterator[str]:
    scale = Scale([point.lead for curve in panel.curves for point in curve.points], top)
    yield from _head(panel)
    yield from _axes(scale)
    taken = [_dot_box(scale, point) for curve in panel.curves for point in curve.points]
    yield from _base(scale, panel.base, taken)
    coloured = _coloured(panel)
    for curve, colour in coloured:
        if curve.is_joined:
            yield _line(scale, curve, colour)
    dots = [(point, colour) for curve, colour in coloured for point in curve.points]
    for point, colour in sorted(dots, key=lambda dot: dot[0].is_shipped):
        yield _dot(scale, point, colour)
    for point, colour in sorted(dots, key=lambda dot: not dot[0].is_shipped):
        yield _dot_label(scale, point, colour, taken)
    yield from _foot(scale.bottom + FOOT - 34)


def _head(panel: Panel) -> Iterator[str]:
    yield _text(LEFT, 34, panel.zh, size=16, weight=600)
    yield _text(LEFT, 54, panel.en, fill=QUIET)
    names = [(name, colour) for curve, colour in _coloured(panel) for name in curve.names]
    for row, ((zh, en), colour) in enumerate(names):
        y = LEGEND_TOP + LEGEND_ROW * row
        yield f'<path d="M{LEFT} {y - 4}h18" stroke="{colour}" stroke-width="3" stroke-linecap="round"/>'
        yield _text(LEFT + 28, y, zh)
        yield _text(LEFT + 28, y + 15, en, fill=QUIET, size=11)


def _coloured(panel: Panel) -> list[tuple[Curve, str]]:
    return [(curve, COLOURS[place % len(COLOURS)]) for place, curve in enumerate(panel.curves)]


def _axes(scale: Scale) -> Iterator[str]:
    for percent in (0, 25, 50, 75, 100):
        y = scale.y(percent / 100)
        yield f'<path d="M{LEFT} {y:.1f}h{PLOT_WIDTH}" stroke="{GRID}"/>'
        yield _text(LEFT - 8, y + 4, f"{percent} %", fill=QUIET, anchor="end")
    for tick in scale.ticks:
        x = scale.x(tick)
        yield f'<path d="M{x:.1f} {scale.bottom}v5" stroke="{QUIET}"/>'
        yield _text(x, scale.bottom + 20, TICKS[tick], fill=QUIET, anchor="middle")
    yield _text(LEFT - 46, scale.top - 22, "准确率 Precision")
    caption = "提前量中位数（h 小时，d 天，对数刻度） Median lead (log scale)"
    yield _text(LEFT + PLOT_WIDTH, scale.bottom + 44, caption, anchor="end")


def _base(scale: Scale, base: float, taken: list[Box]) -> Iterator[str]:
    y = scale.y(base)
    yield f'<path d="M{LEFT} {y:.1f}h{PLOT_WIDTH}" stroke="{QUIET}" stroke-dasharray="5 4"/>'
    box = Box(LEFT, y - 20, 150, 20)
    taken.append(box)
    yield _text(box.x + 4, y - 6, f"全部包裹 All parcels {base:.1%}", fill=QUIET, size=11)


def _foot(y: float) -> Iterator[str]:
    yield f'<circle cx="{LEFT + 8}" cy="{y - 4}" r="7" fill="{QUIET}" stroke="{INK}" stroke-width="2"/>'
    yield _text(LEFT + 24, y, "出厂限值 Shipped limit", fill=QUIET, size=11)
    for place, radius in enumerate((_radius(0.25), _radius(1))):
        yield (
            f'<circle cx="{LEFT + 190 + 22 * place}" cy="{y - 4}" r="{radius:.1f}" '
            f'fill="{GRID}" stroke="{QUIET}"/>'
        )
    yield _text(LEFT + 234, y, "圆面积＝查全率（25 %、100 %） Dot area: recall", fill=QUIET, size=11)


def _line(scale: Scale, curve: Curve, colour: str) -> str:
    along = " ".join(f"{scale.x(point.lead):.1f},{scale.y(point.precision):.1f}" for point in curve.points)
    return (
        f'<polyline points="{along}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-opacity=".55"/>'
    )


def _dot(scale: Scale, point: Point, colour: str) -> str:
    edge = f'stroke="{INK}" stroke-width="2"' if point.is_shipped else f'stroke="{colour}"'
    fill = f'fill="{colour}"' if point.is_shipped else 'fill="#fff"'
    inside = (
        ""
        if point.is_shipped
        else f'<circle r="{_radius(point.recall):.1f}" fill="{colour}" fill-opacity=".28"/>'
    )
    return (
        f'<g transform="translate({scale.x(point.lead):.1f} {scale.y(point.precision):.1f})">'
        f'<circle r="{_radius(point.recall):.1f}" {fill} {edge}/>{inside}</g>'
    )


def _dot_label(scale: Scale, point: Point, colour: str, taken: list[Box]) -> str:
    """The limit beside its dot, where nothing else stands."""
    size, width = (12, 8.0) if point.is_shipped else (11, 6.4)
    wide, high = width * len(point.label), size + 2
    x, y, reach = scale.x(point.lead), scale.y(point.precision), _radius(point.recall) + 4
    places = [
        Box(x + dx * (reach + wide / 2) - wide / 2, y + dy * (reach + high / 2) - high / 2, wide, high)
        for dx, dy in AROUND
    ]
    inside = [box for box in places if box.x >= LEFT and box.x + wide <= WIDTH - 4]
    box = next((box for box in inside if not any(box.meets(other) for other in taken)), inside[0])
    taken.append(box)
    weight = 700 if point.is_shipped else 400
    middle = box.x + wide / 2
    return _text(
        middle, box.y + high - 3, point.label, fill=colour, anchor="middle", size=size, weight=weight
    )


def _dot_box(scale: Scale, point: Point) -> Box:
    radius = _radius(point.recall)
    return Box(scale.x(point.lead) - radius, scale.y(point.precision) - radius, 2 * radius, 2 * radius)


def _radius(recall: float) -> float:
    return BIGGEST_DOT * sqrt(recall)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    fill: str = INK,
    anchor: str = "start",
    size: int = 12,
    weight: int = 400,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" paint-order="stroke" stroke="#fff" stroke-width="3">{escape(text)}</text>'
    )
