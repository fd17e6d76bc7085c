"""The columns of a list of cases: one definition for the screen and for the file, so that they cannot differ."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.desk.models.ticket import KIND_NAMES, PRIORITY_NAMES, STATE_NAMES
from huhang.desk.rules.filters import OVER_STATES, Filters
from huhang.desk.rules.kinds import LIVE_STATES, State
from huhang.kit import masking
from huhang.kit.languages import shown
from huhang.kit.ui.cells import Pen
from huhang.network.models import Customer
from huhang.network.models.product import PRODUCT_NAMES

# A case as `queries.tickets.lines` reads it: just what the columns ask for, by the names that they read it by.
Line = Any
Text = Callable[[Line], str]
# Begun once for a list, then asked for each of its rows: the cell as HTML, empty when there is nothing to show.
Cell = Callable[[Pen], Text]
CASE = "case"
STATE_LOOKS = {State.OPEN: "open", State.WORKING: "rest", State.RESOLVED: "done"}
CUSTOMER_CLASSES = dict(Customer.Kind.choices)


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is called, how a cell looks, what it says in a file, and what must be read for it."""

    key: str
    label: Any
    cell: Cell
    texts: tuple[tuple[Any, Text], ...]
    reads: tuple[str, ...]
    sort: str = ""
    look: str = ""


def _plain(key: str, label: Any, text: Text, *reads: str, sort: str = "", look: str = "") -> Column:
    """The same words on the screen and in a file."""
    return Column(key, label, lambda pen: lambda t: escape(text(t)), ((label, text),), reads, sort, look)


def _field(key: str, label: Any, field: str) -> Column:
    return _plain(key, label, lambda t: getattr(t, field), field)


def _named(key: str, label: Any, field: str, names: Mapping[Any, Any]) -> Column:
    """A code by its name; one that has none stands for itself."""

    def cell(pen: Pen) -> Text:
        called = pen.names(names)
        return lambda t: called.get(getattr(t, field)) or escape(getattr(t, field))

    return Column(key, label, cell, ((label, lambda t: _name(names, getattr(t, field))),), (field,))


def _name(names: Mapping[Any, Any], code: str) -> str:
    return str(names.get(code, code))


def _unit(key: str, label: Any, unit: str) -> Column:
    """A unit in the reader's language."""
    name, english = f"{unit}__name", f"{unit}__name_en"
    return Column(
        key,
        label,
        lambda pen: lambda t: pen.shown(getattr(t, name) or "", getattr(t, english) or ""),
        ((label, lambda t: shown(getattr(t, name) or "", getattr(t, english) or "")),),
        (name, english),
    )


def _time(key: str, label: Any, *, sort: str = "") -> Column:
    """A moment: short on the screen with the whole on hover, whole in a file."""
    return Column(
        key,
        label,
        lambda pen: lambda t: pen.time(getattr(t, key)),
        ((label, lambda t: _local(getattr(t, key))),),
        (key,),
        sort,
        look="nowrap",
    )


