"""Pages of a list for machines: by the place where the last page ended, so that new rows shift nothing."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from huhang.kit import hot
from huhang.kit.errors import BadInput

Row = TypeVar("Row", bound=Model)
# So that both kinds of cursors look the same, and either may be read as the other without harm.
NO_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


class CursorUnreadable(BadInput):
    """cursor 无法识别，请使用上一页返回的 next。"""


def newest_first(rows: QuerySet[Row], *, by: str, cursor: str, limit: int) -> tuple[list[Row], str | None]:
    """A page by the moment in the field `by`, then by id, newest first; and the next page's cursor, None at the end."""
    found = list(_after(rows, by, cursor)[: limit + 1])
    page = found[:limit]
    return page, _write(getattr(page[-1], by), page[-1].pk) if len(found) > limit else None


def newest_lines(
    rows: QuerySet[Row], columns: Sequence[str], *, by: str, cursor: str, limit: int
) -> tuple[list[tuple[Any, ...]], str | None]:
    """The same page as plain tuples of these columns."""
    found = hot.values(_after(rows, by, cursor).values_list(*columns, by, "pk")[: limit + 1])
    page = [line[:-2] for line in found[:limit]]
    return page, _write(*found[limit - 1][-2:]) if len(found) > limit else None


def in_order(rows: QuerySet[Row], *, cursor: str, limit: int) -> tuple[list[Row], str | None]:
    """A page of rows that bear no moment, in the order in which they were made."""
    if cursor:
        rows = rows.filter(pk__gt=_read(cursor)[1])
    found = list(rows.order_by("pk")[: limit + 1])
    page = found[:limit]
    return page, _write(NO_MOMENT, page[-1].pk) if len(found) > limit else None


def moment_of(cursor: str) -> datetime | None:
    """The moment that a page goes on from; None at the beginning."""
    return _read(cursor)[0] if cursor else None


def _after(rows: QuerySet[Row], by: str, cursor: str) -> QuerySet[Row]:
    if cursor:
        at, pk = _read(cursor)
        # The first condition bounds the walk along the index, the second says where within a moment to go on.
        rows = rows.filter(Q(**{f"{by}__lte": at}), Q(**{f"{by}__lt": at}) | Q(**{by: at, "pk__lt": pk}))
    return rows.order_by(f"-{by}", "-pk")


def _write(at: datetime, pk: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), pk]).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, int]:
    try:
        at, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        when = datetime.fromisoformat(at)
        if when.tzinfo is None:
            raise CursorUnreadable
        return when, int(pk)
    except (binascii.Error, ValueError, TypeError) as error:
        raise CursorUnreadable from error
