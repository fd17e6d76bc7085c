"""Other systems that are told: one that listens, and one that nobody answers any more. Nothing ever leaves us."""

from datetime import datetime, timedelta

from huhang.channels.actions import webhooks
from huhang.channels.models import Attempt, Delivery, Webhook
from huhang.channels.rules.webhooks import PAUSES, State
from huhang.desk.models import Ticket
from huhang.network.models import OrgUnit, Person

TOLD, TRIES_KEPT = 5, 3
ADDRESS, GONE = "https://example.com/huhang", "https://example.org/old/huhang"


def tell(by: Person, now: datetime) -> None:
    """Two addresses with their logs, both switched off."""
    _one_that_listens(by, now)
    _one_that_is_gone(by, now)


def _one_that_listens(by: Person, now: datetime) -> None:
    """An address that was tried out and is switched off: its log shows what arrived and what did not."""
    began = now - timedelta(days=2)
    headquarters = OrgUnit.objects.get(code="HQ")
    webhook = webhooks.add(
        name="订单系统（示例）", url=ADDRESS, unit=headquarters, events=["ticket.*"], by=by, now=began
    )
    _announce(now)
    _write_log(webhook)
    _switch_off(webhook, by, now)


def _one_that_is_gone(by: Person, now: datetime) -> None:
    """An address that nobody answers any more: every message was tried to the end, and then it was switched off."""
    began = now - timedelta(days=9)
    webhook = webhooks.add(
        name="旧仓库系统（示例）", url=GONE, unit=OrgUnit.objects.get(code="JS"), events=["ticket.resolved"],
        by=by, now=began,
    )  # fmt: skip
    over = Ticket.objects.filter(resolved_at__lt=now - timedelta(days=5), path__startswith=webhook.path)
    for ticket in over.order_by("-resolved_at")[:TOLD]:
        webhooks.tell(
            key=f"resolved-{ticket.pk}", event="ticket.resolved", paths=[ticket.path],
            now=ticket.resolved_at or now, body={"no": ticket.no, "kind": ticket.kind},
        )  # fmt: skip
    for delivery in webhook.deliveries.all():
        delivery.state, delivery.attempts, delivery.next_at = State.FAILED, 1 + len(PAUSES), None
        delivery.save(update_fields=["state", "attempts", "next_at"])
        for turn in range(TRIES_KEPT):
            Attempt.objects.create(
                delivery=delivery,
                at=delivery.queued_at + sum(PAUSES[:turn], timedelta()),
                took_ms=5000,
                status=504,
            )
    webhook.failing_since = now - timedelta(days=8)
    webhook.save(update_fields=["failing_since"])
    _switch_off(webhook, by, now)


def _announce(now: datetime) -> None:
    latest = Ticket.objects.filter(opened_at__lt=now - timedelta(hours=1)).order_by("-opened_at")[:TOLD]
    for ticket in latest:
        webhooks.tell(
            key=f"opened-{ticket.pk}", event="ticket.opened", paths=[ticket.path], now=ticket.opened_at,
            body={"no": ticket.no, "kind": ticket.kind},
        )  # fmt: skip


def _switch_off(webhook: Webhook, by: Person, now: datetime) -> None:
    """Nothing ever leaves a simulated carrier."""
    webhooks.change(
        webhook_id=webhook.pk, name=webhook.name, url=webhook.url, events=webhook.events, is_active=False,
        by=by, now=now,
    )  # fmt: skip


def _write_log(webhook: Webhook) -> None:
    """As if it had been posted: nothing ever leaves a simulated carrier."""
    deliveries = list(webhook.deliveries.order_by("queued_at"))
    for place, delivery in enumerate(deliveries):
        is_lost = place == len(deliveries) - 1
        delivery.state = State.FAILED if is_lost else State.DELIVERED
        delivery.attempts, delivery.next_at = 1 + is_lost, None
        for turn in range(delivery.attempts):
            at = delivery.queued_at + timedelta(seconds=1 + 5 * turn)
            Attempt.objects.create(
                delivery=delivery, at=at, took_ms=5000 if is_lost else 84, status=503 if is_lost else 204
            )
    Delivery.objects.bulk_update(deliveries, ["state", "attempts", "next_at"])
