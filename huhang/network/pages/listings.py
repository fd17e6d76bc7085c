"""What each list of the ground shows: one definition for the screen, the CSV and the XLSX."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from huhang.kit import masking
from huhang.network.models import (
    Courier,
    Customer,
    DeliveryArea,
    OrgUnit,
    Person,
    Route,
    TransitStandard,
    product_name,
    under,
)
from huhang.network.queries.finding import shown_name

SEE = "network.see"
YES, NO = _("启用"), _("停用")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and the text of a row's cell, masked already where it must be."""

    label: Any
    text: Callable[[Any], Any]
    is_masked: bool = False
    is_lead: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    label: Any
    text: Any
    is_masked: bool
    is_lead: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: whose rows, how to search them, which columns; `key` names a row in an address."""

    kind: str
    title: Any
    about: Any
    rows: Callable[[Iterable[str]], QuerySet[Any]]
    matches: Callable[[str], Q]
    columns: tuple[Column, ...]
    unit_paths: tuple[str, ...] = ("unit__path",)
    key: str = "code"
    has_reveal: bool = False
    order: tuple[str, ...] = field(default=("code",))

    def found(self, person: Person, *, term: str = "", unit: OrgUnit | None = None) -> QuerySet[Any]:
        """The rows that this person may see, of this search and unit: the same for screen and file."""
        rows = self.rows(person.visible_paths(SEE))
        if unit is not None:
            within = Q(pk__in=[])
            for path in self.unit_paths:
                within |= under([unit.path], path)
            rows = rows.filter(within)
        return (rows.filter(self.matches(term)) if term else rows).order_by(*self.order)

    def cells(self, row: Any) -> list[Cell]:
        return [Cell(c.label, c.text(row), c.is_masked, c.is_lead) for c in self.columns]

    def flat(self, row: Any) -> dict[str, str]:
        """A row as a file holds it."""
        return {str(column.label): str(column.text(row)) for column in self.columns}


def _unit(row: Any) -> str:
    return row.unit.shown_name if row.unit else ""


def _phone(row: Any) -> str:
    return masking.phone(row.phone)


def _active(row: Any) -> Any:
    return YES if row.is_active else NO


CUSTOMERS = Listing(
    kind="customers",
    title=pgettext_lazy("several", "客户"),
    about=_("寄件和收件的客户会出现在这里，可以逐个新增，也可以用表格导入。"),
    rows=lambda paths: Customer.objects.within(paths).select_related("unit").defer("search"),
    matches=lambda term: Q(search__matches=term),
    columns=(
        Column(_("姓名或公司"), shown_name, is_masked=True, is_lead=True),
        Column(_("编号"), lambda c: c.code),
        Column(_("类型"), lambda c: c.get_kind_display()),
        Column(_("手机"), _phone, is_masked=True),
        Column(_("归属单元"), _unit),
    ),
    has_reveal=True,
)
COURIERS = Listing(
    kind="couriers",
    title=pgettext_lazy("several", "快递员"),
    about=_("网点的快递员会出现在这里；扫描里的工号要与这里一致，预警才能找到人。"),
    rows=lambda paths: Courier.objects.within(paths).select_related("unit", "person"),
    matches=lambda term: Q(name__icontains=term) | Q(code__istartswith=term) | Q(phone=term),
    columns=(
        Column(_("姓名"), lambda c: c.name, is_lead=True),
        Column(_("工号"), lambda c: c.code),
        Column(_("网点"), _unit),
        Column(_("手机"), _phone, is_masked=True),
        Column(_("登录名"), lambda c: c.person.username if c.person else ""),
        Column(_("状态"), _active),
    ),
    has_reveal=True,
)
AREAS = Listing(
    kind="areas",
    title=_("派送区域"),
    about=_("派送区域把地址里的路名、小区名对应到网点和快递员。"),
    rows=lambda paths: DeliveryArea.objects.within(paths).select_related("unit", "courier"),
    matches=lambda term: Q(name__icontains=term) | Q(code__istartswith=term) | Q(keywords__contains=[term]),
    columns=(
        Column(_("名称"), lambda a: a.name, is_lead=True),
        Column(_("编号"), lambda a: a.code),
        Column(_("网点"), _unit),
        Column(_("快递员"), lambda a: a.courier.name if a.courier else ""),
        Column(_("关键词"), lambda a: "、".join(a.keywords)),
    ),
)
ROUTES = Listing(
    kind="routes",
    title=_("路由"),
    about=_("路由说明一票件从哪里出发、依次经过哪些分拨、到哪里派送。"),
    rows=lambda paths: (
        Route.objects.within(paths).select_related("origin", "destination").prefetch_related("stops__hub")
    ),
    matches=lambda term: (
        Q(code__istartswith=term) | Q(origin__name__icontains=term) | Q(destination__name__icontains=term)
    ),
    columns=(
        Column(_("编号"), lambda r: r.code, is_lead=True),
        Column(_("起点"), lambda r: r.origin.shown_name),
        Column(_("途经分拨"), lambda r: " → ".join(stop.hub.shown_name for stop in r.stops.all())),
        Column(_("终点"), lambda r: r.destination.shown_name),
        Column(_("产品"), lambda r: product_name(r.product) or _("全部")),
    ),
    unit_paths=("origin__path", "destination__path"),
)
STANDARDS = Listing(
    kind="standards",
    title=pgettext_lazy("several", "时效标准"),
    about=_("省市之间承诺的小时数；没有标准的线路无法预计送达时间。"),
    rows=lambda paths: TransitStandard.objects.within(paths).select_related("origin", "destination"),
    matches=lambda term: Q(origin__name__icontains=term) | Q(destination__name__icontains=term),
    columns=(
        Column(_("起点"), lambda s: s.origin.shown_name, is_lead=True),
        Column(_("终点"), lambda s: s.destination.shown_name, is_lead=True),
        Column(_("产品"), lambda s: product_name(s.product) or _("全部")),
        Column(_("承诺（小时）"), lambda s: s.hours),
        Column(_("依据"), lambda s: s.source),
    ),
    unit_paths=("origin__path", "destination__path"),
    key="pk",
    order=("origin__path", "destination__path", "product"),
)
LISTINGS = {listing.kind: listing for listing in (CUSTOMERS, COURIERS, AREAS, ROUTES, STANDARDS)}
