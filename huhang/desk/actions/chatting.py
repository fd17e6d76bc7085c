"""Conversations and seats: given as they come, taken by hand, brought back when whoever had them is gone.

Lock order: conversations before seats. Two workers go round at the same time; each conversation is asked again under
its own lock, so a round that is lost or gone twice changes nothing.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from huhang.channels.actions import lines, talking
from huhang.channels.models import Conversation
from huhang.channels.queries import calls
from huhang.channels.rules import pace
from huhang.channels.rules.conversation import DROPPED_AFTER, Stage
from huhang.desk.models import Seat
from huhang.desk.queries.workbench import held_by
from huhang.desk.rules import chatting as rule
from huhang.desk.rules.assignment import Status
from huhang.desk.rules.chatting import REMEMBERED, Talker, Waiting
from huhang.kit.errors import DomainError
from huhang.network.models import Person
from huhang.network.queries.acting import know_grants

TALK = "channels.talk"
AT_ONCE = 50


class NoSeat(DomainError):
    """您还没有席位，不能接待会话；请组长为您开通。"""


class NotForThisSeat(DomainError):
    """这个会话需要的技能或范围您没有，请留给同事，或请主管接管。"""


def give_waiting(*, now: datetime) -> int:
    """Give what waits to whoever has room, the first in line first; returns how many found somebody."""
    given = 0
    for pk in _line(now)[:AT_ONCE]:
        given += _give(pk, now)
    return given + give_back(now=now)


def give_back(*, now: datetime) -> int:
    """A letter that goes on with an earlier talk is given to whoever had that, when they are there and have room."""
    theirs = Q(follows__agent__seat__is_active=True, follows__agent__seat__status=Status.AVAILABLE)
    left = Conversation.objects.filter(theirs, stage=Stage.LEFT_MESSAGE).order_by("promised_at", "pk")
    return sum(_give_back(pk, now) for pk in left.values_list("pk", flat=True)[:AT_ONCE])


def take(no: str, *, by: Person, now: datetime) -> Conversation:
    """Take a conversation by hand; who has no seat, or not the skill, leaves it to others."""
    talker = next(iter(talkers(now, person=by)), None)
    if talker is None:
        raise NoSeat
    with transaction.atomic():
        conversation = talking.locked(no)
        if not rule.can_take(_asked(conversation, now), talker, by_itself=False):
            raise NotForThisSeat(conversation=no)
        taken = talking.take(no, by=by, now=now)
        Seat.objects.filter(pk=talker.seat).update(last_chat_at=now)
        return taken


def bring_back(*, now: datetime) -> int:
    """What those had who have gone returns to the line, at its place and with their drafts; returns how many."""
    gone = Q(agent__seat__isnull=False) & (
        Q(agent__seat__is_active=False)
        | Q(agent__seat__status=Status.OFFLINE, agent__seat__status_since__lt=now - DROPPED_AFTER)
        | Q(agent__seat__last_seen_at__lt=now - DROPPED_AFTER)
    )
    # Nobody sits before a letter that is answered: it stays with whoever answered it until another one comes.
    rests = ~Q(entrance__kind__in=list(pace.ON_OUR_PAGE)) & Q(owed_from__isnull=True)
    left = Conversation.objects.filter(gone & ~rests, stage=Stage.TALKING).order_by("pk")
    return sum(_bring_back(pk, now) for pk in left.values_list("pk", flat=True)[:AT_ONCE])


def talkers(now: datetime, *, person: Person | None = None) -> list[Talker]:
    """Seats that are manned, as they stand now."""
    seats = Seat.objects.filter(is_active=True).exclude(status=Status.OFFLINE).select_related("person")
    if person is not None:
        seats = seats.filter(person=person)
    rows = list(seats)
    people = [seat.person_id for seat in rows]
    know_grants(seat.person for seat in rows)
    held, on_the_line = held_by(people, now=now), calls.on_the_line(people, now=now)
    return [
        Talker(
            seat=seat.pk, person=seat.person_id, status=Status(seat.status), chats=seat.chats,
            held=held.get(seat.person_id, rule.NOTHING), skills=frozenset(seat.skills),
            languages=frozenset(seat.languages), scopes=tuple(seat.person.visible_paths(TALK)),
            takes_by_itself=seat.takes_by_itself, idle_since=seat.last_chat_at,
            is_on_the_line=seat.person_id in on_the_line,
        )
        for seat in rows
    ]  # fmt: skip


def _line(now: datetime) -> list[int]:
    waiting = Conversation.objects.filter(stage=Stage.WAITING)
    return list(
        waiting.order_by("queue__rank", "waits_from", "pk").values_list("pk", flat=True)[: AT_ONCE * 4]
    )


@transaction.atomic
def _give(pk: int, now: datetime) -> bool:
    conversation = _locked(pk, Stage.WAITING)
    if conversation is None:
        return False
    chosen = rule.choose(_asked(conversation, now), _locked_talkers(now))
    if chosen is None:
        return False
    lines.give(conversation, to=Person.objects.get(pk=chosen.person), by=None, now=now)
    Seat.objects.filter(pk=chosen.seat).update(last_chat_at=now)
    return True


@transaction.atomic
def _give_back(pk: int, now: datetime) -> bool:
    conversation = _locked(pk, Stage.LEFT_MESSAGE)
    before = conversation.follows.agent_id if conversation and conversation.follows else None
    if conversation is None or before is None:
        return False
    chosen = next((one for one in _locked_talkers(now) if one.person == before), None)
    if chosen is None or not rule.can_take(_asked(conversation, now), chosen):
        return False
    lines.give(conversation, to=Person.objects.get(pk=before), by=None, now=now)
    Seat.objects.filter(pk=chosen.seat).update(last_chat_at=now)
    return True


def _locked(pk: int, stage: Stage) -> Conversation | None:
    """The conversation, if it still stands there and nobody else is at it."""
    rows = Conversation.objects.select_for_update(skip_locked=True, of=("self",))
    rows = rows.select_related("queue", "entrance__calendar", "agent", "follows")
    return rows.filter(pk=pk, stage=stage).first()


def _locked_talkers(now: datetime) -> list[Talker]:
    """Their rows are locked in the order of their numbers, so that two rounds do not fill one seat twice.

    Whoever gave no sign of life is given nothing: it would be brought back at once, and given again, and so on.
    """
    free = Seat.objects.filter(is_active=True, status=Status.AVAILABLE)
    free = free.exclude(last_seen_at__lt=now - DROPPED_AFTER)
    held = set(free.select_for_update().order_by("pk").values_list("pk", flat=True))
    # Who sat down meanwhile is another round's: to write there would wait for it, while it waits for these.
    return [one for one in talkers(now) if one.seat in held]


@transaction.atomic
def _bring_back(pk: int, now: datetime) -> bool:
    conversation = _locked(pk, Stage.TALKING)
    if conversation is None:
        return False
    lines.fall_back(conversation, now=now)
    return True


def _asked(conversation: Conversation, now: datetime) -> Waiting:
    return Waiting(
        path=conversation.path, skill=conversation.queue.skill, language=conversation.language,
        points=conversation.queue.points, before=_talked_before(conversation, now), queue=conversation.queue.pk,
        at_once=conversation.queue.at_once,
    )  # fmt: skip


def _talked_before(conversation: Conversation, now: datetime) -> int | None:
    """Who had the talk that this one goes on with, or last talked with this person."""
    if conversation.follows and conversation.follows.agent_id:
        return conversation.follows.agent_id
    earlier = Conversation.objects.filter(
        contact=conversation.contact_id, agent__isnull=False, opened_at__gt=now - REMEMBERED
    ).exclude(pk=conversation.pk)
    return earlier.order_by("-opened_at").values_list("agent", flat=True).first()
