"""Pages of a list for machines: by the place where the last page ended, so that new cases shift nothing."""

import base64
import binascii
import json
from datetime import datetime

from django.db.models import Q

from huhang.desk.models import Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.kit.errors import BadInput


class CursorUnreadable(BadInput):
    """cursor 无法识别，请使用上一页返回的 next。"""


def newest_first(rows: TicketQuerySet, *, cursor: str, limit: int) -> tuple[list[Ticket], str | None]:
    """A page by (opened_at, id) descending, and the cursor of the next page, None after the last."""
    if cursor:
        at, pk = _read(cursor)
        rows = rows.filter(Q(opened_at__lt=at) | Q(opened_at=at, pk__lt=pk))
    found = list(rows.order_by("-opened_at", "-id")[: limit + 1])
    page = found[:limit]
    return page, _write(page[-1]) if len(found) > limit else None


def _write(last: Ticket) -> str:
    place = json.dumps([last.opened_at.isoformat(), last.pk])
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
