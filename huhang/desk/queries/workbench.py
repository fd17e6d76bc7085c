"""The agent's workbench: who waits, and who talks with whom."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from huhang.channels.models import Conversation, Message
from huhang.channels.queries import calls, talks
from huhang.channels.rules import pace
from huhang.channels.rules.conversation import Side, Stage
from huhang.desk.models import Seat
from huhang.desk.rules import chatting as rule
from huhang.desk.rules.assignment import Status
from huhang.desk.rules.chatting import Held
from huhang.kit.errors import NotFound
from huhang.network.models import Person, under
from huhang.network.queries.acting import know_grants

SHOWN = 50
# One's own: whoever waits for an answer, the longest first; then the rest by their last word.
MINE = (
    F("owed_from").asc(nulls_last=True),
    Greatest("customer_spoke_at", "agent_spoke_at", "taken_at").desc(),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in the line on the left."""

    talk: Conversation
    last_words: str
    unread: int

    @property
    def who(self) -> str:
        return self.talk.contact.name or self.talk.contact.phone

    @property
    def since(self) -> datetime | None:
        """Since when somebody waits for a word of ours."""
        return self.talk.owed_from

    @property
    def due_at(self) -> datetime | None:
        """Until when that word is prompt, or was promised."""
        if self.talk.stage == Stage.LEFT_MESSAGE:
            return self.talk.promised_at
        return (
            self.talk.owed_from + timedelta(seconds=self.talk.queue.answer_within)
            if self.talk.owed_from
            else None
        )


@dataclass(frozen=True, slots=True)
class Line:
    """The left side: what is mine, what waits, what was left."""

    mine: list[Row]
    waiting: list[Row]
    left: list[Row]
    # All that wait, of which the list shows the first.
    waiting_number: int
    left_number: int


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be passed a conversation, as they stand now; `held` is weighed as for what comes by itself."""

    seat: Seat
    held: int
    is_on_the_line: bool

    @property
    def person(self) -> Person:
        return self.seat.person

    @property
    def is_full(self) -> bool:
        return self.held >= self.seat.chats


def line(person: Person) -> Line:
    """What this person has, and what waits in the queues that they may serve."""
    waiting = _within(person).filter(stage=Stage.WAITING).order_by("queue__rank", "waits_from")
    left = _within(person).filter(stage=Stage.LEFT_MESSAGE).order_by("promised_at")
    mine = _told(Conversation.objects.filter(agent=person, stage=Stage.TALKING).order_by(*MINE))
    numbers = _within(person).filter(stage__in=[Stage.WAITING, Stage.LEFT_MESSAGE]).aggregate(
        waiting=Count("pk", filter=Q(stage=Stage.WAITING)), left=Count("pk", filter=Q(stage=Stage.LEFT_MESSAGE))
    )  # fmt: skip
    return Line(
        mine=_rows(mine), waiting=_rows(_told(waiting)), left=_rows(_told(left)),
        waiting_number=numbers["waiting"], left_number=numbers["left"],
    )  # fmt: skip


def live(person: Person) -> list[Row]:
    """Every open conversation that a supervisor may watch, the longest owed first."""
    rows = Conversation.objects.open().exclude(stage=Stage.SELF_SERVICE)
    scoped = rows.filter(under(person.visible_paths(talks.SUPERVISE)))
    return _rows(_told(scoped.order_by(F("owed_from").asc(nulls_last=True), "opened_at")))


def talk_of(person: Person, no: str) -> Conversation:
    """The conversation of this number, if the person may talk or supervise there."""
    found = talks.reachable(person, no, talks.TALK) or talks.reachable(person, no, talks.SUPERVISE)
    if found is None:
        raise NotFound(conversation=no)
    return found


def seat_of(person: Person) -> Seat | None:
    return Seat.objects.filter(person=person, is_active=True).first()


def colleagues(person: Person, talk: Conversation, *, now: datetime) -> list[Colleague]:
    """To whom a conversation can be passed on: manned seats but one's own, the free first, and who carries least."""
    rows = Seat.objects.filter(is_active=True).exclude(status=Status.OFFLINE).exclude(person=person)
    manned = list(rows.select_related("person", "unit").order_by("person__display_name", "pk"))
    know_grants(seat.person for seat in manned)
    able = [seat for seat in manned if seat.person.may(talks.TALK, talk.path)]
    people = [seat.person_id for seat in able]
    held, on_the_line = held_by(people, now=now), calls.on_the_line(people, now=now)
    return sorted(
        (
            Colleague(seat, held.get(seat.person_id, rule.NOTHING).points, seat.person_id in on_the_line)
            for seat in able
        ),
        key=_how_free,
    )


def _how_free(one: Colleague) -> tuple[bool, float]:
    is_free = one.seat.status == Status.AVAILABLE and not one.is_on_the_line
    return not is_free, rule.share(one.held, one.seat.chats)


def held_by(people: Iterable[int], *, now: datetime) -> dict[int, Held]:
    """What each of them has at once; a talk that rests weighs nothing."""
    since = now - pace.AT_WORK_FOR
    at_work = Q(owed_from__isnull=False) | Q(customer_spoke_at__gt=since) | Q(agent_spoke_at__gt=since)
    held = Conversation.objects.filter(
        at_work | Q(taken_at__gt=since), stage=Stage.TALKING, agent__in=list(people)
    )
    points, of_queue = Counter[int](), defaultdict[int, dict[int, int]](dict)
    for agent, queue, weight, number in (
        held.order_by().values_list("agent", "queue", "queue__points").annotate(number=Count("pk"))
    ):
        points[agent] += weight * number
        of_queue[agent][queue] = number
    return {agent: Held(points[agent], of_queue[agent]) for agent in of_queue}


def _within(person: Person) -> QuerySet[Conversation]:
    return Conversation.objects.filter(under(person.visible_paths(talks.TALK)))


def _told(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    # A colleague's note counts: whoever is passed a talk reads there why.
    said = Message.objects.filter(conversation=OuterRef("pk")).exclude(side=Side.HOUSE).order_by("-seq")
    # Of ours nothing is news, and nobody reads what the house says to everybody.
    news = said.filter(seq__gt=OuterRef("read_by_agent")).exclude(side=Side.AGENT).order_by()
    unread = news.values("conversation").annotate(number=Count("pk")).values("number")
    return rows.select_related("contact", "entrance", "queue", "agent", "follows__agent").annotate(
        last_words=Subquery(said.values("text")[:1]), unread=Coalesce(Subquery(unread), 0)
    )


def _rows(rows: QuerySet[Conversation]) -> list[Row]:
    found: Any = rows[:SHOWN]
    return [Row(talk=talk, last_words=talk.last_words or "", unread=talk.unread) for talk in found]
