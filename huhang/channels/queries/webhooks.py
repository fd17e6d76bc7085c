"""Addresses of other systems that a person keeps, and how each telling went."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Max, Prefetch, Q, QuerySet

from huhang.channels.models import Attempt, Delivery, Webhook
from huhang.channels.rules.webhooks import State
from huhang.kit.errors import NotFound
from huhang.network.models import OrgUnit, Person
from huhang.network.models.scope import under

PERMISSION = "kit.api"
LATELY = timedelta(days=1)
UNITS_SHOWN = 500


def kept(person: Person, *, now: datetime) -> QuerySet[Webhook]:
    """The addresses below what this person keeps, each with how its last day went; one statement."""
    today = Q(deliveries__queued_at__gt=now - LATELY)
    return Webhook.objects.filter(under(person.visible_paths(PERMISSION))).annotate(
        delivered=Count("deliveries", filter=today & Q(deliveries__state=State.DELIVERED)),
        waiting=Count("deliveries", filter=Q(deliveries__state=State.QUEUED)),
        failed=Count("deliveries", filter=today & Q(deliveries__state=State.FAILED)),
        last_at=Max("deliveries__queued_at", filter=today),
    )


def one(person: Person, webhook_id: int, *, now: datetime) -> Webhook:
    """One address with its figures; NotFound when it is somebody else's."""
    webhook = kept(person, now=now).filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound(webhook=webhook_id)
    return webhook


def deliveries(webhook: Webhook, *, state: str = "") -> QuerySet[Delivery]:
    """The newest first, each with its message and every try."""
    rows = webhook.deliveries.select_related("message").order_by("-queued_at", "-pk")
    tries = Prefetch("tries", queryset=Attempt.objects.order_by("-at", "-pk"))
    return (rows.filter(state=state) if state in set(State) else rows).prefetch_related(tries)


def units_of(webhooks: Iterable[Webhook]) -> dict[str, OrgUnit]:
    """Whose events they hear, by path."""
    return {u.path: u for u in OrgUnit.objects.filter(path__in={webhook.path for webhook in webhooks})}


def units(person: Person) -> list[OrgUnit]:
    """Below which units an address may be told."""
    rows = OrgUnit.objects.filter(under(person.visible_paths(PERMISSION)), is_active=True)
    return list(rows.order_by("level", "path")[:UNITS_SHOWN])
