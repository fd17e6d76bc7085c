"""Words in a conversation: each written once, in a row without gaps, and shown where it belongs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from huhang.channels.models import Conversation, Message
from huhang.channels.rules.conversation import Side
from huhang.channels.rules.matter import Media, Sort
from huhang.kit import file_store, live
from huhang.kit.received import Ready
from huhang.network.models import Person

KIND = "channels.conversation"
# Heard by the customer's page: it carries a reference and nothing else.
CUSTOMERS = "channels.talk"


def append(
    conversation: Conversation, *, key: str, side: Side, now: datetime, sort: Sort = Sort.TEXT, text: str = "",
    by: Person | None = None, name: str = "", data: dict[str, Any] | None = None,
    files: Sequence[dict[str, Any]] = (), at: datetime | None = None,
) -> Message:  # fmt: skip
    """Write one message as the next one of a locked conversation; the same key again is the same message."""
    known = Message.objects.filter(key=key).first()
    if known:
        return known
    conversation.last_seq += 1
    Conversation.objects.filter(pk=conversation.pk).update(
        last_seq=conversation.last_seq, version=F("version") + 1
    )
    message = Message.objects.create(
        conversation=conversation, seq=conversation.last_seq, key=key, side=side, by=by, name=name[:80], sort=sort,
        text=text.replace("\x00", ""), data=data or {}, files=list(files), at=at or now, stored_at=now,
    )  # fmt: skip
    tell(conversation, for_customer=side != Side.NOTE)
    return message


def tell(conversation: Conversation, *, for_customer: bool = True) -> None:
    """Say that something is new: to the agents' pages, and to the customer's unless it is none of their business."""
    live.announce(KIND, path=conversation.path, ref=conversation.no)
    if for_customer:
        tell_customer(conversation)


def tell_customer(conversation: Conversation) -> None:
    """The same to the customer's page alone."""
    live.announce(CUSTOMERS, ref=conversation.no)


def files_of(media: Sequence[Media]) -> list[dict[str, Any]]:
    """What is kept of files: on disk by a random name, or where the vendor keeps them until they are fetched."""
    return [
        {"file": file_store.keep(one.data) if one.data else "", "name": one.name[:120], "type": one.content_type,
         "size": len(one.data), "ref": one.ref}
        for one in media
    ]  # fmt: skip


def kept(ready: Sequence[Ready]) -> list[dict[str, Any]]:
    """Files made ready, on disk before any row tells of them."""
    return [
        {"file": file_store.keep(one.content), "name": one.name, "type": one.known.content_type,
         "size": len(one.content), "ref": ""}
        for one in ready
    ]  # fmt: skip


@file_store.held_by
def _held(names: list[str]) -> set[str]:
    asked = Q(pk__in=[])
    for name in names:
        asked |= Q(files__contains=[{"file": name}])
    rows = Message.objects.filter(asked).values_list("files", flat=True)
    return {one["file"] for files in rows for one in files}
