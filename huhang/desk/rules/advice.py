"""What to do next with a case: one thing, said to whoever looks at it."""

from dataclasses import dataclass
from enum import StrEnum


class Next(StrEnum):
    """The one next action; stable names, as pages choose their words by them."""

    NOTHING = "nothing"
    MERGED = "merged"
    CLAIM = "claim"
    FIRST_REPLY = "first_reply"
    REPLY = "reply"
    RESOLVE = "resolve"
    CLOSE = "close"
    RESUME = "resume"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands for somebody who looks at it."""

    is_live: bool
    is_merged: bool
    is_owned: bool
    may_claim: bool
    may_answer: bool
    may_resolve: bool
    may_close: bool
    is_answered: bool
    customer_waits: bool
    has_open_step: bool
    is_paused: bool


def next_for(case: Standing) -> Next:
    """The customer comes first: a first word, then an answer to theirs; then the work itself."""
    if not case.is_live:
        return Next.MERGED if case.is_merged else Next.NOTHING
    if not case.is_owned and case.may_claim:
        return Next.CLAIM
    if not case.is_answered and case.may_answer:
        return Next.FIRST_REPLY
    if case.customer_waits and case.may_answer:
        return Next.REPLY
    if case.is_paused and case.may_resolve:
        return Next.RESUME
    if case.has_open_step:
        return Next.RESOLVE if case.may_resolve else Next.WAIT
    return Next.CLOSE if case.may_close else Next.WAIT
