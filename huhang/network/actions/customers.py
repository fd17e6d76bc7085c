"""Customers and what they can be found by."""

from datetime import datetime

from django.db import transaction

from huhang.kit import search
from huhang.kit.imports import Outcome
from huhang.network.actions import authority
from huhang.network.actions.saving import put
from huhang.network.models import Customer, Person
from huhang.network.rules.rows import CustomerRow


@transaction.atomic
def save_customer(customer: CustomerRow, *, by: Person | None, now: datetime) -> Outcome:
    """Add a customer or bring one to this state; a customer of no unit is headquarters' own."""
    existing = Customer.objects.select_related("unit").filter(code=customer.code).first()
    unit = authority.unit(customer.unit, by=by) if customer.unit else None
    if existing and not customer.says("unit"):
        unit = existing.unit
    for owner in (unit, existing.unit if existing else unit):
        authority.require(by, authority.EDIT, owner.path if owner else authority.root())
    values = {**customer.said("name", "kind", "phone"), "unit": unit}
    saved, outcome = put(Customer.objects.all(), key={"code": customer.code}, values=values)
    if outcome is not Outcome.UNCHANGED or saved.search is None:
        tokens = search.tsvector_text(saved.code, saved.name, saved.phone)
        Customer.objects.filter(pk=saved.pk).update(search=tokens)
    return outcome
