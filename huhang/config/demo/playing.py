"""The desk in virtual time: customers, colleagues and clocks act in the order in which they would have acted."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random

from huhang.channels.actions import notices
from huhang.config.demo import proving
from huhang.config.demo.cases import Case, Handling, handling
from huhang.config.demo.ground import hub_of
from huhang.config.demo.plan import Plan
from huhang.config.demo.welcome import OFFERS
from huhang.desk.actions import answering, claiming, clocks, customers, prevention, progress, steps, tickets
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models import Clock, Step, Ticket
from huhang.desk.rules.kinds import Kind, State, StepState
from huhang.network.models import Courier, Customer, OrgUnit, Person

# A worker looks at the clocks twice a second, and takes a moment to open what the watch has found.
TICK = timedelta(milliseconds=400)
NOTICED_WITHIN = timedelta(seconds=1.5)
UNSEEN_SINCE = timedelta(minutes=15)
READS_NOTICES = timedelta(hours=2)
MOVED_TO_HUB = "包裹在分拨中心，请协助查找"
NOT_OURS = "已核对扫描和装车监控，这票已发往网点，请网点再核实"
NOT_SOLVED = ("说好的时间没有送到", "电话还是打不通，问题没有解决", "只说在处理，没有结果")
# Customer service has these from end to end; the other kinds are the outlet's own.
OWNED_BY_SERVICE = (Kind.COMPLAINT, Kind.CLAIM)
REFUSED, CONFIRMED, DISAGREED = 0.3, 0.3, 0.035
VISITOR, VISITORS_DESK, VISITORS_SHARE = "agent", "HQ-CS", 0.4

Act = Callable[[datetime], None]


@dataclass
class Desk:
    """Who acts when; `run_until` lets time pass, up to the plan's present unless it has no end."""

    plan: Plan
    dice: Random
    units: dict[str, OrgUnit]
    couriers: dict[str, Courier]
    people: dict[str, Person]
    customers: dict[str, Customer]
    waiting: list[tuple[datetime, int, Act]] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)
    # In virtual time we move the clocks; in real time the workers do, and there is no last moment.
    is_virtual: bool = True

    @classmethod
    def of(cls, plan: Plan, *, is_virtual: bool = True) -> "Desk":
        """The desk of the settled carrier."""
        return cls(
            plan=plan,
            dice=Random(f"{plan.seed}:desk"),
            units={unit.code: unit for unit in OrgUnit.objects.all()},
            couriers={courier.code: courier for courier in Courier.objects.all()},
            people={person.username: person for person in Person.objects.select_related("home")},
            customers={customer.code: customer for customer in Customer.objects.all()},
            is_virtual=is_virtual,
        )

    def at(self, moment: datetime, act: Act) -> None:
        """Let this happen then; what would happen after the present never does."""
        if moment <= self.plan.now or not self.is_virtual:
            heapq.heappush(self.waiting, (moment, next(self.numbers), act))

    def run_until(self, moment: datetime) -> None:
        while self.waiting and self.waiting[0][0] <= moment:
            at, _, act = heapq.heappop(self.waiting)
            self._let_clocks_fire(at)
            act(at if self.is_virtual else moment)
        self._let_clocks_fire(moment)

    def _let_clocks_fire(self, until: datetime) -> None:
        """Every clock up to this moment, each at its own."""
        while self.is_virtual and (due := _next_due(until - TICK)):
            clocks.fire_due(now=due + TICK)

    def expect(self, case: Case) -> None:
        """A customer will get in touch."""
        self.at(case.at, partial(self._open, case))

    def hear_hits(self, hits: list[tuple[int, datetime]]) -> None:
        """What the watch found, with the moment of each: cases open as they would have opened."""
        for hit_id, raised_at in hits:
            self.at(raised_at + NOTICED_WITHIN, partial(self._prevent, hit_id))

    def hear_clears(self, clears: list[tuple[str, datetime]]) -> None:
        for waybill, cleared_at in clears:
            self.at(cleared_at + NOTICED_WITHIN, partial(_settle, waybill))

    def read_notices(self) -> None:
        """Everybody has seen what is older than this morning's coffee."""
        self.at(self.plan.now - READS_NOTICES, self._read_all)

    def _read_all(self, now: datetime) -> None:
        for person in self.people.values():
            notices.read_all(by=person, now=now)

    def _open(self, case: Case, now: datetime) -> None:
        parcel = self.plan.by_no[case.waybill_no]
        if case.handling and proving.is_spared(parcel.no, now=now):
            return
        opening = Opening(
            kind=case.kind, title=case.title, body=case.body, unit=self.units[case.unit], source=case.entrance,
            source_ref=case.ref, waybill_no=parcel.no, contact_name=parcel.receiver.name,
            contact_phone=parcel.receiver.phone, courier=self.couriers.get(parcel.courier),
            origin=self.units[parcel.origin], entrance=case.entrance, product=parcel.product,
            customer=self.customers.get(parcel.client), priority=case.known.priority,
            value=case.known.value, answers=case.known.answers,
        )  # fmt: skip
        by = self.somebody("HQ-CS") if case.entrance == "hotline" else None
        ticket, _ = open_ticket(opening, by=by, now=now)
        if case.handling:
            self.handle(ticket.no, case.handling, now)

    def _prevent(self, hit_id: int, now: datetime) -> None:
        if not prevention.open_for_hits([hit_id], now=now):
            return
        ticket = Ticket.objects.get(source=prevention.SOURCE, source_ref=f"hit:{hit_id}")
        if now < self.plan.now - UNSEEN_SINCE:
            self.handle(ticket.no, handling(self.dice, Kind.PREVENTION, now), now)

    def handle(self, no: str, how: Handling, opened_at: datetime) -> None:
        """Put on the calendar what people will do with the case."""
        self.at(opened_at + how.claim, partial(self._claim, no))
        self.at(opened_at + how.answer, partial(self._answer, no, how))
        if how.hand_over:
            self.at(opened_at + how.hand_over, partial(self._hand_over, no))
        finished_at = opened_at
        for needs in how.steps:
            finished_at += needs
            self.at(finished_at, partial(self._finish_step, no, how))
        if how.score:
            later = timedelta(minutes=self.dice.randint(4, 240))
            self.at(finished_at + later, partial(self._rate, no, how))
        if self.is_virtual:
            self.at(finished_at + timedelta(minutes=95), partial(self._judge, no, how))

    def _claim(self, no: str, now: datetime) -> None:
        ticket = self._ours(no)
        if ticket is None:
            return
        if ticket.owner_id is None and self.is_virtual and ticket.kind in OWNED_BY_SERVICE:
            ticket = claiming.claim(ticket_no=no, by=self._agent_of(ticket), now=now)
            claiming.claim(ticket_no=no, by=self.somebody(ticket.at_unit.code), now=now)
        elif ticket.owner_id is None:
            claiming.claim(ticket_no=no, by=self.somebody(ticket.at_unit.code), now=now)

    def _agent_of(self, ticket: Ticket) -> Person:
        """Of the province's own service, or of headquarters'."""
        province = self.plan.ground.province(ticket.unit.code)
        dice = Random(ticket.waybill_no)
        at = dice.choice((f"{province}-CS", "HQ-CS"))
        found = self.somebody(at)
        # Many of headquarters' cases were the visitor's: there is work, and there are departments, to look back on.
        return self.people[VISITOR] if at == VISITORS_DESK and dice.random() < VISITORS_SHARE else found

    def _answer(self, no: str, how: Handling, now: datetime) -> None:
        ticket = self._ours(no)
        # Whoever starts the carrier again finds cases that were answered before.
        if ticket and (self.is_virtual or ticket.first_response_at is None):
            by = ticket.owner or self.somebody(ticket.at_unit.code)
            answering.answer(ticket_no=no, text=how.answer_text, by=by, now=now)

    def _hand_over(self, no: str, now: datetime) -> None:
        """The parcel is not at the outlet after all: the hub looks for it."""
        ticket = self._ours(no)
        city = self.units[ticket.unit.code].parent if ticket else None
        if ticket and ticket.owner and city and ticket.unit.level == OUTLET_LEVEL:
            hub = hub_of(city.code)[0]
            if ticket.at_unit.code == hub:
                return  # it is there already
            steps.hand_over(ticket_no=no, unit_code=hub, reason=MOVED_TO_HUB, by=ticket.owner, now=now)
            if Random(f"{ticket.waybill_no}:refused").random() < REFUSED:
                self.at(now + timedelta(minutes=6), partial(self._refuse, no, hub))

    def _refuse(self, no: str, hub: str, now: datetime) -> None:
        """It is not at the hub either: back to whoever answers for the case."""
        ticket = self._ours(no)
        step = (
            ticket.steps.filter(state=StepState.OPEN, unit__code=hub, handler=None).first()
            if ticket
            else None
        )
        if step:
            by = self.somebody(hub)
            steps.refuse(ticket_no=no, step_id=step.pk, reason=NOT_OURS, by=by, now=now)

    def _finish_step(self, no: str, how: Handling, now: datetime) -> None:
        ticket = self._ours(no)
        if ticket is None:
            return
        owed = _ready(steps.open_steps(ticket))
        if owed or ticket.owner is None:
            by = self.somebody(owed.unit.code if owed else ticket.at_unit.code)
        else:
            by = ticket.owner  # all departments are done: whoever answers for the case closes it
        tickets.resolve(
            ticket_no=no, result=how.result_text, by=by, now=now, step_id=owed.pk if owed else None
        )

    def _rate(self, no: str, how: Handling, now: datetime) -> None:
        ticket = Ticket.objects.get(no=no)
        for step in ticket.steps.filter(state=StepState.DONE, rating__isnull=True):
            progress.rate(ticket=ticket, step_id=step.pk, score=how.score or 5, words=how.words, now=now)

    def _judge(self, no: str, how: Handling, now: datetime) -> None:
        """Some customers say how it ended; where it did not, people act once more."""
        ticket = Ticket.objects.get(no=no)
        if ticket.state != State.RESOLVED or ticket.kind == Kind.PREVENTION:
            return
        point = Random(f"{ticket.waybill_no}:verdict").random()
        if point < CONFIRMED:
            customers.confirm(ticket=ticket, now=now)
        elif point < CONFIRMED + DISAGREED:
            customers.disagree(ticket=ticket, words=Random(ticket.waybill_no).choice(NOT_SOLVED), now=now)
            for minutes in (40, 48):  # the step, and where its owner ends the case, the end
                self.at(now + timedelta(minutes=minutes), partial(self._finish_step, no, how))

    def _ours(self, no: str) -> Ticket | None:
        """The case, unless it was over before anybody came to it, or a visitor has taken it on."""
        ticket = Ticket.objects.select_related("at_unit", "unit", "owner").get(no=no)
        is_visitors = not self.is_virtual and ticket.owner and ticket.owner.username in OFFERS
        return ticket if ticket.is_live and not is_visitors else None

    def somebody(self, unit_code: str) -> Person:
        """A colleague of the unit, or of the one above it when nobody has a desk there."""
        unit = self.plan.ground.unit[unit_code]
        while not self.plan.ground.staff_of[unit.code]:
            unit = self.plan.ground.unit[unit.parent]
        return self.people[self.dice.choice(self.plan.ground.staff_of[unit.code]).username]


OUTLET_LEVEL = 4


def _ready(owed: list[Step]) -> Step | None:
    """The first of them that waits for no part of itself."""
    waiting = {step.parent_id for step in owed}
    return next((step for step in owed if step.pk not in waiting), None)


def _settle(waybill: str, now: datetime) -> None:
    prevention.settle_cleared([waybill], now=now)


def _next_due(until: datetime) -> datetime | None:
    due = Clock.objects.filter(next_at__lte=until).order_by("next_at")
    return due.values_list("next_at", flat=True).first()
