"""Calls as a screen shows them: who it is, what goes on now, what is owed, and the figures of a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DurationField, F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncDay, TruncHour
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huhang.channels.models import AgentExtension, Call, CallbackDue, ServiceQueue
from huhang.channels.rules.call_figures import IN_TIME, Figures, Formula
from huhang.channels.rules.call_life import GAVE_UP, Outcome, Phase
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.phone import COMMANDED
from huhang.kit.errors import NotFound
from huhang.network.models import Customer, Person, under

SEE, TALK, RECORDINGS = "channels.see", "channels.talk", "channels.supervise"
LIVE_SHOWN = 100
OWED_SHOWN = 200
EARLIER_SHOWN = 5
AT_HAND = 5
# No call lasts longer; of one that seems to, the switch has kept the end to itself.
LONGEST = timedelta(hours=4)
WRITTEN_WITHIN = timedelta(hours=12)
GRAINS = {"hour": TruncHour, "day": TruncDay}
FORMULA_WORDS = {
    Formula.F1: _("（及时接通＋及时放弃）÷（接通＋放弃）"),
    Formula.F2: _("及时接通÷接通"),
    Formula.F3: _("及时接通÷（接通＋放弃）"),
    Formula.F4: _("及时接通÷（接通＋超过时限的放弃）"),
}
_NONE = Value(timedelta(), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Caller:
    """Who rings: as far as the number says; what else is open is looked up by the room above."""

    number: str
    customer: Customer | None
    # Before this call, the newest first.
    earlier: list[Call]
    # What they typed in the menu: a waybill, mostly.
    digits: str = ""
    owed: CallbackDue | None = None


def caller(person: Person, number: str, *, digits: str = "") -> Caller:
    """The screen pop: who is this number?"""
    paths, known = person.visible_paths(SEE), plain(number)
    customers = Customer.objects.filter(phone=known).select_related("unit").order_by("pk")
    rows = Call.objects.within(paths).filter(number=known).select_related("queue", "person")
    return Caller(
        number=known,
        customer=customers.first() if known else None,
        earlier=list(rows[:EARLIER_SHOWN]) if known else [],
        digits=digits,
        owed=CallbackDue.objects.open().within(paths).filter(number=known).first() if known else None,
    )


def at_telephone(person: Person, *, now: datetime) -> list[Call]:
    """The calls that ring at somebody's telephone, are talked on it, or are still written about; the newest first."""
    rows = Call.objects.live().filter(person=person, arrived_at__gt=now - LONGEST)
    return list(rows.select_related("queue", "customer").order_by("-arrived_at", "-pk")[:AT_HAND])


def own(person: Person, call_id: int) -> Call:
    """A call that somebody has, or had; NotFound when it is another's."""
    rows = Call.objects.filter(person=person).select_related("queue", "customer", "report", "account")
    row = rows.filter(pk=call_id).first()
    if row is None:
        raise NotFound(call=call_id)
    return row


def unwritten(person: Person, *, now: datetime) -> list[Call]:
    """Calls that somebody answered lately and wrote nothing about, the newest first."""
    rows = Call.objects.filter(person=person, arrived_at__gt=now - WRITTEN_WITHIN, report__isnull=True)
    over = rows.filter(phase=Phase.OVER, outcome=Outcome.ANSWERED).select_related("queue", "customer")
    return list(over.order_by("-arrived_at", "-pk")[:AT_HAND])


def on_the_line(people: Iterable[int], *, now: datetime) -> set[int]:
    """Those of these people who have somebody at their telephone just now."""
    rows = Call.objects.filter(person__in=list(people), arrived_at__gt=now - LONGEST)
    return set(
        rows.filter(phase__in=[Phase.RINGING, Phase.TALKING, Phase.HELD]).values_list("person", flat=True)
    )


def telephones(person: Person) -> set[int]:
    """The switches at which somebody has a telephone and that take commands: there a number can be dialled for them."""
    own = AgentExtension.objects.filter(person=person, account__adapter__in=COMMANDED)
    return set(own.values_list("account", flat=True))


