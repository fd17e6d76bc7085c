"""What agents and customers do in a conversation: say, note, read, pass on, take over, close."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import leaving, lines, words
from huhang.channels.events import ConversationClosed
from huhang.channels.models import Conversation, Message, Preview, ReplyDraft, ServiceQueue
from huhang.channels.rules import typing
from huhang.channels.rules.conversation import ClosedBecause, Side, Stage
from huhang.channels.rules.matter import Sort
from huhang.kit.errors import BadInput, NotAllowed, NotFound
from huhang.kit.events import publish
from huhang.kit.readings import Given, Reading
from huhang.network.models import Person

LONGEST = 4000
CLOSED = _("会话已结束，感谢您的耐心")


class NothingSaid(BadInput):
    """请先写点什么，或选择一个文件。"""


class SaysTooMuch(BadInput):
    """一条消息最多 4000 字，请分几条发送。"""


class NameTaken(BadInput):
    """这个消息编号已经用在另一个会话里；请刷新页面后重发。"""


class IsOver(BadInput):
    """这个会话已经结束，内容没有发出。"""


class HasSomebodyElse(NotAllowed):
    """这个会话现在由别的客服负责；需要时请先接管。"""


# Narrow, as this is read for every word: what only a turn of the talk needs is read when it is needed.
LOCKED = Reading(
    lambda: (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("address__account", "preview", "draft")
        .filter(no=Given("no"))
    )
)


def locked(no: str) -> Conversation:
    """The conversation of this number, to be changed; whoever asks must have checked the reach before."""
    row = LOCKED.first(no=no)
    if row is None:
        raise NotFound(conversation=no)
    return row


@transaction.atomic
def say(
    no: str, *, text: str = "", by: Person, key: str, now: datetime, files: Sequence[dict[str, Any]] = (),
    card: dict[str, Any] | None = None,
) -> Message:  # fmt: skip
    """An agent's word to the customer: stored, then shown on our page or handed to the vendor. `key` makes it one."""
    conversation = locked(no)
    if not _holds(conversation, by) and (known := words.known(key, conversation)):
        return known
    _must_hold(conversation, by)
    _check(text, files, card)
    message = Message(
        conversation=conversation, key=key, side=Side.AGENT, by=by, name=str(by)[:80], sort=_sort(text, files, card),
        text=text, data=card or {}, files=list(files), at=now, stored_at=now,
    )  # fmt: skip
    is_new = words.write(
        message, agent_spoke_at=now, owed_from=None, first_answer_at=conversation.first_answer_at or now,
        read_by_agent=conversation.last_seq + 1,
    )  # fmt: skip
    if not is_new:
        return _said_before(conversation, key)
    if outgoing := leaving.by_vendor(conversation, message, now=now):
        message.outgoing = outgoing
        message.save(update_fields=["outgoing"])
    if hasattr(conversation, "draft"):
        conversation.draft.delete()
    return message


@transaction.atomic
def note(no: str, *, text: str, by: Person, key: str, now: datetime) -> Message:
    """A word among colleagues; it never leaves the house."""
    conversation = locked(no)
    _check(text, (), None)
    return words.append(conversation, key=key, side=Side.NOTE, by=by, name=str(by), text=text, now=now)


@transaction.atomic
def customer_says(
    no: str, *, text: str = "", key: str, now: datetime, files: Sequence[dict[str, Any]] = (),
    data: dict[str, Any] | None = None,
) -> Message:  # fmt: skip
    """The customer's word from a page of ours. Somebody who has asked for a person is owed an answer."""
    conversation = locked(no)
    if conversation.stage == Stage.CLOSED:
        if known := words.known(key, conversation):
            return known
        raise IsOver(conversation=no)
    _check(text, files, data)
    message = Message(
        conversation=conversation, key=key, side=Side.CUSTOMER, sort=_sort(text, files, None), text=text,
        data=data or {}, files=list(files), at=now, stored_at=now,
    )  # fmt: skip
    owed_from = None if conversation.stage == Stage.SELF_SERVICE else now
    is_new = words.write(
        message, customer_spoke_at=now, read_by_customer=conversation.last_seq + 1,
        owed_from=conversation.owed_from or owed_from,
    )  # fmt: skip
    if not is_new:
        return _said_before(conversation, key)
    if conversation.stage == Stage.SELF_SERVICE and conversation.agent_spoke_at:
        # They answer a person's word that was left for them here.
        lines.ask_for_somebody(conversation, now=now)
    if hasattr(conversation, "preview"):
        conversation.preview.delete()
    return message


@transaction.atomic
def ask_for_somebody(no: str, *, now: datetime) -> Conversation:
    """The customer wants a person; asking twice is asking once."""
    conversation = locked(no)
    if conversation.stage == Stage.SELF_SERVICE:
        lines.ask_for_somebody(conversation, now=now)
    return conversation


