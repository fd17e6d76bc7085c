"""What a figure says, in a sentence."""

from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from huhang.kit.languages import shown
from huhang.metrics.queries.board import Figure, Point
from huhang.metrics.rules import kpi as rules
from huhang.metrics.rules.kpi import Kpi, State
from huhang.metrics.rules.views import Period, View
from huhang.metrics.rules.windows import ZONE, Grain
from huhang.network.models import OrgUnit

NONE = "—"
PERCENT = "%"
# The badge of a state: its colour and shape are those of clocks.
BADGES = {State.MET: "on-time", State.UNUSUAL: "soon", State.MISSED: "late", State.EMPTY: "rest"}


def name(kpi: Kpi) -> str:
    return shown(kpi.name, kpi.name_en)


def formula(kpi: Kpi) -> str:
    return shown(kpi.formula, kpi.formula_en)


def unit(kpi: Kpi) -> str:
    return shown(kpi.unit, kpi.unit_en)


def unit_name(org: OrgUnit) -> str:
    return org.shown_name


def number(kpi: Kpi, value: Decimal | None) -> str:
    """`3.2`; a dash while there is nothing to divide by."""
    return NONE if value is None else f"{rules.rounded(value, kpi.digits):,f}"


def amount(kpi: Kpi, value: Decimal | None) -> str:
    """`3.2 单/万票`, `98.1%`."""
    if value is None:
        return NONE
    return f"{number(kpi, value)}%" if kpi.unit == PERCENT else f"{number(kpi, value)} {unit(kpi)}"


def target(kpi: Kpi) -> str:
    """`≤ 2.8`, `≥ 98%`."""
    shown = f"{kpi.target.normalize():f}{PERCENT if kpi.unit == PERCENT else ''}"
    return f"{'≤' if kpi.better == 'lower' else '≥'} {shown}"


def band(figure: Figure | Point) -> str:
    """`2.1–3.4`, or nothing when there is too little to go by."""
    usual = figure.usual
    return f"{number(figure.kpi, usual.low)}–{number(figure.kpi, usual.high)}" if usual else ""


def state(figure: Figure) -> str:
    """The state in a word."""
    if figure.state is State.MET:
        return _("达标")
    if figure.state is State.MISSED:
        return _("未达标")
    return _("异于往常") if figure.state is State.UNUSUAL else _("暂无数据")


def sentence(figure: Figure, org: OrgUnit, view: View) -> str:
    """今天到 14:20，苏州 3.2 单/万票，目标 ≤ 2.8，比昨天同时高 0.4。"""
    words = {"span": span(view), "unit": unit_name(org)}
    if figure.value is None:
        return _("%(span)s，%(unit)s还没有可计算的数据。") % words
    words |= {"value": amount(figure.kpi, figure.value), "target": target(figure.kpi)}
    parts = [_("%(span)s，%(unit)s %(value)s，目标 %(target)s") % words, compared(figure, view)]
    if figure.state is State.UNUSUAL:
        parts.append(_("与往常（%(band)s）不同") % {"band": band(figure)})
    return _("，").join(part for part in parts if part) + _("。")


def compared(figure: Figure, view: View) -> str:
    """比昨天同时高 0.4"""
    if figure.difference is None:
        return ""
    words = {
        "when": previous(view),
        "amount": number(figure.kpi, abs(figure.difference))
        + (_(" 个百分点") if figure.kpi.unit == PERCENT else ""),
    }
    if figure.difference == 0:
        return _("与%(when)s持平") % words
    return (_("比%(when)s高 %(amount)s") if figure.difference > 0 else _("比%(when)s低 %(amount)s")) % words


def previous(view: View) -> str:
    """What a figure is compared with."""
    if view.period is Period.XUN:
        return _("上旬同期") if view.is_running else _("上一旬")
    if view.period is Period.MONTH:
        return _("上月同期") if view.is_running else _("上一月")
    return _("昨天同时") if view.is_running else _("前一天")


def previous_whole(view: View) -> str:
    """The compared line of the chart, which shows the whole period before."""
    if view.period is Period.HOUR:
        return _("昨天同时")
    return {Period.DAY: _("前一天"), Period.XUN: _("上一旬"), Period.MONTH: _("上一月")}[view.period]


def usual_of_pieces(view: View) -> str:
    """The band of the chart."""
    if view.period in (Period.XUN, Period.MONTH):
        return usual_of(view)
    return _("近 7 天同一时段")


def usual_of(view: View) -> str:
    """Over which stretches the usual band goes."""
    if view.period is Period.XUN:
        return _("前 3 旬同期")
    return _("前 3 月同期") if view.period is Period.MONTH else _("近 7 天同时")


def span(view: View) -> str:
    """`今天到 14:20`, `11月20日`, `本旬到 11月21日 14:20`, `2026年10月`."""
    until = f"{view.window.until.astimezone(ZONE):%H:%M}"
    if view.period is Period.HOUR:
        return _("最近 60 分钟（到 %(time)s）") % {"time": until}
    if not view.is_running:
        return whole(view)
    if view.period is Period.DAY:
        return _("今天到 %(time)s") % {"time": until}
    words = {"date": date_format(view.window.until.astimezone(ZONE), "MONTH_DAY_FORMAT"), "time": until}
    if view.period is Period.XUN:
        return _("本旬到%(date)s %(time)s") % words
    return _("本月到%(date)s %(time)s") % words


def whole(view: View) -> str:
    """The period by its date."""
    since = view.whole.since.astimezone(ZONE)
    if view.period is Period.MONTH:
        return date_format(since, "YEAR_MONTH_FORMAT")
    if view.period is Period.DAY:
        return date_format(since, "MONTH_DAY_FORMAT")
    which = {1: _("上旬"), 11: _("中旬"), 21: _("下旬")}[since.day]
    return f"{date_format(since, 'YEAR_MONTH_FORMAT')}{which}"


def moment(at: datetime, grain: Grain) -> str:
    """The label of a piece: `14:20`, `14:00`, `11-21`."""
    local = at.astimezone(ZONE)
    return f"{local:%m-%d}" if grain in (Grain.DAY, Grain.XUN, Grain.MONTH) else f"{local:%H:%M}"