def live(person: Person) -> list[Call]:
    """What goes on now: those who wait first, the longest waiting on top; one statement."""
    rows = Call.objects.within(person.visible_paths(SEE)).live().select_related("queue", "person", "customer")
    return list(rows.order_by(F("answered_at").asc(nulls_first=True), "queued_at", "arrived_at")[:LIVE_SHOWN])


def one(person: Person, call_id: int) -> Call:
    """A call of somebody's own line; NotFound otherwise."""
    row = Call.objects.within(person.visible_paths(SEE)).filter(pk=call_id).select_related("customer").first()
    if row is None:
        raise NotFound(call=call_id)
    return row


def recorded(person: Person, call_id: int) -> Call:
    """A call that was recorded, for whoever supervises its line; NotFound otherwise."""
    rows = Call.objects.within(person.visible_paths(RECORDINGS)).exclude(recordings=[])
    row = rows.filter(pk=call_id).first()
    if row is None:
        raise NotFound(call=call_id)
    return row


def owed(person: Person, *, show: str = "open") -> QuerySet[CallbackDue]:
    """The call-back list: `open`, `mine`, or those that are `closed`, the newest first."""
    rows = CallbackDue.objects.within(person.visible_paths(SEE)).select_related("queue", "customer", "owner")
    if show == "closed":
        return rows.filter(closed_at__isnull=False).order_by("-closed_at")[:OWED_SHOWN]
    rows = rows.open().annotate(tried=Count("calls"))
    if show == "mine":
        rows = rows.filter(owner=person)
    return rows.order_by("due_at", "pk")[:OWED_SHOWN]


def owed_first(person: Person, *, now: datetime, shown: int) -> tuple[list[CallbackDue], int]:
    """What this person may take next or has taken, the most urgent on top, and how many there are."""
    rows = CallbackDue.objects.open().within(person.visible_paths(TALK))
    rows = rows.filter(Q(owner=person) | Q(owner__isnull=True, next_at__lte=now))
    mine_first = rows.order_by(F("owner").asc(nulls_last=True), "due_at", "pk")
    return list(mine_first.select_related("queue", "customer", "owner")[:shown]), rows.count()


def owed_to(person: Person, *, show: str = "open") -> QuerySet[CallbackDue]:
    """The same list for programs, which put it in order and cut it themselves."""
    rows = CallbackDue.objects.within(person.visible_paths(SEE)).select_related("queue", "owner")
    if show == "mine":
        rows = rows.filter(owner=person)
    return rows.filter(closed_at__isnull=show != "closed")


def callback(person: Person, callback_id: int) -> CallbackDue:
    rows = CallbackDue.objects.within(person.visible_paths(SEE)).select_related("queue", "customer", "owner")
    row = rows.annotate(tried=Count("calls")).filter(pk=callback_id).first()
    if row is None:
        raise NotFound(callback=callback_id)
    return row


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of a time, and by which formula their service level is told."""

    figures: Figures
    formula: Formula
    within: timedelta

    @property
    def service_level(self) -> float | None:
        return self.figures.service_level(self.formula)

    @property
    def seconds(self) -> int:
        return int(self.within.total_seconds())

    # As people read them: one decimal, a dash while there is nothing to divide by.

    @property
    def connection(self) -> str:
        return _percent(self.figures.connection_rate)

    @property
    def abandonment(self) -> str:
        return _percent(self.figures.abandonment)

    @property
    def level(self) -> str:
        return _percent(self.service_level)

    @property
    def speed(self) -> str:
        return _seconds(self.figures.speed_of_answer)

    @property
    def handling(self) -> str:
        return _seconds(self.figures.handling_time)

    @property
    def shares(self) -> list[tuple[str, str]]:
        return [(formula.name, _percent(self.figures.service_level(formula))) for formula in Formula]

    @property
    def explained(self) -> Any:
        return FORMULA_WORDS[self.formula]


def _seconds(length: timedelta | None) -> str:
    """Such lengths are compared in seconds, whatever their size."""
    return "—" if length is None else gettext("%d 秒") % round(length.total_seconds())


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def total(rows: QuerySet[Call], *, within: timedelta = IN_TIME, formula: Formula = Formula.F3) -> Told:
    """All of these calls together; one statement."""
    sums = _offered(rows).aggregate(**_sums(within))
    return Told(_figures(sums), formula, within)


def by_time(
    rows: QuerySet[Call], grain: str, *, within: timedelta = IN_TIME, formula: Formula = Formula.F3
) -> list[tuple[datetime, Told]]:
    """Hour by hour or day by day, in Shanghai's days; empty ones are left out."""
    cut = GRAINS[grain]("arrived_at", tzinfo=timezone.get_default_timezone())
    sums = _offered(rows).annotate(span=cut).values("span").annotate(**_sums(within)).order_by("span")
    return [(row["span"], Told(_figures(row), formula, within)) for row in sums]


