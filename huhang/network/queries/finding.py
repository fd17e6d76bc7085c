"""What the one search box finds on the ground."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from huhang.kit import masking
from huhang.network.models import Courier, Customer, OrgUnit, Person

SEE = "network.see"
AT_MOST = 5
OFFERED = 20


def find(person: Person, term: str, *, now: datetime) -> list[dict[str, Any]]:
    """Customers by name, code or phone, couriers by name, code or whole phone, units by name or code."""
    paths = person.visible_paths(SEE)
    if not paths:
        return []
    return [*_customers(paths, term), *_couriers(paths, term), *_units(paths, term)]


def _customers(paths: list[str], term: str) -> list[dict[str, Any]]:
    rows = Customer.objects.within(paths).filter(search__matches=term).select_related("unit").order_by("code")
    return [
        {
            "kind": _("客户"),
            "title": f"{shown_name(row)} {masking.phone(row.phone)}",
            "detail": " · ".join([row.code, str(row.unit or "")]),
            "url": f"{reverse('network:customers')}?{urlencode({'q': row.code})}",
        }
        for row in rows[:AT_MOST]
    ]


def _couriers(paths: list[str], term: str) -> list[dict[str, Any]]:
    match = Q(name__icontains=term) | Q(code__iexact=term) | Q(phone=term)
    rows = Courier.objects.within(paths).filter(match).select_related("unit").order_by("code")
    return [
        {
            "kind": _("快递员"),
            "title": row.name,
            "detail": " · ".join([row.code, str(row.unit)]),
            "url": f"{reverse('network:couriers')}?{urlencode({'q': row.code})}",
        }
        for row in rows[:AT_MOST]
    ]


def _units(paths: list[str], term: str) -> list[dict[str, Any]]:
    match = Q(name__icontains=term) | Q(name_en__icontains=term) | Q(code__istartswith=term)
    return [
        {
            "kind": _("组织单元"),
            "title": row.shown_name,
            "detail": f"{row.code} · {row.get_kind_display()}",
            "url": f"{reverse('network:units')}?{urlencode({'at': row.code})}",
        }
        for row in OrgUnit.objects.within(paths).filter(match).order_by("path")[:AT_MOST]
    ]


def offered_customers(person: Person, term: str) -> list[tuple[str, str]]:
    """Code and name of those in sight that a field offers while one types; the first of all before that."""
    rows = Customer.objects.within(person.visible_paths(SEE)).defer("search").order_by("code")
    match = Q(code__istartswith=term) | (Q(search__matches=term) if term else Q())
    return [(row.code, shown_name(row)) for row in rows.filter(match)[:OFFERED]]


def offered_couriers(person: Person, term: str) -> list[tuple[str, str]]:
    rows = Courier.objects.within(person.visible_paths(SEE)).filter(is_active=True).order_by("code")
    match = Q(code__istartswith=term) | Q(name__icontains=term)
    return [(row.code, row.name) for row in rows.filter(match)[:OFFERED]]


def shown_name(customer: Customer) -> str:
    """A company's name is public; a person's is masked."""
    return customer.name if customer.kind == Customer.Kind.CONTRACT else masking.name(customer.name)
