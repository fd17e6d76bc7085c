"""Each filter of a list as a condition on cases. Who may see a case is not decided here: that is `tickets.visible`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import OrderBy

from huhang.desk.models import Clock, Follower, Step, Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.models.traits import TRAITS, Is
from huhang.desk.queries import words
from huhang.desk.rules.filters import (
    ALL,
    CHILD,
    LIVE,
    ME,
    MET,
    NOBODY,
    OVER,
    OVER_STATES,
    PARENT,
    Filters,
    moment,
    split,
)
from huhang.desk.rules.kinds import LIVE_STATES, ClockState, Obligation, State, StepState
from huhang.network.models import Courier, Customer, OrgUnit, Person
from huhang.network.models.scope import under

NOTHING = Q(pk__in=[])
# Every order walks an index and ends on the id, so that pages neither repeat nor skip a row. Nobody sorts by name,
# phone or title (a mask must not be read off the order), nor by priority, unit or owner: few values, so a filter.
ORDERS: Mapping[str, tuple[OrderBy, ...]] = {
    "due": (F("next_due_at").asc(nulls_last=True), F("id").asc()),
    "-due": (F("next_due_at").desc(nulls_first=True), F("id").desc()),
    "opened": (F("opened_at").asc(), F("id").asc()),
    "-opened": (F("opened_at").desc(), F("id").desc()),
    "resolved": (F("resolved_at").asc(), F("id").asc()),
    "-resolved": (F("resolved_at").desc(), F("id").desc()),
    "value": (F("value").asc(), F("id").asc()),
    "-value": (F("value").desc(), F("id").desc()),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and when: what `me`, `late` and `soon` mean."""

    me: int | None
    now: datetime
    filters: Filters


def narrowed(rows: TicketQuerySet, filters: Filters, *, me: int | None, now: datetime) -> TicketQuerySet:
    """Of these cases those that the filters ask for, in no order."""
    rows = but_for_words(rows, filters, me=me, now=now)
    return words.holding(rows, filters.q) if filters.q else rows


def but_for_words(rows: TicketQuerySet, filters: Filters, *, me: int | None, now: datetime) -> TicketQuerySet:
    """The same without asking for the words, for which there are several ways."""
    if filters.state in OVER_STATES and any(getattr(filters, name) for name in OF_THE_LIVE):
        return rows.none()
    asking, wanted = Asking(me, now, filters), Q()
    for name, condition in CONDITIONS.items():
        value = getattr(filters, name)
        if value:
            wanted &= condition(value, asking)
    return rows.filter(wanted & _period(asking))


def asks_for_traits(filters: Filters) -> bool:
    """Is the list narrowed to what a case is?"""
    return any(getattr(filters, name) for name in BY_TRAITS) or filters.state in (
        State.RESOLVED,
        State.WITHDRAWN,
    )


def ordered(rows: TicketQuerySet, filters: Filters) -> TicketQuerySet:
    return rows.order_by(*ORDERS[filters.order])


def _state(value: str, asking: Asking) -> Q:
    if value == ALL:
        return Q()
    if value in (LIVE, OVER):
        live = Q(state__in=LIVE_STATES)
        # What is over is said by its moment, which has an index.
        return live if value == LIVE else Q(resolved_at__isnull=False)
    return Q(state=value) if value in LIVE_STATES else Q(Is("state", [value]))


def _late(value: str, asking: Asking) -> Q:
    return Q(next_due_at__lt=asking.now, state__in=LIVE_STATES)


def _soon(value: str, asking: Asking) -> Q:
    until = asking.now + timedelta(minutes=int(value))
    return Q(next_due_at__gte=asking.now, next_due_at__lt=until, state__in=LIVE_STATES)


def _paused(value: str, asking: Asking) -> Q:
    paused = Clock.objects.filter(state=ClockState.PAUSED).values("ticket")
    return Q(pk__in=paused, state__in=LIVE_STATES)


def _owner(value: str, asking: Asking) -> Q:
    if value == NOBODY:
        return Q(owner__isnull=True)
    # By their key: what the database knows of this one person decides whether their cases are looked up or walked to.
    who = asking.me if value == ME else _person(value)
    return Q(owner=who) if who else NOTHING


def _person(username: str) -> int | None:
    return Person.objects.filter(username=username).values_list("pk", flat=True).first()


def _handler(value: str, asking: Asking) -> Q:
    open_steps = Step.objects.filter(state=StepState.OPEN)
    if value == NOBODY:
        return Q(Exists(open_steps.filter(ticket=OuterRef("pk"), handler__isnull=True)))
    who = Q(handler=asking.me) if value == ME else Q(handler__username=value)
    return Q(pk__in=open_steps.filter(who).values("ticket"))


def _follower(value: str, asking: Asking) -> Q:
    """Whom the case is followed by; `none`: by nobody."""
    if value == NOBODY:
        return ~Q(Exists(Follower.objects.filter(ticket=OuterRef("pk"))))
    who = asking.me if value == ME else _person(value)
    return Q(pk__in=Follower.objects.filter(person=who).values("ticket")) if who else NOTHING


def _unit(value: str, asking: Asking) -> Q:
    """Where it happened or stands; behind a figure only where it happened, as the board counts."""
    if asking.filters.since or asking.filters.until or asking.filters.first_response:
        return _happened(value, asking)
    path = _path(value)
    return Q(seen_from__contains=[path]) if path else NOTHING


def _happened(value: str, asking: Asking) -> Q:
    path = _path(value)
    return under([path]) if path else NOTHING


