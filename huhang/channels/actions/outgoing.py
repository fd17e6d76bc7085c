"""Messages that leave the house: stored first, handed over by the workers, never twice."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import accounts, allowances, notices
from huhang.channels.actions.gateways import gateway
from huhang.channels.actions.holding import held
from huhang.channels.actions.receiving import announce
from huhang.channels.actions.tokens import hash_of, token_of
from huhang.channels.events import NotLetThrough
from huhang.channels.models import Account, OptOut, Outgoing
from huhang.channels.rules.gateway import Gateway, GatewayAway, GatewayRefused, NotTaken, WindowClosed
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.outgoing import LEASE, Medium, State, retry_at
from huhang.channels.rules.quotas import Closed
from huhang.kit.errors import DomainError
from huhang.kit.events import publish
from huhang.kit.ticking import is_stopping
from huhang.network.models import Courier, OrgUnit, Person

BATCH = 50
# Leases count from a round's beginning: it ends early enough for the slowest server after it.
ROUND = 30.0
LINK_MARK = "{link}"
NO_NUMBER = _("没有登记手机号码")
# Beside a message's facts, from an attempt that the gateway surely did not take until the next one begins.
NOT_TAKEN = "not_taken"
OPTED_OUT = _("对方已退订短信")
ASLEEP = _("渠道账号已停用，没有发出")


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message is for: a person or courier of a unit, or the unit as a whole; `number` as it is now."""

    unit: OrgUnit
    person: Person | None = None
    courier: Courier | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A page behind a secret address: `path` holds `{token}`, and so does the text hold `{link}`."""

    path: str
    valid_for: timedelta


@transaction.atomic
def send(
    *, key: str, medium: Medium, to: Addressee, text: str, now: datetime, link: Link | None = None
) -> Outgoing:
    """Store a message, in the caller's transaction; a worker hands it over. A repeated key changes nothing."""
    number = plain(to.number)
    facts = {
        "medium": medium,
        "person": to.person,
        "courier": to.courier,
        "unit": to.unit,
        "path": to.unit.path,
        "number": number,
        "text": text[:1000],
        "queued_at": now,
        "next_at": now,
        **_link_facts(key, link, now),
    }
    if not number:
        facts |= {"state": State.FAILED, "failed_at": now, "reason": NO_NUMBER, "next_at": None}
    return Outgoing.objects.get_or_create(key=key, defaults=facts)[0]


@transaction.atomic
def send_by_account(
    *, key: str, medium: Medium, account: Account, address: str, to: Addressee, text: str, now: datetime,
    facts: Mapping[str, Any], link: Link | None = None,
) -> Outgoing:  # fmt: skip
    """Store a message that leaves by a vendor's account, in the caller's transaction; a repeated key is harmless."""
    given = {
        "medium": medium, "account": account, "address": address, "unit": to.unit, "path": to.unit.path,
        "text": text, "letter_facts": dict(facts), "queued_at": now, "next_at": now, **_link_facts(key, link, now),
    }  # fmt: skip
    return Outgoing.objects.get_or_create(key=key, defaults=given)[0]


def _link_facts(key: str, link: Link | None, now: datetime) -> dict[str, Any]:
    """What is kept of a link: where it leads and the hash of its token, never the token."""
    if link is None:
        return {}
    return {
        "link": link.path, "token_hash": hash_of(token_of(key)), "link_expires_at": now + link.valid_for,
    }  # fmt: skip


@transaction.atomic
def post(*, key: str, kind: str, to: Addressee, title: str, body: str, page: str, now: datetime) -> Outgoing:
    """Tell somebody inside the house: delivered at once, read when it is opened."""
    known = Outgoing.objects.filter(key=key).first()
    if known:
        return known
    notice = notices.notify(
        key=f"out:{key}", kind=kind, title=title, body=body, link=page, now=now,
        unit=None if to.person else to.unit, person=to.person,
    )  # fmt: skip
    return Outgoing.objects.create(
        key=key, medium=Medium.IN_APP, person=to.person, courier=to.courier, unit=to.unit, path=to.unit.path,
        text=f"{title} {body}".strip()[:1000], state=State.DELIVERED, queued_at=now, sent_at=now,
        delivered_at=now, notice=notice,
    )  # fmt: skip


def deliver_due(*, now: datetime, by: Gateway | None = None) -> int:
    """Hand over what is due; returns how many were taken. No lock is held while a gateway is talked to.

    One after another is claimed, so that nothing waits under a lease behind somebody's slow server; an account that is
    found away is not asked again in this round.
    """
    taken, away, until = 0, set[int](), time.monotonic() + ROUND
    for _number in range(BATCH):
        is_over = is_stopping() or time.monotonic() > until
        claim = None if is_over else _claim(now, away)
        if claim is None:
            break
        try:
            taken += _hand_over(claim, by or gateway_of(claim.message), now)
        except GatewayAway as trouble:
            _wait(claim, str(trouble), now, is_sure=isinstance(trouble, NotTaken) and not claim.again)
            if claim.message.account:
                away.add(claim.message.account.pk)
                accounts.is_away(claim.message.account, str(trouble), now=now)
        except DomainError as trouble:
            # Ours to put right: no such adapter, a file that is gone, a secret that nobody can read.
            _fail(claim.message, str(trouble), now)
    return taken


