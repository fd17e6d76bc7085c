"""Accounts as those who keep them see them, and what came in by them and could not be used."""

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from huhang.channels.models import Account, Entrance, InboxItem
from huhang.channels.rules.entrances import EntranceKind
from huhang.kit.models import AuditEntry
from huhang.network.models import OrgUnit, Person, under

SEE, EDIT = "channels.see", "channels.edit"
# What was not made something of by then is looked at by people.
LONGEST_WAIT = timedelta(minutes=10)
RECORD, UNITS_SHOWN = 20, 200


def accounts(person: Person, *, now: datetime) -> "QuerySet[Account]":
    """Accounts at vendors in this person's reach, with their entrances and how much lies unused."""
    lies = Q(inbox__taken_at__isnull=True) & (
        ~Q(inbox__trouble="") | Q(inbox__received_at__lt=now - LONGEST_WAIT)
    )
    return (
        Account.objects.filter(under(person.visible_paths(SEE)))
        .exclude(adapter="")
        .select_related("unit")
        .prefetch_related("entrances")
        .annotate(stuck=Count("inbox", filter=lies, distinct=True))
        .order_by("-is_active", "name", "pk")
    )


def reachable(person: Person, key: str, permission: str = SEE) -> Account | None:
    """The account of this key, at a vendor, if it lies in the person's reach."""
    found = Account.objects.filter(under(person.visible_paths(permission)), key=key).exclude(adapter="")
    return found.select_related("unit", "fallback").first()


def pages_of_ours(person: Person) -> "QuerySet[Entrance]":
    """Where a talk can go on when a vendor lets nothing through."""
    ours = Entrance.objects.filter(under(person.visible_paths(SEE)), is_active=True, account__adapter="")
    return ours.filter(kind__in=[EntranceKind.H5, EntranceKind.WEB_CHAT]).order_by("kind", "name")


def units(person: Person) -> list[OrgUnit]:
    """For which units somebody may keep accounts, the widest ones first."""
    rows = OrgUnit.objects.filter(under(person.visible_paths(EDIT)), is_active=True)
    return list(rows.order_by("level", "path")[:UNITS_SHOWN])


def colleague(person: Person, username: str) -> Person | None:
    """Whoever logs in by this name, within the reach in which this person keeps accounts."""
    people = Person.objects.filter(under(person.visible_paths(EDIT), "home__path"), username=username)
    return people.filter(is_active=True).first()


def record(account: Account) -> "QuerySet[AuditEntry]":
    """What was changed on it, the newest first."""
    return AuditEntry.objects.filter(subject=account.key, verb__startswith="account.").order_by("-at", "-pk")[
        :RECORD
    ]


def stuck(*, now: datetime) -> "QuerySet[InboxItem]":
    """What could not be used, and what has waited for long."""
    waiting = InboxItem.objects.filter(taken_at__isnull=True)
    return waiting.filter(~Q(trouble="") | Q(received_at__lt=now - LONGEST_WAIT))


def stuck_for(person: Person, *, now: datetime) -> "QuerySet[InboxItem]":
    """The same, of accounts in this person's reach, the newest first."""
    seen = stuck(now=now).filter(under(person.visible_paths(SEE), "account__path"))
    return seen.select_related("account").order_by("-received_at", "-pk")


def stuck_one(person: Person, item_id: int, *, now: datetime) -> InboxItem | None:
    """One of them, if this person may do something about it."""
    found = stuck(now=now).filter(under(person.visible_paths(EDIT), "account__path"), pk=item_id)
    return found.select_related("account").first()
