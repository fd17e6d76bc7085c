"""Which cases a person sees, and lists of them. Page, API, search, export and live topics all start at `visible`."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from django.core.cache import cache
from django.db.models import Subquery

from huhang.desk.models import Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.queries import words
from huhang.desk.queries.narrowing import asks_for_traits, but_for_words, ordered
from huhang.desk.rules.filters import ALL, LIVE, ME, MET, MISSED, NOBODY, OVER, Filters
from huhang.kit import reach
from huhang.kit.errors import NotAllowed, NotFound
from huhang.kit.readings import Given, Reading
from huhang.network.models import OrgUnit, Person
from huhang.network.models.scope import under
from huhang.network.rules.roles import EVERYWHERE

__all__ = [
    "ALL",
    "LIVE",
    "ME",
    "MET",
    "MISSED",
    "NOBODY",
    "OVER",
    "Filters",
    "beginnings",
    "can",
    "counted",
    "counted_lately",
    "listed",
    "reachable",
    "units_below",
    "visible",
]

# Beyond this a list says "more than": nobody reads further, and counting all would read the whole table.
COUNTED_AT_MOST = 1000
BELIEVED_FOR = timedelta(minutes=1)
# Whoever sees such a share of all cases is not asked for by the index, which would name them all: words lead to fewer.
MUCH = 0.4
# PostgreSQL takes what it does not know for half a percent.
FEW = 0.006
Counts = TypeVar("Counts", bound=tuple[int, ...])
OF_THE_STEP = frozenset({"desk.resolve", "desk.hand_over"})
LEVELS_BELOW, UNITS_SHOWN = 2, 300
# What a row of the usual columns shows beside the case itself.
USUAL = ("unit", "at_unit", "owner", "courier")
# What no row of a list shows, and what would be most of its weight.
LONG = ("search", "body", "result", "answers")


def visible(person: Person, permission: str = "desk.see") -> TicketQuerySet:
    """The cases that a person may see, or with another permission, may do that to."""
    return Ticket.objects.within(person.visible_paths(permission))


def to_narrow(person: Person) -> TicketQuerySet:
    """The cases that a person may see, for whoever asks for few of them.

    Of somebody who sees a large share of all cases each that is found is asked: an index would name most of them.
    """
    known, paths = reach.shares(Ticket, "seen_from").known, person.visible_paths("desk.see")
    sees_most = any(known.get(path, 0.0) > MUCH for path in paths)
    return Ticket.objects.each_within(paths) if sees_most else visible(person)


def _with_names() -> TicketQuerySet:
    return Ticket.objects.filter(no=Given("no")).select_related(
        "unit", "at_unit", "owner__home", "courier", "escalated_to"
    )


ANYWHERE = Reading(_with_names)
WITHIN = Reading(lambda: _with_names().filter(seen_from__overlap=Given("paths")))


def _reached(person: Person, no: str, permission: str) -> Ticket | None:
    paths = person.visible_paths(permission)
    return ANYWHERE.first(no=no) if EVERYWHERE in paths else WITHIN.first(no=no, paths=paths)


def reachable(person: Person, no: str, permission: str = "desk.see") -> Ticket:
    """The case that a person wants to act on: NotFound when it is not theirs to see, NotAllowed when only that.

    A step is finished or handed on by those who owe it now, not by everybody who sees the case; and whoever has
    finished theirs still sees what came of it, as lists do.
    """
    ticket = _reached(person, no, permission)
    if ticket is not None and (permission == "desk.see" or can(person, permission, ticket)):
        return ticket
    if permission != "desk.see" and visible(person).filter(no=no).exists():
        raise NotAllowed(permission=permission)
    raise NotFound(ticket=no)


class Placed(Protocol):
    """Where a case happened, and where it stands now."""

    @property
    def path(self) -> str: ...
    @property
    def at_path(self) -> str: ...
    @property
    def at_from(self) -> list[str]: ...


def can(person: Person, permission: str, ticket: Placed) -> bool:
    """Is this person allowed to do that to this case, where it stands now?"""
    owing = ticket.at_from or [ticket.at_path]
    paths = owing if permission in OF_THE_STEP else [*owing, ticket.path]
    return any(person.may(permission, path) for path in paths)


def listed(
    person: Person, filters: Filters, *, now: datetime, with_: Iterable[str] = USUAL
) -> TicketQuerySet:
    """The list that these filters ask for, with all that a row shows.

    One statement; two where words, or of all time traits, are asked for.
    """
    rows = but_for_words(to_narrow(person), filters, me=person.pk, now=now)
    if filters.q:
        rows = words.holding(rows, filters.q) if filters.is_newest_first else words.walked(rows, filters.q)
    elif filters.state != LIVE and asks_for_traits(filters):
        rows = _gathered_if_few(rows)
    return _shown(rows, filters, with_)


def _gathered_if_few(rows: TicketQuerySet) -> TicketQuerySet:
    """Of all time the database would walk along the order for what it does not know, up to the last of all cases."""
    return rows.gathered() if reach.expected(rows) < FEW * reach.spread(Ticket, "opened_at").rows else rows


def beginnings(
    person: Person,
    filters: Filters,
    *,
    now: datetime,
    wanted: int,
    before: datetime | None = None,
    with_: Iterable[str] = USUAL,
) -> Iterator[TicketQuerySet]:
    """The same list, for whoever reads so many rows of it: the first of these that has as many, else the last.

    Where words are asked for, the newest cases are looked through before all are.
    """
    if not (filters.q and filters.is_newest_first):
        yield listed(person, filters, now=now, with_=with_)
        return
    seen, seen_each = visible(person), Ticket.objects.each_within(person.visible_paths("desk.see"))
    rows, each = (but_for_words(cases, filters, me=person.pk, now=now) for cases in (seen, seen_each))
    among = reach.expected(rows) if words.share(filters.q) else 0.0
    if among > MUCH * reach.spread(Ticket, "opened_at").rows:
        rows = each
    for found in words.newest(rows, filters.q, each=each, among=among, now=now, wanted=wanted, before=before):
        yield _shown(found, filters, with_)


def _shown(rows: TicketQuerySet, filters: Filters, with_: Iterable[str]) -> TicketQuerySet:
    rows = ordered(rows, filters).defer(*LONG)
    return rows.select_related(*with_) if with_ else rows


def counted(rows: TicketQuerySet) -> int:
    """How many rows there are, at most `COUNTED_AT_MOST` + 1, so that a wide list costs no more than a narrow one."""
    return rows.order_by()[: COUNTED_AT_MOST + 1].count()


def counted_lately(person: Person, filters: Filters, rows: TicketQuerySet) -> int:
    """The same for a list on the screen, where "more than" is believed for a while."""
    return believed(person, f"{filters}", lambda: (counted(rows),))[0]


def believed(person: Person, asked: str, count: Callable[[], Counts]) -> Counts:
    """What is counted, of which a first figure that says "more than" is believed for a while with all beside it.

    A list is fetched again with every change of its cases, and finding a thousand and one costs more than all else on
    it. What has fewer is counted every time.
    """
    asked = f"{person.visible_paths('desk.see')} {asked}"
    key = f"desk.many.{person.pk}.{hashlib.sha256(asked.encode(errors='replace')).hexdigest()[:32]}"
    known: Counts | None = cache.get(key)
    if known is not None:
        return known
    counts = count()
    if counts[0] > COUNTED_AT_MOST:
        cache.set(key, counts, BELIEVED_FOR.total_seconds())
    return counts


def units_below(person: Person) -> list[OrgUnit]:
    """The units that a list can be narrowed to: the top of what one sees and two levels below it."""
    units = OrgUnit.objects.filter(under(person.visible_paths("desk.see")), is_active=True)
    top = units.order_by("level").values_list("level", flat=True)[:1]
    return list(units.filter(level__lte=Subquery(top) + LEVELS_BELOW).order_by("path")[:UNITS_SHOWN])
