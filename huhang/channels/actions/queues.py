"""Queues: which lines customers wait in, and what their agents must be able to do."""

from datetime import datetime
from typing import Any

from django.db import transaction

from huhang.channels.models import Entrance, ServiceQueue
from huhang.kit import audit
from huhang.kit.errors import BadInput, NotFound
from huhang.network.models import OrgUnit, Person


class QueueKeyTaken(BadInput):
    """已经有这个标识的队列，请换一个。"""


class QueueInUse(BadInput):
    """还有启用的入口排在这个队列，先给它们换队列再停用。"""


@transaction.atomic
def add(*, key: str, unit: OrgUnit, by: Person, now: datetime, address: str, **facts: Any) -> ServiceQueue:
    """A new line, at which no entrance stands yet."""
    queue, is_new = ServiceQueue.objects.get_or_create(
        key=key, defaults=facts | {"unit": unit, "path": unit.path}
    )
    if not is_new:
        raise QueueKeyTaken(key=key)
    after = facts | {"unit": unit.code}
    audit.record(
        actor=by.get_username(), verb="queue.add", subject=key, now=now, address=address, after=after
    )
    return queue


@transaction.atomic
def change(queue_id: int, *, by: Person, now: datetime, address: str, **facts: Any) -> ServiceQueue:
    """Change what is given; a line that open entrances lead to stays in use."""
    queue = ServiceQueue.objects.select_for_update().filter(pk=queue_id).first()
    if queue is None:
        raise NotFound(queue=queue_id)
    after = {name: value for name, value in facts.items() if getattr(queue, name) != value}
    if not after:
        return queue
    if after.get("is_active") is False and Entrance.objects.filter(queue=queue, is_active=True).exists():
        raise QueueInUse(queue=queue.key)
    before = {name: getattr(queue, name) for name in after}
    for name, value in after.items():
        setattr(queue, name, value)
    queue.save(update_fields=list(after))
    audit.record(
        actor=by.get_username(), verb="queue.change", subject=queue.key, now=now, address=address, before=before,
        after=after,
    )  # fmt: skip
    return queue
