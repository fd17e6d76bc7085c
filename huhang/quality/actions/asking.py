"""Asking: whether, by which way and when; and the sending when its time has come."""

import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import outgoing, words
from huhang.channels.actions.opting import SMS
from huhang.channels.actions.outgoing import Addressee, Link
from huhang.channels.actions.talking import locked
from huhang.channels.actions.tokens import hash_of, token_of
from huhang.channels.models import Address, OptOut, Outgoing
from huhang.channels.rules.conversation import Side
from huhang.channels.rules.matter import Sort as MessageSort
from huhang.channels.rules.numbers import plain
from huhang.channels.rules.outgoing import Medium
from huhang.kit import live
from huhang.metrics.actions import tally
from huhang.quality.actions.setting import terms
from huhang.quality.models import Survey, SurveyTerms, Touch
from huhang.quality.models.survey import SCORE_NAMES
from huhang.quality.rules.asking import Contact, NotAsked, Sort, Way, send_at, why_not

KIND = "quality.survey"
BATCH = 50
PATH = "/s/{token}"
MOBILE = re.compile(r"1\d{10}")
# Accounts at which a case's customer may be told, for as long after their last word as vendors allow it.
OFFICIAL = ("wechat", "wecom")
HEARD_WITHIN = timedelta(hours=48)
BY_SMS = _(
    "【护航】这次服务您满意吗？请回复 5（非常满意）至 1（非常不满意），或点开选：{link} ，{days} 天内有效。"
)
BY_CHAT = _("这次服务您满意吗？点开选一下就好：{link} （{days} 天内有效）")
BY_MAIL = _("感谢您联系我们。这次服务您满意吗？点一下就是您的评价（{days} 天内有效）：")
MAIL_SUBJECT = _("请评价我们这次的服务")
CARD = _("请为这次服务打个分")


def decide(touch: Touch, *, now: datetime) -> None:
    """Plan a question about this contact, or say on it why not. Whoever writes it has the person's turn."""
    row = terms()
    reason = why_not(_contact(touch), row.terms, now=now)
    if reason is not None:
        touch.not_asked = reason
        return
    asked = _asked_already(touch, row, now)
    if asked is not None:
        touch.survey, touch.not_asked = asked, NotAsked.ALREADY
        asked.people = list(dict.fromkeys([*asked.people, *touch.people]))
        asked.save(update_fields=["people"])
        return
    way, number, hindrance = _way(touch, now)
    if way is None:
        touch.not_asked = hindrance
        return
    touch.survey = _planned(touch, row, way, number, now)


def _contact(touch: Touch) -> Contact:
    return Contact(
        ref=touch.ref, sort=Sort(touch.sort), is_served=touch.is_served, ended_at=touch.ended_at,
        kind=touch.ticket.kind if touch.ticket else "",
        entrance=touch.entrance.key if touch.entrance else "",
        entrance_kind=touch.entrance.kind if touch.entrance else "",
    )  # fmt: skip


def _asked_already(touch: Touch, row: SurveyTerms, now: datetime) -> Survey | None:
    """Was this person asked a while ago, for whatever it was? A case opened again is asked about again."""
    lately = Survey.objects.filter(people__overlap=touch.people, planned_at__gt=now - row.terms.window)
    return lately.select_for_update().order_by("-planned_at").first()


def _way(touch: Touch, now: datetime) -> tuple[Way | None, str, NotAsked]:
    """The best way to this person, and a number where it needs one."""
    if touch.conversation:
        adapter = touch.conversation.address.account.adapter
        return (Way.PAGE if not adapter else Way.MAIL if adapter == "mail" else Way.CHAT), "", NotAsked.NO_WAY
    known = touch.call.number if touch.call else touch.ticket.contact_phone if touch.ticket else ""
    number = plain(known)
    if touch.ticket and official_address(number, now):
        return Way.CHAT, number, NotAsked.NO_WAY
    is_mobile = bool(MOBILE.fullmatch(number))
    if is_mobile and not OptOut.objects.filter(number=number).exists():
        return Way.SMS, number, NotAsked.NO_WAY
    if touch.ticket and touch.ticket.links.filter(revoked_at__isnull=True, expires_at__gt=now).exists():
        return Way.PAGE, "", NotAsked.NO_WAY
    return None, "", NotAsked.OPTED_OUT if is_mobile else NotAsked.NO_WAY


def official_address(number: str, now: datetime) -> Address | None:
    """Where the owner of this number last wrote to an official account of ours, while it may still answer there."""
    if not number:
        return None
    heard = Address.objects.filter(
        contact__phone=number, account__adapter__in=OFFICIAL, account__is_active=True, is_blocked=False,
        heard_at__gt=now - HEARD_WITHIN,
    )  # fmt: skip
    return heard.select_related("account").order_by("-heard_at").first()


def _planned(touch: Touch, row: SurveyTerms, way: Way, number: str, now: datetime) -> Survey:
    key = f"survey:{secrets.token_hex(8)}"
    language = touch.conversation.language if touch.conversation else ""
    return Survey.objects.create(
        key=key, token_hash=hash_of(token_of(key)), sort=touch.sort, way=way, people=touch.people, unit=touch.unit,
        path=touch.path, agent=touch.agent, entrance=touch.entrance, number=number,
        language=language or (touch.ticket.language if touch.ticket else ""), planned_at=now,
        send_at=send_at(touch.ended_at, way, row.terms, now=now),
        expires_at=now + timedelta(days=row.valid_days),
    )  # fmt: skip


