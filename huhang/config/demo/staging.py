"""The stage on which told cases are played: each scene waits for its next moment and then does one thing.

Its cases were opened by colleagues, as by the page, so the living carrier leaves them to the visitor.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from huhang.config.demo.asking import known
from huhang.config.demo.cases import Case
from huhang.config.demo.parcels import Parcel, Trouble
from huhang.config.demo.playing import Desk
from huhang.desk.actions import claiming, tickets
from huhang.desk.actions.opening import Opening, open_ticket
from huhang.desk.models import Step, Ticket
from huhang.desk.rules.kinds import Kind, StepState
from huhang.network.models import Person

SOURCE = "page"
# How long before the present the next thing happens; answered with the moment itself.
Turns = Generator[timedelta, datetime, None]
Scene = Callable[["Stage"], "Turns"]


def ago(**span: float) -> timedelta:
    return timedelta(**span)


@dataclass
class Stage:
    """The desk, and the parcels about which nobody has written yet."""

    desk: Desk
    free: list[Parcel]
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @classmethod
    def of(cls, desk: Desk, told: Iterable[Case]) -> "Stage":
        """The desk of a plan whose other cases are told already."""
        taken = {case.waybill_no for case in told}
        return cls(desk, [p for p in desk.plan.parcels if p.no not in taken])

    @property
    def now(self) -> datetime:
        return self.desk.plan.now

    def play(self, scene: Scene) -> None:
        """Put the scene's first moment on the calendar; each further one follows from the one before."""
        self._wait_for(scene(self), None)

    def _wait_for(self, turns: Turns, at: datetime | None) -> None:
        with suppress(StopIteration):
            span = turns.send(at) if at else next(turns)
            self.desk.at(self.now - span, partial(self._wait_for, turns))

    def parcel(self, dest: str, at: datetime, trouble: Trouble = Trouble.NONE) -> Parcel:
        """A parcel to this outlet that was on its way then, if there is one, else the nearest in time."""
        here = [p for p in self.free if p.dest == dest] or self.free
        fitting = [p for p in here if p.trouble == trouble and p.ordered_at < at] or here
        found = min(fitting, key=lambda p: (abs(at - p.ordered_at - timedelta(hours=40)), p.no))
        self.free.remove(found)
        return found

    def person(self, username: str) -> Person:
        return self.desk.people[username]

    def open(
        self, kind: Kind, title: str, body: str, parcel: Parcel, *, by: str, at: datetime,
        entrance: str = "hotline", **more: Any,
    ) -> Ticket:  # fmt: skip
        """A colleague writes down what a customer says."""
        told = known(parcel, kind, title, entrance)
        facts: dict[str, Any] = {
            "priority": told.priority, "value": told.value, "answers": told.answers,
        }  # fmt: skip
        opening = Opening(
            kind=kind, title=title, body=body.format(goods=parcel.goods, shop=parcel.sender.name),
            unit=self.desk.units[parcel.dest], source=SOURCE, source_ref=f"scene:{next(self.numbers)}",
            waybill_no=parcel.no, contact_name=parcel.receiver.name, contact_phone=parcel.receiver.phone,
            courier=self.desk.couriers.get(parcel.courier), origin=self.desk.units[parcel.origin],
            product=parcel.product, customer=self.desk.customers.get(parcel.client), entrance=entrance,
            **(facts | more),
        )  # fmt: skip
        return open_ticket(opening, by=self.person(by), now=at)[0]

    def take(self, ticket: Ticket, by: str, at: datetime, step: Step | None = None) -> None:
        """Somebody takes the case, or a step of it."""
        claiming.claim(ticket_no=ticket.no, by=self.person(by), now=at, step_id=step.pk if step else None)

    def finish(self, ticket: Ticket, unit: str, words: str, at: datetime) -> None:
        """The unit's own step is done."""
        by = self.somebody(unit)
        tickets.resolve(ticket_no=ticket.no, result=words, by=by, now=at, step_id=self.step(ticket, unit).pk)

    def somebody(self, unit: str) -> Person:
        """The first colleague of a unit."""
        return self.person(self.desk.plan.ground.staff_of[unit][0].username)

    def step(self, ticket: Ticket, unit: str = "") -> Step:
        """The newest open step, of this unit where one is named."""
        owed = ticket.steps.filter(state=StepState.OPEN)
        return (owed.filter(unit__code=unit) if unit else owed).latest("pk")
