"""The columns of a list of cases: one definition for the screen and for the file, so that they cannot differ."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.desk.models import Ticket
from huhang.desk.models.ticket import KIND_NAMES, PRIORITY_NAMES, STATE_NAMES
from huhang.desk.rules.filters import OVER_STATES, Filters
from huhang.desk.rules.kinds import Kind, Priority, State
from huhang.kit import masking
from huhang.kit.languages import shown
from huhang.kit.ui import words
from huhang.kit.ui.templatetags import ui
from huhang.network.models import Customer
from huhang.network.models.product import product_name

Text = Callable[[Ticket], str]
Cell = Callable[[Ticket, datetime], SafeString | str]
CASE = "case"
STATE_LOOKS = {State.OPEN: "open", State.WORKING: "rest", State.RESOLVED: "done"}


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is called, how a cell looks, what it says in a file, and what must be read for it."""

    key: str
    label: Any
    cell: Cell
    texts: tuple[tuple[Any, Text], ...]
    sort: str = ""
    needs: tuple[str, ...] = ()
    look: str = ""


def _plain(key: str, label: Any, text: Text, *needs: str, sort: str = "", look: str = "") -> Column:
    return Column(key, label, lambda t, now: text(t), ((label, text),), sort, needs, look)


def _time(key: str, label: Any, *, sort: str = "") -> Column:
    """A moment: short on the screen with the whole on hover, whole in a file."""
    return Column(
        key,
        label,
        lambda t, now: ui.clock_time(getattr(t, key)),
        ((label, lambda t: _local(getattr(t, key))),),
        sort,
        look="nowrap",
    )


def _local(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


def _due(t: Ticket, now: datetime) -> SafeString | str:
    if not t.is_live:
        return format_html('<span class="quiet">{}</span>', ui.clock_time(t.resolved_at))
    if t.next_due_at is None:
        return ui.state("paused")
    left = (t.next_due_at - now).total_seconds()
    state = words.state_of_clock(due=t.next_due_at, since=t.next_due_from, now=now)
    return format_html(
        '<time class="clock clock-{}" datetime="{}" data-due="{}" data-from="{}" title="{}">{}</time>',
        state, t.next_due_at.isoformat(), t.next_due_at.isoformat(),
        t.next_due_from.isoformat() if t.next_due_from else "", words.absolute(t.next_due_at),
        words.clock_text(left),
    )  # fmt: skip


def _case(t: Ticket, now: datetime) -> SafeString:
    return format_html(
        '<a id="row-{}" href="{}"><span class="kind kind-{}">{}</span>{}</a> <small class="quiet">{}</small>',
        t.no, reverse("desk:ticket", args=[t.no]), t.kind, KIND_NAMES[Kind(t.kind)], shown(t.title), t.no,
    )  # fmt: skip


def _state(t: Ticket, now: datetime) -> SafeString:
    state = State(t.state)
    return ui.state(STATE_LOOKS.get(state, "off"), str(STATE_NAMES[state]))


def _name(person: Any) -> str:
    return (person.display_name or person.username) if person else ""


def _customer_class(t: Ticket) -> str:
    return str(dict(Customer.Kind.choices).get(t.customer_class, t.customer_class))


def _money(t: Ticket) -> str:
    return f"{t.value:.2f}" if t.value is not None else ""


_DEFINED = (
    Column("due", _("剩余时间"), _due, ((_("下一时限"), lambda t: _local(t.next_due_at)),), "due",
           look="nowrap list-clock"),
    Column(CASE, _("工单"), _case, (
        (_("工单号"), lambda t: t.no),
        (_("类型"), lambda t: str(KIND_NAMES[Kind(t.kind)])),
        (_("标题"), lambda t: shown(t.title)),
    ), look="card-lead"),
    Column("waybill", _("运单"), lambda t, now: ui.waybill(t.waybill_no) if t.waybill_no else "",
           ((_("运单号"), lambda t: t.waybill_no),)),
    Column("contact", _("联系人"), lambda t, now: ui.mask_name(t.contact_name),
           ((_("联系人"), lambda t: masking.name(t.contact_name)),)),
    Column("phone", _("电话"), lambda t, now: ui.mask_phone(t.contact_phone),
           ((_("电话"), lambda t: masking.phone(t.contact_phone)),), look="nowrap"),
    _plain("at_unit", _("当前单位"), lambda t: t.at_unit.shown_name, "at_unit"),
    _plain("owner", _("负责人"), lambda t: _name(t.owner), "owner"),
    Column("state", _("状态"), _state, ((_("状态"), lambda t: str(STATE_NAMES[State(t.state)])),)),
    _time("opened_at", _("受理"), sort="opened"),
    _plain("priority", _("优先级"), lambda t: str(PRIORITY_NAMES[Priority(t.priority)])),
    _plain("unit", _("发生单位"), lambda t: t.unit.shown_name, "unit"),
    _plain("escalated", _("升级至"), lambda t: t.escalated_to.shown_name if t.escalated_to else "",
           "escalated_to"),
    _plain("product", _("产品"), lambda t: product_name(t.product) if t.product else ""),
    _plain("customer", _("客户"), lambda t: masking.name(t.customer.name) if t.customer else "", "customer"),
    _plain("customer_class", _("客户类别"), _customer_class),
    _plain("value", _("货值（元）"), _money, sort="value", look="num"),
    _plain("entrance", _("入口"), lambda t: t.entrance),
    _plain("language", _("语言"), lambda t: t.language),
    _plain("courier", _("快递员"), lambda t: t.courier.name if t.courier else "", "courier"),
    _plain("reopened", _("重开次数"), lambda t: str(t.reopened_count or ""), look="num"),
    _plain("parent", _("上级工单"), lambda t: t.parent.no if t.parent else "", "parent"),
    _plain("source", pgettext_lazy("of a ticket", "来源"), lambda t: t.source),
    _time("claimed_at", _("认领时间")),
    _time("first_response_at", _("首次响应")),
    _time("resolved_at", _("办结时间"), sort="resolved"),
    _plain("resolved_by", _("办结人"), lambda t: t.resolved_by),
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


def needs(columns: Iterable[Column]) -> list[str]:
    return sorted({name for column in columns for name in column.needs})


def file_columns(columns: Iterable[Column]) -> list[tuple[str, Text]]:
    return [(str(label), text) for column in columns for label, text in column.texts]
