"""Reminders of the simulated carrier: most couriers look and say that they will act, some need a call.

What was sent in the past goes to a gateway that only nods; the living carrier uses the real outbox.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.db.models import F, Q

from huhang.channels.actions import outgoing, receiving
from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Outgoing
from huhang.channels.rules.gateway import Letter, Post, Report
from huhang.channels.rules.outgoing import Medium, State
from huhang.config.demo.plan import WELCOME_OUTLET
from huhang.journey.actions import acknowledging, reminders
from huhang.journey.actions.acknowledging import Teller
from huhang.journey.models import Reminder, ReminderSend
from huhang.network.models import Person

# Longer ago nobody looks at single reminders, and the building would take twice as long.
LIVED = timedelta(days=8)
NOTICED_WITHIN = timedelta(seconds=2)
# Of those who got it: how many look at it, and how many of these say that they will act.
LOOKS = {Medium.IN_APP: 0.45, Medium.SMS: 0.72, Medium.VOICE: 0.8}
ACTS = {Medium.IN_APP: 0.6, Medium.SMS: 0.82, Medium.VOICE: 0.9}
PASSES_ON = 0.06
ANSWERS_BY = {Medium.IN_APP: "page", Medium.SMS: "link", Medium.VOICE: "reply"}
# Nobody has looked yet at what came last: something must be left for the visitor.
UNSEEN_SINCE = timedelta(minutes=40)
LEFT_SINCE = timedelta(hours=40)


class Nodding:
    """The outbox file's stand-in for the past."""

    name = "outbox_file"
    is_real = False

    def send(self, letter: Letter, *, again: bool) -> str:
        return f"simulated-{letter.key}"[:100]

    def collect(self) -> Iterator[Post]:
        return iter(())


@dataclass
class Reminding:
    """Lets reminders be planned, sent and answered as time passes."""

    dice: Random
    now: datetime
    is_virtual: bool = True
    last_seen: int = 0
    waiting: list[tuple[datetime, int, bool]] = field(default_factory=list)

    @classmethod
    def awaken(cls, now: datetime) -> "Reminding":
        """Go on in real time; what was sent before has been answered, or never will be."""
        last = Outgoing.objects.order_by("-pk").values_list("pk", flat=True).first()
        return cls(Random(), now, is_virtual=False, last_seen=last or 0)

    def live(self, raised: Iterable[tuple[int, datetime]], until: datetime) -> None:
        """Up to a moment of the past: plan, take each rung at its moment, let people answer."""
        if until < self.now - LIVED:
            return
        by_minute: dict[datetime, list[int]] = {}
        for hit_id, at in raised:
            by_minute.setdefault((at + NOTICED_WITHIN).replace(second=2, microsecond=0), []).append(hit_id)
        for at, hit_ids in sorted(by_minute.items()):
            reminders.plan(hit_ids, now=at)
        while (moment := self._next(until)) is not None:
            reminders.send_due(now=moment)
            outgoing.deliver_due(now=moment, by=Nodding())
            self._let_people_hear()
            self._let_people_act(moment)

    def step(self, now: datetime) -> None:
        """In real time the workers send; we only answer for those who are not the visitor's."""
        self._let_people_hear()
        self._let_people_act(now)

    def _next(self, until: datetime) -> datetime | None:
        """The next moment at which something happens."""
        due = (
            Reminder.objects.filter(next_at__lte=until).order_by("next_at").values_list("next_at", flat=True)
        )
        moments = [*due[:1], *(at for at, *_ in self.waiting if at <= until)]
        return min((at for at in moments if at is not None), default=None)

    def _let_people_hear(self) -> None:
        """Put on the calendar what each addressee will do with a new message."""
        fresh = Outgoing.objects.filter(pk__gt=self.last_seen, reminders__isnull=False).exclude(
            state=State.FAILED
        )
        for message in fresh.order_by("pk").distinct().select_related("unit"):
            self.last_seen = message.pk
            if message.unit and self._is_ours(message.unit.code, message.queued_at, bool(message.courier_id)):
                self._decide(message)

    def _is_ours(self, unit: str, at: datetime, is_courier: bool) -> bool:
        """The visitor's outlet answers for itself, and of the past its couriers have left something for the visitor."""
        if not self.is_virtual:
            return unit != WELCOME_OUTLET
        is_left = is_courier and unit == WELCOME_OUTLET
        return at < self.now - (LEFT_SINCE if is_left else UNSEEN_SINCE)

    def _decide(self, message: Outgoing) -> None:
        medium = Medium(message.medium)
        if self.dice.random() > LOOKS[medium]:
            return
        at = message.queued_at + timedelta(minutes=self.dice.triangular(0.5, 18, 3))
        self.waiting.append((at, message.pk, self.dice.random() < ACTS[medium]))

    def _let_people_act(self, now: datetime) -> None:
        due = sorted(entry for entry in self.waiting if entry[0] <= now)
        self.waiting = [entry for entry in self.waiting if entry[0] > now]
        for at, message_id, acts in due:
            message = Outgoing.objects.select_related("courier", "person", "unit").get(pk=message_id)
            receiving.take(message.gateway, reports=[Report(State.READ, at, key=message.key)], now=now)
            acknowledging.seen(outgoing_ids=[message_id], at=at)
            if acts:
                self._answer(message, at)

    def _answer(self, message: Outgoing, at: datetime) -> None:
        spoken_of = list(ReminderSend.objects.filter(outgoing=message).values_list("reminder", flat=True))
        medium = Medium(message.medium)
        teller = Teller(_name(message), ANSWERS_BY[medium])
        if message.courier_id and medium != Medium.IN_APP and self.dice.random() < PASSES_ON:
            acknowledging.pass_on(reminder_ids=spoken_of, by=teller, now=at)
        else:
            acknowledging.acknowledge(reminder_ids=spoken_of, by=teller, now=at)


def _name(message: Outgoing) -> str:
    """A courier without a log-in has the outlet look at the screen."""
    if message.medium == Medium.IN_APP and message.person_id is None:
        colleague = Person.objects.filter(home=message.unit).order_by("pk").first()
        return str(colleague or message.unit)
    return acknowledging.name_of(message)


def link(now: datetime) -> list[str]:
    """The token of a courier's page on which something waits, for the visitor: at the visitor's outlet if possible."""
    is_open = Q(
        reminders__reminder__acknowledged_at__isnull=True,
        reminders__reminder__hit__cleared_at__isnull=True,
        reminders__reminder__courier=F("courier"),
    )
    sent = Outgoing.objects.filter(
        medium=Medium.SMS, courier__isnull=False, link_expires_at__gt=now
    ).order_by("-pk")
    waiting = sent.filter(is_open)
    latest = waiting.filter(unit__code=WELCOME_OUTLET).first() or waiting.first() or sent.first()
    return [token_of(latest.key)] if latest else []
