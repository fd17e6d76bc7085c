"""What the post office does by the clock: out with what is due, in with what has come."""

import time
from datetime import timedelta
from functools import lru_cache

from django.utils import timezone

from huhang.channels.actions import (
    comparing,
    fetching,
    forgetting,
    inbox,
    mailboxes,
    outgoing,
    posting,
    receiving,
    sessions,
    switches,
    visiting,
    webhooks,
)
from huhang.channels.models import Account, Outgoing
from huhang.channels.queries.accounts import stuck
from huhang.kit.doctor import Finding, check, fine, trouble
from huhang.kit.ticking import every

LONGEST_WAIT = timedelta(minutes=10)
SWITCHES_KNOWN_FOR = 10


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


@every(seconds=5)
def look_into_mailboxes() -> None:
    mailboxes.look_due(now=timezone.now())


_bells = mailboxes.Listening(timezone.now)


# In a line of its own: it waits for servers, and only says what is due.
@every(seconds=0.1, line="bells")
def hear_mail_come() -> None:
    wanted = _wanted_mailboxes(int(time.monotonic() / SWITCHES_KNOWN_FOR))
    _bells.look(wanted)
    if wanted:
        _bells.hear(0.4)


@lru_cache(maxsize=1)
def _wanted_mailboxes(_span: int) -> list[Account]:
    return mailboxes.active()


@every(seconds=1, line="fetching")
def fetch_files() -> None:
    fetching.fetch_due(now=timezone.now())


@every(seconds=0.5, line="lines")
def tend_open_lines() -> None:
    sessions.tend(now=timezone.now)


@every(seconds=1, line="strangers")
def post_to_other_systems() -> None:
    posting.post_due(now=timezone.now())


@every(seconds=60)
def hold_against_vendors() -> None:
    comparing.compare_due(now=timezone.now())


@every(seconds=300)
def notice_who_is_quiet() -> None:
    comparing.watch(now=timezone.now())


@every(seconds=30)
def end_silent_talks() -> None:
    visiting.close_silent(now=timezone.now())


@every(seconds=3600)
def keep_webhooks_in_order() -> None:
    webhooks.switch_off_silent(now=timezone.now())
    webhooks.purge(now=timezone.now())


@every(seconds=600)
def forget_old_events() -> None:
    forgetting.forget_events(now=timezone.now())


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


_listening = switches.Listening(timezone.now)


# Heard by every worker: what one has not heard before it died, another has.
@every(seconds=0.1, line="telephone")
def listen_to_switches() -> None:
    wanted = _wanted_switches(int(time.monotonic() / SWITCHES_KNOWN_FOR))
    _listening.look(wanted)
    if wanted:
        _listening.hear(0.4)


@lru_cache(maxsize=1)
def _wanted_switches(_span: int) -> list[Account]:
    """The switches, asked for once in a while: a new one is heard after seconds, and the table is left alone."""
    return switches.accounts()


@check("话务")
def switches_are_heard() -> Finding:
    """A switch that does not answer tells us of no call."""
    silent = [row for row in switches.accounts() if row.away_since]
    if silent:
        return trouble("；".join(f"{row.name} 连不上：{row.away_because}" for row in silent))
    return fine("话务系统都已连上。")


@check("收件")
def nothing_lies_in_the_inbox() -> Finding:
    """What came in is made something of at once; what lies there needs a person."""
    number = stuck(now=timezone.now()).count()
    if number:
        return trouble(
            f"{number} 条收到的消息没能用上，或者等了 10 分钟以上；请到“渠道账号”的“未处理的收件”里查看。"
        )
    return fine("收到的消息都已处理。")


@check("渠道账号")
def channels_are_heard() -> list[Finding]:
    """Vendors that do not answer, channels that have gone quiet, and what callbacks did not tell."""
    rows = list(Account.objects.filter(is_active=True).exclude(adapter=""))
    away = [
        trouble(f"渠道账号“{row.name}”连不上：{row.away_because}")
        for row in rows
        if row.away_since is not None
    ]
    quiet = [
        trouble(f"渠道账号“{row.name}”按平时应有消息，但一直没有收到。") for row in rows if row.silent_since
    ]
    missed = [trouble(title) for title in comparing.missed_lately(now=timezone.now())]
    return away + quiet + missed or [fine(f"{len(rows)} 个渠道账号都正常。")]
