"""What comes in: kept first, answered for, and made something of afterwards, one after another for each address."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from huhang.channels.actions import accounts, comparing, hearing, opting, receiving, self_service
from huhang.channels.models import Account, InboxItem, PullCursor
from huhang.channels.rules.gateway import GatewayAway
from huhang.channels.rules.incoming import Incoming, Reading
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.rules.outgoing import retry_at
from huhang.channels.rules.vendor import Vendor
from huhang.channels.rules.wire import Callback
from huhang.kit import file_store
from huhang.kit.errors import DomainError

BATCH = 100
# Whoever fetches from a vendor is given up on after this long.
LEASE = timedelta(minutes=2)
LONGEST_TROUBLE = 300
UNREADABLE = "unreadable:"
# A callback may take so long: what is younger is not missed yet.
ON_ITS_WAY = timedelta(minutes=2)


def called_back(account: Account, callback: Callback, *, by: Vendor | None = None) -> Reading:
    """Take a vendor's callback: believed or refused (Forged, Unreadable), then kept, then answered for."""
    reading = (by or accounts.vendor(account)).read(callback)
    with transaction.atomic():
        keep(account, opting.honour(account, reading.incoming, now=callback.at), now=callback.at)
        receiving.take(account.key, reports=reading.reports, now=callback.at)
        if reading.pull_door or reading.pull_token:
            _will_pull(account, reading.pull_door, reading.pull_token, callback.at)
        Account.objects.filter(pk=account.pk).update(heard_at=callback.at)
    return reading


def keep_unreadable(account: Account, callback: Callback, why: str) -> None:
    """A genuine callback that the adapter cannot read is kept as it came, for people to look at."""
    digest = hashlib.sha256(callback.body).hexdigest()[:40]
    InboxItem.objects.get_or_create(
        account=account, external_id=f"{UNREADABLE}{digest}",
        defaults={
            "address": "", "at": callback.at, "received_at": callback.at, "trouble": why[:LONGEST_TROUBLE],
            "fact": {
                "query": dict(callback.query), "media": [{"file": file_store.keep(callback.body)}],
            },
        },
    )  # fmt: skip


def keep(account: Account, facts: Iterable[Incoming], *, now: datetime) -> int:
    """Write down what came in, in the caller's transaction if there is one; returns how much of it was news."""
    items = [
        InboxItem(
            account=account, external_id=fact.external_id[:200], address=fact.address[:200],
            at=min(fact.at, now), received_at=now, next_at=now, fact=as_fact(fact),
        )
        for fact in facts
    ]  # fmt: skip
    if not items:
        return 0
    before = _count(account, items)
    InboxItem.objects.bulk_create(items, ignore_conflicts=True)
    return _count(account, items) - before


def process_due(*, now: datetime) -> int:
    """Make conversations of what was kept; returns how many items were taken.

    Several workers share the work, but never that of one address: what was said first is heard first.
    """
    taken = 0
    while taken < BATCH and _process_next(now):
        taken += 1
    return taken


def pull_due(*, now: datetime, by: Vendor | None = None) -> int:
    """Fetch what vendors said waits with them; returns how many facts were news."""
    return sum(_pull(cursor, now, by) for cursor in _claimed_cursors(now))


def as_fact(fact: Incoming) -> dict[str, Any]:
    """An `Incoming` as JSON; bytes that came along are on disk before the row tells of them."""
    return {
        "external_id": fact.external_id, "address": fact.address, "at": fact.at.isoformat(),
        "sort": str(fact.sort), "text": _clean(fact.text), "name": _clean(fact.name), "door": fact.door,
        "event": fact.event, "event_key": fact.event_key, "thread": list(fact.thread),
        "subject": _clean(fact.subject), "is_automatic": fact.is_automatic, "extra": dict(fact.extra),
        "media": [
            {"name": m.name, "content_type": m.content_type, "ref": m.ref, "file": _stored(m.data)}
            for m in fact.media
        ],
    }  # fmt: skip


def from_fact(fact: dict[str, Any]) -> Incoming:
    """The `Incoming` that was written down."""
    media = tuple(
        Media(m["name"], m["content_type"], file_store.read(m["file"]) if m["file"] else b"", m["ref"])
        for m in fact["media"]
    )
    given = {**fact, "at": datetime.fromisoformat(fact["at"]), "sort": Sort(fact["sort"]), "media": media}
    return Incoming(**{**given, "thread": tuple(fact["thread"])})


def _stored(content: bytes) -> str:
    return file_store.keep(content) if content else ""


