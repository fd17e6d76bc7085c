"""Another way to the same person when a vendor lets nothing through: our own page, by a link to their proven phone."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import hearing, outgoing, words
from huhang.channels.actions.outgoing import Addressee, Link
from huhang.channels.actions.receiving import announce
from huhang.channels.actions.tokens import token_of
from huhang.channels.models import Address, Contact, Conversation, Entrance, Message, OptOut, Outgoing
from huhang.channels.rules.conversation import Side
from huhang.channels.rules.fallbacks import Reach, Way, way_out
from huhang.channels.rules.matter import Sort
from huhang.channels.rules.outgoing import Medium, State
from huhang.channels.rules.visitors import hash_of

VALID_FOR = timedelta(days=3)
BY_SMS = _("平台不再允许发送；已发短信，请客户点链接在网页上看这条消息")
ON_PAGE = _("平台不再允许发送；这条消息已放到客户的网页会话里")


@transaction.atomic
def take_another_way(outgoing_id: int, *, now: datetime) -> Way:
    """Find another way for a message that was not let through, once; without one, it says why to whoever wrote it."""
    message = _message(outgoing_id)
    if message is None or message.outgoing is None or message.outgoing.account is None:
        return Way.NONE
    entrance, contact = message.outgoing.account.fallback, message.conversation.contact
    talk = _open_talk(entrance, contact) if entrance else None
    way = way_out(
        Reach(
            has_page=entrance is not None and entrance.is_active and entrance.account is not None,
            phone=contact.phone,
            has_opted_out=OptOut.objects.filter(number=contact.phone).exists(),
            is_on_page=talk is not None,
        )
    )
    if way == Way.NONE or entrance is None:
        return Way.NONE
    key = f"fallback:{message.key}"[:200]
    _say_there(talk or _new_talk(entrance, message, key, now), message, key, now)
    if way == Way.SMS:
        _send_link(entrance, message, key, now)
    _tell(message, BY_SMS if way == Way.SMS else ON_PAGE)
    return way


def _message(outgoing_id: int) -> Message | None:
    """The word that did not get through, unless another way was found for it already."""
    failed = (
        Outgoing.objects.select_for_update(of=("self",))
        .filter(pk=outgoing_id, state=State.FAILED)
        .exclude(reason__in=[BY_SMS, ON_PAGE])
    )
    if not failed.exists():
        return None
    found = Message.objects.filter(outgoing=outgoing_id)
    return found.select_related(
        "conversation__contact", "conversation__entrance__unit", "outgoing__account__fallback__account",
        "outgoing__account__fallback__queue",
    ).first()  # fmt: skip


def _open_talk(entrance: Entrance, contact: Contact) -> Conversation | None:
    talks = Conversation.objects.open().filter(entrance=entrance, contact=contact)
    return talks.select_for_update(of=("self",)).order_by("-opened_at").first()


def _new_talk(entrance: Entrance, message: Message, key: str, now: datetime) -> Conversation:
    """A talk on our page whose visitor's secret is the token of the link: nobody else can know it."""
    before = message.conversation
    address, _is_new = Address.objects.get_or_create(
        account=entrance.account, address=hash_of(token_of(key)),
        defaults={"contact": before.contact, "created_at": now, "heard_at": now},
    )  # fmt: skip
    return hearing.open_conversation(
        entrance, address, at=now, scenario=before.scenario, waybill_no=before.waybill_no
    )


def _say_there(talk: Conversation, message: Message, key: str, now: datetime) -> None:
    words.append(
        talk, key=key, side=Side.AGENT, by=message.by, name=message.name, sort=Sort(message.sort),
        text=message.text, data=message.data, files=message.files, now=now,
    )  # fmt: skip
    talk.agent_spoke_at = now
    talk.save(update_fields=["agent_spoke_at"])


def _send_link(entrance: Entrance, message: Message, key: str, now: datetime) -> None:
    before = message.conversation
    with translation.override(before.contact.language or translation.get_language()):
        text = gettext("您咨询的问题有新的回复，请点 {link} 查看并继续咨询，3 天内有效。")
    link = Link(f"{reverse('talk:page', args=[entrance.key])}#s={{token}}", VALID_FOR)
    to = Addressee(unit=before.entrance.unit, number=before.contact.phone)
    outgoing.send(key=key, medium=Medium.SMS, to=to, text=text, now=now, link=link)


def _tell(message: Message, reason: str) -> None:
    assert message.outgoing is not None
    Outgoing.objects.filter(pk=message.outgoing.pk).update(reason=reason)
    announce(message.outgoing)
