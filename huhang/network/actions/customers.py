"""Customers and what they can be found by."""

from datetime import datetime

from django.db import transaction

from huhang.kit import search
from huhang.kit.imports import Outcome
from huhang.network.actions import authority
from huhang.network.actions.saving import change, locked, put
from huhang.network.models import Customer, Person
from huhang.network.rules.rows import CustomerRow


@transaction.atomic
def save_customer(customer: CustomerRow, *, by: Person | None, now: datetime) -> Outcome:
    """Add a customer or bring one to this state; a customer of no unit is headquarters' own."""
    rows, key = Customer.objects.select_related("unit"), {"code": customer.code}
    existing = locked(rows, key)
    unit = authority.unit(customer.unit, by=by) if customer.unit else None
    if existing and not customer.says("unit"):
        unit = existing.unit
    if by is not None:
        for owner in {unit, existing.unit if existing else unit}:
            authority.require(by, authority.EDIT, owner.path if owner else authority.root())
    values = {**customer.said("name", "kind", "phone"), "unit": unit}
    if existing is None:
        return put(rows, key=key, values={**values, "search": _tokens(Customer(**key, **values))})[1]
    outcome = change(existing, values)
    if outcome is Outcome.UPDATED:
        change(existing, {"search": _tokens(existing)})
    return outcome


def _tokens(customer: Customer) -> str:
    return search.tsvector_text(customer.code, customer.name, customer.phone)
