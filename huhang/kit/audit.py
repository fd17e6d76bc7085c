"""The record that cannot be edited silently: append-only, each row chained to the one before by SHA-256."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from huhang.kit.models import AuditEntry

# One writer at a time, so that the chain has no fork.
CHAIN_LOCK = 0x4855_0001
GENESIS = "0" * 64


@transaction.atomic
def record(
    *,
    actor: str,
    verb: str,
    subject: str,
    now: datetime,
    reason: str = "",
    before: Any = None,
    after: Any = None,
    address: str = "",
) -> AuditEntry:
    """Append an entry in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    last = AuditEntry.objects.order_by("-pk").values_list("digest", flat=True).first() or GENESIS
    entry = AuditEntry(
        at=now, actor=actor, verb=verb, subject=subject, reason=reason,
        before=before, after=after, address=address, previous=last,
    )  # fmt: skip
    entry.digest = digest(entry)
    entry.save(force_insert=True)
    return entry


def digest(entry: AuditEntry) -> str:
    """The hash that a row must carry: over its content and the hash of the row before."""
    content = [
        entry.previous, entry.at.astimezone(UTC).isoformat(), entry.actor, entry.verb, entry.subject,
        entry.reason, entry.before, entry.after, entry.address,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def first_broken() -> int | None:
    """The id of the first entry whose chain does not hold, or None when the record is whole."""
    previous = GENESIS
    for entry in AuditEntry.objects.order_by("pk").iterator():
        if entry.previous != previous or entry.digest != digest(entry):
            return entry.pk
        previous = entry.digest
    return None
