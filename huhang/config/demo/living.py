"""The living carrier: in real time its parcels move on, its customers write, and its people answer.

It touches only what it made itself. Cases at the visitor's outlet, and those that a visitor has claimed, are
left for the visitor; a case opened by anybody else is nobody's business here.
"""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from huhang.config.demo import cases as stories
from huhang.config.demo import feeding, surveying, welcome
from huhang.config.demo import plan as plans
from huhang.config.demo.journeys import hour
from huhang.config.demo.parcels import CST
from huhang.config.demo.playing import Desk
from huhang.config.demo.reminding import Reminding
from huhang.desk.actions import prevention
from huhang.desk.models import Ticket
from huhang.desk.rules.kinds import Kind
from huhang.kit import facts
from huhang.kit.errors import DomainError

EVERY = 5.0  # seconds
# How many customers write in an hour of the day, and of the night.
WRITE_BY_DAY, WRITE_BY_NIGHT = 10, 1.5
FRESH_FOR = timedelta(minutes=2)
# Whoever opens a case by the API or the page means it, and waits for people.
OURS = (prevention.SOURCE, *stories.ENTRANCES)


class NotSimulated(DomainError):
    """这里不是模拟快递公司，不能让它自动运转。请先运行 huhang demo。"""


@dataclass
class Living:
    """The carrier from the last moment up to which it was lived."""

    desk: Desk
    per_day: int
    lived_until: datetime
    last_day: date
    intake: feeding.Intake
    told: Reminding
    dice: Random = field(default_factory=Random)
    noticed: set[str] = field(default_factory=set)

    @classmethod
    def awaken(cls) -> "Living":
        """Draw again what was planned when the carrier was built; raises NotSimulated."""
        made = facts.get(welcome.FACT)
        if not made or not made.get("built_at"):
            raise NotSimulated
        built_at = datetime.fromisoformat(made["built_at"])
        plan = plans.draw(seed=made["seed"], now=built_at, days=made["days"], per_day=made["per_day"])
        lived_until = datetime.fromisoformat(facts.get(welcome.LIVED_UNTIL) or made["built_at"])
        return cls(
            Desk.of(plan, is_virtual=False), made["per_day"], lived_until, plan.now.date(), feeding.Intake(),
            Reminding.awaken(plan.now),
        )  # fmt: skip

    def step(self, now: datetime) -> None:
        """Let everything happen that has happened since the last step."""
        now = now.astimezone(CST).replace(microsecond=0)
        self._plan_days(now.date())
        with transaction.atomic():
            self._send(now)
            facts.put(welcome.LIVED_UNTIL, now.isoformat())
        self._customers_write(now)
        self._people_notice(now)
        self.desk.run_until(now)
        self.told.step(now)
        surveying.answer_now(self.dice, now=now)
        self.lived_until = now

    def _plan_days(self, today: date) -> None:
        """Parcels of days after the building; those of a day depend on the seed and the day alone."""
        plan = self.desk.plan
        while self.last_day < today:
            self.last_day += timedelta(days=1)
            more = tuple(plans.parcels_of(self.last_day, plan.seed, plan.now, plan.ground, self.per_day))
            plan = replace(plan, parcels=plan.parcels + more)
        self.desk.plan = plan

    def _send(self, now: datetime) -> None:
        """New waybills and scans; the same moment sent again changes nothing."""
        parcels, since = self.desk.plan.parcels, self.lived_until
        ordered = [p for p in parcels if since < p.ordered_at <= now]
        scanned = [(p, s) for p in parcels for s in p.scans if since < s.at <= now]
        key = f"simulated:{since.astimezone(UTC).isoformat()}"
        if ordered:
            self.intake.register(ordered, batch_key=f"{key}:waybills", now=now)
        if scanned:
            self.intake.scan(scanned, batch_key=f"{key}:scans", now=now)

    def _customers_write(self, now: datetime) -> None:
        """Now and then somebody whose parcel is on its way gets in touch."""
        per_hour = WRITE_BY_DAY if 8 <= hour(now) < 22 else WRITE_BY_NIGHT
        elapsed = min(now - self.lived_until, timedelta(minutes=1))
        if self.dice.random() < per_hour * (elapsed / timedelta(hours=1)):
            case = stories.spontaneous(self.dice, self.desk.plan, now, self.noticed)
            if case:
                self.noticed.add(case.waybill_no)
                is_visitors = case.unit == plans.WELCOME_OUTLET
                self.desk.expect(replace(case, handling=None) if is_visitors else case)

    def _people_notice(self, now: datetime) -> None:
        """Colleagues elsewhere take on what is open there; the visitor's outlet is the visitor's."""
        fresh = Ticket.objects.live().filter(source__in=OURS).exclude(no__in=self.noticed)
        for ticket in fresh.select_related("at_unit").order_by("pk"):
            self.noticed.add(ticket.no)
            if ticket.waybill_no in self.desk.plan.by_no and ticket.at_unit.code != plans.WELCOME_OUTLET:
                self.desk.handle(ticket.no, self._how(ticket, now), now)

    def _how(self, ticket: Ticket, now: datetime) -> stories.Handling:
        """Whoever finds a case that has waited for a while is quicker about it."""
        how = stories.handling(self.dice, Kind(ticket.kind), now)
        haste = 1 if now - ticket.opened_at < FRESH_FOR else 4
        return replace(how, claim=how.claim / haste, answer=how.answer / haste)


def live() -> None:
    """Live until told to stop."""
    carrier = Living.awaken()
    while True:
        carrier.step(timezone.now())
        time.sleep(EVERY)
