"""Keeping feeds: accounts and their secrets, words of partners, what is put aside, and what may be forgotten."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huhang.journey.models import FeedAccount, FeedWord, IntakeCount, KnownTrace, Parked, Push
from huhang.journey.rules.feeds import ParkedState, Protocol, WordKind
from huhang.kit import audit
from huhang.kit.errors import BadInput, NotFound
from huhang.network.models import Person

KEEP_PUSHES = timedelta(days=7)
KEEP_TRACES = timedelta(days=180)
KEEP_SETTLED = timedelta(days=90)
KEEP_COUNTS = timedelta(days=400)


class NameTaken(BadInput):
    """已有同名的账号。"""


class WordTaken(BadInput):
    """这个词已有对照。"""


class BadWord(BadInput):
    """请填写对方的叫法和我们的名称；“*”只能放在末尾。"""


@transaction.atomic
def open_account(
    *,
    slug: str,
    kind: str,
    secret: str = "",
    partner_no: str = "",
    carrier: str = "",
    by: Person,
    now: datetime,
) -> tuple[FeedAccount, str]:
    """Give a partner an address; returns the account and its secret, which is shown this once."""
    if kind not in set(Protocol):
        raise BadInput
    if FeedAccount.objects.filter(slug=slug).exists():
        raise NameTaken(slug=slug)
    given = secret or secrets.token_hex(12)
    account = FeedAccount.objects.create(
        slug=slug, kind=kind, key=secrets.token_urlsafe(24), secret=given, partner_no=partner_no, carrier=carrier,
        created_at=now,
    )  # fmt: skip
    _record("journey.feed.open", account, by, now)
    return account, given


@transaction.atomic
def edit_account(
    *, slug: str, partner_no: str, carrier: str, is_enabled: bool, by: Person, now: datetime
) -> FeedAccount:
    """Change what is no secret."""
    account = _locked(slug)
    account.partner_no, account.carrier, account.is_enabled = partner_no, carrier, is_enabled
    account.save(update_fields=["partner_no", "carrier", "is_enabled"])
    _record("journey.feed.edit", account, by, now)
    return account


@transaction.atomic
def renew_secret(*, slug: str, secret: str = "", by: Person, now: datetime) -> str:
    """Give an account another secret; returned this once. What is signed with the old one is refused from now on."""
    account = _locked(slug)
    account.secret = secret or secrets.token_hex(12)
    account.save(update_fields=["secret"])
    _record("journey.feed.renew", account, by, now)
    return account.secret


@transaction.atomic
def add_word(*, kind: str, theirs: str, ours: str, by: Person, now: datetime) -> FeedWord:
    """Say what a partner's word means."""
    theirs, ours = theirs.strip(), ours.strip()
    if kind not in set(WordKind) or not theirs or not ours or "*" in theirs[:-1]:
        raise BadWord
    try:
        with transaction.atomic():
            word = FeedWord.objects.create(kind=kind, theirs=theirs, ours=ours)
    except IntegrityError as error:
        raise WordTaken(_("“%(word)s”已有对照") % {"word": theirs}) from error
    after = {"kind": kind, "theirs": theirs, "ours": ours}
    audit.record(actor=by.get_username(), verb="journey.word.add", subject=theirs[:150], now=now, after=after)
    return word


@transaction.atomic
def remove_word(*, word_id: int, by: Person, now: datetime) -> None:
    word = FeedWord.objects.select_for_update().filter(pk=word_id).first()
    if word is None:
        raise NotFound(word_id=word_id)
    before = {"kind": word.kind, "theirs": word.theirs, "ours": word.ours}
    word.delete()
    audit.record(
        actor=by.get_username(), verb="journey.word.remove", subject=word.theirs[:150], now=now, before=before
    )


def drop(*, ids: Sequence[int], by: str, now: datetime) -> int:
    """Give up what was put aside; returns how many."""
    waiting = Parked.objects.filter(pk__in=ids, state=ParkedState.PARKED)
    return waiting.update(state=ParkedState.DROPPED, settled_at=now, settled_by=by)


def forget(*, now: datetime) -> None:
    """Let go of what nobody will ask for: worked-in messages, traces of parcels long over, settled rows, old counts."""
    Push.objects.filter(processed_at__lt=now - KEEP_PUSHES).delete()
    KnownTrace.objects.filter(touched_at__lt=now - KEEP_TRACES).delete()
    Parked.objects.filter(settled_at__lt=now - KEEP_SETTLED).delete()
    Parked.objects.filter(state=ParkedState.REFUSED, at__lt=now - KEEP_SETTLED).delete()
    IntakeCount.objects.filter(hour__lt=now - KEEP_COUNTS).delete()


def _locked(slug: str) -> FeedAccount:
    account = FeedAccount.objects.select_for_update().filter(slug=slug).first()
    if account is None:
        raise NotFound(slug=slug)
    return account


def _record(verb: str, account: FeedAccount, by: Person, now: datetime) -> None:
    after = {"partner_no": account.partner_no, "carrier": account.carrier, "is_enabled": account.is_enabled}
    audit.record(actor=by.get_username(), verb=verb, subject=account.source, now=now, after=after)
