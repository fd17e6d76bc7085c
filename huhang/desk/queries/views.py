"""Which saved views a person has, with the counts that were taken last. No case is counted here."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, QuerySet

from huhang.desk.models import SavedView, Ticket, ViewCount
from huhang.desk.models.ticket import TicketQuerySet
from huhang.desk.queries.narrowing import narrowed
from huhang.desk.rules.filters import Filters
from huhang.kit import hot
from huhang.kit.errors import NotFound
from huhang.network.models import Person
from huhang.network.rules.tree import above

SHARE = "desk.views.share"
SHOWN_AT_MOST = 30
_COUNTS = """
    SELECT view_id, count, as_of, looked_at FROM desk_viewcount
    WHERE (view_id, scope) IN (SELECT * FROM unnest(%(views)s::bigint[], %(scopes)s::text[]))
"""
_COLUMNS = "SELECT columns FROM desk_columnchoice WHERE person_id = %(person)s"


@dataclass(frozen=True, slots=True)
class Tab:
    """A view above the list: its name, where it leads, and how many cases it held when last counted."""

    view: SavedView
    url_query: str
    count: int | None
    as_of: datetime | None
    is_here: bool
    can_change: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """A view's last count, and when somebody looked at it last."""

    view_id: int
    count: int | None
    as_of: datetime | None
    looked_at: datetime


def views_of(person: Person) -> QuerySet[SavedView]:
    """A person's own views, those of their roles, and those shared with everybody where they work."""
    scopes = person.visible_paths("desk.see")
    shared_at = {path for scope in scopes if scope.strip("/") for path in above(scope)}
    roles = {held.role for held in person.held}
    mine = (
        Q(owner=person.pk) | Q(role__in=roles, owner__isnull=True) | Q(path__in=shared_at, owner__isnull=True)
    )
    return SavedView.objects.filter(mine)


def reachable(person: Person, view_id: int) -> SavedView:
    """A view that this person may use; NotFound for any other."""
    view = views_of(person).filter(pk=view_id).first()
    if view is None:
        raise NotFound(view=view_id)
    return view


def can_change(person: Person, view: SavedView) -> bool:
    """One's own, or one shared where one may share; starter views belong to their role."""
    if view.owner_id is not None:
        return view.owner_id == person.pk
    return bool(view.path) and person.may(SHARE, view.path)


def places_to_share(person: Person) -> list[str]:
    return person.visible_paths(SHARE)


def filters_of(view: SavedView) -> Filters:
    return Filters.from_query(dict(parse_qsl(view.query)))


def query_of(filters: Filters) -> str:
    """Filters as a view keeps them: the same filters are the same text."""
    return urlencode(sorted(filters.to_query().items()))


def tabs(
    person: Person, found: Iterable[SavedView], counts: Iterable[Counted], *, here: int | None
) -> list[Tab]:
    """The views in their order, with their last counts."""
    last = {count.view_id: count for count in counts}
    return [_tab(person, view, last.get(view.pk), here) for view in found]


def _tab(person: Person, view: SavedView, count: Counted | None, here: int | None) -> Tab:
    query = urlencode([("view", str(view.pk)), *parse_qsl(view.query)])
    return Tab(
        view, query, count.count if count else None, count.as_of if count else None,
        is_here=view.pk == here, can_change=can_change(person, view),
    )  # fmt: skip


def counts_of(person: Person, views: Iterable[SavedView]) -> list[Counted]:
    """What was counted for those who see the same as this person."""
    scopes = {view.pk: scope_of(person, view) for view in views}
    asked = {"views": list(scopes), "scopes": list(scopes.values())}
    return [Counted(*found) for found in hot.rows(_COUNTS, asked)] if scopes else []


def scope_of(person: Person, view: SavedView) -> str:
    """One digest for all who would count the same: the paths that they see, and themselves where it says "me"."""
    me = str(person.pk) if _speaks_of_me(view.query) else ""
    seen = "|".join([me, *sorted(person.visible_paths("desk.see"))])
    return hashlib.sha256(seen.encode()).hexdigest()


@lru_cache(maxsize=4096)
def _speaks_of_me(query: str) -> bool:
    return Filters.from_query(dict(parse_qsl(query))).speaks_of_me


def rows_of(count: ViewCount, *, now: datetime) -> TicketQuerySet:
    """The cases to count: the same filter as the list, with the rights as they were when somebody looked."""
    seen = Ticket.objects.within(count.paths)
    return narrowed(seen, filters_of(count.view), me=count.person_id, now=now)


def columns_of(person: Person) -> list[str]:
    """The columns that a person chose, in their order; empty where they chose none."""
    found = hot.row(_COLUMNS, {"person": person.pk})
    return list(found[0]) if found else []
