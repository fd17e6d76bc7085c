"""Scans from a Redis stream: read by a consumer group, acknowledged only after the log has them.

What a consumer took and did not acknowledge before it died is claimed by the next one; a message that nobody can read
is put aside and acknowledged, so that it stops nobody. A message holds one field `scans` (JSON array, or one object),
or the fields of a single scan.
"""

import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from huhang.journey.actions import feed_intake, pushing
from huhang.journey.actions.feed_reading import SCANS
from huhang.journey.models import Push
from huhang.kit.errors import DomainError

GROUP = "huhang"
AT_ONCE = 500  # messages
WAIT_MS = 1_000
ABANDONED_MS = 60_000  # a message that a consumer holds for this long without acknowledging is another's
FIELD = b"scans"

Entry = tuple[bytes, dict[bytes, bytes]]


class NoStreamClient(DomainError):
    """没有安装 Redis 客户端，请运行 pip install huhang[redis]。"""


class BadStreamUrl(DomainError):
    """消息流的地址应为 redis://主机:端口/库号?stream=名称。"""


@dataclass
class Consumer:
    """One reader of one stream."""

    client: Any
    stream: str
    name: str

    @property
    def source(self) -> str:
        return f"stream:{self.stream}"[:64]

    def prepare(self) -> None:
        """Make the group where it does not exist; it begins with the oldest message."""
        import redis

        try:
            self.client.xgroup_create(self.stream, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def abandoned(self, *, idle_ms: int = ABANDONED_MS) -> list[Entry]:
        """Claim what dead consumers left."""
        answer = self.client.xautoclaim(self.stream, GROUP, self.name, idle_ms, start_id="0-0", count=AT_ONCE)
        return [(number, fields) for number, fields in answer[1] if fields is not None]

    def fresh(self, *, wait_ms: int = WAIT_MS) -> list[Entry]:
        answer = self.client.xreadgroup(GROUP, self.name, {self.stream: ">"}, count=AT_ONCE, block=wait_ms)
        return list(answer[0][1]) if answer else []

    def own(self) -> list[Entry]:
        """What this very consumer took before it was stopped."""
        answer = self.client.xreadgroup(GROUP, self.name, {self.stream: "0"}, count=AT_ONCE)
        return [(number, fields) for number, fields in answer[0][1] if fields] if answer else []

    def acknowledge(self, entries: list[Entry]) -> None:
        if entries:
            self.client.xack(self.stream, GROUP, *[number for number, _ in entries])


def consumer_of(url: str, *, name: str = "") -> Consumer:
    """Return a consumer of `redis://…?stream=NAME`."""
    try:
        import redis
    except ImportError as error:
        raise NoStreamClient from error
    parts = urlsplit(url)
    asked = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
    if parts.scheme not in {"redis", "rediss"} or not asked.get("stream"):
        raise BadStreamUrl(
            _("消息流的地址不对：%(url)s") % {"url": parts._replace(netloc=parts.hostname or "").geturl()}
        )
    client = redis.Redis.from_url(parts._replace(query="").geturl(), socket_timeout=30)
    return Consumer(client, asked["stream"], name or f"{socket.gethostname()}-{os.getpid()}")


def work(
    consumer: Consumer, *, now: Callable[[], datetime], wait_ms: int = WAIT_MS, idle_ms: int = ABANDONED_MS
) -> int:
    """Take one round of messages in; returns how many."""
    entries = consumer.own() or consumer.abandoned(idle_ms=idle_ms) or consumer.fresh(wait_ms=wait_ms)
    if entries:
        take(consumer.source, entries, now=now())
        consumer.acknowledge(entries)
    return len(entries)


def keep_on(consumer: Consumer, stopped: Callable[[float], bool], *, now: Callable[[], datetime]) -> None:
    """Work until told to stop."""
    consumer.prepare()
    while not stopped(0):
        work(consumer, now=now)


def take(source: str, entries: list[Entry], *, now: datetime) -> None:
    """Let the scans of messages enter; in the log, or put aside with a reason, before this returns."""
    kept = [
        pushing.keep(source=source, kind=SCANS, content=_content(fields), now=now)[0].pk
        for _, fields in entries
    ]
    while Push.objects.filter(pk__in=kept, processed_at__isnull=True).exists():
        feed_intake.work_all_in(now=now, waits=True)


def _content(fields: Mapping[bytes, bytes]) -> bytes:
    """The message as JSON; what is no text stays what it is, and is put aside by whoever reads it."""
    if FIELD in fields:
        return fields[FIELD]
    try:
        return json.dumps({name.decode(): value.decode() for name, value in fields.items()}).encode()
    except UnicodeDecodeError:
        return b" ".join(fields.values())