def _local(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


def _due(pen: Pen) -> Text:
    paused = pen.state("paused")

    def cell(t: Line) -> str:
        if t.state not in LIVE_STATES:
            return f'<span class="quiet">{pen.time(t.resolved_at)}</span>'
        return pen.countdown(t.next_due_at, t.next_due_from) if t.next_due_at else paused

    return cell


def _case(pen: Pen) -> Text:
    address, kinds = pen.address("desk:ticket"), pen.names(KIND_NAMES)
    return lambda t: (
        f'<a id="row-{t.no}" href="{address(t.no)}"><span class="kind kind-{t.kind}">{kinds[t.kind]}</span>'
        f'{pen.shown(t.title)}</a> <small class="quiet">{t.no}</small>'
    )


def _state(pen: Pen) -> Text:
    looks = {str(state): pen.state(STATE_LOOKS.get(state, "off"), str(STATE_NAMES[state])) for state in State}
    return lambda t: looks[t.state]


_DEFINED = (
    Column("due", _("剩余时间"), _due, ((_("下一时限"), lambda t: _local(t.next_due_at)),),
           ("next_due_at", "next_due_from", "resolved_at"), "due", look="nowrap list-clock"),
    Column(CASE, _("工单"), _case, (
        (_("工单号"), lambda t: t.no),
        (_("类型"), lambda t: _name(KIND_NAMES, t.kind)),
        (_("标题"), lambda t: shown(t.title)),
    ), ("kind", "title"), look="card-lead"),
    Column("waybill", _("运单"), lambda pen: lambda t: pen.waybill(t.waybill_no) if t.waybill_no else "",
           ((_("运单号"), lambda t: t.waybill_no),), ("waybill_no",)),
    Column("contact", _("联系人"), lambda pen: lambda t: pen.name(t.contact_name),
           ((_("联系人"), lambda t: masking.name(t.contact_name)),), ("contact_name",)),
    Column("phone", _("电话"), lambda pen: lambda t: pen.phone(t.contact_phone),
           ((_("电话"), lambda t: masking.phone(t.contact_phone)),), ("contact_phone",), look="nowrap"),
    _unit("at_unit", _("当前单位"), "at_unit"),
    _plain("owner", _("负责人"), lambda t: t.owner__display_name or t.owner__username or "",
           "owner__display_name", "owner__username"),
    Column("state", _("状态"), _state, ((_("状态"), lambda t: _name(STATE_NAMES, t.state)),), ()),
    _time("opened_at", _("受理"), sort="opened"),
    _named("priority", _("优先级"), "priority", PRIORITY_NAMES),
    _unit("unit", _("发生单位"), "unit"),
    _unit("escalated", _("升级至"), "escalated_to"),
    _named("product", _("产品"), "product", PRODUCT_NAMES),
    _plain("customer", _("客户"), lambda t: masking.name(t.customer__name or ""), "customer__name"),
    _named("customer_class", _("客户类别"), "customer_class", CUSTOMER_CLASSES),
    _plain("value", _("货值（元）"), lambda t: "" if t.value is None else f"{t.value:.2f}", "value",
           sort="value", look="num"),
    _field("entrance", _("入口"), "entrance"),
    _field("language", _("语言"), "language"),
    _plain("courier", _("快递员"), lambda t: t.courier__name or "", "courier__name"),
    _plain("reopened", _("重开次数"), lambda t: str(t.reopened_count or ""), "reopened_count", look="num"),
    _plain("parent", _("上级工单"), lambda t: t.parent__no or "", "parent__no"),
    _field("source", pgettext_lazy("of a ticket", "来源"), "source"),
    _time("claimed_at", _("认领时间")),
    _time("first_response_at", _("首次响应")),
    _time("resolved_at", _("办结时间"), sort="resolved"),
    _field("resolved_by", _("办结人"), "resolved_by"),
    Column(
        "ended_as", _("结案原因"),
        lambda pen: lambda t: pen.shown(t.ended_as__name or "", t.ended_as__name_en or ""),
        ((_("结案原因"), lambda t: shown(t.ended_as__name or "", t.ended_as__name_en or "")),),
        ("ended_as__name", "ended_as__name_en"),
    ),
)  # fmt: skip
COLUMNS: Mapping[str, Column] = {column.key: column for column in _DEFINED}
USUAL = ("due", CASE, "waybill", "contact", "at_unit", "owner", "state", "opened_at")
USUAL_OF_OVER = ("resolved_at", CASE, "waybill", "contact", "at_unit", "owner", "state", "opened_at")


def known(keys: Iterable[str]) -> list[str]:
    """Those that exist, once each, and always the case itself: a row must lead somewhere."""
    found = [key for key in dict.fromkeys(keys) if key in COLUMNS]
    return found if CASE in found or not found else [CASE, *found]


def shown_columns(chosen: Iterable[str], filters: Filters) -> list[Column]:
    """The chosen columns, else the usual ones of such a list."""
    usual = USUAL_OF_OVER if filters.state in OVER_STATES else USUAL
    return [COLUMNS[key] for key in known(chosen) or usual]


def read_for(columns: Iterable[Column]) -> list[str]:
    """What must be read of each case to show these columns."""
    return sorted({name for column in columns for name in column.reads})


def file_columns(columns: Iterable[Column]) -> list[tuple[str, Text]]:
    return [(str(label), text) for column in columns for label, text in column.texts]
