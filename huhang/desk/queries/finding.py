"""What the one search box finds at the desk: cases by number, waybill, phone, name, and by any word said in them."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

from django.db.models import F, Model, QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huhang.desk.models import Entry
from huhang.desk.models.ticket import KIND_NAMES, STATE_NAMES, Ticket, TicketQuerySet
from huhang.desk.queries.tickets import LONG, to_narrow, visible
from huhang.desk.rules.kinds import EntryKind, Kind, State
from huhang.kit import masking, reach, search
from huhang.kit.languages import shown
from huhang.network.models import Person

Row = TypeVar("Row", bound=Model)
AT_MOST = 8
# What no hit is shown or checked by.
UNREAD = ("search", "result", "answers")
DIGITS_OF_A_NUMBER = 8
# How much of a line is shown around the word.
BEFORE, AFTER = 14, 40
# Newest first by no index: of a rare word the rows are looked up and put in order. Walking an index of all rows until
# eight of them hold a word that hardly one does, as the database would like to, reads them all.
_AT_ALL = timedelta()
_NUMBER = re.compile(r"[tT]?(\d{1,8})")
_GROUPED = re.compile(r"[A-Za-z]{0,4}[\s-]?\d[\d\s-]{6,}")
WHOSE = {
    EntryKind.NOTE: gettext_lazy("内部备注"),
    EntryKind.TO_CUSTOMER: gettext_lazy("致客户"),
    EntryKind.FROM_CUSTOMER: gettext_lazy("客户说"),
    EntryKind.LEAVING: gettext_lazy("致客户"),
    EntryKind.TAKEN_BACK: gettext_lazy("已撤回"),
}


def find(person: Person, term: str, *, now: datetime) -> list[dict[str, Any]]:
    """Cases whose own facts match, then those in which somebody said it; each newest first, by a handful of statements.

    Rights are those of the lists. Notes are searched here because only staff come in by this door.
    """
    term = _compact(term)
    cases = _numbered(person, term) + _by_own_words(person, term)
    cases = list({ticket.pk: ticket for ticket in cases}.values())[:AT_MOST]
    said = _by_what_was_said(person, term, {ticket.pk for ticket in cases})
    hits = chain(((t, None) for t in cases), ((entry.ticket, entry) for entry in said))
    return [_hit(ticket, entry, term) for ticket, entry in list(hits)[:AT_MOST]]


def _compact(term: str) -> str:
    """A waybill or a phone as it is stored, when somebody typed it in groups."""
    return re.sub(r"[\s-]", "", term) if _GROUPED.fullmatch(term) else term


def _numbered(person: Person, term: str) -> list[Ticket]:
    """The case whose number ends so: `1204`, `T1204` and `T00001204` are one."""
    asked = _NUMBER.fullmatch(term.strip())
    if asked is None:
        return []
    return list(
        visible(person).filter(no=f"T{int(asked[1]):0{DIGITS_OF_A_NUMBER}}").select_related("at_unit")
    )


def _by_own_words(person: Person, term: str) -> list[Ticket]:
    seen = (_seen(person, Ticket, term), Ticket.objects.each_within(person.visible_paths("desk.see")))
    rows, each = (cases.select_related("at_unit").defer(*UNREAD) for cases in seen)
    found = newest(rows, "opened_at", AT_MOST, term, each=each)
    return [ticket for ticket in found if search.agrees(_words_of(ticket), term)]


def _by_what_was_said(person: Person, term: str, known: set[int]) -> list[Entry]:
    """The newest line of each case, of those that the ticket's own words did not find."""
    seen, needed = _seen(person, Entry, term), AT_MOST - len(known)
    rows = Entry.objects.filter(ticket__in=seen).exclude(ticket__in=known).select_related("ticket__at_unit")
    rows = rows.defer("search", *(f"ticket__{name}" for name in LONG))
    lines: dict[int, Entry] = {}
    # Mostly each line is of another case; more are read only where they are not.
    for wanted in (needed, AT_MOST * 4) if needed else ():
        found = newest(rows, "at", wanted, term)
        lines = {entry.ticket_id: entry for entry in reversed(found) if search.agrees(entry.text, term)}
        if len(lines) >= needed or len(found) < wanted:
            break
    return sorted(lines.values(), key=lambda entry: (entry.at, entry.pk), reverse=True)[:needed]


