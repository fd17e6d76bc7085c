"""Whose word a reply by SMS is: 退订 before any meaning of ours, then our own people's, then a customer's."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from huhang.channels.actions import receiving
from huhang.channels.models import Account, Outgoing
from huhang.channels.rules.gateway import Answer
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.numbers import is_start, is_stop

ANSWERS_WITHIN = timedelta(days=3)
SMS = frozenset({"aliyun_sms", "tencent_sms", "cmpp"})


def honour(account: Account, facts: Iterable[Incoming], *, now: datetime) -> list[Incoming]:
    """Take the words that stop or start SMS to a number, and our own people's; returns the rest, for the inbox."""
    if account.adapter not in SMS:
        return list(facts)
    rest: list[Incoming] = []
    ours: list[Incoming] = []
    for fact in facts:
        is_ours = is_stop(fact.text) or is_start(fact.text) or _is_of_the_house(fact.address, now)
        (ours if is_ours else rest).append(fact)
    answers = [Answer(fact.external_id, fact.address, fact.text, fact.at, fact.door) for fact in ours]
    receiving.take(account.key, answers=answers, now=now)
    return rest


def _is_of_the_house(number: str, now: datetime) -> bool:
    """Was the last message to this number, not long ago, for a person or courier of ours? Then this answers it."""
    sent = Outgoing.objects.filter(number=number, queued_at__gt=now - ANSWERS_WITHIN).exclude(number="")
    last = sent.order_by("-queued_at").first()
    return last is not None and bool(last.person_id or last.courier_id)