@transaction.atomic
def take(no: str, *, by: Person, now: datetime) -> Conversation:
    """Take a conversation from the line or from the messages left."""
    conversation = locked(no)
    if conversation.agent_id == by.pk and conversation.stage == Stage.TALKING:
        return conversation
    if conversation.stage not in (Stage.WAITING, Stage.LEFT_MESSAGE):
        raise lines.CannotGoThere(conversation=no, stage=conversation.stage)
    lines.give(conversation, to=by, by=by, now=now)
    return conversation


@transaction.atomic
def take_over(no: str, *, by: Person, now: datetime, note: str = "") -> Conversation:
    """A supervisor takes a running conversation."""
    conversation = locked(no)
    if conversation.stage not in (Stage.TALKING, Stage.WAITING, Stage.LEFT_MESSAGE):
        raise lines.CannotGoThere(conversation=no, stage=conversation.stage)
    lines.give(conversation, to=by, by=by, now=now, note=note)
    return conversation


@transaction.atomic
def transfer(
    no: str,
    *,
    by: Person,
    now: datetime,
    note: str,
    to: Person | None = None,
    queue: ServiceQueue | None = None,
) -> Conversation:
    """Pass it on to a colleague or to a queue, with a word for whoever gets it."""
    conversation = locked(no)
    _must_hold(conversation, by)
    if note.strip():
        words.append(
            conversation, key=f"transfer:{no}:{conversation.last_seq}", side=Side.NOTE, by=by, name=str(by),
            text=note.strip(), now=now,
        )  # fmt: skip
    if to is not None:
        lines.give(conversation, to=to, by=by, now=now, note=note)
    else:
        lines.fall_back(conversation, now=now, ended_by="transferred", by=by, note=note, to=queue)
    return conversation


@transaction.atomic
def close(no: str, *, because: ClosedBecause, by: Person | None, now: datetime) -> Conversation:
    """End it. Ended already, it stays as it is."""
    conversation = locked(no)
    if conversation.stage == Stage.CLOSED:
        return conversation
    if because == ClosedBecause.DONE and by is not None:
        _must_hold(conversation, by)
    lines.say(conversation, CLOSED, f"closed:{no}", now=now)
    conversation.stage, conversation.closed_at, conversation.closed_because = Stage.CLOSED, now, because
    conversation.owed_from = None
    conversation.save()
    lines.end_stretch(conversation, now=now, ended_by="closed", by=by)
    ReplyDraft.objects.filter(conversation=conversation).delete()
    Preview.objects.filter(conversation=conversation).delete()
    publish(ConversationClosed(conversation_id=conversation.pk, at=now))
    return conversation


@transaction.atomic
def read(no: str, *, side: Side, up_to: int, now: datetime) -> None:
    """One side has seen everything up to this message; marks only move forward."""
    conversation = locked(no)
    field = "read_by_agent" if side == Side.AGENT else "read_by_customer"
    reached = min(up_to, conversation.last_seq)
    if reached > getattr(conversation, field):
        setattr(conversation, field, reached)
        conversation.save(update_fields=[field])
        words.tell(conversation)


def type_ahead(no: str, *, text: str, now: datetime) -> None:
    """What the customer is writing, for the agent to see while it is written."""
    conversation = Conversation.objects.filter(no=no, stage=Stage.TALKING).first()
    if conversation is None:
        return
    Preview.objects.update_or_create(
        conversation=conversation, defaults={"text": text.replace("\x00", "")[:500], "at": now}
    )
    words.tell(conversation, for_customer=False)


def draft(no: str, *, text: str, by: Person, now: datetime) -> None:
    """Keep an agent's unsent words with the conversation, whoever has it next; the customer sees that, never what."""
    conversation = Conversation.objects.select_related("draft").get(no=no)
    kept = text.replace("\x00", "")[:LONGEST]
    told_at = getattr(getattr(conversation, "draft", None), "told_at", None)
    tells = bool(kept.strip()) and typing.is_news(told_at, now=now)
    ReplyDraft.objects.update_or_create(
        conversation=conversation,
        defaults={"text": kept, "by": by, "at": now, "told_at": now if tells else told_at},
    )
    if tells:
        words.tell_customer(conversation)


def _said_before(conversation: Conversation, key: str) -> Message:
    known = words.known(key, conversation)
    if known is None:
        raise NameTaken(conversation=conversation.no)
    return known


def _holds(conversation: Conversation, by: Person) -> bool:
    return conversation.stage != Stage.CLOSED and conversation.agent_id == by.pk


def _sort(text: str, files: Sequence[dict[str, Any]], card: dict[str, Any] | None) -> Sort:
    if card:
        return Sort.CARD
    return Sort.FILE if files and not text else Sort.TEXT


def _must_hold(conversation: Conversation, by: Person) -> None:
    if conversation.stage == Stage.CLOSED:
        raise IsOver(conversation=conversation.no)
    if conversation.agent_id != by.pk:
        raise HasSomebodyElse(conversation=conversation.no)


def _check(text: str, files: Sequence[dict[str, Any]], card: dict[str, Any] | None) -> None:
    if not text.strip() and not files and not card:
        raise NothingSaid
    if len(text) > LONGEST:
        raise SaysTooMuch
