"""What the post office does by the clock: out with what is due, in with what has come."""

from datetime import timedelta

from django.utils import timezone

from huhang.channels.actions import inbox, outgoing, posting, receiving, sessions, visiting, webhooks
from huhang.channels.models import Outgoing
from huhang.kit.doctor import Finding, check, fine, trouble
from huhang.kit.ticking import every

LONGEST_WAIT = timedelta(minutes=10)


# Vendors are strangers too, in a line apart from webhooks: a chat must not wait for somebody's slow server.
@every(seconds=0.2, line="vendors")
def deliver_due() -> None:
    outgoing.deliver_due(now=timezone.now())


@every(seconds=0.2, line="inbox")
def make_conversations() -> None:
    inbox.process_due(now=timezone.now())


@every(seconds=1, line="pulling")
def fetch_from_vendors() -> None:
    inbox.pull_due(now=timezone.now())


@every(seconds=0.5, line="lines")
def tend_open_lines() -> None:
    sessions.tend(now=timezone.now)


@every(seconds=1, line="strangers")
def post_to_other_systems() -> None:
    posting.post_due(now=timezone.now())


@every(seconds=30)
def end_silent_talks() -> None:
    visiting.close_silent(now=timezone.now())


@every(seconds=3600)
def keep_webhooks_in_order() -> None:
    webhooks.switch_off_silent(now=timezone.now())
    webhooks.purge(now=timezone.now())


@every(seconds=2)
def collect() -> None:
    receiving.collect(now=timezone.now())


@check("外发消息")
def nothing_is_stuck() -> Finding:
    """Messages that have waited for long mean that the gateway is away, or that no worker runs."""
    waiting = Outgoing.objects.filter(next_at__isnull=False, queued_at__lt=timezone.now() - LONGEST_WAIT)
    if number := waiting.count():
        reason = waiting.order_by("queued_at").values_list("reason", flat=True)[0]
        return trouble(f"{number} 条短信或语音等了 10 分钟以上没有发出。{reason}")
    return fine("短信和语音都已交出。")
