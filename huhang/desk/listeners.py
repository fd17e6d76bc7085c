"""What the desk does when rooms below announce something."""

from django.utils import timezone

from huhang.desk.actions import prevention
from huhang.journey.events import WatchCleared, WatchHits
from huhang.kit.events import listens


@listens(WatchHits)
def on_watch_hits(event: WatchHits) -> None:
    prevention.open_for_hits(event.hit_ids, now=timezone.now())


@listens(WatchCleared)
def on_watch_cleared(event: WatchCleared) -> None:
    prevention.settle_cleared(event.waybills, now=timezone.now())