def _seen(person: Person, model: type[Model], term: str) -> TicketQuerySet:
    """The cases to look among.

    Where the words are rare, or somebody sees most cases, who sees a case is asked of what the words have found.
    """
    if reach.shares(model, "search").of(term):
        return to_narrow(person)
    return Ticket.objects.each_within(person.visible_paths("desk.see"))


def newest(
    rows: QuerySet[Row], moment: str, wanted: int, term: str, *, each: QuerySet[Row] | None = None
) -> list[Row]:
    """The newest rows that hold the words; looked for in what is new before everything is.

    `each` is the same rows so asked that no index names them: for a time in which there are so few that each is read.
    """
    known, shares = reach.spread(rows.model, moment), reach.shares(rows.model, "search")
    rows = rows.filter(search__led=(shares.leading(term), term))
    count = reach.expected(rows) if shares.of(term) else 0.0
    found: list[Row] = []
    for since in reach.back(known, count, wanted=wanted):
        if since is None:
            return list(rows.order_by((F(moment) + _AT_ALL).desc(), "-id")[:wanted])
        is_short = each is not None and known.after(since) * reach.NAMES < count
        late = each.filter(search__holds=term) if each is not None and is_short else rows
        found = list(late.filter(**{f"{moment}__gte": since}).order_by(f"-{moment}", "-id")[:wanted])
        if len(found) == wanted:
            break
    return found


def _words_of(ticket: Ticket) -> str:
    """What the ticket's own vector was made of."""
    words = (
        ticket.no, ticket.waybill_no, ticket.contact_name, ticket.contact_phone, ticket.title, ticket.body,
    )  # fmt: skip
    return " \n ".join(word for word in words if word)


def _hit(ticket: Ticket, entry: Entry | None, term: str) -> dict[str, Any]:
    words = [
        KIND_NAMES[Kind(ticket.kind)],
        STATE_NAMES[State(ticket.state)],
        ticket.at_unit.shown_name,
        ticket.waybill_no,
    ]
    return {
        "kind": _("工单"),
        "title": f"{ticket.no} {shown(ticket.title)}",
        "detail": " · ".join(str(word) for word in words if word),
        "line": _line(ticket, entry, term),
        "url": reverse("desk:ticket", args=[ticket.no]),
    }


def _line(ticket: Ticket, entry: Entry | None, term: str) -> SafeString:
    """The line that holds the words, marked; nothing when they stand in the title or were a number."""
    if entry is not None:
        return format_html("{}：{}", WHOSE[EntryKind(entry.kind)], marked(entry.text, term))
    return marked(ticket.body, term) if _places(ticket.body, term) else SafeString()


def marked(text: str, term: str) -> SafeString:
    """A piece of the text around the first word that is looked for, phones masked, each such word in a mark."""
    text = masking.phones_in(" ".join(text.split()))
    places = _places(text, term)
    if not places:
        return format_html("{}", text[: BEFORE + AFTER])
    start = max(0, places[0][0] - BEFORE)
    end = min(len(text), max(start + BEFORE + AFTER, places[0][1]))
    pieces = list(_pieces(text, [place for place in places if place[1] <= end], start, end))
    inner = format_html_join("", "{}{}", ((plain, _mark(word)) for plain, word in pieces))
    return format_html("{}{}{}", "…" if start else "", inner, "…" if end < len(text) else "")


def _pieces(text: str, places: Iterable[tuple[int, int]], start: int, end: int) -> Iterator[tuple[str, str]]:
    """What stands before each marked word, and the word."""
    at = start
    for first, last in places:
        yield text[at:first], text[first:last]
        at = last
    yield text[at:end], ""


def _mark(word: str) -> SafeString:
    return format_html("<mark>{}</mark>", word) if word else SafeString()


def _places(text: str, term: str) -> list[tuple[int, int]]:
    """Where the words stand, as they are written; a text whose level form is longer marks nothing."""
    levelled = text.lower()
    if len(levelled) != len(text):
        return []
    words = sorted({w for w in re.split(r"\W+", search.normal(term)) if w}, key=len, reverse=True)
    if not words:
        return []
    return [match.span() for match in re.finditer("|".join(map(re.escape, words)), levelled)]
