"""What the post office does when it hears what it announced itself."""

from huhang.channels.actions import fallbacks
from huhang.channels.events import NotLetThrough
from huhang.kit.events import listens


@listens(NotLetThrough)
def find_another_way(event: NotLetThrough) -> None:
    fallbacks.take_another_way(event.outgoing_id, now=event.at)
