"""Names of links and fields, for this room's templates."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from huhang.journey.queries import saying, words
from huhang.journey.rules.eta import Forecast
from huhang.kit.ui.words import span
from huhang.network.models import product_name

register = template.Library()

register.filter("link_name", words.link_name)
register.filter("code_name", words.code_name)
register.filter("percent", words.percent)
register.filter("milestone_name", words.milestone_name)
register.filter("product_name", product_name)
register.filter("addressed_name", words.addressed_name)

_FIELDS = {
    "name": _("名称"), "addressed": _("提醒谁"), "link": _("环节"), "opens_ticket": _("开工单"), "enabled": _("启用"),
    "source": _("依据"), "after": _("之后"), "expects": _("应出现"), "within_minutes": _("期限（分钟）"),
    "by_time": _("钟点"), "days": _("天数"), "scans": _("扫描"), "needs": _("须先有"), "minutes": _("相隔分钟"),
    "margin_minutes": _("提前分钟"), "node_kinds": _("只看单位"), "products": _("只看产品"),
    "except_products": _("不看产品"), "routes": _("只看线路"), "except_routes": _("不看线路"), "version": _("版本"),
    "flags": _("只看件"), "charged": _("算谁的"), "kind": _("类型"),
}  # fmt: skip


@register.filter
def field_name(field: str) -> Any:
    """What people call a field of a rule."""
    return _FIELDS.get(field, field)


@register.filter
def at(values: dict[str, Any], field: str) -> Any:
    """What a form holds under a name that the template knows only when it runs."""
    return values.get(field, [])


_SOURCES = {"simulated": _("模拟公司"), "merged": _("合并的批次")}
_DOORS = {
    "api": _("接口 %(name)s"), "epcis": _("EPCIS %(name)s"), "drop": _("投放文件夹 %(name)s"),
    "stream": _("消息流 %(name)s"), "kuaidi100": _("快递100 %(name)s"), "kdniao": _("快递鸟 %(name)s"),
}  # fmt: skip


@register.filter
def source_name(source: str) -> Any:
    """Where scans came from: the door and the sender's own name, which stays as it is."""
    door, _colon, name = source.partition(":")
    if name and door in _DOORS:
        return _DOORS[door] % {"name": name}
    return _SOURCES.get(source, source)


@register.filter
def reason_name(reason: str) -> Any:
    """Why something did not enter, in a few words."""
    return words.INTAKE_REASONS.get(reason, reason)


@register.filter
def share_of(part: int, whole: int) -> int:
    """Percent of a whole, for the height of a bar."""
    return round(100 * part / whole) if whole else 0


@register.filter
def indent(level: int) -> str:
    """The depth of a unit in a list of choices, which cannot be drawn otherwise."""
    return "\u3000" * (level - 1)


@register.filter
def time_lost(minutes: int) -> str:
    """Minutes as people say them; '' of none."""
    return span(60 * minutes) if minutes else ""


@register.filter
def expected(forecast: Forecast | None) -> str:
    """When a parcel is expected, in plain words; '' when that cannot be said."""
    return saying.expected(forecast) if forecast else ""
