"""The customer's link to a case, and their rating of each step."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from huhang.desk.actions.linking import survivor_of
from huhang.desk.actions.story import announce, changed, happened
from huhang.desk.models import ProgressLink, Step, StepRating, Ticket
from huhang.desk.rules.kinds import StepState
from huhang.kit.errors import DomainError, NotFound
from huhang.metrics.actions import tally
from huhang.network.models import Person

VALID_FOR = timedelta(days=30)
TOKEN_BYTES = 16


class NotFinishedYet(DomainError):
    """这一步还没有完成，完成后即可评价。"""


class AlreadyRated(DomainError):
    """您已评价过这一步，谢谢。"""


@transaction.atomic
def issue_link(*, ticket: Ticket, now: datetime, by: Person | None = None) -> str:
    """Make a new link and return its token; only the hash is kept, so it can be shown just once.

    Whoever holds a link can rate: when somebody asks for one by hand, the story says who.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ProgressLink.objects.create(
        ticket=ticket, token_hash=hash_of(token), created_at=now, expires_at=now + VALID_FOR
    )
    if by is not None:
        happened(ticket, _("已生成客户进度链接"), by=by, now=now)
        announce(ticket)
    return token


@transaction.atomic
def revoke_links(*, ticket: Ticket, by: Person, now: datetime) -> int:
    """Close every address of a case that was given out; how many were still open."""
    count = ticket.links.filter(revoked_at__isnull=True, expires_at__gt=now).update(revoked_at=now)
    if count:
        happened(ticket, _("已作废客户进度链接"), by=by, now=now)
        announce(ticket)
    return count


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def ticket_of(token: str, *, now: datetime) -> Ticket:
    """The case behind a token, or the one into which it went; wrong, expired and revoked ones are all not found."""
    link = (
        ProgressLink.objects.select_related("ticket__at_unit", "ticket__unit")
        .filter(Q(revoked_at__isnull=True), token_hash=hash_of(token), expires_at__gt=now)
        .first()
    )
    if not token or link is None:
        raise NotFound
    return survivor_of(link.ticket)


@transaction.atomic
def rate(*, ticket: Ticket, step_id: int, score: int, words: str, now: datetime) -> StepRating:
    """Rate one finished step, once; counted for that step's department."""
    ticket = Ticket.objects.locked(pk=ticket.pk)
    step = ticket.steps.select_related("unit").filter(pk=step_id).first()
    if step is None:
        raise NotFound
    if step.state != StepState.DONE:
        raise NotFinishedYet
    rating, is_new = StepRating.objects.get_or_create(
        step=step, defaults={"score": score, "words": words.strip()[:500], "at": now}
    )
    if not is_new:
        raise AlreadyRated
    _count(step, score, now)
    changed(ticket)
    return rating


def _count(step: Step, score: int, now: datetime) -> None:
    tally.count(measure="desk.step.rated", at=now, path=step.path, key=f"rated:{step.pk}")
    tally.count(measure="desk.step.score", at=now, path=step.path, amount=score, key=f"score:{step.pk}")
