"""Mailboxes: looked into every minute, and at once when their bell rings. Nothing is read here, only said to be due."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from huhang.channels.actions import accounts
from huhang.channels.adapters.mail import Mail
from huhang.channels.adapters.mail.idling import Bell, wait
from huhang.channels.models import Account, PullCursor
from huhang.channels.rules.gateway import GatewayAway

ADAPTER = "mail"
# Where there is no bell, and for what a bell may have missed.
EVERY = timedelta(minutes=1)
Clock = Callable[[], datetime]


def active() -> list[Account]:
    """The mailboxes that are read."""
    return list(Account.objects.filter(adapter=ADAPTER, is_active=True).order_by("pk"))


def look_due(*, now: datetime) -> int:
    """Say of every folder not looked into for a minute that something may lie there; returns how many those are."""
    late = Q(compared_at__isnull=True) | Q(compared_at__lte=now - EVERY)
    due = Account.objects.filter(late, adapter=ADAPTER, is_active=True)
    return sum(_look(pk, now) for pk in due.values_list("pk", flat=True))


def has_mail(account: Account, *, now: datetime) -> None:
    """Something may have come: whoever fetches looks at once, also when they have just looked."""
    PullCursor.objects.update_or_create(
        account=account, door="", defaults={"pull_at": now, "is_comparing": False}
    )


@transaction.atomic
def _look(account_id: int, now: datetime) -> int:
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
    if account.compared_at is not None and account.compared_at > now - EVERY:
        return 0  # somebody else was quicker
    account.compared_at = now
    account.save(update_fields=["compared_at"])
    try:
        doors = _box(account).doors()
    except GatewayAway as away:
        accounts.is_away(account, str(away), now=now)
        return 0
    for door in doors:
        PullCursor.objects.get_or_create(account=account, door=door)
    return account.cursors.filter(door__in=doors, pull_at__isnull=True).update(
        pull_at=now, is_comparing=False
    )


class Listening:
    """One process's bells, kept from one look to the next; of several processes on one machine, one has each."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._bells: dict[tuple[object, ...], tuple[Account, Bell]] = {}

    def look(self, wanted: Iterable[Account]) -> None:
        """Have bells for these, and let go of those that are no longer wanted, or are wanted differently."""
        asked = {_how(account): account for account in wanted}
        for how in set(self._bells) - set(asked):
            self._bells.pop(how)[1].close()
        for how in set(asked) - set(self._bells):
            # One whose settings are wrong has none: whoever looks into it says so.
            with suppress(GatewayAway):
                self._bells[how] = (asked[how], _box(asked[how]).bell(self._now))

    def hear(self, seconds: float) -> int:
        """Wait about so long for bells; returns how many rang."""
        for _account, bell in self._bells.values():
            bell.tend()
        ready = wait([bell for _account, bell in self._bells.values()], seconds)
        rung = [account for account, bell in self._bells.values() if bell in ready and bell.has_rung()]
        for account in rung:
            has_mail(account, now=self._now())
        return len(rung)

    def close(self) -> None:
        self.look(())


def _how(account: Account) -> tuple[object, ...]:
    return (account.pk, repr(account.settings), repr(account.secrets))


def _box(account: Account) -> Mail:
    vendor = accounts.vendor(account)
    assert isinstance(vendor, Mail)
    return vendor
