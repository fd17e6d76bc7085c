"""Hits in pages for machines: by the place where the last page ended, so that new hits shift nothing."""

import base64
import binascii
import json
from datetime import datetime

from django.db.models import Q, QuerySet

from huhang.journey.models import Hit
from huhang.kit.errors import BadInput


class CursorUnreadable(BadInput):
    """cursor 无法识别，请使用上一页返回的 next。"""


def newest_first(rows: QuerySet[Hit], *, cursor: str, limit: int) -> tuple[list[Hit], str | None]:
    """A page by (raised_at, id) descending, and the cursor of the next page, None after the last."""
    if cursor:
        at, pk = _read(cursor)
        rows = rows.filter(Q(raised_at__lt=at) | Q(raised_at=at, pk__lt=pk))
    found = list(rows.order_by("-raised_at", "-id")[: limit + 1])
    page = found[:limit]
    return page, _write(page[-1]) if len(found) > limit else None


def _write(last: Hit) -> str:
    place = json.dumps([last.raised_at.isoformat(), last.pk])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, int]:
    try:
        at, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        when = datetime.fromisoformat(at)
        if when.tzinfo is None:
            raise CursorUnreadable
        return when, int(pk)
    except (binascii.Error, ValueError, TypeError) as error:
        raise CursorUnreadable from error
