"""Posting what other systems are told: no lock is held while a stranger is talked to."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from json import dumps

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions.webhooks import leave_waiting, secrets_of
from huhang.channels.adapters import web_post
from huhang.channels.models import Attempt, Delivery, Webhook
from huhang.channels.rules import webhooks as rules
from huhang.channels.rules.webhooks import State

BATCH = 32
AT_ONCE = 8
WHY = {
    "address": _("地址不可用：只能投递到公网，或系统管理员允许的网段"),
    "name": _("主机名无法解析"),
    "tls": _("证书无效"),
    "timeout": _("对方 15 秒内没有回应"),
    "no answer": _("连不上对方"),
}


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one try; status 0 when nobody answered."""

    status: int
    words: str
    took_ms: int


def post_due(*, now: datetime) -> int:
    """Post what is due, several at once so that one slow address does not hold up the others; how many."""
    taken = _taken(now)
    if not taken:
        return 0
    letters = [_letter(delivery, now) for delivery in taken]
    with ThreadPoolExecutor(AT_ONCE) as crew:
        answers = list(crew.map(lambda letter: _post(*letter), letters))
    for delivery, answer in zip(taken, answers, strict=True):
        _settle(delivery.pk, answer, now, try_no=delivery.attempts)
    return len(taken)


@transaction.atomic
def _taken(now: datetime) -> list[Delivery]:
    """Deliveries for this worker: until the lease is over, no other one posts them."""
    due = Delivery.objects.filter(next_at__lte=now).order_by("next_at", "pk")
    rows = list(
        due.select_for_update(skip_locked=True, of=("self",)).select_related("webhook", "message")[:BATCH]
    )
    for row in rows:
        row.attempts += 1
        row.next_at = now + rules.LEASE
    Delivery.objects.bulk_update(rows, ["attempts", "next_at"])
    return rows


def _letter(delivery: Delivery, now: datetime) -> tuple[str, bytes, dict[str, str]]:
    body = dumps(delivery.message.body, ensure_ascii=False, separators=(",", ":")).encode()
    secrets = secrets_of(delivery.webhook, now=now)
    return (
        delivery.webhook.url,
        body,
        rules.headers(secrets, message_id=delivery.message_id, at=now, body=body),
    )


def _post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
    started = time.monotonic()
    try:
        answer = web_post.post(url, body, headers, allowed=rules.networks(settings.HUHANG_WEBHOOK_NETWORKS))
        status, words = answer.status, answer.words.replace("\x00", "")
    except web_post.Unreachable as error:
        status, words = 0, WHY[str(error)]
    return Posted(status, words, int(1000 * (time.monotonic() - started)))


@transaction.atomic
def _settle(pk: int, answer: Posted, now: datetime, *, try_no: int) -> None:
    """Write down what came of it; an address that was removed meanwhile took its deliveries along.

    A worker that came back after its lease was over only adds its try: what the next one found out stands, and so
    does what people decided. A receipt is one whoever brings it.
    """
    delivery = Delivery.objects.select_for_update().filter(pk=pk).first()
    if delivery is None:
        return
    Attempt.objects.create(
        delivery=delivery, at=now, took_ms=answer.took_ms, status=answer.status, words=answer.words[:500]
    )
    if rules.is_delivered(answer.status):
        _delivered(delivery)
    elif delivery.state == State.QUEUED and delivery.attempts == try_no:
        _refused(delivery, answer.status, now)


def _delivered(delivery: Delivery) -> None:
    delivery.state, delivery.next_at = State.DELIVERED, None
    delivery.save(update_fields=["state", "next_at"])
    Webhook.objects.filter(pk=delivery.webhook_id, failing_since__isnull=False).update(failing_since=None)


def _refused(delivery: Delivery, status: int, now: datetime) -> None:
    is_gone = status == rules.GONE
    delivery.next_at = None if is_gone else rules.retry_at(delivery.attempts, now=now)
    if delivery.next_at is None:
        delivery.state = State.FAILED
    delivery.save(update_fields=["state", "next_at"])
    Webhook.objects.filter(pk=delivery.webhook_id, failing_since__isnull=True).update(failing_since=now)
    if is_gone:
        Webhook.objects.filter(pk=delivery.webhook_id).update(is_active=False)
        leave_waiting(delivery.webhook_id)
