"""A partner pushes: who is it, is it his, and is it kept? Only then is it answered; its scans enter a moment later."""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import UnreadablePostError

from huhang.journey.actions import intake_counts, parking
from huhang.journey.actions.parking import Aside
from huhang.journey.feeds import bodies, kdniao, kuaidi100
from huhang.journey.feeds.bodies import BodyIsBroken, BodyTooLarge
from huhang.journey.feeds.forms import UnreadablePush
from huhang.journey.models import FeedAccount, Push
from huhang.journey.rules.feeds import Protocol, What, Why
from huhang.kit.errors import NotFound
from huhang.network.models import Person

# A forger can write as often as he likes: of an hour and a reason one message is kept, and all are counted.
SAID_ONCE_AN_HOUR = {Why.FORGED, Why.ACCOUNT_OFF, Why.TOO_LARGE, Why.BROKEN_FORM, Why.NOT_FOR_US, Why.STALE}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the partner is told; whatever is not in his words for success, he sends again."""

    status: int
    body: dict[str, Any]


def receive(*, key: str, blocks: Callable[[], Iterable[bytes]], now: datetime) -> Answer:
    """Take a push in. It is on disk before this answers that it was taken."""
    account = FeedAccount.objects.filter(key=key).first()
    if account is None:
        raise NotFound
    content = message = b""
    try:
        content = _body(blocks)
        message = _opened(account, content, now)
    except UnreadablePush as error:
        refuse(account.source, Why(error.why), error.detail, content, now=now)
        # The partner's own, but no trace: sending it again would not help.
        is_no_use = error.why == Why.UNKNOWN_EVENT
        return _answer(account, now, _STATUS.get(Why(error.why), 400), None if is_no_use else error, message)
    keep(source=account.source, kind=account.kind, content=message, now=now, account=account)
    return _answer(account, now, 200, None, message)


_STATUS = {Why.FORGED: 403, Why.ACCOUNT_OFF: 403, Why.NOT_FOR_US: 403, Why.STALE: 403, Why.TOO_LARGE: 413}


@transaction.atomic
def keep(
    *,
    source: str,
    kind: str,
    content: bytes,
    now: datetime,
    account: FeedAccount | None = None,
    person: Person | None = None,
) -> tuple[Push, bool]:
    """Keep a message until it is worked in; the same content of the same source is the same message."""
    push, is_new = Push.objects.get_or_create(
        source=source,
        digest=hashlib.sha256(content).hexdigest(),
        defaults={
            "kind": kind, "account": account, "person": person, "body": content, "received_at": now,
            "capture_id": uuid.uuid4(),
        },
    )  # fmt: skip
    if not is_new:
        counts = [intake_counts.Counted(what, 1, "same_push") for what in (What.RECEIVED, What.DOUBLED)]
        intake_counts.add(source, counts, at=now)
    return push, is_new


@transaction.atomic
def refuse(source: str, why: Why, detail: str, content: bytes, *, now: datetime) -> None:
    """Count a message that cannot be taken, and keep its beginning."""
    sameness = f"{now:%Y%m%d%H}" if why in SAID_ONCE_AN_HOUR else ""
    parking.put(source, [Aside(why, detail, raw=parking.readable(content), sameness=sameness)], at=now)
    intake_counts.refused_whole(source, why, at=now)


def _body(blocks: Callable[[], Iterable[bytes]]) -> bytes:
    try:
        return bodies.received(blocks(), is_gzip=False)
    except BodyTooLarge as error:
        raise UnreadablePush(Why.TOO_LARGE, f"> {error.limit // bodies.MEGABYTE} MB") from error
    except (BodyIsBroken, UnreadablePostError) as error:
        raise UnreadablePush(Why.BROKEN_FORM, str(error)[:100]) from error


def _opened(account: FeedAccount, body: bytes, now: datetime) -> bytes:
    if not account.is_enabled:
        raise UnreadablePush(Why.ACCOUNT_OFF, account.slug)
    if account.kind == Protocol.KUAIDI100:
        return kuaidi100.opened(body, account.secret)
    content = kdniao.opened(body, account.secret)
    try:
        kdniao.check_partner(content, account.partner_no, now=now)
    except UnreadablePush as error:
        if error.why in {Why.NOT_FOR_US, Why.STALE}:
            raise
        # Signed, so it is the partner's own: broken content is kept and put aside, sending it again would not help.
    return content


def _answer(
    account: FeedAccount, now: datetime, status: int, error: UnreadablePush | None, message: bytes
) -> Answer:
    sentence = parking.sentence(Aside(error.why, error.detail)) if error else ""
    if account.kind == Protocol.KUAIDI100:
        return Answer(status if error else 200, kuaidi100.answer(is_taken=error is None, sentence=sentence))
    return Answer(
        status if error else 200,
        kdniao.answer(
            is_taken=error is None,
            partner_no=account.partner_no or kdniao.partner_of(message),
            now=now,
            sentence=sentence,
        ),
    )
