"""An answer: what a tap makes of it, until when it may change, and which taps no person made."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LEAST, MOST = 1, 5
GOOD_FROM, BAD_UP_TO = 4, 2
# Scanners of mail open every link within moments; a person who changes their mind takes longer than this.
MACHINE_WITHIN = timedelta(seconds=30)
# "5", "５分。", "1，没人联系我": words only after a mark, so that "5天了还没到" is nobody's praise.
_BY_SMS = re.compile(
    r"[\"“‘'【\[(（]?([1-5])\s*(?:分|星|颗星)?[\"”’'】\])）]?(?:[，,。.、:：;；!！~](?!\s*\d)(.*))?",
    re.DOTALL,
)
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True, slots=True)
class Said:
    """What one tap or form says; what it leaves out stays as it was. `is_auto`: sent by the page of a link itself."""

    score: int | None = None
    is_solved: bool | None = None
    words: str = ""
    is_auto: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody has answered so far."""

    score: int | None = None
    is_solved: bool | None = None
    words: str = ""
    answered_at: datetime | None = None
    changed_at: datetime | None = None
    # Only links have spoken until now: no hand has pressed a button of ours.
    is_auto: bool = False
    # Links contradicted each other faster than a person could: a button is asked for.
    is_doubtful: bool = False


def of_sms(text: str) -> Said | None:
    """What a reply by SMS answers; None when it is no answer but somebody's word."""
    found = _BY_SMS.fullmatch(text[:500].translate(_WIDE).strip())
    return Said(score=int(found[1]), words=(found[2] or "").strip()) if found else None


def after(before: Answer, said: Said, *, now: datetime) -> Answer:
    """The answer with this tap in it. Links that contradict each other at once speak for nobody, until a hand does."""
    if said.is_auto:
        return _after_link(before, said, now)
    return Answer(
        score=before.score if said.score is None else said.score,
        is_solved=before.is_solved if said.is_solved is None else said.is_solved,
        words=said.words or before.words,
        answered_at=before.answered_at or now,
        changed_at=now,
    )


def _after_link(before: Answer, said: Said, now: datetime) -> Answer:
    if before.is_doubtful or said.score is None or said.score == before.score:
        return before
    if before.answered_at is None:
        return replace(before, score=said.score, answered_at=now, changed_at=now, is_auto=True)
    at_once = before.changed_at is not None and now - before.changed_at < MACHINE_WITHIN
    if before.is_auto and at_once:
        return Answer(is_doubtful=True, changed_at=now)
    # A link of the same message, tapped later: what a hand has pressed meanwhile stays.
    return replace(before, score=said.score, changed_at=now) if before.is_auto else before


def settles_at(answer: Answer, *, may_change: timedelta) -> datetime | None:
    """Until when the answer may change; None while there is none."""
    return answer.answered_at + may_change if answer.answered_at else None


def is_good(score: int | None) -> bool:
    return score is not None and score >= GOOD_FROM


def is_bad(score: int | None, is_solved: bool | None) -> bool:
    """Must somebody call back: not satisfied, or not solved?"""
    return (score is not None and score <= BAD_UP_TO) or is_solved is False
