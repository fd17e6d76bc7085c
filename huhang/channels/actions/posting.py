"""Posting what other systems are told: no lock is held while a stranger is talked to."""

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions.webhooks import leave_waiting, secrets_of
from huhang.channels.adapters import web_post
from huhang.channels.models import Attempt, Delivery, Webhook
from huhang.channels.rules import webhooks as rules
from huhang.channels.rules.webhooks import State
from huhang.channels.sql import statement
from huhang.kit import ticking

AT_ONCE, FAILING_AT_ONCE = 8, 4
# Under way to one address at a time.
OF_EACH = 2
# Other ticks of this line wait so long at most, and then for what is under way.
TAKING_FOR = 60
# What comes in while somebody hangs is looked for this often.
LOOK_AGAIN = 0.2
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


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery under way, and when it was taken."""

    delivery: Delivery
    at: datetime


def post_due(*, now: datetime) -> int:
    """Post what is due, several at once; how many.

    An address has few under way at a time, and those that take nothing together leave half of the crew to the others:
    who hangs keeps waiting only what is sent to them.
    """
    started, total = time.monotonic(), 0
    under_way: dict[Future[Posted], Sent] = {}
    with ThreadPoolExecutor(AT_ONCE) as crew:
        while True:
            passed = time.monotonic() - started
            at = now + timedelta(seconds=passed) if total else now
            if passed < TAKING_FOR and not ticking.is_stopping():
                for delivery in _taken(at, [sent.delivery for sent in under_way.values()]):
                    under_way[crew.submit(_post, *_letter(delivery, at))] = Sent(delivery, at)
                    total += 1
            if not under_way:
                return total
            done, _waiting = wait(under_way, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
            for posted in done:
                sent = under_way.pop(posted)
                _settle(sent.delivery.pk, posted.result(), sent.at, try_no=sent.delivery.attempts)


@transaction.atomic
def _taken(now: datetime, under_way: Sequence[Delivery] = ()) -> list[Delivery]:
    """Deliveries for this worker: until the lease is over, no other one posts them."""
    failing = sum(delivery.webhook.failing_since is not None for delivery in under_way)
    room = AT_ONCE - len(under_way)
    fine = _leased(now, under_way, room=room, is_failing=False)
    room = min(room - len(fine), FAILING_AT_ONCE - failing)
    ids = [*fine, *_leased(now, under_way, room=room, is_failing=True)]
    rows = Delivery.objects.filter(pk__in=ids).select_related("webhook", "message")
    return sorted(rows, key=lambda row: ids.index(row.pk))


def _leased(now: datetime, under_way: Sequence[Delivery], *, room: int, is_failing: bool) -> list[int]:
    if room <= 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            statement("take_deliveries"),
            {
                "now": now, "leased_until": now + rules.LEASE, "of_each": OF_EACH, "room": room,
                "busy": [delivery.webhook_id for delivery in under_way], "is_failing": is_failing,
            },
        )  # fmt: skip
        return [row[0] for row in cursor.fetchall()]


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
