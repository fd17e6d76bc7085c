"""What rooms above ask by SMS: a reply that answers such a question is theirs, and no word to a person."""

from collections.abc import Callable
from datetime import datetime

from huhang.channels.rules.gateway import Answer

# Given the gateway by which it came: what the reply was taken as, empty where no question of theirs is open.
Takes = Callable[[str, Answer, datetime], str]
_takers: list[Takes] = []


def takes_replies(takes: Takes) -> Takes:
    """Let this function take replies by SMS, in the transaction that keeps them."""
    _takers.append(takes)
    return takes


def taken_as(name: str, answer: Answer, *, now: datetime) -> str:
    """What a room above made of it; empty when it is nobody's."""
    return next((word for takes in _takers if (word := takes(name, answer, now))), "")
