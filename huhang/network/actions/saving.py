"""Write a row only when something changes, and say which it was."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from huhang.kit.imports import Outcome

M = TypeVar("M", bound=Model)


def put(rows: QuerySet[M], *, key: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[M, Outcome]:
    """Create the row of this key, or give it these values; the row is locked until the transaction ends."""
    row = locked(rows, key)
    if row is None:
        try:
            with transaction.atomic():
                return rows.create(**key, **values), Outcome.CREATED
        except IntegrityError:
            # Somebody else was a moment earlier, or the values are refused whoever writes them.
            row = locked(rows, key)
            if row is None:
                raise
    return row, change(row, values)


def locked(rows: QuerySet[M], key: Mapping[str, Any]) -> M | None:
    return rows.select_for_update(of=("self",)).filter(**key).first()


def change(row: Model, values: Mapping[str, Any]) -> Outcome:
    """Give the row these values; nothing is written when they are its own already."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return Outcome.UNCHANGED
    for name in changed:
        setattr(row, name, values[name])
    row.save(update_fields=changed)
    return Outcome.UPDATED
