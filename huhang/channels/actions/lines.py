"""The line: asking for somebody, waiting with an honest place, being given to a person, falling back into it."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from huhang.channels.actions import leaving, words
from huhang.channels.events import ConversationWaits, MessageLeft
from huhang.channels.models import Conversation, Entrance, ServiceQueue, Stretch
from huhang.channels.rules.conversation import PACE_OVER, Place, Side, Stage, may_move, place
from huhang.channels.rules.entrances import CHATS
from huhang.channels.rules.matter import Sort
from huhang.kit import calendar_store
from huhang.kit.calendars import Calendar as Hours
from huhang.kit.calendars import add_working, is_open, next_opening
from huhang.kit.errors import DomainError
from huhang.kit.events import publish
from huhang.network.models import Person

WAITING = _("正在为您安排客服，您前面还有 {ahead} 位")
NEXT = _("正在为您安排客服，马上轮到您")
LEFT = _("您的留言已收到，我们会在 {promised} 前答复您")
CONNECTED = _("客服 {agent} 为您服务")
DROPPED = _("客服的网络断开了，正在为您重新安排，您不用重新排队")


class CannotGoThere(DomainError):
    """这个会话已经不在原来的状态，请刷新后再操作。"""


def ask_for_somebody(conversation: Conversation, *, now: datetime) -> None:
    """Stand in the line, or leave a message when nobody is there at this hour. The row must be locked."""
    if not has_people(conversation.entrance, now):
        leave_message(conversation, now=now)
        return
    _move(conversation, Stage.WAITING)
    conversation.waits_from = conversation.waits_from or now
    conversation.owed_from = conversation.owed_from or now
    conversation.save()
    _begin(conversation, None, now)
    ahead = before(conversation)
    say(conversation, WAITING if ahead else NEXT, f"waits:{conversation.no}", now=now, ahead=ahead)
    publish(ConversationWaits(conversation_id=conversation.pk, at=now))


def leave_message(conversation: Conversation, *, now: datetime) -> None:
    """Nobody sits before the screen: the words lie here, with the moment until which they will be answered."""
    _move(conversation, Stage.LEFT_MESSAGE)
    conversation.promised_at = promise(conversation.entrance, conversation.queue, now)
    conversation.owed_from = conversation.owed_from or now
    conversation.save()
    promised = conversation.promised_at.isoformat()
    say(conversation, LEFT, f"left:{conversation.no}", now=now, leaves=True, promised=promised)
    publish(MessageLeft(conversation_id=conversation.pk, at=now))


def give(conversation: Conversation, *, to: Person, by: Person | None, now: datetime, note: str = "") -> None:
    """Give a conversation to a person: from the line, from the messages left, or from another person."""
    if conversation.stage != Stage.TALKING:
        _move(conversation, Stage.TALKING)
    how = "taken" if by == to else ("given" if conversation.agent is None else "transferred")
    conversation.agent, conversation.taken_at = to, conversation.taken_at or now
    conversation.save()
    _begin(conversation, to, now, ended_by=how, by=by, note=note)
    say(conversation, CONNECTED, f"with:{conversation.no}:{conversation.last_seq}", now=now, agent=str(to))


def fall_back(
    conversation: Conversation, *, now: datetime, ended_by: str = "dropped", by: Person | None = None, note: str = "",
    to: ServiceQueue | None = None,
) -> None:  # fmt: skip
    """Back into a line, at the place it had: an agent dropped off, or passed it on to a queue."""
    _move(conversation, Stage.WAITING)
    conversation.agent = None
    conversation.queue = to or conversation.queue
    conversation.waits_from = conversation.waits_from or now
    conversation.save()
    _begin(conversation, None, now, ended_by=ended_by, by=by, note=note)
    if ended_by == "dropped":
        # A letter that says that somebody's line was cut helps nobody.
        leaves = conversation.entrance.kind in CHATS
        say(
            conversation,
            DROPPED,
            f"dropped:{conversation.no}:{conversation.last_seq}",
            now=now,
            leaves=leaves,
        )
    else:
        words.tell(conversation, in_line=True)
    publish(ConversationWaits(conversation_id=conversation.pk, at=now))


def end_stretch(conversation: Conversation, *, now: datetime, ended_by: str, by: Person | None) -> None:
    """Nobody has it any more."""
    Stretch.objects.filter(conversation=conversation, until__isnull=True).update(
        until=now, ended_by=ended_by, by=by.get_username() if by else ""
    )


def has_people(entrance: Entrance, now: datetime) -> bool:
    """Are people there for this entrance at this hour?"""
    return entrance.calendar is None or is_open(_hours(entrance), now)


def opens_at(entrance: Entrance, now: datetime) -> datetime:
    """From when people are there again; now, while they are."""
    return now if has_people(entrance, now) else next_opening(_hours(entrance), now)


def promise(entrance: Entrance, queue: ServiceQueue, now: datetime) -> datetime:
    """Until when a message left now will be answered, in the hours of its entrance."""
    if entrance.calendar is None:
        return now + timedelta(minutes=queue.promise_minutes)
    return add_working(_hours(entrance), now, queue.promise_minutes).due


def before(conversation: Conversation) -> int:
    """How many wait before this one."""
    waiting = Conversation.objects.filter(queue=conversation.queue, stage=Stage.WAITING)
    return waiting.filter(waits_from__lt=conversation.waits_from).count()


def place_of(conversation: Conversation, *, now: datetime) -> Place:
    """Its place in the line and how long that takes, from how fast the line has moved lately."""
    answered = (
        Conversation.objects.filter(queue=conversation.queue, taken_at__gt=now - timedelta(hours=1))
        .order_by("-taken_at")
        .values_list("taken_at", flat=True)[:PACE_OVER]
    )
    return place(before(conversation), [at for at in answered if at], now=now)


def say(
    conversation: Conversation, text: str, key: str, *, now: datetime, leaves: bool = False, **given: object
) -> None:
    """A word of the house: stored as its sentence and what fills it in, read in the reader's language.

    At a vendor's only what a customer must know leaves: every message is counted there.
    """
    message = words.append(
        conversation,
        key=f"house:{key}",
        side=Side.HOUSE,
        sort=Sort.EVENT,
        text=text,
        data={"words": given},
        now=now,
    )
    if leaves and message.outgoing is None:
        message.outgoing = leaving.house_word(conversation, message, now=now)
        message.save(update_fields=["outgoing"])


def _hours(entrance: Entrance) -> Hours:
    assert entrance.calendar is not None
    return calendar_store.get(entrance.calendar.key, entrance.calendar.version).hours


def _move(conversation: Conversation, to: Stage) -> None:
    if not may_move(conversation.stage, to):
        raise CannotGoThere(conversation=conversation.no, stage=conversation.stage)
    conversation.stage = to


def _begin(
    conversation: Conversation, agent: Person | None, now: datetime, *, ended_by: str = "", by: Person | None = None,
    note: str = "",
) -> None:  # fmt: skip
    end_stretch(conversation, now=now, ended_by=ended_by or "waits", by=by)
    Stretch.objects.create(
        conversation=conversation, queue=conversation.queue, agent=agent, since=now,
        by=by.get_username() if by else "", note=note[:300],
    )  # fmt: skip
