"""A parcel sent to the customer as a card, by whoever talks with them and may trace it."""

from datetime import datetime

from huhang.channels.actions import leaving, talking
from huhang.channels.models import Conversation, Message
from huhang.channels.queries import parcel_cards
from huhang.journey.queries import carding
from huhang.journey.queries.trace import seen_by, trace
from huhang.kit.errors import NotFound
from huhang.network.models import Person

TRACE = "journey.trace"


def send(talk: Conversation, *, waybill_no: str, by: Person, key: str, now: datetime) -> Message:
    """Where it stands at this moment; at a vendor's the same in words."""
    found = trace(waybill_no, now=now)
    if found is None or not seen_by(by.visible_paths(TRACE), found):
        raise NotFound(waybill=waybill_no)
    data = carding.of_trace(found).data
    with leaving.spoken_with(talk):
        text = parcel_cards.as_text(data)
    return talking.say(talk.no, text=text, card=data, by=by, key=key, now=now)
