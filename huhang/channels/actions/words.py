"""Words in a conversation: each written once, in a row without gaps, and shown where it belongs."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Q

from huhang.channels.models import Conversation, Message
from huhang.channels.rules.conversation import Side, Stage
from huhang.channels.rules.matter import Media, Sort
from huhang.channels.sql import statement
from huhang.kit import file_store, hot, live, search
from huhang.kit.received import Ready
from huhang.network.models import Person

# Who has whom, who waits, what was left: heard by everybody who may serve there.
KIND = "channels.conversation"
# What is said in a talk: heard by whoever has it, and by whoever looks at just this one.
WORDS = "channels.words"
# Heard by the customer's page: it carries a reference and nothing else.
CUSTOMERS = "channels.talk"
# The last words of these stand in everybody's line.
LINED = (Stage.WAITING, Stage.LEFT_MESSAGE)


def append(
    conversation: Conversation, *, key: str, side: Side, now: datetime, sort: Sort = Sort.TEXT, text: str = "",
    by: Person | None = None, name: str = "", data: dict[str, Any] | None = None,
    files: Sequence[dict[str, Any]] = (), at: datetime | None = None,
) -> Message:  # fmt: skip
    """Write one message as the next one of a locked conversation; the same key again is the same message."""
    message = Message(
        conversation=conversation, key=key, side=side, by=by, name=name[:80], sort=sort, text=text,
        data=data or {}, files=list(files), at=at or now, stored_at=now,
    )  # fmt: skip
    return message if write(message) else Message.objects.get(key=key)


def write(message: Message, **moved: Any) -> bool:
    """Give a message its place in its locked conversation, and move there what it moves; False if it has one.

    One statement for all of it, pages told included: this is done for every word. `announced` holds by which numbers
    they were told, as the page of whoever said it need not ask what it knows.
    """
    conversation = message.conversation
    message.text = message.text.replace("\x00", "")
    if message.side != Side.HOUSE and message.text:
        message.search = search.tsvector_text(message.text)
    given = hot.columns_of(message) | {f"moved_{name}": value for name, value in moved.items()}
    given |= {"data": hot.as_json(message.data), "files": hot.as_json(message.files)}
    in_line = (
        message.side == Side.HOUSE if conversation.stage == Stage.TALKING else conversation.stage in LINED
    )
    given |= live.places(_news(conversation, for_customer=message.side != Side.NOTE, in_line=in_line))
    found = hot.rows(_statement(tuple(moved)), given)
    if not found:
        return False
    message.pk, message.seq = found[0][:2]
    message._state.adding = False
    conversation.last_seq = message.seq
    for column, value in moved.items():
        setattr(conversation, column, value)
    message.announced = [number for _, _, number, _ in found]
    return True


def known(key: str, conversation: Conversation) -> Message | None:
    """The word of this name, if it was said here before."""
    return Message.objects.filter(key=key, conversation=conversation).first()


@cache
def _statement(moved: tuple[str, ...]) -> str:
    """Only the names of columns of ours are composed into it."""
    changes = "".join(f", {name} = %(moved_{name})s" for name in moved)
    return live.announcing(statement("append_word").replace("/* moved */", changes))


def tell(conversation: Conversation, *, for_customer: bool = True, in_line: bool = False) -> None:
    """Say that something is new: to whoever has it, the line, and the customer unless it is none of their business."""
    live.announce_each(_news(conversation, for_customer=for_customer, in_line=in_line))


def _news(conversation: Conversation, *, for_customer: bool, in_line: bool) -> list[live.Change]:
    changes = [(WORDS, f"/{conversation.agent_id or 0}/", conversation.no)]
    if for_customer:
        changes.append((CUSTOMERS, "", conversation.no))
    if in_line:
        changes.append((KIND, conversation.path, conversation.no))
    return changes


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
