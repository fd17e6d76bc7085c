"""Rows of the post office for tests."""

from datetime import datetime
from itertools import count
from typing import Any

from huhang.channels.actions import hearing, inbox
from huhang.channels.models import (
    Account,
    Attempt,
    Conversation,
    Delivery,
    Entrance,
    Inbound,
    InboxItem,
    Notice,
    OptOut,
    Outgoing,
    ServiceQueue,
    Webhook,
    WebhookMessage,
)
from huhang.channels.rules.incoming import Incoming
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


def account(unit: OrgUnit, **facts: Any) -> Account:
    """A door of our own: nobody is called."""
    number = next(_numbers)
    given = {"key": f"own-{number}", "name": f"账号 {number}"}
    return Account.objects.create(unit=unit, path=unit.path, **(given | facts))


def queue(unit: OrgUnit, **facts: Any) -> ServiceQueue:
    number = next(_numbers)
    given = {"key": f"queue-{number}", "name": f"队列 {number}"}
    return ServiceQueue.objects.create(unit=unit, path=unit.path, **(given | facts))


def entrance(unit: OrgUnit, **facts: Any) -> Entrance:
    """The chat on the website, always open."""
    number = next(_numbers)
    given: dict[str, Any] = {"key": f"web-{number}", "kind": "web_chat", "name": f"官网 {number}"}
    given |= {
        name: make(unit) for name, make in (("account", account), ("queue", queue)) if name not in facts
    }
    return Entrance.objects.create(unit=unit, path=unit.path, **(given | facts))


def conversation(entrance: Entrance, *, at: datetime, **facts: Any) -> Conversation:
    """Somebody stands at an entrance and has said nothing yet."""
    assert entrance.account is not None
    address = hearing.known_address(entrance.account, f"visitor-{next(_numbers)}", now=at)
    return hearing.open_conversation(entrance, address, at=at, **facts)


def inbox_item(account: Account, *, at: datetime, **facts: Any) -> InboxItem:
    """Somebody wrote 在吗; nothing was made of it yet."""
    number = next(_numbers)
    fact = inbox.as_fact(Incoming(f"in-{number}", "visitor-1", at, text="在吗"))
    given = {"external_id": f"in-{number}", "address": "visitor-1", "fact": fact, "next_at": at}
    return InboxItem.objects.create(account=account, at=at, received_at=at, **(given | facts))
