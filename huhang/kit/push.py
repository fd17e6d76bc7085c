"""The push server: a small ASGI app that holds one LISTEN connection and many event streams.

`GET /push?token=…` streams announcements of the token's topics as server-sent events; a browser that comes
back with Last-Event-ID first gets what it missed: from memory exactly that, once (`kit.hub`); after a longer absence
from the outbox, what changed last of each thing. A page asks its own door for what changed, so hearing of it twice
costs a question and nothing else.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.core import signing

from huhang.kit import live
from huhang.kit.hub import OVERLAP, Hub, Stream, as_event, connect

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Whoever missed more is told to look at everything.
REPLAY_AT_MOST = 2000
LONGEST_ID = 19  # digits of the largest bigint
# Milliseconds until a browser comes back: not all in the same moment.
COME_BACK = (1000, 4000)
READERS = asyncio.Semaphore(4)
MISSED = """
SELECT max(id), kind, ref FROM kit_outbox
WHERE id > %(last)s AND kind = ANY(%(kinds)s)
  AND (kind || '#' || ref = ANY(%(topics)s)
       OR path <> '' AND EXISTS (SELECT 1 FROM unnest(%(topics)s::text[]) t WHERE starts_with(kind || '@' || path, t)))
GROUP BY kind, ref ORDER BY 1 LIMIT %(limit)s
"""
PURGED = "SELECT NOT EXISTS (SELECT 1 FROM kit_outbox WHERE id <= %s)"

hub = Hub()


async def missed(topics: list[str], last: int) -> list[bytes]:
    """What was announced on these topics since an id: each thing once, or only the kinds when it was too much."""
    kinds = sorted({topic.partition("@")[0].partition("#")[0] for topic in topics})
    asked = {"last": last - OVERLAP, "kinds": kinds, "topics": topics, "limit": REPLAY_AT_MOST + 1}
    async with READERS, await connect() as db:
        rows = await (await db.execute(MISSED, asked)).fetchall()
        purged = await (
            await db.execute("SELECT NOT EXISTS (SELECT 1 FROM kit_outbox WHERE id <= %s)", [last])
        ).fetchone()
    if len(rows) > REPLAY_AT_MOST or (last and purged == (True,)):
        return [as_event(rows[-1][0] if rows else last, kind, "") for kind in kinds]
    return [as_event(number, kind, ref) for number, kind, ref in rows]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI door: `/push`, `/healthz`, nothing else."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/push" and scope["method"] == "GET":
        await _stream(scope, receive, send)
    elif scope["type"] == "http":
        await _answer(
            send, 200 if scope["path"] == "/healthz" else 404, "ok" if scope["path"] == "/healthz" else ""
        )


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _stream(scope: Scope, receive: Receive, send: Send) -> None:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    headers = dict(scope["headers"])
    try:
        # A page may hold several tokens (its own, the bell's): one stream serves them all.
        tokens = query.get("token", [""])
        topics = sorted({topic for token in tokens for topic in live.unsign(token)})
    except signing.BadSignature:
        await _answer(send, 403, "token")
        return
    hub.start()
    stream = Stream(topics, painted_at=min(live.signed_at(token) for token in tokens))
    hub.join(stream)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _headers()})
        await _write(send, f"retry: {random.randint(*COME_BACK)}\n: open\n\n".encode())
        last = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("last", [""])[0]
        await _pump(stream, int(last) if last.isdecimal() and len(last) < LONGEST_ID else None, receive, send)
    finally:
        hub.leave(stream)


async def _pump(stream: Stream, last: int | None, receive: Receive, send: Send) -> None:
    gone = asyncio.create_task(_until_gone(receive, stream))
    try:
        if last is not None:
            await _catch_up(stream, last, send)
        while words := await stream.next():
            await _write(send, words)
    finally:
        gone.cancel()


async def _catch_up(stream: Stream, last: int, send: Send) -> None:
    """What the browser missed; what is heard meanwhile waits."""
    await hub.is_ready.wait()
    told = hub.memory.after(last, stream.topics, painted_at=stream.painted_at)
    if told is None:
        told = await missed(stream.topics, last)
    else:
        stream.forget()  # what came since it joined is among what was remembered
    if told:
        await _write(send, b"".join(told))


async def _until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _write(send: Send, words: bytes) -> None:
    await send({"type": "http.response.body", "body": words, "more_body": True})


async def _answer(send: Send, status: int, text: str) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
    )
    await send({"type": "http.response.body", "body": text.encode()})


def _headers() -> list[tuple[bytes, bytes]]:
    # The token, not a cookie, is the right to listen; so any origin may ask.
    return [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"access-control-allow-origin", b"*"),
    ]
