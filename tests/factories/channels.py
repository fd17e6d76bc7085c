"""Rows of the post office for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from huhang.channels.models import Inbound, Notice, OptOut, Outgoing
from huhang.network.models import OrgUnit

_numbers = count(1)


def notice(*, at: datetime, **facts: Any) -> Notice:
    """A notice to whom `path` or `person` says."""
    number = next(_numbers)
    given = {"key": f"test:{number}", "kind": "desk.warn", "title": f"提醒 {number}", "link": "/desk/"}
    return Notice.objects.create(at=at, **(given | facts))


def outgoing(unit: OrgUnit, *, at: datetime, **facts: Any) -> Outgoing:
    """An SMS that waits to be handed over."""
    given = {
        "key": f"out:{next(_numbers)}",
        "medium": "sms",
        "number": "19900001234",
        "text": "请尽快处理",
        "next_at": at,
    }
    return Outgoing.objects.create(unit=unit, path=unit.path, queued_at=at, **(given | facts))


def inbound(*, at: datetime, **facts: Any) -> Inbound:
    """Somebody wrote `1`."""
    given = {
        "gateway": "outbox_file",
        "external_id": f"mo-{next(_numbers)}",
        "number": "19900001234",
        "text": "1",
    }
    return Inbound.objects.create(at=at, received_at=at, **(given | facts))


def opt_out(number: str, *, at: datetime) -> OptOut:
    return OptOut.objects.create(number=number, at=at)