def by_queue(rows: QuerySet[Call]) -> list[tuple[str, Told]]:
    """Each queue by its own limit and its own formula."""
    queues = ServiceQueue.objects.filter(pk__in=rows.values("queue")).order_by("rank", "name")
    told = [(queue.name, total(rows.filter(queue=queue), **terms(queue))) for queue in queues]
    elsewhere = total(rows.filter(queue__isnull=True))
    return [*told, ("", elsewhere)] if elsewhere.figures.offered else told


def queues(person: Person) -> QuerySet[ServiceQueue]:
    """The queues of telephone lines that a person sees."""
    paths = person.visible_paths(SEE)
    return ServiceQueue.objects.filter(under(paths), calls__isnull=False).distinct().order_by("rank", "name")


def terms(queue: ServiceQueue) -> dict[str, Any]:
    """What a queue calls in time, and how it says so."""
    return {"within": timedelta(seconds=queue.answer_within), "formula": Formula(queue.formula)}


def _offered(rows: QuerySet[Call]) -> QuerySet[Call]:
    return rows.filter(is_outbound=False).exclude(outcome="").order_by()


def _sums(within: timedelta) -> dict[str, Any]:
    """What `rules.call_figures.of_call` says of one call, added up by the database."""
    asked = Q(queued_at__isnull=False) | Q(outcome=Outcome.ANSWERED)
    answered, gave_up = Q(outcome=Outcome.ANSWERED), asked & Q(outcome__in=list(GAVE_UP))
    # An answered call that met no queue waited for nobody.
    soon = Q(wait__lte=within) | Q(wait__isnull=True)
    counts = {
        "offered": asked,
        "answered": answered,
        "answered_in_time": answered & soon,
        "abandoned": gave_up,
        "abandoned_in_time": gave_up & soon,
        "short": asked & Q(outcome=Outcome.SHORT_ABANDON),
        "turned_away": asked & Q(outcome=Outcome.TURNED_AWAY),
        "call_backs": Q(outcome=Outcome.CALL_BACK_ASKED),
        "ivr_only": Q(queued_at__isnull=True, outcome=Outcome.IVR_ONLY),
    }
    lengths = {"waited": "wait", "talked": "talk", "held": "hold", "after_call": "after_call"}
    return {
        **{
            f"n_{name}": Count("pk", filter=which, output_field=IntegerField())
            for name, which in counts.items()
        },
        **{f"t_{name}": Coalesce(Sum(of, filter=answered), _NONE) for name, of in lengths.items()},
    }


def _figures(sums: Mapping[str, Any]) -> Figures:
    return Figures(**{name[2:]: value for name, value in sums.items() if name[:2] in {"n_", "t_"}})


def of_time(
    person: Person, *, since: datetime, until: datetime, queues: Iterable[int] = ()
) -> QuerySet[Call]:
    """The calls that arrived in a time, on the lines that a person sees."""
    rows = Call.objects.within(person.visible_paths(SEE)).filter(arrived_at__gte=since, arrived_at__lt=until)
    chosen = list(queues)
    return rows.filter(queue__in=chosen) if chosen else rows