@file_store.held_by
def _waiting(names: list[str]) -> set[str]:
    """Files of items that nothing was made of, yet or ever."""
    waiting = InboxItem.objects.filter(taken_at__isnull=True).values_list("fact__media", flat=True)
    return {m["file"] for media in waiting for m in media} & set(names)


def _clean(text: str) -> str:
    """Without the one character that no table keeps."""
    return text.replace("\x00", "")


def _count(account: Account, items: list[InboxItem]) -> int:
    return InboxItem.objects.filter(account=account, external_id__in=[i.external_id for i in items]).count()


def _process_next(now: datetime) -> bool:
    try:
        with transaction.atomic():
            item = _locked(now)
            if item is None:
                return False
            message = hearing.hear(item.account, from_fact(item.fact), now=now)
            if message is not None:
                self_service.heard(message, now=now)
            item.taken_at, item.next_at, item.trouble = now, None, ""
            item.save(update_fields=["taken_at", "next_at", "trouble"])
            return True
    except DomainError as refusal:
        _put_back(item, str(refusal), now)
    return True


def _locked(now: datetime) -> InboxItem | None:
    earlier = InboxItem.objects.filter(
        account=OuterRef("account"), address=OuterRef("address"), next_at__isnull=False,
    ).filter(at__lt=OuterRef("at"))  # fmt: skip
    due = InboxItem.objects.filter(next_at__lte=now).exclude(Exists(earlier)).order_by("next_at", "at", "id")
    return due.select_for_update(skip_locked=True, of=("self",)).select_related("account").first()


@transaction.atomic
def _put_back(item: InboxItem | None, trouble: str, now: datetime) -> None:
    """It is tried again later; in the end it stays for people to look at, and no longer holds up its address."""
    if item is None:
        return
    InboxItem.objects.filter(pk=item.pk).update(
        attempts=F("attempts") + 1,
        next_at=retry_at(item.attempts + 1, now=now),
        trouble=trouble[:LONGEST_TROUBLE],
    )


def _will_pull(account: Account, door: str, token: str, now: datetime) -> None:
    PullCursor.objects.update_or_create(
        account=account, door=door, defaults={"pull_at": now, "pull_token": token, "is_comparing": False}
    )


def again(item: InboxItem, *, now: datetime) -> None:
    """Try once more what could not be used; what could not be read is read anew. Raises Unreadable or Forged."""
    if item.taken_at is not None:
        return
    if not item.external_id.startswith(UNREADABLE):
        InboxItem.objects.filter(pk=item.pk, taken_at__isnull=True).update(next_at=now, attempts=0)
        return
    [kept] = item.fact["media"]
    body = file_store.read(kept["file"])
    called_back(item.account, Callback("POST", item.fact["query"], {}, body, now))
    InboxItem.objects.filter(pk=item.pk).update(taken_at=now, trouble="")


@transaction.atomic
def _claimed_cursors(now: datetime) -> list[PullCursor]:
    rows = list(
        PullCursor.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pull_at__lte=now, account__is_active=True)
        .select_related("account")
    )
    for row in rows:
        row.pull_at = now + LEASE
    PullCursor.objects.bulk_update(rows, ["pull_at"])
    return rows


def _pull(row: PullCursor, now: datetime, by: Vendor | None) -> int:
    source, news, lease = by or accounts.vendor(row.account), 0, row.pull_at
    while True:
        try:
            page = source.pull(row.door, row.pull_token, row.cursor)
        except GatewayAway as away:
            accounts.is_away(row.account, str(away), now=now)
            return news  # the lease runs out, and it is tried again
        accounts.is_back(row.account)
        with transaction.atomic():
            # Whoever moved the cursor meanwhile has this page already.
            mine = PullCursor.objects.filter(pk=row.pk, cursor=row.cursor).update(cursor=page.cursor)
            if not mine:
                return news
            fresh = keep(row.account, opting.honour(row.account, page.incoming, now=now), now=now)
            news += fresh
            if row.is_comparing and fresh:
                # Of what is a little old, a callback should have told.
                old = sum(fact.at < now - ON_ITS_WAY for fact in page.incoming)
                comparing.was_missing(row.account, min(old, fresh), now=now)
            receiving.take(row.account.key, reports=page.reports, now=now)
            if not page.has_more:
                # A callback that came meanwhile asked for another round: its moment stays.
                PullCursor.objects.filter(pk=row.pk, pull_at=lease).update(pull_at=None)
        row.cursor = page.cursor
        if not page.has_more:
            return news
