"""What the journey does when the watch, or the post office below, announces something."""

from django.utils import timezone

from huhang.channels.actions.parcels import knows_parcels
from huhang.channels.events import Answered, MessagesRead
from huhang.journey.actions import acknowledging, reminders
from huhang.journey.events import WatchHits
from huhang.journey.queries import carding
from huhang.kit.events import listens


@listens(WatchHits)
def on_watch_hits(event: WatchHits) -> None:
    reminders.plan(event.hit_ids, now=timezone.now())


@listens(MessagesRead)
def on_messages_read(event: MessagesRead) -> None:
    acknowledging.seen(outgoing_ids=event.outgoing_ids, at=event.at)


@listens(Answered)
def on_answered(event: Answered) -> None:
    acknowledging.take_reply(inbound_id=event.inbound_id, now=timezone.now())


knows_parcels(carding.card)
