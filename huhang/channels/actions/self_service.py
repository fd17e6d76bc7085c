"""What needs nobody: where a parcel is, for whoever names its number, at any hour and while they wait."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from huhang.channels.actions import leaving, lines, parcels, proving, talking, words
from huhang.channels.models import Conversation, Message
from huhang.channels.queries import parcel_cards
from huhang.channels.rules.conversation import Side, Stage
from huhang.channels.rules.entrances import CHATS
from huhang.channels.rules.matter import Sort
from huhang.channels.rules.pace import ON_OUR_PAGE
from huhang.channels.rules.parcel_card import ParcelCard, numbers_in

# Whoever asks for more parcels than this is a program; people are told of them by an agent.
AT_MOST = 20
HINT = _("发送运单号，马上就能看到包裹到哪里了。其他问题请点下方按钮找客服，不在人工时间时可以留言。")


def heard(message: Message, *, now: datetime) -> Message | None:
    """Answer a customer's word by ourselves where that is possible; a word heard again is answered once."""
    if proving.take_code(message, now=now):
        return None
    card = _card_in(message.text, now)
    talk = message.conversation
    if card is None and (not message.text or talk.stage != Stage.SELF_SERVICE or talk.agent_spoke_at):
        return None
    return _answer(talk.no, message, card, now)


def _card_in(text: str, now: datetime) -> ParcelCard | None:
    return next((card for number in numbers_in(text) if (card := parcels.card_of(number, now=now))), None)


@transaction.atomic
def _answer(no: str, message: Message, card: ParcelCard | None, now: datetime) -> Message | None:
    talk = talking.locked(no)
    if card is None:
        if talk.stage == Stage.SELF_SERVICE and talk.entrance.kind in ON_OUR_PAGE:
            lines.say(talk, HINT, f"hint:{no}", now=now)
        return None
    if talk.waybill_no != card.waybill_no:
        _is_about(talk, card.waybill_no)
    if not _is_alone(talk) or _shown(talk) >= AT_MOST:
        return None
    return _show(talk, card, f"parcel:{message.pk}", now)


def _is_about(talk: Conversation, waybill_no: str) -> None:
    """Whoever has it sees this parcel from now on."""
    talk.waybill_no = waybill_no
    talk.save(update_fields=["waybill_no"])
    words.tell(talk, for_customer=False)


def _is_alone(talk: Conversation) -> bool:
    """Does nobody answer at this moment? At a vendor's every word counts: there only when nobody will for long."""
    if talk.entrance.kind in ON_OUR_PAGE:
        return talk.stage in (Stage.SELF_SERVICE, Stage.WAITING, Stage.LEFT_MESSAGE)
    return talk.entrance.kind in CHATS and talk.stage == Stage.LEFT_MESSAGE


def _shown(talk: Conversation) -> int:
    return talk.messages.filter(side=Side.HOUSE, sort=Sort.CARD).count()


def _show(talk: Conversation, card: ParcelCard, key: str, now: datetime) -> Message:
    with leaving.spoken_with(talk):
        text = parcel_cards.as_text(card.data)
    message = words.append(
        talk, key=f"house:{key}", side=Side.HOUSE, sort=Sort.CARD, text=text, data=card.data, now=now
    )
    if message.outgoing is None and (outgoing := leaving.house_word(talk, message, now=now)):
        message.outgoing = outgoing
        message.save(update_fields=["outgoing"])
    return message
