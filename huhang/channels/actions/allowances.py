"""What vendors still let us write: opened by what customers do, paid before a message leaves, shut when they say no."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Sum

from huhang.channels.models import Account, Address, Outgoing, Quota
from huhang.channels.rules import quotas
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.quotas import Cause, Closed, Window


def heard(account: Account, fact: Incoming) -> None:
    """Open what a fact opens, or shut everything when they left. The address must be locked."""
    kind = quotas.kind_of(account.adapter)
    if kind is None:
        return
    if fact.event in quotas.SHUTTING:
        shut(account, fact.address)
        return
    cause = quotas.cause_of(fact)
    window = cause and quotas.opened(
        kind, cause, fact.at, sent_since=_counted_since(account, fact.address, fact.at)
    )
    if window:
        _store(account, fact.address, quotas.with_window(_windows(account, fact.address), window))


def pay(message: Outgoing, *, now: datetime) -> Closed | None:
    """Count a message before it leaves, once however often it is tried; why it may not, if it may not.

    Called in the transaction of the claim: whoever is killed between counting and sending has counted too much.
    """
    kind = quotas.kind_of(message.account.adapter) if message.account else None
    facts = message.letter_facts
    extra = facts.get("extra") or {}
    if kind is None or message.account is None or message.counted or not quotas.is_counted(extra):
        return None
    Address.objects.select_for_update().filter(account=message.account, address=message.address).first()
    windows = _windows(message.account, message.address)
    number = quotas.messages_in(
        kind, sort=facts.get("sort", ""), text=message.text, files=len(facts.get("files", ())), extra=extra
    )
    closed = quotas.why_not(windows, number, now=now)
    if closed is None:
        message.counted, message.counted_at = number, now
        paid = quotas.after_sending(windows, now=now, messages=number)
        _store(message.account, message.address, paid)
    return closed


def shut(account: Account, address: str) -> None:
    """The vendor said no, or the customer left: nothing may leave until they act again."""
    Quota.objects.filter(account=account, address=address).update(left=0)


def _counted_since(account: Account, address: str, at: datetime) -> int:
    sent = Outgoing.objects.filter(account=account, address=address, counted_at__gte=at)
    return sent.aggregate(sum=Sum("counted"))["sum"] or 0


def _windows(account: Account, address: str) -> list[Window]:
    rows = Quota.objects.select_for_update().filter(account=account, address=address).order_by("pk")
    return [Window(Cause(row.granted_by), row.left, row.until) for row in rows]


def _store(account: Account, address: str, windows: Iterable[Window]) -> None:
    for window in windows:
        Quota.objects.update_or_create(
            account=account, address=address, granted_by=window.granted_by,
            defaults={"left": window.left, "until": window.until},
        )  # fmt: skip
