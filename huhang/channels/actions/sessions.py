"""Accounts that keep a line open (CMPP): one worker of all holds it, and stores what comes by it before it says so."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from huhang.channels.actions import accounts, inbox, opting, receiving
from huhang.channels.models import Account
from huhang.channels.rules.gateway import Answer, Post
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.vendor import LineVendor

ADAPTERS = ("cmpp",)


def tend(*, now: Callable[[], datetime]) -> int:
    """Hold the lines that nobody holds and take what has come by those of this process; returns how much was news."""
    rows = Account.objects.filter(adapter__in=ADAPTERS).select_related("unit")
    return sum(_tend(account, now) for account in rows.order_by("pk"))


def _tend(account: Account, now: Callable[[], datetime]) -> int:
    line: LineVendor = accounts.vendor(account)  # type: ignore[assignment]
    if not account.is_active:
        line.close()
        return 0
    # To ask for the next post is to say that this one is stored: the gateway is told so, and forgets it.
    return sum(_take(account, post, now()) for post in line.collect())


@transaction.atomic
def _take(account: Account, post: Post, now: datetime) -> int:
    facts = opting.honour(account, [_fact(answer) for answer in post.answers], now=now)
    news = inbox.keep(account, facts, now=now)
    news += receiving.take(account.key, reports=post.reports, now=now)
    Account.objects.filter(pk=account.pk).update(heard_at=now)
    return news


def _fact(answer: Answer) -> Incoming:
    return Incoming(answer.external_id, answer.number, answer.at, text=answer.text, door=answer.door)
