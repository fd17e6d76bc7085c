"""Cases by the words in them, and by what was said in them: the newest are found without looking at all of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from huhang.desk.models import Entry, Ticket
from huhang.desk.models.ticket import TicketQuerySet
from huhang.kit import reach

# Words that are too rare to be known are gathered by number first, where they do prove as rare as that.
RARE = 1000
# What is found is gathered before it is put in order: the database would rather walk along the order and ask each row,
# for as long as it takes, where it takes a word for more common than it is.
EVERYTHING = 1_000_000_000
# Where every twentieth case holds the words, walking along a list finds them sooner than gathering them does.
COMMON = 0.05
# To fetch a line from wherever it lies costs about as much as to walk past so many cases, one beside the other.
WALKED_PER_LINE = 2
# A case that is walked past costs the look into its lines: after so many looks all lines are sooner read.
LOOKS = 2


def holding(
    rows: TicketQuerySet, term: str, *, since: datetime | None = None, about: float = 0.0
) -> TicketQuerySet:
    """Of these cases those that hold all the words, `about` so many; with `since`, of those opened from then on.

    The ticket's own words and what was said are looked for each by itself, as each has its own index. Nothing is
    said in a case before it is opened.
    """
    said = Entry.objects.all()
    # Of all time: rare words are few in all, and with a moment beside them the database would walk all lines since.
    here, there = _rare(Ticket.objects.all(), "pk", term), _rare(said, "ticket", term)
    if since is not None:
        rows = rows.filter(
            reach.later("opened_at", since, known=reach.spread(Ticket, "opened_at"), among=about)
        )
        said = said.filter(reach.later("at", since, known=reach.spread(Entry, "at"), among=_lines(term)))
    rows, ways = rows.order_by(), []
    if here is None:
        ways.append(rows.filter(search__led=_led(Ticket, term)))
    if there is None:
        ways.append(rows.filter(pk__in=said.filter(search__led=_led(Entry, term)).values("ticket")))
    if len(ways) < 2:
        ways.append(rows.filter(pk__in={*(here or ()), *(there or ())}))
    first, *others = (way.values("pk") for way in ways)
    found = first.union(*others, all=True) if others else first
    return Ticket.objects.filter(pk__in=found[:EVERYTHING])


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
    said_here = Entry.objects.filter(ticket=OuterRef("pk"), search__matches=term)
    return rows.filter(Q(search__matches=term) | Q(Exists(said_here)))


def newest(
    rows: TicketQuerySet,
    term: str,
    *,
    each: TicketQuerySet,
    among: float,
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
            yield holding(rows, term, since=since, about=count)
        elif known.rows * wanted / count <= WALKED_PER_LINE * said:
            yield _along(each, term, since)
        else:
            # So few lines hold the words, and so few cases are asked for, that all of the lines are sooner read.
            yield holding(rows, term)
            return


def _along(rows: TicketQuerySet, term: str, since: datetime) -> TicketQuerySet:
    """The same cases for whoever walks them from the newest on: each is asked in its turn, with its lines."""
    said_here = Entry.objects.filter(ticket=OuterRef("pk"), search__holds=term)
    return rows.filter(Q(search__holds=term) | Q(Exists(said_here)), opened_at__gte=since)


def share(term: str) -> float:
    """About which share of all cases holds the words; nothing when they are too rare to be known."""
    cases = reach.shares(Ticket, "search")
    return min(1.0, (cases.of(term) or 0.0) + _lines(term) / cases.rows) if cases.rows else 0.0


def _lines(term: str) -> float:
    """About how many lines hold the words; nothing when they are too rare to be known."""
    lines = reach.shares(Entry, "search")
    return lines.rows * (lines.of(term) or 0.0)
