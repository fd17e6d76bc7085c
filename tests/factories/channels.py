"""Rows of the post office for tests."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from huhang.channels.actions import hearing, inbox
from huhang.channels.models import (
    Account,
    Address,
    AgentExtension,
    Attempt,
    Call,
    CallbackDue,
    CallbackTry,
    CallEventRow,
    CallReport,
    Contact,
    Conversation,
    Delivery,
    Entrance,
    Inbound,
    InboxItem,
    MediaFetch,
    Message,
    Notice,
    OptOut,
    Outgoing,
    PhoneProof,
    Preview,
    PullCursor,
    Quota,
    ReplyDraft,
    ServiceQueue,
    SharedToken,
    Stretch,
    Webhook,
    WebhookMessage,
)
from huhang.channels.rules.incoming import Incoming
from huhang.network.models import OrgUnit, Person

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


def shared_token(account: Account, *, until: datetime, token: str = "t-1") -> SharedToken:
    """A token in force until then."""
    sealed: Any = {"token": token}
    return SharedToken.objects.create(account=account, token=sealed, expires_at=until)


def pull_cursor(account: Account, **facts: Any) -> PullCursor:
    """Everything was fetched from this door."""
    return PullCursor.objects.create(account=account, **({"door": f"door-{next(_numbers)}"} | facts))


def quota(account: Account, address: str, *, until: datetime, left: int = 5, **facts: Any) -> Quota:
    """Somebody wrote: so many messages may leave until then."""
    given = {"granted_by": "message", "left": left, "until": until}
    return Quota.objects.create(account=account, address=address, **(given | facts))


def contact(*, at: datetime, **facts: Any) -> Contact:
    """Somebody of whom we know nothing; with a `phone`, that it is theirs."""
    proven = {"proven_at": at} if facts.get("phone") else {}
    return Contact.objects.create(created_at=at, **(proven | facts))


def address(account: Account, *, at: datetime, **facts: Any) -> Address:
    """Where somebody new is reached at an account."""
    given = {"address": f"o-{next(_numbers)}"} | facts
    given = {"contact": given.get("contact") or contact(at=at)} | given
    return Address.objects.create(account=account, created_at=at, **given)


def message(conversation: Conversation, *, at: datetime, **facts: Any) -> Message:
    """The customer says 在吗."""
    given = {"key": f"said-{next(_numbers)}", "side": "customer", "text": "在吗"} | facts
    conversation.last_seq += 1
    conversation.save(update_fields=["last_seq"])
    return Message.objects.create(
        conversation=conversation, seq=conversation.last_seq, at=at, stored_at=at, **given
    )


def stretch(
    conversation: Conversation, *, at: datetime, agent: Person | None = None, **facts: Any
) -> Stretch:
    """A conversation in its line, or with an agent."""
    return Stretch.objects.create(
        conversation=conversation, queue=conversation.queue, agent=agent, since=at, **facts
    )


def preview(conversation: Conversation, *, at: datetime, text: str = "我的快") -> Preview:
    return Preview.objects.create(conversation=conversation, at=at, text=text)


def reply_draft(conversation: Conversation, *, at: datetime, by: Person | None = None) -> ReplyDraft:
    return ReplyDraft.objects.create(conversation=conversation, at=at, by=by, text="您好，正在为您")


def call_event(account: Account, *, at: datetime, **facts: Any) -> CallEventRow:
    """A switch tells that a call has come."""
    number = next(_numbers)
    given = {"external_id": f"event-{number}", "call_id": f"call-{number}", "kind": "arrived"}
    return CallEventRow.objects.create(account=account, at=at, received_at=at, **(given | facts))


def call(account: Account, *, at: datetime, **facts: Any) -> Call:
    """Somebody calls and waits for nobody yet."""
    given = {"call_id": f"call-{next(_numbers)}", "path": account.path, "number": "19900001234"}
    return Call.objects.create(account=account, arrived_at=at, **(given | facts))


def call_report(call: Call, by: Person, *, at: datetime, **facts: Any) -> CallReport:
    """What somebody wrote down after a call."""
    given = {"reason": "where", "result": "solved", "note": "今天下午送到"}
    return CallReport.objects.create(call=call, by=by, at=at, **(given | facts))


def agent_extension(account: Account, person: Person, *, at: datetime, extension: str = "") -> AgentExtension:
    """Somebody sits at an extension."""
    said = extension or f"8{next(_numbers):03}"
    return AgentExtension.objects.create(account=account, extension=said, person=person, since=at)


def callback_due(account: Account, *, at: datetime, **facts: Any) -> CallbackDue:
    """Somebody gave up waiting and is to be called back within half an hour."""
    given = {
        "number": f"1990000{next(_numbers):04}", "path": account.path, "because": "abandoned", "since": at,
        "missed_at": at, "next_at": at, "due_at": at + timedelta(minutes=30),
    }  # fmt: skip
    return CallbackDue.objects.create(account=account, **(given | facts))


def callback_try(callback: CallbackDue, *, at: datetime, by: Person | None = None) -> CallbackTry:
    return CallbackTry.objects.create(callback=callback, at=at, by=by)


def media_fetch(message: Message, *, at: datetime, **facts: Any) -> MediaFetch:
    """A picture of a message still lies at the vendor."""
    given = {"account": message.conversation.address.account, "place": 0, "ref": "media-1", "next_at": at}
    return MediaFetch.objects.create(message=message, since=at, **(given | facts))


def phone_proof(address: Address, *, at: datetime, **facts: Any) -> PhoneProof:
    """A code is on its way to a phone."""
    given = {"number": "13800001234", "code_hash": "0" * 64, "expires_at": at + timedelta(minutes=10)}
    return PhoneProof.objects.create(address=address, asked_at=at, **(given | facts))
