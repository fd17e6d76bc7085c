"""The push server: a small ASGI app that holds one LISTEN connection and many event streams.

`GET /push?token=…` streams announcements of the token's topics as server-sent events; a browser that comes
back with Last-Event-ID first gets what it missed. Delivery is at least once: ids are given before commit, so a
replay starts a little before the last id and pages drop ids they have seen.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.core import signing
from django.db import connection
from psycopg import sql

from huhang.kit import live

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

QUEUE = 256
KEEP_ALIVE = 15.0
# Transactions may commit out of id order; a replay reaches back this many ids.
OVERLAP = 200
REPLAY_AT_MOST = 2000
LONGEST_ID = 19  # digits of the largest bigint


class Hub:
    """Who listens to which topic, and one database connection that hears everything."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._listen_forever())

    def join(self, topics: list[str], queue: asyncio.Queue[str]) -> None:
        for topic in topics:
            self.listeners[topic].add(queue)

    def leave(self, topics: list[str], queue: asyncio.Queue[str]) -> None:
        for topic in topics:
            self.listeners[topic].discard(queue)
            if not self.listeners[topic]:
                del self.listeners[topic]

    def tell(self, payload: str) -> None:
        number, kind, path, ref = live.parse(payload)
        told: set[asyncio.Queue[str]] = set()
        for topic in live.topics_of(kind, path, ref):
            told |= self.listeners.get(topic, set())
        message = as_event(number, kind, ref)
        for queue in told:
            if queue.full():  # too slow: it must start again and replay from the outbox
                _drain(queue)
                queue.put_nowait("")
            else:
                queue.put_nowait(message)

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError as error:
                log.warning("push lost the database (%s); trying again", error)
                self._restart_all()
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        async with await connect() as db:
            await db.execute(sql.SQL("LISTEN {}").format(sql.Identifier(live.CHANNEL)))
            async for notice in db.notifies():
                self.tell(notice.payload)

    def _restart_all(self) -> None:
        for queues in list(self.listeners.values()):
            for queue in queues:
                _drain(queue)
                queue.put_nowait("")


hub = Hub()


async def connect() -> psycopg.AsyncConnection[Any]:
    """A connection of our own (LISTEN needs one that stays), to the database of the settings."""
    kwargs = connection.get_connection_params()
    wanted = {k: kwargs[k] for k in ("dbname", "host", "port", "user", "password") if kwargs.get(k)}
    return await psycopg.AsyncConnection.connect(**wanted, autocommit=True)


def as_event(number: int, kind: str, ref: str) -> str:
    return f"id: {number}\nevent: change\ndata: {json.dumps({'id': number, 'kind': kind, 'ref': ref})}\n\n"


async def missed(topics: list[str], last: int) -> list[str]:
    """What was announced on these topics since the browser last heard."""
    wanted = set(topics)
    async with await connect() as db:
        rows = await db.execute(
            "SELECT id, kind, path, ref FROM kit_outbox WHERE id > %s ORDER BY id LIMIT %s",
            [last - OVERLAP, REPLAY_AT_MOST],
        )
        return [
            as_event(n, kind, ref)
            async for n, kind, path, ref in rows
            if wanted.intersection(live.topics_of(kind, path, ref))
        ]


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
        topics = sorted({topic for token in query.get("token", [""]) for topic in live.unsign(token)})
    except signing.BadSignature:
        await _answer(send, 403, "token")
        return
    hub.start()
    queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
    hub.join(topics, queue)
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _headers()})
        await _write(send, "retry: 2000\n: open\n\n")
        last = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("last", [""])[0]
        if last.isdecimal() and len(last) < LONGEST_ID:
            for message in await missed(topics, int(last)):
                await _write(send, message)
        await _pump(queue, receive, send)
    finally:
        hub.leave(topics, queue)


async def _pump(queue: asyncio.Queue[str], receive: Receive, send: Send) -> None:
    gone = asyncio.create_task(_until_gone(receive))
    try:
        while not gone.done():
            getting = asyncio.create_task(queue.get())
            await asyncio.wait({getting, gone}, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                getting.cancel()
                if not gone.done():
                    await _write(send, ": still here\n\n")
                continue
            if not (message := getting.result()):
                return  # told to start again
            await _write(send, message)
    finally:
        gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


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


def _drain(queue: asyncio.Queue[str]) -> None:
    while not queue.empty():
        queue.get_nowait()
