"""Whose phone it is: a code by SMS, told back in the talk. Then what they said by other ways is known as theirs."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import hearing, leaving, lines, outgoing, talking, words
from huhang.channels.actions.outgoing import Addressee
from huhang.channels.models import Conversation, Message, OptOut, PhoneProof
from huhang.channels.rules import proving as rules
from huhang.channels.rules.conversation import Stage
from huhang.channels.rules.numbers import is_mobile, plain
from huhang.channels.rules.outgoing import Medium
from huhang.kit import masking
from huhang.kit.errors import BadInput, TooManyRequests
from huhang.network.models import Person

ASKED = _("验证码已发到 {number}，请在 10 分钟内把 6 位数字发到这里")
WRONG = _("验证码不对，请再核对一下")
PROVEN = _("手机号 {number} 已验证")


class NoMobile(BadInput):
    """请填写 11 位手机号码。"""


class TooManyCodes(TooManyRequests):
    """验证码发送太频繁，请稍后再试。"""


class NumberOptedOut(BadInput):
    """这个号码已退订短信，收不到验证码。"""


@transaction.atomic
def ask(no: str, *, number: str, now: datetime, by: Person | None = None) -> PhoneProof:
    """Send a code to a phone that the customer says is theirs; an agent may do so for a talk that is theirs."""
    talk = talking.locked(no)
    if talk.stage == Stage.CLOSED:
        raise talking.IsOver(conversation=no)
    if by is not None and talk.agent_id != by.pk:
        raise talking.HasSomebodyElse(conversation=no)
    mobile = plain(number)
    _check(talk, mobile, now)
    code = f"{secrets.randbelow(10**6):06d}"
    row = PhoneProof.objects.create(
        address=talk.address, number=mobile, code_hash=_hashed(talk.address_id, code), asked_at=now, by=by,
        expires_at=now + rules.VALID_FOR,
    )  # fmt: skip
    to = Addressee(unit=talk.entrance.unit, number=mobile)
    outgoing.send(key=f"proof:{row.pk}", medium=Medium.SMS, to=to, text=_worded(talk, code), now=now)
    lines.say(talk, ASKED, f"proof:{row.pk}", now=now, leaves=True, number=masking.phone(mobile))
    return row


def _check(talk: Conversation, mobile: str, now: datetime) -> None:
    if not is_mobile(mobile):
        raise NoMobile
    if OptOut.objects.filter(number=mobile).exists():
        raise NumberOptedOut
    lately = PhoneProof.objects.filter(asked_at__gt=now - rules.DAY).order_by("-asked_at")
    of_number = list(lately.filter(number=mobile).values_list("asked_at", flat=True))
    of_address = list(lately.filter(address=talk.address).values_list("asked_at", flat=True))
    if not rules.may_ask(of_number, of_address, now=now):
        raise TooManyCodes


def _worded(talk: Conversation, code: str) -> str:
    with leaving.spoken_with(talk):
        return gettext("【护航】您的验证码是 %s，10 分钟内有效。请勿告诉他人。") % code


def take_code(message: Message, *, now: datetime) -> bool:
    """Was this word of the customer the code that they were asked for? Then it has been taken as that."""
    code = rules.code_in(message.text)
    return bool(code) and _take(message, code, now)


@transaction.atomic
def _take(message: Message, code: str, now: datetime) -> bool:
    talk = talking.locked(message.conversation.no)
    rows = PhoneProof.objects.select_for_update().filter(
        address=talk.address_id, proven_at__isnull=True, expires_at__gt=now, tries__lt=rules.TRIES
    )
    row = rows.order_by("-asked_at").first()
    if row is None:
        return False
    row.tries += 1
    is_right = constant_time_compare(row.code_hash, _hashed(talk.address_id, code))
    row.proven_at = now if is_right else None
    row.save(update_fields=["tries", "proven_at"])
    if is_right:
        _join(talk, row, now)
    else:
        lines.say(talk, WRONG, f"proof:{row.pk}:{message.pk}", now=now, leaves=True)
    return True


def _join(talk: Conversation, row: PhoneProof, now: datetime) -> None:
    talk.contact = hearing.prove(talk.address, row.number, now=now)
    goes_on(talk, now=now)
    lines.say(talk, PROVEN, f"proven:{row.pk}", now=now, leaves=True, number=masking.phone(row.number))


def goes_on(talk: Conversation, *, now: datetime) -> None:
    """They are who they were elsewhere: this talk goes on with the last one there."""
    earlier = None if talk.follows_id else hearing.elsewhere(talk.contact, talk.address, now=now, but=talk.pk)
    if earlier is not None and earlier.opened_at < talk.opened_at:
        talk.follows = earlier
        talk.waybill_no = talk.waybill_no or earlier.waybill_no
        talk.save(update_fields=["follows", "waybill_no"])
    words.tell(talk, for_customer=False)


def _hashed(address_id: int, code: str) -> str:
    return salted_hmac("huhang.phone", f"{address_id}:{code}", algorithm="sha256").hexdigest()
