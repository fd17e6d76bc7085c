"""The customer-service centre takes its seats: everybody there, and in charge of customers, couriers and outlets.

The visitor's own seat stays empty until the visitor switches it on.
"""

from dataclasses import replace
from datetime import datetime
from itertools import cycle

from huhang.config.demo.ground import Ground
from huhang.desk.actions import seats
from huhang.desk.actions.seats import Ability
from huhang.desk.rules.assignment import Status
from huhang.network.models import Courier, Customer, OrgUnit, Person

CENTRE = "HQ-CS"
VISITOR = "agent"
ABILITIES = (
    Ability(level=2, capacity=24, languages=("zh-hans", "en")),
    Ability(level=2, capacity=24, languages=("zh-hans",)),
    Ability(
        kinds=("claim", "complaint"), skills=("理赔",), level=3, capacity=20, languages=("zh-hans", "zh-hant")
    ),
    Ability(kinds=("inquiry", "complaint"), capacity=16, languages=("zh-hans",)),
)
CUSTOMERS, COURIERS, OUTLETS = 12, 5, 2


def seat(ground: Ground, *, now: datetime) -> int:
    """Open a seat for each agent and share out some of the network; returns how many seats there are."""
    centre = OrgUnit.objects.get(code=CENTRE)
    names = [staff.username for staff in ground.staff_of[CENTRE]]
    agents = list(Person.objects.filter(username__in=names).order_by("pk"))
    for agent, ability in zip(agents, cycle(ABILITIES), strict=False):
        # Nobody sits at the others: whoever comes to the chat waits for the visitor's seat.
        able = replace(ability, takes_by_itself=agent.username == VISITOR)
        opened = seats.open_seat(person=agent, unit=centre, ability=able, by=None, now=now)
        if agent.username != VISITOR:
            seats.set_status(seat_id=opened.pk, status=Status.AVAILABLE, by=agent, now=now)
    _share_out([agent for agent in agents if agent.username != VISITOR], now)
    return len(agents)


def _share_out(agents: list[Person], now: datetime) -> None:
    """Each agent has a few contract customers, couriers and outlets, as the source campaign shared them out."""
    if not agents:
        return
    contract = Customer.objects.filter(kind=Customer.Kind.CONTRACT).order_by("code")
    outlets = OrgUnit.objects.filter(kind=OrgUnit.Kind.OUTLET).order_by("code")
    things: list[seats.Thing] = [
        *contract[: CUSTOMERS * len(agents)],
        *Courier.objects.order_by("code")[: COURIERS * len(agents)],
        *outlets[: OUTLETS * len(agents)],
    ]
    for agent, thing in zip(cycle(agents), things, strict=False):
        seats.entrust(seat_id=agent.seat.pk, thing=thing, by=None, now=now)
