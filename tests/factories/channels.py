"""Rows of the post office for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from huhang.channels.models import (
    Attempt,
    Delivery,
    Inbound,
    Notice,
    OptOut,
    Outgoing,
    Webhook,
    WebhookMessage,
)
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


def webhook(unit: OrgUnit, *, at: datetime, **facts: Any) -> Webhook:
    """An address that hears of everything below a unit."""
    given = {"name": "客户系统", "url": "https://example.com/hook", "created_by": "hua"}
    return Webhook.objects.create(path=unit.path, created_at=at, **(given | facts))


def webhook_message(*, at: datetime, **facts: Any) -> WebhookMessage:
    given = {"id": f"msg_{next(_numbers)}", "event": "ticket.opened", "path": "/HQ/", "body": {"data": {}}}
    return WebhookMessage.objects.create(at=at, **(given | facts))


def delivery(webhook: Webhook, message: WebhookMessage, *, at: datetime, **facts: Any) -> Delivery:
    """A message that waits to be posted."""
    return Delivery.objects.create(
        webhook=webhook, message=message, queued_at=at, **({"next_at": at} | facts)
    )


def attempt(delivery: Delivery, *, at: datetime, **facts: Any) -> Attempt:
    return Attempt.objects.create(delivery=delivery, at=at, **({"took_ms": 12, "status": 500} | facts))
