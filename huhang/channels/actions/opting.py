"""退订 before any meaning of ours: replies to SMS that ask for none, or for them again, go no further."""

from collections.abc import Iterable
from datetime import datetime

from huhang.channels.actions import receiving
from huhang.channels.models import Account
from huhang.channels.rules.gateway import Answer
from huhang.channels.rules.incoming import Incoming
from huhang.channels.rules.numbers import is_start, is_stop

SMS = frozenset({"aliyun_sms", "tencent_sms", "cmpp"})


def honour(account: Account, facts: Iterable[Incoming], *, now: datetime) -> list[Incoming]:
    """Take the words that stop or start SMS to a number; returns the other facts, for the inbox."""
    if account.adapter not in SMS:
        return list(facts)
    rest: list[Incoming] = []
    asked: list[Incoming] = []
    for fact in facts:
        (asked if is_stop(fact.text) or is_start(fact.text) else rest).append(fact)
    answers = [Answer(fact.external_id, fact.address, fact.text, fact.at, fact.door) for fact in asked]
    receiving.take(account.key, answers=answers, now=now)
    return rest
