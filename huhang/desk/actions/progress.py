"""The customer's link to a case, and their rating of each step."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import outgoing
from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Outgoing
from huhang.channels.rules.outgoing import Medium
from huhang.desk.actions.story import announce, changed, happened
from huhang.desk.models import ProgressLink, Step, StepRating, Ticket
from huhang.desk.rules.kinds import StepState
from huhang.desk.rules.progress import TOKEN_BYTES, Purpose, spelled
from huhang.kit.errors import DomainError, NotFound
from huhang.metrics.actions import tally
from huhang.network.models import Person

VALID_FOR = timedelta(days=30)
SMS_A_DAY = 3
SMS = _("【护航】您的包裹问题处理到哪一步、由谁负责、何时完成，请看 {link} ，30 天内有效，请勿转发。")


class NotFinishedYet(DomainError):
    """这一步还没有完成，完成后即可评价。"""


class AlreadyRated(DomainError):
    """您已评价过这一步，谢谢。"""


class NoNumber(DomainError):
    """这张工单没有客户的手机号码，请复制链接用别的方式发给客户。"""


class EnoughSms(DomainError):
    """今天给这位客户发过的链接短信已够多，请先等客户打开。"""


@transaction.atomic
def issue_link(
    *, ticket: Ticket, now: datetime, by: Person | None = None, purpose: Purpose = Purpose.PAGE
) -> str:
    """Make a new link and return its token; only the hash is kept, so it can be shown just once.

    Whoever holds a link can rate: when somebody asks for one by hand, the story says who.
    """
    token = spelled(secrets.token_bytes(TOKEN_BYTES))
    _remember(ticket, token, purpose, now)
    if by is not None:
        is_page = purpose == Purpose.PAGE
        happened(ticket, _("已生成客户进度链接") if is_page else _("已生成嵌入用的进度链接"), by=by, now=now)
        announce(ticket)
    return token


def _remember(ticket: Ticket, token: str, purpose: Purpose, now: datetime) -> None:
    ProgressLink.objects.create(
        ticket=ticket, token_hash=hash_of(token), purpose=purpose, created_at=now, expires_at=now + VALID_FOR
    )


@transaction.atomic
def send_link(*, ticket_no: str, by: Person, now: datetime) -> Outgoing:
    """Send the customer a link by SMS: stored with the case, handed over by a worker.

    The token is made of the message's key, so that neither table tells it.
    """
    ticket = Ticket.objects.locked(no=ticket_no)
    if not ticket.contact_phone:
        raise NoNumber(ticket=ticket_no)
    earlier = Outgoing.objects.filter(key__startswith=f"progress:{ticket.pk}:")
    if earlier.filter(queued_at__gt=now - timedelta(days=1)).count() >= SMS_A_DAY:
        raise EnoughSms(ticket=ticket_no)
    key = f"progress:{ticket.pk}:{earlier.count() + 1}"
    _remember(ticket, token_of(key), Purpose.PAGE, now)
    happened(ticket, _("已把进度链接用短信发给客户"), by=by, now=now)
    announce(ticket)
    with override(ticket.language or settings.LANGUAGE_CODE):
        return outgoing.send(
            key=key, medium=Medium.SMS, to=outgoing.Addressee(ticket.unit, number=ticket.contact_phone),
            text=gettext(SMS), link=outgoing.Link("/p/{token}", VALID_FOR), now=now,
        )  # fmt: skip


@transaction.atomic
def revoke_links(*, ticket: Ticket, by: Person, now: datetime) -> int:
    """Close every address of a case that was given out; how many were still open."""
    count = ticket.links.filter(revoked_at__isnull=True, expires_at__gt=now).update(revoked_at=now)
    if count:
        happened(ticket, _("已作废客户进度链接"), by=by, now=now)
        announce(ticket)
    return count


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def link_of(token: str, *, now: datetime) -> ProgressLink:
    """The link of a token, with its case; wrong, expired and revoked ones are all simply not found.

    It is looked up by its hash: how long that takes says nothing about the token.
    """
    link = (
        ProgressLink.objects.select_related("ticket__at_unit", "ticket__unit", "ticket__merged_into__at_unit")
        .filter(revoked_at__isnull=True, token_hash=hash_of(token), expires_at__gt=now)
        .first()
    )
    if not token or link is None:
        raise NotFound
    return link


def ticket_of(token: str, *, now: datetime) -> Ticket:
    """The case behind a token."""
    return link_of(token, now=now).ticket


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
        step=step, defaults={"score": score, "words": words.strip()[:500], "at": now, "path": step.path}
    )
    if not is_new:
        raise AlreadyRated
    _count(step, score, now)
    changed(ticket)
    return rating


def _count(step: Step, score: int, now: datetime) -> None:
    tally.count(measure="desk.step.rated", at=now, path=step.path, key=f"rated:{step.pk}")
    tally.count(measure="desk.step.score", at=now, path=step.path, amount=score, key=f"score:{step.pk}")
