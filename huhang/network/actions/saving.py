"""Write a row only when something changes, and say which it was."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from huhang.kit.imports import Outcome

M = TypeVar("M", bound=Model)


def put(rows: QuerySet[M], *, key: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[M, Outcome]:
    """Create the row of this key, or give it these values; the row is locked until the transaction ends."""
    row, is_new = rows.select_for_update(of=("self",)).get_or_create(**key, defaults=dict(values))
    if is_new:
        return row, Outcome.CREATED
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return row, Outcome.UNCHANGED
    for name in changed:
        setattr(row, name, values[name])
    row.save(update_fields=changed)
    return row, Outcome.UPDATED
