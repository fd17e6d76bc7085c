"""Keeping a list under a name, sharing it, and remembering columns."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from huhang.desk.models import ColumnChoice, SavedView
from huhang.desk.models.view import LONGEST_QUERY
from huhang.desk.queries.views import SHARE, can_change, query_of, reachable
from huhang.desk.rules.filters import Filters
from huhang.kit import audit, packs
from huhang.kit.errors import BadInput, NotAllowed
from huhang.network.models import OrgUnit, Person

MOST_OF_ONE = 30
LONGEST_NAME = 40


class NameMissing(BadInput):
    """请给视图起个名字。"""


class TooManyViews(BadInput):
    """每人最多保存 30 个视图，请先删去不用的。"""


class NotYours(NotAllowed):
    """这个视图由他人维护，您可以另存为自己的。"""


@transaction.atomic
def save(
    *, name: str, filters: Filters, columns: Iterable[str], unit: str, by: Person, now: datetime
) -> SavedView:
    """Keep a list for oneself, or with a unit's code for everybody who works there."""
    name = name.strip()[:LONGEST_NAME]
    if not name:
        raise NameMissing
    path = _shared_at(unit, by) if unit else ""
    if not path and SavedView.objects.filter(owner=by).count() >= MOST_OF_ONE:
        raise TooManyViews
    last = SavedView.objects.filter(owner=None if path else by, path=path).aggregate(last=Max("order"))[
        "last"
    ]
    view = SavedView.objects.create(
        name=name, query=query_of(filters)[:LONGEST_QUERY], columns=list(columns), path=path,
        owner=None if path else by, order=min((last or 100) + 1, 32_000), made_by=by.get_username(),
    )  # fmt: skip
    _record("desk.view.shared", view, by, now)
    return view


def _shared_at(unit: str, by: Person) -> str:
    found = OrgUnit.objects.filter(code=unit, is_active=True).first()
    if found is None or not by.may(SHARE, found.path):
        raise NotAllowed(permission=SHARE)
    return found.path


@transaction.atomic
def change(*, view_id: int, filters: Filters, columns: Iterable[str], by: Person, now: datetime) -> SavedView:
    """Let a view hold what is on the screen now."""
    view = _own(view_id, by)
    view.query, view.columns = query_of(filters)[:LONGEST_QUERY], list(columns)
    view.save(update_fields=["query", "columns"])
    view.counts.all().delete()
    _record("desk.view.changed", view, by, now)
    return view


@transaction.atomic
def rename(*, view_id: int, name: str, by: Person, now: datetime) -> SavedView:
    view = _own(view_id, by)
    view.name = name.strip()[:LONGEST_NAME]
    if not view.name:
        raise NameMissing
    view.name_en = ""
    view.save(update_fields=["name", "name_en"])
    return view


@transaction.atomic
def move(*, view_id: int, step: int, by: Person) -> SavedView:
    """One place earlier or later among the views of the same kind."""
    view = _own(view_id, by)
    peers = list(SavedView.objects.select_for_update().filter(owner=view.owner, path=view.path))
    at = next(place for place, peer in enumerate(peers) if peer.pk == view.pk)
    to = min(max(at + (1 if step > 0 else -1), 0), len(peers) - 1)
    peers.insert(to, peers.pop(at))
    for place, peer in enumerate(peers):
        SavedView.objects.filter(pk=peer.pk).update(order=101 + place)
    return view


@transaction.atomic
def remove(*, view_id: int, by: Person, now: datetime) -> None:
    view = _own(view_id, by)
    _record("desk.view.removed", view, by, now)
    view.delete()


def _own(view_id: int, by: Person) -> SavedView:
    view = reachable(by, view_id)
    if not can_change(by, view):
        raise NotYours(view=view_id)
    return view


def _record(verb: str, view: SavedView, by: Person, now: datetime) -> None:
    """What many people see is answerable; one's own views are one's own."""
    if view.path:
        facts: Mapping[str, object] = {"name": view.name, "query": view.query, "path": view.path}
        audit.record(verb=verb, subject=f"view:{view.pk}", actor=by.get_username(), now=now, after=facts)


@transaction.atomic
def choose_columns(*, columns: Iterable[str], by: Person) -> None:
    """Remember the columns of a person's lists; none means the usual ones."""
    ColumnChoice.objects.update_or_create(person=by, defaults={"columns": list(columns)})


def load_pack() -> int:
    """Starter views of each role; those that exist stay as they are."""
    added = 0
    for place, row in enumerate(packs.rows("ticket_views")):
        for role in row["roles"]:
            usual = {
                "name_en": row["name_en"],
                "query": query_of(Filters.from_query(row["query"])),
                "order": place,
            }
            added += SavedView.objects.get_or_create(role=role, name=row["name"], defaults=usual)[1]
    return added