def gateway_of(message: Outgoing) -> Gateway:
    """By its account where it has one, else by the installation's own gateway."""
    return accounts.vendor(message.account) if message.account else gateway()


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this worker alone may hand over until the lease is over."""

    message: Outgoing
    # May it have left before?
    again: bool
    # Why its vendor would not take it; empty when it would.
    closed: str


@transaction.atomic
def _claim(now: datetime, away: Collection[int] = ()) -> Claim | None:
    """Take the next message for this worker, and count it by what its vendor allows.

    That the gateway surely did not take a message counts for its next attempt only: from then on nobody knows again.
    """
    row = _next(now, away)
    if row is None:
        return None
    again = row.attempts > 0 and not row.letter_facts.pop(NOT_TAKEN, False)
    row.attempts += 1
    row.next_at = now + LEASE
    closed = allowances.pay(row, now=now)
    row.save(update_fields=["attempts", "next_at", "letter_facts", "counted", "counted_at"])
    return Claim(row, again, str(closed or ""))


def _next(now: datetime, away: Collection[int]) -> Outgoing | None:
    """The longest waiting one; words to one customer leave in the order in which they were said."""
    earlier = Outgoing.objects.filter(
        account=OuterRef("account"), address=OuterRef("address"), medium=Medium.CHAT, next_at__isnull=False,
        pk__lt=OuterRef("pk"),
    )  # fmt: skip
    due = Outgoing.objects.due(now).exclude(Q(medium=Medium.CHAT) & Exists(earlier))
    if away:
        due = due.exclude(account__in=away)
    return due.select_for_update(skip_locked=True, of=("self",)).select_related("account").first()


def _hand_over(claim: Claim, out: Gateway, now: datetime) -> bool:
    message = claim.message
    if message.medium == Medium.SMS and _opted_out(message):
        return _fail(message, OPTED_OUT, now)
    if message.account and not message.account.is_active:
        return _fail(message, ASLEEP, now)
    if claim.closed:
        return _not_let_through(message, claim.closed, now)
    try:
        with held(message):
            external_id = out.send(message.letter(_text(message)), again=claim.again)
    except WindowClosed as closed:
        if message.account:
            allowances.shut(message.account, message.address)
        return _not_let_through(message, str(closed), now)
    except GatewayRefused as refusal:
        return _fail(message, str(refusal), now)
    if message.account:
        accounts.is_back(message.account)
    return _sent(message, out, external_id, now)


@transaction.atomic
def _not_let_through(message: Outgoing, reason: str, now: datetime) -> bool:
    """Say why, and look for another way; words that are only too long can be cut by whoever wrote them."""
    failed = _fail(message, reason, now)
    if failed and reason != Closed.TOO_MUCH:
        publish(NotLetThrough(outgoing_id=message.pk, at=now))
    return failed


def _opted_out(message: Outgoing) -> bool:
    return OptOut.objects.filter(number=message.number or plain(message.address)).exists()


def _text(message: Outgoing) -> str:
    """The text as it leaves: only here is the link's token spelled out."""
    if not message.link:
        return message.text
    return message.text.replace(
        LINK_MARK, f"{settings.PUBLIC_URL}{message.link.format(token=token_of(message.key))}"
    )


@transaction.atomic
def _sent(message: Outgoing, out: Gateway, external_id: str, now: datetime) -> bool:
    row = Outgoing.objects.filter(pk=message.pk)
    row.update(gateway=out.name, external_id=external_id[:100], is_real=out.is_real)
    # A gateway may have reported before it returned: then the message is further already.
    fresh = row.filter(state=State.QUEUED).update(state=State.SENT, sent_at=now, next_at=None, reason="")
    row.filter(sent_at__isnull=True).update(sent_at=now)
    announce(message)
    return bool(fresh)


def _wait(claim: Claim, reason: str, now: datetime, *, is_sure: bool) -> bool:
    message = claim.message
    again_at = retry_at(message.attempts, now=now)
    if again_at is None:
        return _fail(message, reason, now)
    waiting = Outgoing.objects.filter(pk=message.pk, state=State.QUEUED)
    facts = {**message.letter_facts, NOT_TAKEN: True} if is_sure else message.letter_facts
    waiting.update(next_at=again_at, reason=reason[:200], letter_facts=facts)
    return False


@transaction.atomic
def _fail(message: Outgoing, reason: str, now: datetime) -> bool:
    failed = Outgoing.objects.filter(pk=message.pk, state=State.QUEUED).update(
        state=State.FAILED, failed_at=now, reason=reason[:200], next_at=None
    )
    announce(message)
    return bool(failed)
