"""The customer's answer: one row however often it is tapped, and counted once it stands."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions.tokens import hash_of
from huhang.desk.actions.story import announce as announce_case
from huhang.desk.actions.story import happened, tell
from huhang.desk.rules.kinds import EntryKind
from huhang.kit import live
from huhang.kit.errors import DomainError, NotFound
from huhang.metrics.actions import tally
from huhang.metrics.actions.tally import Count
from huhang.quality.actions import calling_back
from huhang.quality.actions.setting import terms
from huhang.quality.models import Survey
from huhang.quality.queries.customers import asked_by_sms
from huhang.quality.rules import answers
from huhang.quality.rules.answers import Answer, Said

KIND = "quality.survey"
BATCH = 100
ADDED = _("客户评价的补充：")
JUDGED = _("客户评价：满意度 %(score)s 分，是否解决：%(solved)s")
SOLVED = {True: _("已解决"), False: _("没有解决"), None: "—"}


class Stands(DomainError):
    """您的评价已经收到，谢谢。现在不能再改了；还有想说的，请联系客服。"""


class NothingSaid(DomainError):
    """请先选一个评价。"""

    status = 422


def survey_of(token: str, *, now: datetime) -> Survey:
    """The survey behind an address; wrong, expired and not yet sent ones are all simply not found."""
    rows = Survey.objects.select_related("unit").filter(token_hash=hash_of(token), invited_at__isnull=False)
    survey = rows.filter(expires_at__gt=now).first()
    if not token or survey is None:
        raise NotFound
    return survey


@transaction.atomic
def answer(*, token: str, said: Said, now: datetime) -> Survey:
    """Take a tap: the first one answers, later ones change the same answer for a while."""
    survey = Survey.objects.select_for_update().get(pk=survey_of(token, now=now).pk)
    if survey.settles_at and survey.settles_at <= now:
        return _too_late(survey, said, now)
    before = survey.answer
    if said.score is None and said.is_solved is None and not (said.words and before.answered_at):
        raise NothingSaid
    after = answers.after(before, said, now=now)
    if after == before:
        return survey
    _write(survey, after)
    return survey


@transaction.atomic
def judged(ticket_id: int, *, is_solved: bool, words: str, at: datetime) -> Survey | None:
    """What the customer said of a case on its own page is the same answer: nobody asks them a second time."""
    open_ones = Survey.objects.select_for_update(of=("self",)).filter(
        touches__ticket=ticket_id, invited_at__lte=at, expires_at__gt=at, settled_at__isnull=True
    )
    survey = open_ones.order_by("-planned_at").first()
    if survey is None or (survey.changed_at and survey.changed_at >= at):
        return None
    _write(survey, answers.after(survey.answer, Said(is_solved=is_solved, words=words), now=at))
    return survey


@transaction.atomic
def replied(gateway: str, number: str, text: str, *, at: datetime, now: datetime) -> Survey | None:
    """A digit by SMS is the tap that it stands for, where a question was sent by this gateway and may be answered."""
    said = answers.of_sms(text)
    asked = asked_by_sms(gateway, number, at=at, now=now) if said else None
    if said is None or asked is None:
        return None
    survey = Survey.objects.select_for_update().get(pk=asked.pk)
    if survey.settles_at and survey.settles_at <= now:
        return None
    at = max(at, survey.invited_at or at)
    # Told late: what was tapped since stays.
    if survey.changed_at is None or survey.changed_at <= at:
        _write(survey, answers.after(survey.answer, said, now=at))
    return survey


def _write(survey: Survey, after: Answer) -> None:
    for name in ("score", "is_solved", "words", "answered_at", "changed_at", "is_auto", "is_doubtful"):
        setattr(survey, name, getattr(after, name))
    survey.words = survey.words.replace("\x00", "")[:500]
    survey.settles_at = answers.settles_at(after, may_change=terms().may_change)
    survey.save()
    live.announce(KIND, path=survey.path)


def _too_late(survey: Survey, said: Said, now: datetime) -> Survey:
    """The figures stand; words that somebody was still writing are kept all the same, once."""
    changes = said.score not in (None, survey.score) or said.is_solved not in (None, survey.is_solved)
    if said.is_auto or (not changes and said.words in ("", survey.words)):
        return survey
    if changes or survey.words or not said.words:
        raise Stands
    survey.words = said.words.replace("\x00", "")[:500]
    survey.save(update_fields=["words"])
    call_back = getattr(survey, "call_back", None)
    if call_back:
        tell(call_back.ticket, EntryKind.NOTE, f"{ADDED}{survey.words}", by=None, now=now)
        announce_case(call_back.ticket)
    live.announce(KIND, path=survey.path)
    return survey


def settle_due(*, now: datetime) -> int:
    """Count the answers that stand, and have those called back who were not satisfied; returns how many."""
    due = Survey.objects.filter(settles_at__lte=now, settled_at__isnull=True).order_by("settles_at", "pk")
    return sum(_settle(pk, now) for pk in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _settle(survey_id: int, now: datetime) -> bool:
    rows = Survey.objects.select_for_update(skip_locked=True, of=("self",))
    survey = rows.filter(pk=survey_id, settled_at__isnull=True).first()
    if survey is None:
        return False
    survey.settled_at = now
    survey.save(update_fields=["settled_at"])
    tally.count_many(_counts(survey))
    _tell_cases(survey, now)
    if survey.is_bad:
        calling_back.open_for(survey, now=now)
    live.announce(KIND, path=survey.path)
    return True


def _tell_cases(survey: Survey, now: datetime) -> None:
    """The story of each case that it was about says what its customer thought of it."""
    for touch in survey.touches.filter(ticket__isnull=False).select_related("ticket"):
        assert touch.ticket is not None
        said = {"score": str(survey.score or "—"), "solved": SOLVED[survey.is_solved]}
        happened(touch.ticket, JUDGED, by=None, now=now, **said)
        announce_case(touch.ticket)


def _counts(survey: Survey) -> list[Count]:
    """In the minute of the question, so that of a period's questions never more than all are answered."""
    assert survey.invited_at is not None
    facts = {
        "answered": True,
        "rated": survey.score is not None,
        "good": answers.is_good(survey.score),
        "solved": survey.is_solved is True,
        "unsolved": survey.is_solved is False,
    }
    return [
        Count(
            f"quality.survey.{name}", at=survey.invited_at, path=survey.path, key=f"survey.{name}:{survey.pk}"
        )
        for name, holds in facts.items()
        if holds
    ]
