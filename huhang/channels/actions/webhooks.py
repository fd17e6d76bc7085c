"""Addresses of other systems: kept, told, tried again, and told again on request."""

from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.channels.models import Delivery, Webhook, WebhookMessage
from huhang.channels.rules import webhooks as rules
from huhang.channels.rules.webhooks import State
from huhang.kit import audit, ground
from huhang.kit.errors import BadInput, NotAllowed, NotFound
from huhang.kit.languages import shown
from huhang.network.models import OrgUnit, Person

SALT = "huhang.channels.webhook"
PERMISSION = "kit.api"
KEEP = timedelta(days=30)
BATCH = 1000
TEST = "webhook.test"
EVENT_NAMES = {
    "ticket.opened": _("工单开启"),
    "ticket.resolved": _("工单办结"),
    "ticket.reopened": _("工单重开"),
    "ticket.withdrawn": _("工单撤销"),
    "clock.reached": _("时限提醒、超时与升级"),
    TEST: _("测试"),
}


def name_of(event: str) -> str:
    """An event as people read it, in their language; one that is no longer known by its own name."""
    return shown(EVENT_NAMES.get(event, event))


class AddressUnreadable(BadInput):
    """回调地址应以 https:// 开头，并写明主机名。"""


class EventUnknown(BadInput):
    """没有这种事件。"""


def secrets_of(webhook: Webhook, *, now: datetime) -> list[str]:
    """The secrets that sign now: the present one, and after a change the one before it for a day."""
    versions = [webhook.secret_version]
    if webhook.rotated_at and now < webhook.rotated_at + rules.BOTH_SIGN_FOR:
        versions.append(webhook.secret_version - 1)
    return [_secret(webhook.pk, version) for version in versions]


def _secret(pk: int, version: int) -> str:
    """Made of the installation's secret: who reads the table cannot sign."""
    key = salted_hmac(SALT, f"{pk}:{version}", algorithm="sha256").digest()
    return rules.SECRET_PREFIX + b64encode(key).decode()


@transaction.atomic
def add(
    *, name: str, url: str, unit: OrgUnit, events: list[str], by: Person, now: datetime, address: str = ""
) -> Webhook:
    """Tell an address of what happens below a unit, from now on."""
    _require(by, unit.path)
    _check(url, events)
    webhook = Webhook.objects.create(
        name=name, url=url, path=unit.path, events=sorted(set(events)), created_at=now,
        created_by=by.get_username(),
    )  # fmt: skip
    _record(webhook, "channels.webhook.added", None, by=by, now=now, address=address)
    return webhook


@transaction.atomic
def change(
    *,
    webhook_id: int,
    name: str,
    url: str,
    events: list[str],
    is_active: bool,
    by: Person,
    now: datetime,
    address: str = "",
) -> Webhook:
    """Change an address; switched on again, it starts afresh with what happens from now on."""
    webhook = own(webhook_id, by=by)
    _check(url, events)
    before = _facts(webhook)
    webhook.name, webhook.url, webhook.events, webhook.is_active = name, url, sorted(set(events)), is_active
    if is_active:
        webhook.failing_since = None
    else:
        leave_waiting(webhook.pk)
    webhook.save()
    _record(webhook, "channels.webhook.changed", before, by=by, now=now, address=address)
    return webhook


@transaction.atomic
def rotate(*, webhook_id: int, by: Person, now: datetime, address: str = "") -> str:
    """Give an address a new secret; for a day the old one signs as well. Returns the new one."""
    webhook = own(webhook_id, by=by)
    webhook.secret_version, webhook.rotated_at = webhook.secret_version + 1, now
    webhook.save(update_fields=["secret_version", "rotated_at"])
    _record(webhook, "channels.webhook.rotated", None, by=by, now=now, address=address)
    return _secret(webhook.pk, webhook.secret_version)


@transaction.atomic
def show_secret(*, webhook_id: int, by: Person, now: datetime) -> str:
    """The secret that signs now; that it was shown is on record."""
    webhook = own(webhook_id, by=by)
    audit.record(
        actor=by.get_username(), verb="channels.webhook.shown", subject=f"webhook:{webhook.pk}", now=now
    )
    return _secret(webhook.pk, webhook.secret_version)


@transaction.atomic
def remove(*, webhook_id: int, by: Person, now: datetime, address: str = "") -> None:
    webhook = own(webhook_id, by=by)
    _record(webhook, "channels.webhook.removed", _facts(webhook), by=by, now=now, address=address)
    webhook.delete()


def own(webhook_id: int, *, by: Person) -> Webhook:
    """An address below what this person keeps, locked; NotFound otherwise."""
    webhook = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if webhook is None or not by.may(PERMISSION, webhook.path):
        raise NotFound(webhook=webhook_id)
    return webhook


def anybody(at: str) -> bool:
    """Is there an address to tell? While there is none, facts are not even written down for it."""
    return ground.known("channels.webhooks", at, _is_anybody_there)


def _is_anybody_there() -> bool:
    return Webhook.objects.filter(is_active=True).exists()


