"""Whose word a reply by SMS is: 退订 before any meaning of ours, then our own people's, an answer, or a customer's."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from huhang.channels.actions import receiving
from huhang.channels.models import Account, InboxItem, Outgoing
from huhang.channels.rules.gateway import Answer
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.numbers import digit_of, is_start, is_stop

ANSWERS_WITHIN = timedelta(days=3)
SMS = frozenset({"aliyun_sms", "tencent_sms", "cmpp"})


def honour(account: Account, facts: Iterable[Incoming], *, now: datetime) -> list[Incoming]:
    """Take the words that stop or start SMS to a number, our own people's, and answers to what rooms above asked.

    Returns the rest, for the inbox.
    """
    if account.adapter not in SMS:
        return list(facts)
    return [fact for fact in facts if not _is_taken(account, fact, now)]


def _is_taken(account: Account, fact: Incoming, now: datetime) -> bool:
    answer = Answer(fact.external_id, fact.address, fact.text, fact.at, fact.door)
    if is_stop(fact.text) or is_start(fact.text) or _is_of_the_house(fact.address, now):
        receiving.take(account.key, answers=[answer], now=now)
        return True
    # What was somebody's word when it was first told stays that, whatever has been asked since.
    is_word = InboxItem.objects.filter(account=account, external_id=fact.external_id[:200]).exists
    if not digit_of(fact.text) or is_word():
        return False
    return receiving.answers_a_question(account.key, answer, now=now)


def _is_of_the_house(number: str, now: datetime) -> bool:
    """Was the last message to this number, not long ago, for a person or courier of ours? Then this answers it."""
    sent = Outgoing.objects.filter(number=number, queued_at__gt=now - ANSWERS_WITHIN).exclude(number="")
    last = sent.order_by("-queued_at").first()
    return last is not None and bool(last.person_id or last.courier_id)
