"""Keeping the lists of reasons that people choose from: on the record, and never taking away what was chosen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction

from huhang.desk.models.reason import Reason
from huhang.kit import audit
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import Person

Listed = TypeVar("Listed", bound=Reason)


class SameReason(DomainError):
    """已经有这个编号的原因。"""


@transaction.atomic
def add(
    reasons: type[Listed],
    *,
    code: str,
    values: Mapping[str, Any],
    by: Person,
    now: datetime,
    address: str = "",
) -> Listed:
    """A further reason, after the others."""
    order = (reasons._default_manager.aggregate(last=models.Max("order"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            row = reasons._default_manager.create(code=code, order=order, **values)
    except IntegrityError as error:
        raise SameReason(reason=code) from error
    after = {"code": code, **values}
    _record(row, "added", before=None, after=after, by=by, now=now, address=address)
    return row


@transaction.atomic
def change(
    reasons: type[Listed],
    *,
    code: str,
    values: Mapping[str, Any],
    by: Person,
    now: datetime,
    address: str = "",
) -> Listed:
    """Set a reason or take it out of use; what it was chosen for keeps it, and pauses that last keep their limit."""
    row = reasons._default_manager.select_for_update().filter(code=code).first()
    if row is None:
        raise NotFound(reason=code)
    after = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not after:
        return row
    before = {name: getattr(row, name) for name in after}
    for name, value in after.items():
        setattr(row, name, value)
    row.save(update_fields=list(after))
    _record(row, "changed", before=before, after=after, by=by, now=now, address=address)
    return row


def _record(
    row: Reason, did: str, *, before: dict[str, Any] | None, after: dict[str, Any], by: Person, now: datetime,
    address: str,
) -> None:  # fmt: skip
    audit.record(
        actor=by.get_username(), verb=f"desk.{row.listed_as}.{did}", subject=f"{row._meta.label_lower}:{row.pk}",
        now=now, before=before, after=after, address=address,
    )  # fmt: skip
