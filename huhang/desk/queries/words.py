"""Cases by the words in them, and by what was said in them: the newest are found without looking at all of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery, Value

from huhang.desk.models import Entry, Ticket
from huhang.desk.models.ticket import EVERYTHING, TicketQuerySet
from huhang.kit import reach

# Words that are too rare to be known are gathered by number first, where they do prove as rare as that.
RARE = 1000
# Where every twentieth case holds the words, walking along a list finds them sooner than gathering them does.
COMMON = 0.05
# To fetch a line from wherever it lies costs about as much as to walk past so many cases, one beside the other.
WALKED_PER_LINE = 2
# A case that is walked past costs the look into its lines: after so many looks all lines are sooner read.
LOOKS = 2
# Whoever sees a smaller share of all cases has theirs of a few days named by the index, and walks past nobody else's.
THIN = 0.05


def holding(
    rows: TicketQuerySet,
    term: str,
    *,
    since: datetime | None = None,
    now: datetime | None = None,
    about: float = 0.0,
) -> TicketQuerySet:
    """Of these cases those that hold all the words, `about` so many; with `since`, of those opened since, until now.

    The ticket's own words and what was said are looked for each by itself, as each has its own index. Nothing is
    said in a case before it is opened.
    """
    said = Entry.objects.all()
    # Of all time: rare words are few in all, and with a moment beside them the database would walk all lines since.
    here, there = _rare(Ticket.objects.all(), "pk", term), _rare(said, "ticket", term)
    if since is not None:
        known = reach.spread(Ticket, "opened_at")
        on_days = reach.on_days("opened_at", since, known=known, now=now) if now else None
        rows = rows.filter(on_days or reach.later("opened_at", since, known=known, among=about))
        said = said.filter(reach.later("at", since, known=reach.spread(Entry, "at"), among=_lines(term)))
    rows, ways = rows.order_by(), []
    if here is None:
        ways.append(rows.filter(search__led=_led(Ticket, term)))
    if there is None:
        ways.append(rows.filter(pk__in=said.filter(search__led=_led(Entry, term)).values("ticket")))
    numbers = {*(here or ()), *(there or ())}
    if numbers or not ways:
        ways.append(rows.filter(pk__in=numbers))
    if len(ways) == 1:
        return ways[0].gathered()
    first, *others = (way.values("pk") for way in ways)
    return Ticket.objects.filter(pk__in=first.union(*others, all=True)[:EVERYTHING])


def _led(model: type[Ticket] | type[Entry], term: str) -> tuple[str, str]:
    return reach.shares(model, "search").leading(term), term


def _rare(rows: QuerySet[Any, Any], number: str, term: str) -> list[int] | None:
    """The numbers of all cases found, where nothing is known of the words and they are few; else None."""
    if reach.shares(rows.model, "search").of(term):
        return None
    found = rows.filter(search__matches=term).order_by().values_list(number, flat=True)[: RARE + 1]
    numbers = list(found)
    return numbers if len(numbers) <= RARE else None


def walked(rows: TicketQuerySet, term: str) -> TicketQuerySet:
    """The same cases, for an order of their own: where the words are common each row is asked in its turn."""
    if share(term) < COMMON:
        return holding(rows, term)
    return rows.filter(Q(search__matches=term) | _said_here(Entry.objects.filter(search__matches=term)))


def newest(
    rows: TicketQuerySet,
    term: str,
    *,
    each: TicketQuerySet,
    among: float,
    now: datetime,
    wanted: int,
    before: datetime | None = None,
) -> Iterator[TicketQuerySet]:
    """The same cases, to be read newest first: of a while that should hold as many as are wanted, then of all time.

    `among` says about how many rows there are to look through, `each` is the same rows so asked that none of it is
    looked up by an index. Whoever finds as many in one of them has the newest, and need not ask the next.
    """
    known, count = reach.spread(Ticket, "opened_at"), among * share(term)
    said = _lines(term)
    for since in reach.back(known, count, wanted=wanted, before=before, looks=LOOKS):
        if since is None or not said:
            yield holding(rows, term, since=since, now=now, about=count)
        elif known.rows * wanted / count <= WALKED_PER_LINE * said:
            is_thin = among < THIN * known.rows
            on_days = reach.on_days("opened_at", since, known=known, now=now) if is_thin else None
            yield _along(rows.filter(on_days) if on_days else each.filter(opened_at__gte=since), term)
        else:
            # So few lines hold the words, and so few cases are asked for, that all of the lines are sooner read.
            yield holding(rows, term)
            return


def _along(rows: TicketQuerySet, term: str) -> TicketQuerySet:
    """The same cases for whoever walks them from the newest on: each is asked in its turn, with its lines."""
    return rows.filter(Q(search__holds=term) | _said_here(Entry.objects.filter(search__holds=term)))


def _said_here(lines: QuerySet[Entry]) -> Q:
    """Is one of these lines the case's? Asked as a value: to say whether there is one, all lines would be gathered."""
    here = lines.filter(ticket=OuterRef("pk")).order_by().annotate(here=Value(True)).values("here")[:1]
    return Q(Subquery(here, output_field=BooleanField()))


def share(term: str) -> float:
    """About which share of all cases holds the words; nothing when they are too rare to be known."""
    cases = reach.shares(Ticket, "search")
    return min(1.0, (cases.of(term) or 0.0) + _lines(term) / cases.rows) if cases.rows else 0.0


def _lines(term: str) -> float:
    """About how many lines hold the words; nothing when they are too rare to be known."""
    lines = reach.shares(Entry, "search")
    return lines.rows * (lines.of(term) or 0.0)
