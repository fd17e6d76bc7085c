"""Notices: told once, seen once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from huhang.channels.actions import receiving
from huhang.channels.models import Notice
from huhang.channels.queries import notices as queries
from huhang.kit import live
from huhang.kit.errors import DomainError, NotFound
from huhang.network.models import OrgUnit, Person

KIND = "channels.notice"


class NobodyToTell(DomainError):
    """这条通知没有收件人，也没有收件单位。"""

    status = 422


@transaction.atomic
def notify(
    *,
    key: str,
    kind: str,
    title: str,
    now: datetime,
    unit: OrgUnit | None = None,
    person: Person | None = None,
    body: str = "",
    link: str = "",
) -> Notice:
    """Tell a person, or a unit as a whole, once per key; with both given, the person on behalf of the unit.

    `link` is a path in this house. A repeated key returns the first notice unchanged.
    """
    if unit is None and person is None:
        raise NobodyToTell(key=key)
    notice, is_new = Notice.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "title": title[:120],
            "body": body[:500],
            "link": link,
            "path": unit.path if unit else "",
            "person": person,
            "at": now,
        },
    )
    if is_new:
        _announce(unit, person)
    return notice


@dataclass(frozen=True, slots=True)
class Word:
    """What `notify_many` tells: to a person on behalf of a unit, or to whoever looks after the unit."""

    key: str
    kind: str
    title: str
    unit: OrgUnit
    person: Person | None = None
    body: str = ""
    link: str = ""


@transaction.atomic
def notify_many(words: Iterable[Word], *, now: datetime) -> int:
    """Tell many at once, each once per key; returns how many were new."""
    wanted = {word.key: word for word in words}
    known = set(Notice.objects.filter(key__in=wanted).values_list("key", flat=True))
    fresh = [word for key, word in wanted.items() if key not in known]
    Notice.objects.bulk_create([_row(word, now) for word in fresh], ignore_conflicts=True)
    live.announce_many(KIND, (place for word in fresh for place in _places(word.unit, word.person)))
    return len(fresh)


def _row(word: Word, now: datetime) -> Notice:
    return Notice(
        key=word.key, kind=word.kind, title=word.title[:120], body=word.body[:500], link=word.link,
        path=word.unit.path, person=word.person, at=now,
    )  # fmt: skip


@transaction.atomic
def read(*, notice_id: int, by: Person, now: datetime) -> Notice:
    """Note who saw a notice first; reading again changes nothing."""
    notice = queries.visible(by, queries.own_units(by)).filter(pk=notice_id).first()
    if notice is None:
        raise NotFound(notice=notice_id)
    if _mark(Notice.objects.filter(pk=notice_id), by, now):
        notice.refresh_from_db()
        _announce_read(notice, by)
    return notice


@transaction.atomic
def read_all(*, by: Person, now: datetime) -> int:
    """Mark everything addressed to somebody as read; returns how many were unread."""
    marked = _mark(queries.mine(by, queries.own_units(by)), by, now)
    if marked:
        live.announce(KIND, ref=queries.person_ref(by))
    return marked


def _mark(notices: QuerySet[Notice], by: Person, now: datetime) -> int:
    unread = list(notices.filter(read_at__isnull=True).values_list("pk", "outgoing"))
    receiving.seen([outgoing for _, outgoing in unread if outgoing], now=now)
    # Asked again: of two who open it at once, one was first.
    return Notice.objects.filter(pk__in=[pk for pk, _ in unread], read_at__isnull=True).update(
        read_at=now, read_by=by
    )


def _announce(unit: OrgUnit | None, person: Person | None) -> None:
    for path, ref in _places(unit, person):
        live.announce(KIND, path=path, ref=ref)


def _places(unit: OrgUnit | None, person: Person | None) -> Iterator[tuple[str, str]]:
    """Who hears of a notice: the unit's level and those above, and the bell of whom it is for."""
    if unit:
        yield unit.path, "" if person else queries.unit_ref(unit)
    if person:
        yield "", queries.person_ref(person)


def _announce_read(notice: Notice, by: Person) -> None:
    live.announce(KIND, path=notice.path, ref=queries.person_ref(by))
