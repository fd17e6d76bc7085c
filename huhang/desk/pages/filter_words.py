"""What the active filters are called: the chips above a list, each with a way to take it off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huhang.desk.models.step import CLOSING_NAMES
from huhang.desk.models.ticket import KIND_NAMES, PRIORITY_NAMES, STATE_NAMES
from huhang.desk.queries import closings
from huhang.desk.rules.filters import (
    ALL,
    DAYS_AGO,
    LIVE,
    ME,
    MET,
    MISSED,
    NOBODY,
    OVER,
    Filters,
    moment,
    split,
)
from huhang.desk.rules.kinds import State
from huhang.kit.ui import words
from huhang.network.models import Customer, OrgUnit, Person
from huhang.network.models.product import PRODUCT_NAMES
from huhang.network.models.scope import under

LABELS: Mapping[str, Any] = {
    "state": gettext_lazy("状态"),
    "kind": gettext_lazy("类型"),
    "priority": gettext_lazy("优先级"),
    "late": gettext_lazy("已超时"),
    "soon": gettext_lazy("即将到时"),
    "paused": gettext_lazy("计时暂停"),
    "escalated": gettext_lazy("已升级"),
    "escalated_to": gettext_lazy("升级至"),
    "reopened": gettext_lazy("重开过"),
    "first_response": gettext_lazy("首次响应"),
    "owner": gettext_lazy("负责人"),
    "handler": gettext_lazy("步骤经办人"),
    "follower": gettext_lazy("关注人"),
    "unit": gettext_lazy("单位"),
    "happened": gettext_lazy("发生在"),
    "owes": gettext_lazy("待其办理"),
    "q": gettext_lazy("内容"),
    "waybill": gettext_lazy("运单"),
    "customer": gettext_lazy("客户代码"),
    "customer_class": gettext_lazy("客户类别"),
    "product": gettext_lazy("产品"),
    "entrance": gettext_lazy("入口"),
    "language": gettext_lazy("语言"),
    "source": gettext_lazy("来源"),
    "courier": gettext_lazy("快递员代码"),
    "value_over": gettext_lazy("货值不低于"),
    "value_under": gettext_lazy("货值低于"),
    "closing": gettext_lazy("办结方式"),
    "opened_by": gettext_lazy("开单人"),
    "ended_as": gettext_lazy("结案原因"),
    "ended_by": gettext_lazy("办结人"),
    "family": gettext_lazy("上下级"),
    "parent": gettext_lazy("上级工单"),
    "merged": gettext_lazy("已合并"),
    "opened_from": gettext_lazy("受理自"),
    "opened_to": gettext_lazy("受理至"),
    "claimed_from": gettext_lazy("认领自"),
    "claimed_to": gettext_lazy("认领至"),
    "responded_from": gettext_lazy("首次响应自"),
    "responded_to": gettext_lazy("首次响应至"),
    "due_from": gettext_lazy("到时自"),
    "due_to": gettext_lazy("到时至"),
    "resolved_from": gettext_lazy("办结自"),
    "resolved_to": gettext_lazy("办结至"),
    "from": gettext_lazy("期间自"),
    "to": gettext_lazy("期间至"),
}
FAMILY_NAMES = {
    "parent": gettext_lazy("有下级"),
    "child": gettext_lazy("是下级"),
    "alone": gettext_lazy("无上下级"),
}
DAY_NAMES = {
    "today": gettext_lazy("今天"),
    "yesterday": gettext_lazy("昨天"),
    "7d": gettext_lazy("近 7 天"),
    "30d": gettext_lazy("近 30 天"),
}
STATE_GROUPS = {
    LIVE: gettext_lazy("在办"),
    OVER: gettext_lazy("已结束"),
    ALL: gettext_lazy("全部"),
} | STATE_NAMES
RESPONSE_NAMES = {MET: gettext_lazy("按时"), MISSED: gettext_lazy("超时")}
NAMES: Mapping[str, Mapping[Any, Any]] = {
    "state": STATE_GROUPS,
    "kind": KIND_NAMES,
    "priority": PRIORITY_NAMES,
    "product": PRODUCT_NAMES,
    "customer_class": dict(Customer.Kind.choices),
    "closing": CLOSING_NAMES,
    "family": FAMILY_NAMES,
    "first_response": RESPONSE_NAMES,
}
# States that have buttons of their own above the list.
ON_BUTTONS = (LIVE, OVER, ALL, State.OPEN)
PEOPLE = ("owner", "handler", "follower", "opened_by", "ended_by")
UNITS = ("unit", "happened", "owes", "escalated_to")
MOMENTS = (
    "opened_from", "opened_to", "claimed_from", "claimed_to", "responded_from", "responded_to", "due_from", "due_to",
    "resolved_from", "resolved_to", "from", "to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter: its name, what it asks for, and the same list without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class MomentField:
    """A field of the panel for a moment; what is not a bare day is text, as a date field would drop it unseen."""

    name: str
    label: Any
    value: str

    @property
    def type(self) -> str:
        return "text" if self.value in DAYS_AGO or len(self.value) > len("2026-11-20") else "date"


def moment_fields(filters: Filters) -> list[MomentField]:
    asked = [name for name in MOMENTS if name not in ("from", "to")]
    return [MomentField(name, LABELS[name], getattr(filters, name)) for name in asked]


def chips(filters: Filters, *, beside: Mapping[str, str], reader: Person) -> list[Chip]:
    """All that narrows the list, in a fixed order; `beside` is what else stands in the URL."""
    query = filters.to_query()
    units, people = _units(query), _people(query, reader)
    return [
        Chip(str(LABELS[name]), _value(name, value, units, people), _without({**query, **beside}, name))
        for name, value in query.items()
        if name != "sort" and (name != "state" or value not in ON_BUTTONS)
    ]


def _without(query: Mapping[str, str], name: str) -> str:
    return "?" + urlencode({key: value for key, value in query.items() if key != name})


def _value(name: str, value: str, units: Mapping[str, str], people: Mapping[str, str]) -> str:
    if name == "ended_as":
        called = closings.names()
        return _("、").join(called.get(part, part) for part in split(value))
    if name in NAMES:
        return _("、").join(str(NAMES[name].get(part, part)) for part in split(value))
    if name in UNITS:
        return units.get(value, value)
    if name in PEOPLE:
        return {ME: _("我"), NOBODY: _("无人")}.get(value) or people.get(value, value)
    if name in MOMENTS:
        return _moment(value)
    if name == "soon":
        return _("%(time)s内") % {"time": words.span(60 * int(value))}
    return "" if value == "1" and name in ("late", "paused", "escalated", "reopened", "merged") else value


def _moment(value: str) -> str:
    if value in DAY_NAMES:
        return str(DAY_NAMES[value])
    at = moment(value)
    return value if at is None or len(value) == len("2026-11-20") else date_format(at, "Y-m-d H:i")


def _units(query: Mapping[str, str]) -> dict[str, str]:
    codes = [query[name] for name in UNITS if name in query]
    rows = OrgUnit.objects.filter(code__in=codes) if codes else []
    return {unit.code: unit.shown_name for unit in rows}


def _people(query: Mapping[str, str], reader: Person) -> dict[str, str]:
    """The names of people where the reader sees cases; anybody else stays the word that was typed."""
    names = [query[name] for name in PEOPLE if query.get(name, ME) not in (ME, NOBODY)]
    near = under(reader.visible_paths("desk.see"), "home__path")
    rows = Person.objects.filter(near, username__in=names) if names else []
    return {person.username: str(person) for person in rows}
