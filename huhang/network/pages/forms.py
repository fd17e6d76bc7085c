"""One page for adding and changing anything on the ground: a row model, the thing as it is, the verb."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huhang.kit.doors import StaffRequest, may, part
from huhang.kit.errors import BadInput, DomainError, NotFound
from huhang.kit.imports import Outcome
from huhang.network.actions import authority, customers, routes, territory, tree
from huhang.network.models import Courier, Customer, DeliveryArea, OrgUnit, Route, TransitStandard
from huhang.network.pages import fields
from huhang.network.pages.listings import LISTINGS
from huhang.network.queries import units
from huhang.network.rules import rows


class TakenAlready(BadInput):
    """已有同样编号的记录，请换一个编号，或去修改那一条。"""


@dataclass(frozen=True, slots=True)
class Form:
    """How a thing is written down and saved; `fixed` names what tells it from others."""

    table: type[Model]
    row: type[rows.Row]
    save: Callable[..., Outcome]
    values: Callable[[Any], dict[str, Any]]
    fixed: tuple[str, ...] = ("code",)
    # Never written into the page: left empty they stay, filled in they are replaced.
    hidden: tuple[str, ...] = ()


def _unit_values(unit: OrgUnit) -> dict[str, Any]:
    return _plain(unit, "code", "name", "name_en", "kind", "phone", "is_active") | {
        "parent": _code(unit.parent)
    }


def _customer_values(customer: Customer) -> dict[str, Any]:
    return _plain(customer, "code", "name", "kind") | {"unit": _code(customer.unit)}


def _courier_values(courier: Courier) -> dict[str, Any]:
    username = courier.person.username if courier.person else ""
    return _plain(courier, "code", "name", "is_active") | {"unit": courier.unit.code, "username": username}


def _area_values(area: DeliveryArea) -> dict[str, Any]:
    return _plain(area, "code", "name", "keywords") | {"unit": area.unit.code, "courier": _code(area.courier)}


def _route_values(route: Route) -> dict[str, Any]:
    hubs = [stop.hub.code for stop in route.stops.all()]
    return _plain(route, "code", "product") | _ends(route) | {"hubs": hubs}


def _standard_values(standard: TransitStandard) -> dict[str, Any]:
    return _ends(standard) | _plain(standard, "product", "hours", "source")


def _ends(row: Route | TransitStandard) -> dict[str, str]:
    return {"origin": row.origin.code, "destination": row.destination.code}


def _plain(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _code(row: Any) -> str:
    return row.code if row else ""


FORMS = {
    "units": Form(OrgUnit, rows.UnitRow, tree.save_unit, _unit_values),
    "customers": Form(
        Customer, rows.CustomerRow, customers.save_customer, _customer_values, hidden=("phone",)
    ),
    "couriers": Form(Courier, rows.CourierRow, territory.save_courier, _courier_values, hidden=("phone",)),
    "areas": Form(DeliveryArea, rows.AreaRow, territory.save_area, _area_values),
    "routes": Form(Route, rows.RouteRow, routes.save_route, _route_values),
    "standards": Form(
        TransitStandard,
        rows.StandardRow,
        routes.save_standard,
        _standard_values,
        ("origin", "destination", "product"),
    ),
}


@may("network.edit")
@require_http_methods(["GET", "POST"])
def edit(request: StaffRequest, kind: str, key: str = "") -> HttpResponse:
    """Add (without a key) or change one thing."""
    form = _form(kind)
    existing = form.values(_existing(request, kind, key)) if key else None
    if request.method != "POST":
        return _page(request, kind, key, existing or _preset(request))
    posted = fields.posted(request)
    if existing:
        posted |= {name: str(existing[name]) for name in form.fixed}
        posted = {name: value for name, value in posted.items() if value or name not in form.hidden}
    try:
        row = fields.read_row(form.row, posted)
        if not existing:
            _refuse_taken(form, row)
        outcome = form.save(row, by=request.person, now=request.now)
    except DomainError as error:
        return _page(request, kind, key, posted, error=error)
    messages.success(request, _said(outcome))
    return _go(_list_url(kind, posted.get("code", "")))


def _refuse_taken(form: Form, row: rows.Row) -> None:
    """A file may name what is there already; somebody who presses "new" does not mean to change it."""
    key = row.model_dump(include=set(form.fixed))
    wanted = {f"{name}__code" if name in fields.UNITS else name: value for name, value in key.items()}
    if form.table._default_manager.filter(**wanted).exists():
        raise TakenAlready(field=form.fixed[0])


def _page(
    request: StaffRequest, kind: str, key: str, values: dict[str, Any], error: DomainError | None = None
) -> HttpResponse:
    form = _form(kind)
    wrong = fields.errors_of(error if isinstance(error, BadInput) else _as_input(error)) if error else {}
    answer = part(
        request,
        "network/_form.html" if error else "network/form.html",
        kind=kind,
        key=key,
        title=LISTINGS[kind].title if kind in LISTINGS else _("组织单元"),
        back=_list_url(kind, key or str(values.get("parent", ""))),
        fields=fields.fields_of(
            form.row,
            values,
            errors=wrong,
            fixed=form.fixed if key else (),
            choices=fields.choices_of(kind),
        ),
        error=wrong.get("", ""),
        units=units.choices(request.person, authority.EDIT),
        hidden=form.hidden if key else (),
    )
    if error:
        answer.status_code = BadInput.status
        answer["HX-Retarget"], answer["HX-Reswap"] = "#form", "outerHTML"
    return answer


def _as_input(error: DomainError) -> BadInput:
    return BadInput(error.detail or error.title, **{k: v for k, v in error.data.items() if k == "field"})


def _form(kind: str) -> Form:
    if kind not in FORMS:
        raise NotFound
    return FORMS[kind]


def _existing(request: StaffRequest, kind: str, key: str) -> Any:
    """The thing as this person may see it; another's does not exist."""
    if kind == "units":
        return units.get(request.person, key)
    listing = LISTINGS[kind]
    if listing.key == "pk" and not key.isdigit():
        raise NotFound
    row = listing.found(request.person).filter(**{listing.key: key}).first()
    if row is None:
        raise NotFound
    return row


def _preset(request: StaffRequest) -> dict[str, Any]:
    """`?parent=SZ` fills in a new form."""
    return {name: value[:80] for name, value in request.GET.items() if isinstance(value, str)} | {
        "is_active": True
    }


def _list_url(kind: str, at: str) -> str:
    if kind == "units":
        return f"{reverse('network:units')}?{urlencode({'at': at})}" if at else reverse("network:units")
    return reverse(f"network:{kind}")


def _said(outcome: Outcome) -> str:
    return {
        Outcome.CREATED: _("已新增"),
        Outcome.UPDATED: _("已保存"),
        Outcome.UNCHANGED: _("没有改动"),
    }[outcome]


def _go(url: str) -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = url
    return answer
