"""Pictures and sounds that a vendor keeps for us: fetched after the word they came with, made anew, or said why not."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import accounts, words
from huhang.channels.models import Account, MediaFetch, Message
from huhang.channels.rules.fetching import again_at
from huhang.channels.rules.gateway import GatewayAway, GatewayRefused
from huhang.channels.rules.matter import Media
from huhang.channels.rules.vendor import Vendor
from huhang.kit import received
from huhang.kit.errors import DomainError
from huhang.kit.ticking import is_stopping

BATCH = 50
# Whoever fetches is given up on after this long: a large film by a slow line.
LEASE = timedelta(minutes=3)
# Leases count from a round's beginning: it ends early enough for the slowest server after it.
ROUND = 60.0
GONE = _("客户发的文件已过期，平台不再提供，取不回来")
NOT_TAKEN = _("客户发了一个文件，类型或大小不在接收范围内，没有保存")


def will_fetch(account: Account, message: Message, *, now: datetime) -> None:
    """Note what of a message's files still lies at the vendor, in the caller's transaction."""
    if not account.adapter:
        return
    MediaFetch.objects.bulk_create(
        [
            MediaFetch(
                account=account, message=message, place=place, ref=one["ref"][:1000], since=now, next_at=now
            )
            for place, one in enumerate(message.files)
            if one.get("ref") and not one["file"]
        ],
        ignore_conflicts=True,
    )


def fetch_due(*, now: datetime, by: Vendor | None = None) -> int:
    """Fetch what is due; returns how many files came. No lock is held while a vendor is asked."""
    came, away, until = 0, set[int](), time.monotonic() + ROUND
    for _number in range(BATCH):
        is_over = is_stopping() or time.monotonic() > until
        row = None if is_over else _claim(now, away)
        if row is None:
            break
        try:
            came += _fetch(row, by or accounts.vendor(row.account), now)
        except (GatewayAway, accounts.NoSuchAdapter) as trouble:
            _put_back(row, str(trouble), now)
            away.add(row.account_id)
    return came


@transaction.atomic
def _claim(now: datetime, away: set[int]) -> MediaFetch | None:
    due = MediaFetch.objects.filter(next_at__lte=now).exclude(account__in=away).order_by("next_at", "id")
    row = due.select_for_update(skip_locked=True, of=("self",)).select_related("account").first()
    if row is not None:
        row.attempts += 1
        row.next_at = now + LEASE
        row.save(update_fields=["attempts", "next_at"])
    return row


def _fetch(row: MediaFetch, vendor: Vendor, now: datetime) -> bool:
    try:
        media = vendor.fetch(row.ref)
    except GatewayRefused as refusal:
        return _settle(row, {"trouble": GONE}, str(refusal))
    try:
        [kept] = words.kept(received.readied([received.Given(_name(media), media.data)]))
    except DomainError as refusal:
        return _settle(row, {"trouble": NOT_TAKEN}, str(refusal))
    _settle(row, {**kept, "ref": row.ref}, "")
    return True


def _name(media: Media) -> str:
    return media.name or "file"


@transaction.atomic
def _settle(row: MediaFetch, facts: dict[str, Any], trouble: str) -> bool:
    """The message has its file, or says why not; two who fetched the same thing leave one."""
    mine = MediaFetch.objects.filter(pk=row.pk, next_at__isnull=False)
    if not mine.update(next_at=None, trouble=trouble[:300]):
        return False
    message = Message.objects.select_for_update(of=("self",)).select_related("conversation").get(
        pk=row.message_id
    )  # fmt: skip
    message.files[row.place] |= facts
    message.save(update_fields=["files"])
    words.tell(message.conversation)
    return False


def _put_back(row: MediaFetch, trouble: str, now: datetime) -> None:
    next_at = again_at(row.attempts, since=row.since, now=now)
    if next_at is None:
        _settle(row, {"trouble": GONE}, trouble)
        return
    MediaFetch.objects.filter(pk=row.pk, next_at__isnull=False).update(next_at=next_at, trouble=trouble[:300])
