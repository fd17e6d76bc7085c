"""What one does with a call-back, by the verb's name: pages and programs ask alike."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from huhang.channels.actions import call_backs, switches
from huhang.kit.errors import BadInput
from huhang.network.models import Person


class Verb(StrEnum):
    """As addresses spell them."""

    CLAIM = "claim"
    DIAL = "dial"
    RELEASE = "release"
    CALLED = "called"
    NO_ANSWER = "no-answer"
    NOT_NEEDED = "not-needed"


class SayWhy(BadInput):
    """请写明为什么无需回电。"""


def work(*, callback_id: int, verb: Verb, by: Person, now: datetime, note: str = "") -> None:
    """Claim a call-back, give it back, ring, or say how it went."""
    _VERBS[verb](callback_id, by, now, note)


def _dial(callback_id: int, by: Person, now: datetime, note: str) -> None:
    # Ringing takes its time: it is measured by the clock, not by when the page asked.
    switches.ring_back(callback_id=callback_id, by=by, now=timezone.now)


def _not_needed(callback_id: int, by: Person, now: datetime, note: str) -> None:
    if not note:
        raise SayWhy
    call_backs.not_needed(callback_id=callback_id, by=by, now=now, note=note)


_VERBS: dict[Verb, Callable[[int, Person, datetime, str], object]] = {
    Verb.CLAIM: lambda pk, by, now, note: call_backs.claim(callback_id=pk, by=by, now=now),
    Verb.DIAL: _dial,
    Verb.RELEASE: lambda pk, by, now, note: call_backs.release(callback_id=pk, by=by),
    Verb.CALLED: lambda pk, by, now, note: call_backs.called(callback_id=pk, by=by, now=now, note=note),
    Verb.NO_ANSWER: lambda pk, by, now, note: call_backs.no_answer(callback_id=pk, by=by, now=now),
    Verb.NOT_NEEDED: _not_needed,
}