@transaction.atomic
def tell(*, key: str, event: str, paths: Iterable[str], body: dict[str, Any], now: datetime) -> int:
    """Store a fact for every address that wants it, in the caller's transaction; a repeated key changes nothing.

    `paths` are the org paths below which it happened: who hears of any of them hears of it, once.
    """
    places = list(paths)
    wanting = [
        webhook
        for webhook in Webhook.objects.filter(is_active=True)
        if rules.wants(webhook.events, event) and any(p.startswith(webhook.path) for p in places)
    ]
    if not wanting:
        return 0
    payload = {"type": event, "timestamp": now.isoformat(), "data": body}
    message, is_new = WebhookMessage.objects.get_or_create(
        id=f"msg_{key}"[:64],
        defaults={"event": event, "path": places[0][:255], "body": payload, "at": now},
    )
    if not is_new:
        return 0
    rows = [Delivery(webhook=webhook, message=message, queued_at=now, next_at=now) for webhook in wanting]
    return len(Delivery.objects.bulk_create(rows))


@transaction.atomic
def test(*, webhook_id: int, by: Person, now: datetime) -> None:
    """Send a message that means nothing, to see whether it arrives."""
    webhook = own(webhook_id, by=by)
    message = WebhookMessage.objects.create(
        id=f"msg_test-{webhook.pk}-{now.timestamp():.6f}", event=TEST, path=webhook.path, at=now,
        body={"type": TEST, "timestamp": now.isoformat(), "data": {"name": webhook.name}},
    )  # fmt: skip
    Delivery.objects.create(webhook=webhook, message=message, queued_at=now, next_at=now)


@transaction.atomic
def again(*, webhook_id: int, delivery_id: int, by: Person, now: datetime) -> None:
    """Post one message once more, under the same id."""
    webhook = own(webhook_id, by=by)
    changed = webhook.deliveries.filter(pk=delivery_id).update(state=State.QUEUED, attempts=0, next_at=now)
    if not changed:
        raise NotFound(delivery=delivery_id)


@transaction.atomic
def replay(*, webhook_id: int, since: datetime, by: Person, now: datetime) -> int:
    """Post everything again that did not arrive since a moment; how many."""
    webhook = own(webhook_id, by=by)
    lost = webhook.deliveries.filter(queued_at__gte=since, state=State.FAILED)
    count = lost.update(state=State.QUEUED, attempts=0, next_at=now)
    audit.record(
        actor=by.get_username(), verb="channels.webhook.replayed", subject=f"webhook:{webhook.pk}", now=now,
        after={"since": since.isoformat(), "count": count},
    )  # fmt: skip
    return count


def switch_off_silent(*, now: datetime) -> int:
    """Stop posting to addresses that have taken nothing for days, and tell who keeps them."""
    silent = Webhook.objects.filter(is_active=True, failing_since__lt=now - rules.GIVE_UP_AFTER)
    return sum(_switch_off(webhook.pk, now) for webhook in silent)


@transaction.atomic
def _switch_off(pk: int, now: datetime) -> bool:
    webhook = Webhook.objects.select_for_update().filter(pk=pk).first()
    # Asked again under the lock: it may have taken something, or be gone.
    if webhook is None or not webhook.is_active or webhook.failing_since is None:
        return False
    webhook.is_active = False
    webhook.save(update_fields=["is_active"])
    leave_waiting(pk)
    unit = OrgUnit.objects.filter(path=webhook.path).first()
    keeper = Person.objects.filter(username=webhook.created_by, is_active=True).first()
    if unit or keeper:
        notices.notify(
            key=f"webhook:{pk}:{webhook.failing_since:%Y%m%d%H%M%S}", kind="channels.webhook", now=now,
            unit=unit, person=keeper, title=_("回调地址多日无人接收，已停用"), body=webhook.name,
            link=f"/channels/webhooks/{pk}/",
        )  # fmt: skip
    return True


def leave_waiting(webhook_id: int) -> int:
    """What still waits for an address that is off is not posted; people may post it again. How many."""
    waiting = Delivery.objects.filter(webhook=webhook_id, state=State.QUEUED)
    return waiting.update(state=State.FAILED, next_at=None)


def purge(*, now: datetime) -> int:
    """Forget messages of long ago; their deliveries and attempts go with them."""
    waiting = Delivery.objects.filter(message=OuterRef("pk"), state=State.QUEUED)
    old = WebhookMessage.objects.filter(~Exists(waiting), at__lt=now - KEEP).values("pk")[:BATCH]
    return WebhookMessage.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]


def _require(by: Person, path: str) -> None:
    if not by.may(PERMISSION, path):
        raise NotAllowed(permission=PERMISSION)


def _check(url: str, events: Iterable[str]) -> None:
    asked = urlsplit(url)
    if asked.scheme not in settings.HUHANG_WEBHOOK_SCHEMES or not asked.hostname or asked.username:
        raise AddressUnreadable(field="url")
    nouns = {f"{event.split('.')[0]}.*" for event in EVENT_NAMES}
    for event in events:
        if event not in EVENT_NAMES and event not in nouns:
            raise EventUnknown(event, field="events")


def _facts(webhook: Webhook) -> dict[str, Any]:
    names = ("name", "url", "path", "events", "is_active")
    return {name: getattr(webhook, name) for name in names}


def _record(
    webhook: Webhook, verb: str, before: dict[str, Any] | None, *, by: Person, now: datetime, address: str
) -> None:
    audit.record(
        actor=by.get_username(), verb=verb, subject=f"webhook:{webhook.pk}", now=now, before=before,
        after=_facts(webhook), address=address,
    )  # fmt: skip
