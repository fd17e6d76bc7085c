"""Messages that leave the house: stored first, handed over by the workers, never twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import notices
from huhang.channels.actions.accounts import vendor
from huhang.channels.actions.gateways import gateway
from huhang.channels.actions.receiving import announce
from huhang.channels.actions.tokens import hash_of, token_of
from huhang.channels.models import Account, OptOut, Outgoing
from huhang.channels.rules.gateway import Gateway, GatewayAway, GatewayRefused, NotTaken
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.outgoing import LEASE, Medium, State, retry_at
from huhang.network.models import Courier, OrgUnit, Person

BATCH = 50
LINK_MARK = "{link}"
NO_NUMBER = _("没有登记手机号码")
# Beside a message's facts, from an attempt that the gateway surely did not take until the next one begins.
NOT_TAKEN = "not_taken"
OPTED_OUT = _("对方已退订短信")


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
    token = token_of(key) if link else ""
    facts = {
        "medium": medium,
        "person": to.person,
        "courier": to.courier,
        "unit": to.unit,
        "path": to.unit.path,
        "number": number,
        "text": text[:1000],
        "link": link.path if link else "",
        "token_hash": hash_of(token) if link else None,
        "link_expires_at": now + link.valid_for if link else None,
        "queued_at": now,
        "next_at": now,
    }
    if not number:
        facts |= {"state": State.FAILED, "failed_at": now, "reason": NO_NUMBER, "next_at": None}
    return Outgoing.objects.get_or_create(key=key, defaults=facts)[0]


@transaction.atomic
def send_by_account(
    *, key: str, medium: Medium, account: Account, address: str, to: Addressee, text: str, now: datetime,
    facts: Mapping[str, Any],
) -> Outgoing:  # fmt: skip
    """Store a message that leaves by a vendor's account, in the caller's transaction; a repeated key is harmless."""
    given = {
        "medium": medium, "account": account, "address": address, "unit": to.unit, "path": to.unit.path,
        "text": text, "letter_facts": dict(facts), "queued_at": now, "next_at": now,
    }  # fmt: skip
    return Outgoing.objects.get_or_create(key=key, defaults=given)[0]


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
    """Hand over what is due; returns how many were taken. No lock is held while a gateway is talked to."""
    return sum(_hand_over(message, by or gateway_of(message), again, now) for message, again in _claimed(now))


def gateway_of(message: Outgoing) -> Gateway:
    """By its account where it has one, else by the installation's own gateway."""
    return vendor(message.account) if message.account else gateway()


@transaction.atomic
def _claimed(now: datetime) -> list[tuple[Outgoing, bool]]:
    """Take messages for this worker: until the lease is over, no other one does. With each: may it have left before?

    That the gateway surely did not take a message counts for its next attempt only: from then on nobody knows again.
    """
    rows = list(
        Outgoing.objects.due(now)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("account")[:BATCH]
    )
    claimed = []
    for row in rows:
        claimed.append((row, row.attempts > 0 and not row.letter_facts.pop(NOT_TAKEN, False)))
        row.attempts += 1
        row.next_at = now + LEASE
    Outgoing.objects.bulk_update(rows, ["attempts", "next_at", "letter_facts"])
    return claimed


def _hand_over(message: Outgoing, out: Gateway, again: bool, now: datetime) -> bool:
    if message.medium == Medium.SMS and _opted_out(message):
        return _fail(message, OPTED_OUT, now)
    try:
        external_id = out.send(message.letter(_text(message)), again=again)
    except GatewayRefused as refusal:
        return _fail(message, str(refusal), now)
    except GatewayAway as away:
        return _wait(message, str(away), now, is_sure=isinstance(away, NotTaken) and not again)
    return _sent(message, out, external_id, now)


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


def _wait(message: Outgoing, reason: str, now: datetime, *, is_sure: bool) -> bool:
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
