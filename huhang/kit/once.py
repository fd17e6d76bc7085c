"""Writes that happen once, however often they are sent (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction

from huhang.kit import hot
from huhang.kit.errors import DomainError
from huhang.kit.models import IdempotencyKey

KEEP = timedelta(days=7)
# A second request with the same key waits here for the first one, and then sees its answer.
_CLAIM = """
    INSERT INTO kit_idempotencykey AS k (client, key, fingerprint, status, at)
    VALUES (%(client)s, %(key)s, %(fingerprint)s, 0, %(at)s)
    ON CONFLICT (client, key) DO UPDATE SET key = k.key
    RETURNING id, fingerprint, status, body::text, xmax = 0
"""
_KEEP = (
    "UPDATE kit_idempotencykey SET status = %(status)s, body = %(body)s::jsonb WHERE id = %(id)s RETURNING id"
)


class KeyReused(DomainError):
    """这个 Idempotency-Key 已用于另一份内容。"""

    status = 422


@transaction.atomic
def once(
    *, client: str, key: str, content: bytes, now: datetime, act: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """Answer a write once: a repeat of the same key and content gets the first answer, other content is refused.

    The answer is stored in the transaction of the act itself, and remembered for `KEEP`.
    """
    fingerprint = hashlib.sha256(content).hexdigest()
    given = {"client": client, "key": key, "fingerprint": fingerprint, "at": now}
    [(number, known, status, body, is_new)] = hot.rows(_CLAIM, given)
    if known != fingerprint:
        raise KeyReused(key=key)
    if not is_new:
        return status, orjson.loads(body) if body else None
    status, body = act()
    hot.rows(_KEEP, {"id": number, "status": status, "body": hot.as_json(body)})
    return status, body


def purge(*, now: datetime) -> int:
    """Forget answers that nobody will ask for again."""
    return IdempotencyKey.objects.filter(at__lt=now - KEEP).delete()[0]