def _owes(value: str, asking: Asking) -> Q:
    path = _path(value)
    return Q(at_from__contains=[path], state__in=LIVE_STATES) if path else NOTHING


def _path(code: str) -> str | None:
    return OrgUnit.objects.filter(code=code).values_list("path", flat=True).first() if code else None


def _escalated_to(value: str, asking: Asking) -> Q:
    path = _path(value)
    if not path:
        return NOTHING
    return Q(escalated_to__isnull=False, escalated_to__in=OrgUnit.objects.filter(under([path])).values("pk"))


def _first_response(value: str, asking: Asking) -> Q:
    """Cases whose first response fell due in the period and was given in time, or was not: as the board counts."""
    filters = asking.filters
    clocks = Clock.objects.filter(obligation=Obligation.FIRST_RESPONSE).exclude(state=ClockState.CANCELLED)
    clocks = clocks.filter(due_at__gte=filters.since) if filters.since else clocks
    clocks = clocks.filter(due_at__lt=filters.until) if filters.until else clocks
    met = Q(stopped_at__lte=F("due_at"))
    missed = Q(stopped_at__gt=F("due_at")) | Q(stopped_at__isnull=True, due_at__lte=asking.now)
    return Q(pk__in=clocks.filter(met if value == MET else missed).values("ticket"))


def _period(asking: Asking) -> Q:
    filters = asking.filters
    if filters.first_response:
        return Q()
    wanted = Q(opened_at__gte=filters.since) if filters.since else Q()
    return wanted & Q(opened_at__lt=filters.until) if filters.until else wanted


def _family(value: str, asking: Asking) -> Q:
    parents = Ticket.objects.filter(parent__isnull=False).values("parent")
    if value == PARENT:
        return Q(pk__in=parents)
    return Q(parent__isnull=False) if value == CHILD else Q(parent__isnull=True) & ~Q(pk__in=parents)


def _ended_by(value: str, asking: Asking) -> Q:
    return Q(Is("resolved_by", _named(value, asking)), resolved_at__isnull=False)


def _opened_by(value: str, asking: Asking) -> Q:
    return Q(Is("opened_by", _named(value, asking)))


def _named(value: str, asking: Asking) -> list[str]:
    if value != ME:
        return [value]
    return list(Person.objects.filter(pk=asking.me or 0).values_list("username", flat=True))


def _any(field: str) -> "Condition":
    return lambda value, asking: Q(Is(field, split(value)))


def _is(field: str) -> "Condition":
    return lambda value, asking: Q(**{field: value})


def _of(model: "type[Customer | Courier]", field: str) -> "Condition":
    """By their key: what the database knows of just these decides whether their cases are looked up or walked to."""
    return lambda value, asking: Q(
        **{f"{field}__in": list(model.objects.filter(code=value).values_list("pk", flat=True))}
    )


def _has(**facts: object) -> "Condition":
    return lambda value, asking: Q(**facts)


def _from(field: str) -> "Condition":
    return lambda value, asking: Q(**{f"{field}__gte": moment(value, now=asking.now)})


def _to(field: str) -> "Condition":
    return lambda value, asking: Q(**{f"{field}__lt": moment(value, is_end=True, now=asking.now)})


def _happened_to(field: str) -> "Condition":
    """Nothing happens to a case before it is opened: whoever walks from the newest on may begin there."""
    return lambda value, asking: _to(field)(value, asking) & _to("opened_at")(value, asking)


# Filters that ask for traits of a case, as the index of anything holds them.
BY_TRAITS = (*(name for name in TRAITS if name not in ("state", "resolved_by")), "ended_by")
# What only a live case is or has.
OF_THE_LIVE = ("late", "soon", "paused", "owes", "due_from", "due_to")
Condition = Callable[[str, Asking], Q]
CONDITIONS: Mapping[str, Condition] = {
    "state": _state,
    "kind": _any("kind"),
    "priority": _any("priority"),
    "late": _late,
    "soon": _soon,
    "paused": _paused,
    "escalated": _has(escalated_to__isnull=False),
    "escalated_to": _escalated_to,
    "reopened": _has(reopened_at__isnull=False),
    "first_response": _first_response,
    "owner": _owner,
    "handler": _handler,
    "follower": _follower,
    "unit": _unit,
    "happened": _happened,
    "owes": _owes,
    "waybill": _is("waybill_no"),
    "customer": _of(Customer, "customer"),
    "customer_class": _any("customer_class"),
    "product": _any("product"),
    "entrance": _any("entrance"),
    "language": _any("language"),
    "source": _any("source"),
    "courier": _of(Courier, "courier"),
    "value_over": lambda value, asking: Q(value__gte=Decimal(value)),
    "value_under": lambda value, asking: Q(value__lt=Decimal(value)),
    "closing": _any("closing"),
    "opened_by": _opened_by,
    "ended_as": _any("ended_as"),
    "ended_by": _ended_by,
    "family": _family,
    "parent": _is("parent__no"),
    "merged": _has(merged_into__isnull=False),
    "opened_from": _from("opened_at"),
    "opened_to": _to("opened_at"),
    "claimed_from": _from("claimed_at"),
    "claimed_to": _happened_to("claimed_at"),
    "responded_from": _from("first_response_at"),
    "responded_to": _happened_to("first_response_at"),
    # Only what is live has a deadline.
    "due_from": lambda value, asking: _from("next_due_at")(value, asking) & Q(state__in=LIVE_STATES),
    "due_to": lambda value, asking: _to("next_due_at")(value, asking) & Q(state__in=LIVE_STATES),
    "resolved_from": _from("resolved_at"),
    "resolved_to": _happened_to("resolved_at"),
}
