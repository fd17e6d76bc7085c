"""A request's body of scans: received within limits, read, judged, written once."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.http import UnreadablePostError
from django.utils.translation import gettext as _

from huhang.journey.actions import intake, pushing, refusals
from huhang.journey.actions.intake import Receipt
from huhang.journey.feeds import bodies, mappings
from huhang.journey.feeds.bodies import BodyIsBroken, BodyTooLarge, Rows
from huhang.journey.feeds.mappings import FileMapping
from huhang.journey.rules.feeds import Why
from huhang.kit.errors import BadInput, TooLarge
from huhang.network.models import Person

GZIP_MAGIC = b"\x1f\x8b"


class BatchTooLarge(TooLarge):
    """一次请求的内容过大，请分成几批发送。"""


class BatchIsBroken(BadInput):
    """内容不完整或已损坏，整批没有接收，请重新发送。"""

    status = 400


class BatchIsEmpty(BadInput):
    """这一批没有任何扫描。"""


@dataclass(frozen=True, slots=True)
class Batch:
    """A body that was received whole. `key` is of its content: the same content is the same batch."""

    key: str
    rows: Rows


def receive(blocks: Iterable[bytes], *, by: Person, now: datetime) -> Batch:
    """Take a body in, unpacked when it is gzip; refuses what is too large, cut off or empty, and counts it."""
    body = b""
    try:
        body = unpacked(blocks)
        rows = bodies.rows(body)
    except BodyTooLarge as error:
        _refused(by, Why.TOO_LARGE, str(error), body, now)
        raise _too_large(error) from error
    except BodyIsBroken as error:
        _refused(by, _why(error, body), f"{error.detail}（{error.byte}）", body, now)
        where = _("第 %(byte)d 字节处中断或损坏（%(what)s）：%(detail)s")
        told = {"byte": error.byte, "what": error.what, "detail": error.detail}
        raise BatchIsBroken(where % told, byte=error.byte) from error
    if not rows.rows and not rows.unread:
        raise BatchIsEmpty
    return Batch(f"api:{by.pk}:{hashlib.sha256(body).hexdigest()}", rows)


def take_in(batch: Batch, *, by: Person, now: datetime) -> Receipt:
    """Write the good rows of a batch to the scan log and say what was refused."""
    mapping = _mapping()
    foreign = bodies.table(batch.rows.rows, [name for names in mapping.columns.values() for name in names])
    _places, table = mappings.reshape(mapping, batch.rows.numbers, foreign)
    return intake.take_in(
        table=table,
        terms=intake.terms_for(mapping, source=source_of(by), is_live=True),
        batch_key=batch.key,
        now=now,
        numbers=batch.rows.numbers,
        unread=refusals.of_unread(batch.rows.unread),
    )


def source_of(person: Person) -> str:
    """What this person's batches are counted under."""
    return f"api:{person.get_username()}"[:64]


def _refused(by: Person, why: Why, detail: str, body: bytes, now: datetime) -> None:
    pushing.refuse(source_of(by), why, detail[:100], body, now=now)


def _why(error: BodyIsBroken, body: bytes) -> Why:
    if error.what == "gzip":
        return Why.BROKEN_GZIP
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return Why.WRONG_ENCODING
    return Why.BROKEN_JSON


def unpacked(blocks: Iterable[bytes]) -> bytes:
    """Whether it is packed is seen by its first bytes: proxies and clients forget or rewrite the header."""
    source = iter(blocks)
    try:
        first = next(source, b"")
        return bodies.received(_again(first, source), is_gzip=first.startswith(GZIP_MAGIC))
    except UnreadablePostError as error:
        raise BatchIsBroken(_("连接在内容发完之前断开")) from error


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _too_large(error: BodyTooLarge) -> BatchTooLarge:
    limit = error.limit // bodies.MEGABYTE
    if error.unpacked:
        return BatchTooLarge(_("解压后超过上限 %(limit)d MB") % {"limit": limit}, limit=error.limit)
    return BatchTooLarge(_("超过上限 %(limit)d MB") % {"limit": limit}, limit=error.limit)


@cache
def _mapping() -> FileMapping:
    return mappings.find("default")