def send_due(*, now: datetime) -> int:
    """Send what is due; returns how many left."""
    due = Survey.objects.filter(send_at__lte=now).order_by("send_at", "pk")
    return sum(_send(pk, now) for pk in due.values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _send(survey_id: int, now: datetime) -> bool:
    rows = Survey.objects.select_for_update(skip_locked=True, of=("self",)).select_related("unit")
    survey = rows.filter(pk=survey_id, send_at__isnull=False).first()
    if survey is None:
        return False
    days = terms().valid_days
    with override(survey.language or settings.LANGUAGE_CODE):
        survey.outgoing = _sent(survey, days, now)
    survey.send_at, survey.invited_at = None, now
    survey.expires_at = now + timedelta(days=days)
    survey.save(update_fields=["outgoing", "send_at", "invited_at", "expires_at"])
    tally.count(measure="quality.survey.invited", at=now, path=survey.path, key=f"invited:{survey.pk}")
    live.announce(KIND, path=survey.path)
    return True


def _sent(survey: Survey, days: int, now: datetime) -> Outgoing | None:
    """Put the question where the customer is; a page of ours needs no message."""
    if survey.way == Way.SMS:
        return _by_sms(survey, days, now)
    touch = survey.touches.order_by("pk").select_related("conversation").first()
    if survey.way == Way.PAGE:
        if touch and touch.conversation:
            _show_card(touch.conversation.no, survey, now)
        return None
    if touch and touch.conversation:
        return _by_vendor(survey, touch.conversation.no, days, now)
    return _by_account(survey, days, now)


def _by_sms(survey: Survey, days: int, now: datetime, *, key: str = "") -> Outgoing:
    return outgoing.send(
        key=key or survey.key, medium=Medium.SMS, to=Addressee(survey.unit, number=survey.number),
        text=_worded(BY_SMS, days), now=now, link=Link(PATH, timedelta(days=days)),
    )  # fmt: skip


def _worded(text: str, days: int) -> str:
    return gettext(text).replace("{days}", str(days))


def _show_card(no: str, survey: Survey, now: datetime) -> None:
    """A card in the chat on our page; the table keeps what its address is made of, never the address."""
    words.append(
        locked(no), key=f"house:{survey.key}", side=Side.HOUSE, sort=MessageSort.CARD, text=CARD, now=now,
        data={"card": "survey", "link": PATH, "link_key": survey.key},
    )  # fmt: skip


def _by_vendor(survey: Survey, no: str, days: int, now: datetime) -> Outgoing:
    """To where the talk was: in a mail every answer is a link of its own."""
    talk = locked(no)
    is_mail, adapter = survey.way == Way.MAIL, talk.address.account.adapter
    text = _mail(days) if is_mail else _worded(BY_SMS if adapter in SMS else BY_CHAT, days)
    subject = talk.subject or gettext(MAIL_SUBJECT)
    return outgoing.send_by_account(
        key=survey.key, medium=Medium.MAIL if is_mail else Medium.CHAT, account=talk.address.account,
        address=talk.address.address, to=Addressee(survey.unit), text=text, now=now,
        link=Link(PATH, timedelta(days=days)),
        facts={
            "sort": "text", "files": [], "thread": talk.threads, "subject": subject,
            "door": talk.entrance.door, "extra": {"automatic": "1"},
        },
    )  # fmt: skip


def _mail(days: int) -> str:
    lines = [f"{name}　{outgoing.LINK_MARK}?a={score}" for score, name in SCORE_NAMES.items()]
    return "\n\n".join([_worded(BY_MAIL, days), *lines])


def _by_account(survey: Survey, days: int, now: datetime) -> Outgoing | None:
    """About a case, to the official account at which its customer wrote lately."""
    address = official_address(survey.number, now)
    if address is None:
        return _by_sms(survey, days, now)
    return outgoing.send_by_account(
        key=survey.key, medium=Medium.CHAT, account=address.account, address=address.address,
        to=Addressee(survey.unit), text=_worded(BY_CHAT, days), now=now, link=Link(PATH, timedelta(days=days)),
        facts={"sort": "text", "files": [], "thread": [], "subject": "", "door": "", "extra": {"automatic": "1"}},
    )  # fmt: skip


@transaction.atomic
def take_another_way(outgoing_id: int, *, now: datetime) -> bool:
    """The vendor let the question through to nobody: by SMS instead, once, where there is a number."""
    rows = Survey.objects.select_for_update(of=("self",)).select_related("unit")
    survey = rows.filter(outgoing=outgoing_id, way=Way.CHAT).exclude(number="").first()
    if survey is None or OptOut.objects.filter(number=survey.number).exists():
        return False
    # The address that was sent to nobody is closed by the new one: a message's key makes its link.
    key = f"{survey.key}:sms"
    with override(survey.language or settings.LANGUAGE_CODE):
        survey.outgoing = _by_sms(survey, terms().valid_days, now, key=key)
    survey.way, survey.key, survey.token_hash = Way.SMS, key, hash_of(token_of(key))
    survey.save(update_fields=["outgoing", "way", "key", "token_hash"])
    return True
