"""Names of links and fields, for this room's templates."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from huhang.journey.queries import words
from huhang.network.models import product_name

register = template.Library()

register.filter("link_name", words.link_name)
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


@register.filter
def source_name(source: str) -> Any:
    """Where scans came from; a sender's own name stays as it is."""
    return _SOURCES.get(source, source)


@register.filter
def indent(level: int) -> str:
    """The depth of a unit in a list of choices, which cannot be drawn otherwise."""
    return "\u3000" * (level - 1)
